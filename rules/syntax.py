"""What tomllib says of a broken line, as a remedy for a person."""

import re

_SIGNS = {
    "“": '"', "”": '"', "‘": "'", "’": "'", "，": ",", "：": "=", "＝": "=", "［": "[", "］": "]",
    "｛": "{", "｝": "}", "【": "[", "】": "]", "　": "a space",
}  # fmt: skip
"""Signs of a Chinese keyboard that stand where TOML wants another."""
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")
_REMEDIES = (
    ("Illegal character '\\n'", "close the quotes on this line"),
    ("Expected \"'\"", "close the quotes on this line"),
    ("Unterminated string", 'close the text that begins here with """'),
    ("Unclosed array", "close the list with ], or put a comma between its values"),
    ("Unclosed inline table", "close the table with } on the same line, or put a comma between its keys"),
    ("Expected '=' after a key", "write key = value"),
    ("Invalid initial character for a key", "write a key here, or remove the comma before it"),
    ("Invalid value", 'put a text or a duration into quotes: key = "…"'),
    ("Expected newline", "correct the syntax: one key = value a line, texts and durations in quotes"),
    ("Cannot declare", "put both into one table, or write [[…]] for each table of a list"),
    ("Cannot overwrite", "keep one of the two values of this key"),
    ("Cannot mutate", "keep one of the two values of this key"),
    ("Expected ']' at the end", "close the name of the table with ]"),
    ("Unescaped '\\'", "write two backslashes, or put the text into single quotes"),
)


def remedy(message: str, line: str) -> str:
    """What to do about a line of which tomllib says this."""
    bare = _QUOTED.sub("", line)
    for sign, instead in _SIGNS.items():
        if sign in bare:
            return f"write {instead} in place of {sign if sign.strip() else 'the wide space'}"
    return next((words for start, words in _REMEDIES if message.startswith(start)), "correct the syntax of this line")


def line_of(message: str, text: str) -> int | None:
    """The line where a text begins that is never closed; None for other messages, which know their line."""
    if not message.startswith("Unterminated string"):
        return None
    begins = max(text.rfind('"""'), text.rfind("'''"), 0)
    return text.count("\n", 0, begins) + 1
