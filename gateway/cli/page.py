"""A help page cut into what is told in Chinese piece by piece, and what stays: commands, file names, JSON.

A paragraph is a piece, whatever its line breaks. Where lines are indented (examples, files, exit status), a piece is
what stands behind a line's gap of two spaces or more; what stands before the gap, or alone, is one if it is prose.
"""

import re
from collections.abc import Callable, Iterator

from gateway.words import columns, padded

_GAP = re.compile(r"(\s+)(\S+(?: \S+)*?)(\s{2,})(\S.*)")
_WORD = re.compile(r"(?:[!-~]+|[^!-~])[，。；：、！？）》」』”’…,.;:!?)\]}]*\s*")
"""What is not parted: Latin letters that stand together, any other sign; and with it what never begins a line."""
WIDTH = 100
"""Columns of a page."""


def pieces(text: str) -> Iterator[str]:
    """All that may be told in another language, in order."""
    said = list[str]()

    def note(piece: str) -> str:
        said.append(piece)
        return piece

    retold(text, note)
    yield from said


def retold(text: str, tell: Callable[[str], str]) -> str:
    """A page with each of its pieces as ``tell`` has it; a piece that stays the same keeps its line breaks."""
    paragraphs = re.split(r"\n[ ]*\n", text.strip("\n"))
    return "\n\n".join(_paragraph(paragraph.split("\n"), tell) for paragraph in paragraphs)


def _paragraph(lines: list[str], tell: Callable[[str], str]) -> str:
    made, plain = list[str](), list[str]()
    for line in [*lines, " "]:
        if not line.startswith(" "):
            plain.append(line)
            continue
        if plain:
            piece = " ".join(" ".join(plain).split())
            told = tell(piece)
            made += plain if told == piece else wrapped(told, WIDTH)
            plain = []
        if line.strip():
            made.append(_indented(line, tell))
    return "\n".join(made)


def _indented(line: str, tell: Callable[[str], str]) -> str:
    found = _GAP.fullmatch(line)
    bare = found[2] if found else line.strip()
    told = tell(bare) if is_prose(bare) and "anju " not in bare else bare
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}{padded(told, columns(bare + found[3]))}{tell(found[4])}" if found else indent + told


def is_prose(text: str) -> bool:
    """Are there two words side by side?"""
    return bool(re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", text))


def wrapped(text: str, width: int) -> list[str]:
    """It in lines of so many columns, broken between Chinese characters or at blanks."""
    lines, line = list[str](), ""
    for word in _WORD.findall(text):
        if line and columns(line + word.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += word
    return [*lines, line.rstrip()]
