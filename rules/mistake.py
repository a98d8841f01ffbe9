"""What is wrong in a file: where, what, and what to do about it."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rules.sentence import Sentence


class Mistake(NamedTuple):
    """One thing wrong in a file, and what to do about it. ``line`` counts from 1."""

    file: str
    line: int
    what: str
    remedy: str

    @classmethod
    def of(cls, file: str, line: int, what: str, remedy: str, /, **values: object) -> "Mistake":
        """With values put into what is wrong and into the remedy: see sentence.py."""
        return cls(file, line, _with(what, values), _with(remedy, values))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} ({self.remedy})"


def _with(text: str, values: Mapping[str, object]) -> str:
    """A text that has none of the values stays as it is, with its braces."""
    named = re.compile("|".join(rf"\{{{name}[!:}}]" for name in values))
    return Sentence(text, **values) if values and not isinstance(text, Sentence) and named.search(text) else text


class Mistakes(ValueError):
    """All mistakes of one or more files, in the order of their lines."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: (mistake.file, mistake.line)))
        super().__init__("\n".join(map(str, self.mistakes)))
