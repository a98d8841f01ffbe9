"""What tomllib says of a broken line, as a remedy for a person."""

import re
from collections.abc import Mapping

from rules.positions import Key
from rules.sentence import Sentence

_SIGNS = {
    "“": '"', "”": '"', "‘": "'", "’": "'", "，": ",", "：": "=", "＝": "=", "［": "[", "］": "]",
    "｛": "{", "｝": "}", "【": "[", "】": "]", "、": ",", "．": ".", "　": " ",
    **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
}  # fmt: skip
"""Signs of a Chinese keyboard that stand where TOML wants another."""
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")
_REMEDIES = (
    ("Illegal character '\\n'", Sentence("close the quotes on this line")),
    ('Expected "\'"', Sentence("close the quotes on this line")),
    ("Unterminated string", Sentence('close the text that begins here with """')),
    ("Unclosed array", Sentence("close the list with ], or put a comma between its values")),
    ("Unclosed inline table", Sentence("close the table with } on the same line, or put a comma between its keys")),
    ("Expected '=' after a key", Sentence("write key = value")),
    ("Invalid initial character for a key", Sentence("write a key here, or remove the comma before it")),
    ("Invalid value", Sentence('put a text or a duration into quotes: key = "…"')),
    ("Expected newline", Sentence("correct the syntax: one key = value a line, texts and durations in quotes")),
    ("Cannot declare", Sentence("put both into one table, or write [[…]] for each table of a list")),
    ("Cannot overwrite", Sentence("keep one of the two values of this key")),
    ("Duplicate inline table key", Sentence("keep one of the two values of this key")),
    ("Cannot mutate", Sentence("keep one of the two values of this key")),
    ("Expected ']' at the end", Sentence("close the name of the table with ]")),
    ("Unescaped '\\'", Sentence("write two backslashes, or put the text into single quotes")),
)


_SEEN = (
    (r"\]\s*：\s*$", Sentence("remove the ： behind the name of the table")),
    (r"^\s*\[*\s*[^\x00-\x7f\s“”‘’，：＝［］｛｝【】、]", Sentence("write names and keys with a-z, 0-9, - and _")),
    (r"=\s*(?:True|False|TRUE|FALSE|yes|no|是|否)\s*(?:[,}]|$)", Sentence("write true or false")),
    (r"=\s*-?[0-9.]+\s*(?:%|[℃°度米升吨瓦])", Sentence("write the number alone, without its unit")),
)
"""What is seen in a line itself, its texts taken out -> what to do."""


def remedy(message: str, line: str) -> str:
    """What to do about a line of which tomllib says this."""
    bare = _QUOTED.sub("", line)
    for pattern, words in _SEEN:
        if re.search(pattern, bare):
            return words
    for sign, instead in _SIGNS.items():
        if sign in bare:
            if sign.strip():
                return Sentence("write {instead} in place of {sign}", instead=instead, sign=sign)
            return Sentence("write a space in place of the wide space")
    if message.startswith("Expected newline") and "//" in bare:
        return Sentence("begin a comment with #")
    if message.startswith("Expected newline") and bare.rstrip().endswith(","):
        return Sentence("remove the comma behind the value")
    otherwise = Sentence("correct the syntax of this line")
    return next((words for start, words in _REMEDIES if message.startswith(start)), otherwise)


def line_of(message: str, text: str) -> int | None:
    """The line where a text begins that is never closed; None for other messages, which know their line."""
    if not message.startswith("Unterminated string"):
        return None
    begins = max(text.rfind('"""'), text.rfind("'''"), 0)
    return text.count("\n", 0, begins) + 1


_LONG = re.compile(r"0[xob][0-9A-Fa-f_]{16}|[0-9_]{19}")
"""What an integer of more than 64 bits looks like; texts may hold such, too."""


def too_great(data: Mapping[str, object], text: str) -> tuple[Key, ...] | None:
    """The path of an integer of more than 64 bits. TOML refuses those, tomllib doesn't, and some can't even be told."""
    open_: list[tuple[tuple[Key, ...], object]] = [((), data)] if _LONG.search(text) else []
    while open_:
        path, value = open_.pop()
        if isinstance(value, dict):
            open_ += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            open_ += [((*path, index), inner) for index, inner in enumerate(value)]
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            return path
    return None
