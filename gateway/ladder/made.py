"""Made: what the ladders want to happen after an input, and what they know of the site it happens at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.dates import Dates
from gateway.ladder.chain import Chain, Entry
from gateway.ladder.people import Directory
from gateway.ladder.policy import Ladder, choose
from rules.rule import Rule
from rules.wall import Wall


class Letter(NamedTuple):
    """A message to people, for the outbox. ``n`` numbers them, ``loud`` ones ride in the lane of alarms."""

    n: int
    loud: bool
    body: bytes


@dataclass(slots=True)
class Made:
    """Collected while an input is taken in; whoever takes it does it."""

    letters: list[Letter] = field(default_factory=list)
    pages: list[dict[str, object]] = field(default_factory=list)
    """What the platform's duty desk is told."""
    answers: list[dict[str, object]] = field(default_factory=list)
    """Who answered which incident."""
    merged: list[dict[str, object]] = field(default_factory=list)
    """Which incidents of several homes turned out to be one."""
    entries: list[Entry] = field(default_factory=list)
    resets: list[str] = field(default_factory=list)
    """Alerts of a walk-test that are over."""
    real: list[str] = field(default_factory=list)
    """Alerts that were taken for a walk-test's and are none."""
    silent: bool | None = None
    """Whether somebody who had to be told could not be, if that changed."""
    sound: bool = False
    """What sirens have to do may have changed."""

    def __bool__(self) -> bool:
        return bool(self.letters or self.pages or self.entries or self.resets or self.sound or self.silent is not None)


@dataclass(slots=True)
class Setting:
    """Where it happens. Everything here is told; nothing is read from a clock."""

    directory: Directory = field(default_factory=Directory)
    called: Mapping[str, str] = field(default_factory=dict)
    """Home -> its title by the site before this one: what people were told."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Homes that the last change of the site called otherwise, old -> new."""
    ladders: tuple[Ladder, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    wall: Wall = field(default_factory=Wall)
    dates: Dates = field(default_factory=Dates)
    epoch: str = ""
    life: str = ""
    secret: str = ""
    """Drawn at each boot, known to nobody outside: codes that can be worked out prove nobody."""
    chain: Chain = field(default_factory=Chain)
    made: Made = field(default_factory=Made)

    def ladder(self, name: str, home: str) -> Ladder | None:
        """The ladder of a name for a home."""
        return choose(self.ladders, name, home) if name else None

    def note(self, at: float, kind: str, **fields: object) -> None:
        """One more entry of the record."""
        self.made.entries.append(self.chain.add(at, kind, fields))

    def building(self, homes: Sequence[str]) -> str:
        """The building of the homes of one incident; "" where nobody says one."""
        return next((self.directory.buildings.get(home, "") for home in homes), "")

    def is_call(self, rule: str) -> bool:
        """Whether a rule is somebody's call for help by a button."""
        known = self.rules.get(rule)
        return bool(known and known.momentary and "button" in known.needs)

    def words(self, rule: str, to: str = "") -> dict[str, object]:
        """What people read of a rule: title and advice by language; those who live there have advice of their own."""
        known = self.rules.get(rule)
        if known is None:
            return {"title": {"zh": rule, "en": rule}, "advice": {}}
        own = known.advice_at_home if self.directory.lives_there(to) else None
        return {"title": dict(known.title), "advice": dict(own or known.advice or {})}
