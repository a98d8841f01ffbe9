"""Who asks, and what of a question can be wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.sentence import Sentence

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: by what name, in which role if the site doesn't know them, and by what way they came."""

    actor: str
    role: str
    via: str

    @property
    def is_login(self) -> bool:
        """Whether ``actor`` is a user of a computer, as its kernel says."""
        return self.via.removeprefix("remote ").startswith("socket ")


class Wrong(ValueError):
    """The question is no question; the text says why."""


def asdict(asker: Asker) -> dict[str, str]:
    """For an act."""
    return {"actor": asker.actor, "role": asker.role, "via": asker.via}


def text(said: Json, key: str) -> str:
    """A text of at most 200 characters, or nothing; raises Wrong for another value."""
    value = said.get(key, "")
    if not isinstance(value, str) or len(value) > 200:
        raise Wrong(f"{key} is a text of at most 200 characters")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Wrong(f"{key} holds half a character")
    return value


def in_chinese(error: Exception) -> Json:
    """Of a sentence also its Chinese, as "zh"; a plain refusal finds its own where it is told (gateway/refusals.py)."""
    why = error.args[0] if error.args else ""
    if not isinstance(why, Sentence):
        return {}
    from gateway.chinese import CATALOGUE

    return {"zh": CATALOGUE.chinese(why)}
