# ruff: noqa: D102 - the words stand at the method that is overridden
"""``inactive``: no sign of life for longer than is normal in this home at this hour. See rhythm.py for what is normal,
and waiting.py for the condition at work.

It asks first: it is true some time before the silence is worth a call, and worse then. Lost time isn't counted, and
while a sensor that told of much isn't heard it waits, for a day at the most: by then ``not-supervised`` has named that
sensor, and the others are believed (hearing.py). Who left by the front door is believed to be out (whereabouts.py),
for two days, or for as long as is normal behind this door at this hour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules import signs
from rules.conditions.condition import Condition, Live
from rules.conditions.language import word
from rules.conditions.waiting import Waiting
from rules.document import Table
from rules.known import Known
from rules.quantities import KNOWN, METERS, declared
from rules.route import ANY, Band


@word
@dataclass(frozen=True, slots=True)
class Inactive(Condition):
    """``inactive = "20m"``: no sign of life for so long that it is worth a call; true 20 minutes before, to ask.

    ``signs = ["motion", …]``: what counts, in place of all that signs.py names.
    """

    word = "inactive"
    absent = True
    listens = True
    worsens = True
    heeds = True
    ask: float
    signs: tuple[str, ...] = signs.SIGNS

    @property
    def civil(self) -> bool:
        return True

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Inactive":
        ask = table.seconds("inactive", low=60.0, high=4 * 3600.0)
        own = declared(table.document.data)
        named = table.some("signs", KNOWN | own) if "signs" in table else ()
        return cls(ask, named or signs.SIGNS)

    def needs(self) -> Mapping[str, bool]:
        return dict.fromkeys(self.signs, True)  # also its own word after the same one at second hand

    def echoes(self, quantity: str) -> bool:
        return quantity in METERS and quantity in self.signs  # one that stood still was read, too

    def calm(self, quantity: str) -> Band | None:
        return signs.calm(quantity) if quantity in self.signs else ANY

    def again(self, quantity: str) -> Band | None:
        return ANY if quantity in METERS else self.calm(quantity)

    def live(self, devices: Sequence[Known]) -> Live:
        return Waiting(self.ask, self.signs, devices)
