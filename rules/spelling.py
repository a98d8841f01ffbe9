"""Words that nobody knows and the nearest known ones, letters that only look right, and signs that nobody sees."""

import difflib
import unicodedata
from collections.abc import Iterable

_MANY = 40
"""Words that somebody still reads through."""
_MEANT = "\n\t\u200c\u200d"
"""Such signs that a text may need: of several lines, of Persian, of an emoji made of several."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy for a word that isn't known: the nearest one, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, 1)
    if close:
        return f'did you mean "{close[0]}"?{_foreign(word) if close[0].isascii() else ""}'
    if len(names) > _MANY:
        some = difflib.get_close_matches(word, names, 8, 0.0)
        return f"known here, among {len(names)}: {', '.join(some)}"
    return f"known here: {', '.join(names)}" if names else "nothing is known here: remove it"


def _foreign(word: str) -> str:
    """Of an English word, the letters that look like Latin ones and aren't, each with its name."""
    signs = [sign for sign in dict.fromkeys(word) if not sign.isascii()]
    told = [f'"{sign}" is {unicodedata.name(sign, f"U+{ord(sign):04X}")}' for sign in signs[:3]]
    return f" ({', '.join(told)})" if told else ""


def unseen(text: str) -> str:
    """The first sign of a text that shows nothing, or turns the order of the others round: "U+202E"; "" for none."""
    for sign in text:
        if sign not in _MEANT and unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp"):
            return f"U+{ord(sign):04X}"
    return ""
