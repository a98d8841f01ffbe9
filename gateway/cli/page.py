"""A help page as wide as the terminal, cut into what is told in Chinese and what stays: commands, file names, JSON.

A paragraph is a piece, whatever its line breaks. Where lines are indented (examples, files, exit status), a piece is
what stands behind a line's gap of two spaces or more; what stands before the gap, or alone, is one if it is prose.
"""

import argparse
import re
import shutil
from collections.abc import Callable, Iterator

from gateway.words import columns, padded

_GAP = re.compile(r"(\s+)(\S+(?: \S+)*?)(\s{2,})(\S.*)")
_WORD = re.compile(r"(?:[!-~]+|[^!-~])[，。；：、！？）》」』”’…,.;:!?)\]}]*\s*")
"""What is not parted: Latin letters that stand together, any other sign; and with it what never begins a line."""
WIDTH = 100
"""Columns of a page in Chinese, at most."""
WIDEST = 120
"""Columns of a page that goes to no terminal: as it is written."""
LEAST = 24
"""Columns beside a command or a file name in which words can still be read."""


class Page(argparse.RawDescriptionHelpFormatter):
    """A page as it is written, in English; what a narrower terminal would break within a word goes on below."""

    def add_text(self, text: str | None) -> None:
        """A paragraph or several."""
        super().add_text(text and self.laid(text))

    def laid(self, text: str) -> str:
        """As it is shown here."""
        return retold(text, str, shown_width())


def shown_width() -> int:
    """Columns of the terminal, or what COLUMNS says."""
    return max(LEAST, shutil.get_terminal_size((WIDEST, 24)).columns)


def pieces(text: str) -> Iterator[str]:
    """All that may be told in another language, in order."""
    said = list[str]()

    def note(piece: str) -> str:
        said.append(piece)
        return piece

    retold(text, note)
    yield from said


def retold(text: str, tell: Callable[[str], str], width: int = WIDEST) -> str:
    """A page with each of its pieces as ``tell`` has it; one that stays the same, and fits, keeps its line breaks."""
    paragraphs = re.split(r"\n[ ]*\n", text.strip("\n"))
    return "\n\n".join(_paragraph(paragraph.split("\n"), tell, width) for paragraph in paragraphs)


def _paragraph(lines: list[str], tell: Callable[[str], str], width: int) -> str:
    made, plain = list[str](), list[str]()
    for line in [*lines, " "]:
        if not line.startswith(" "):
            plain.append(line)
            continue
        if plain:
            piece = " ".join(" ".join(plain).split())
            told = tell(piece)
            fits = told == piece and max(map(columns, plain)) <= width
            made += plain if fits else wrapped(told, min(width, WIDTH))
            plain = []
        if line.strip():
            made.append(_indented(line, tell, width))
    return "\n".join(made)


def _indented(line: str, tell: Callable[[str], str], width: int) -> str:
    found = _GAP.fullmatch(line)
    bare = found[2] if found else line.strip()
    told = tell(bare) if is_prose(bare) and "anju " not in bare else bare
    indent = line[: len(line) - len(line.lstrip())]
    if not found:
        stays = "anju " in bare or (told == bare and not is_prose(bare))  # a command, an object
        return indent + (told if stays else f"\n{indent}".join(wrapped(told, width - len(indent))))
    before, words = f"{indent}{padded(told, columns(bare + found[3]))}", tell(found[4])
    room = width - columns(before)
    if words == found[4] and not is_prose(words):  # a part of a command
        return before + words
    if room >= min(LEAST, columns(words)):
        return before + f"\n{' ' * columns(before)}".join(wrapped(words, room))
    return f"{before.rstrip()}\n{indent * 3}{words}"


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
