"""Buttons and doors: a call, a cancelled call, "I am fine", a sign of life, and the hush of a siren.

Every press is a call for help, and is one at once. Only a long press is "I am fine": while a question to that home is
open (for all of its time, whoever answers it meanwhile), or within 15 s of a shorter press of the same device.
Nothing waits for those 15 s.
"""

from typing import Any

from drivers.reading import REPLAY, RETAINED, Reading
from gateway.ladder.acts import HUSH
from gateway.ladder.climb import Climb
from gateway.ladder.incident import Answer, Incident, What
from gateway.ladder.made import Setting
from gateway.ladder.registry import Registry

CANCEL = 15.0
"""Seconds after a press within which a long press of the same device takes it back."""
PRESSED = 256
"""Devices whose last press is remembered."""


class Buttons:
    """What hands in the home say."""

    def __init__(self, setting: Setting, registry: Registry, climb: Climb) -> None:
        self._setting, self._registry, self._climb = setting, registry, climb
        self.pressed: dict[str, float] = {}
        """Device -> gateway time of its last call."""
        self.doors: dict[str, bool] = {}
        self.opened: dict[str, float] = {}
        """Home -> gateway time until which its gas valve is told to open."""
        self.hushed: dict[str, float] = {}
        """Home -> gateway time until which its siren is quiet."""

    def is_fine(self, reading: Reading, home: str) -> bool:
        """Whether a reading says "I am fine" rather than "help"."""
        if reading.quantity != "button" or reading.value != "long_press" or _is_old(reading):
            return False
        return self._is_soon(reading) or self._was_asked(reading, home) or bool(self._asked(home))

    def _was_asked(self, reading: Reading, home: str) -> bool:
        """Whether the time of a question still goes on there. Somebody may have answered it meanwhile, or a motion on
        the way to the button may have: whoever holds it down then still says what they were asked to."""
        return reading.at < self._climb.asked.get(home, 0.0)

    def _is_soon(self, reading: Reading) -> bool:
        """Whether it follows a press of the same device soon enough; times are whole microseconds."""
        at = self.pressed.get(reading.device)
        return at is not None and round(reading.at - at, 6) <= CANCEL

    def sense(self, reading: Reading, home: str, *, fine: bool) -> None:
        """A button or a door of a home; ``fine`` as found by ``is_fine`` before the rules had it."""
        if _is_old(reading) or not home:
            return
        if reading.quantity == "door_open":
            self._door(reading, home)
        elif reading.quantity == "button" or fine:
            self._button(reading, home, fine=fine)

    def _button(self, reading: Reading, home: str, *, fine: bool) -> None:
        at = reading.at
        self._hush(home, reading.device, at)
        if not fine:
            self._note_press(reading)
            self._climb.asked.pop(home, None)
            for incident in self._asked(home):  # alive, and in need of help: the call has a ladder of its own
                self._answer(incident, reading, "called")
            return
        self._setting.note(at, "fine", home=home, device=reading.device)
        if self._is_soon(reading):
            for incident in self._calls(home, reading.device):
                self._answer(incident, reading, "cancelled")
        for incident in self._asked(home):
            self._answer(incident, reading, "fine")

    def _note_press(self, reading: Reading) -> None:
        """A long press that was a call is not taken back by the next one: who fell can't choose how long to press."""
        self.pressed.pop(reading.device, None)
        if reading.value != "long_press":
            self.pressed[reading.device] = reading.at
        while len(self.pressed) > PRESSED:
            del self.pressed[next(iter(self.pressed))]

    def _door(self, reading: Reading, home: str) -> None:
        """A door that moved is a sign of life; one that still stands open is none."""
        before, self.doors[reading.device] = self.doors.get(reading.device), bool(reading.value)
        if before is None or before == bool(reading.value):
            return
        for incident in self._asked(home):
            ladder = self._setting.ladder(incident.ladder, home)
            if ladder is not None and "door" in ladder.answer:
                self._answer(incident, reading, "door")

    def _answer(self, incident: Incident, reading: Reading, what: What) -> None:
        by = f"home:{incident.home}"
        self._climb.answer(incident, Answer(by, "resident", reading.device, reading.at, what), reading.at, ends=True)

    def _asked(self, home: str) -> list[Incident]:
        """The incidents in which a question to this home is open."""
        return [one for one in self._registry.open_in.get(home, {}).values() if one.asking and not one.rests]

    def _calls(self, home: str, device: str) -> list[Incident]:
        """The calls for help of this device: of a cause that has no other evidence."""
        return [
            one
            for one in self._registry.open_in.get(home, {}).values()
            if all(self._setting.is_call(piece.rule) and piece.device == device for piece in one.pieces.values())
        ]

    def is_personal(self, incident: Incident) -> bool:
        """Whether it is about a person's well-being, which a person's word settles: a call, or a question."""
        ladder = self._setting.ladder(incident.ladder, incident.home)
        asks = ladder is not None and any(step.ask for step in ladder.steps)
        return asks or all(self._setting.is_call(piece.rule) for piece in incident.pieces.values())

    def _hush(self, home: str, device: str, at: float) -> None:
        """Any button makes a siren quiet; the ladder goes on."""
        here = self._registry.open_in.get(home, {}).values()
        if any(piece.sounds and piece.state == "firing" for one in here for piece in one.pieces.values()):
            self.hush(home, at + HUSH)
            self._setting.note(at, "hushed", home=home, device=device)

    def hush(self, home: str, until: float) -> None:
        """The siren of a home is quiet until then."""
        self.hushed[home] = until
        self._setting.made.sound = True

    def unhush(self, home: str) -> None:
        """Something new begins there: whoever hushed the other one hasn't heard of this."""
        if self.hushed.pop(home, None) is not None:
            self._setting.made.sound = True

    def row(self) -> dict[str, object]:
        """For the checkpoint."""
        pressed = [list(one) for one in self.pressed.items()]
        more = {"opened": dict(self.opened), "asked": dict(self._climb.asked)}
        return {"pressed": pressed, "doors": dict(self.doors), "hushed": dict(self.hushed), **more}

    def load(self, row: Any) -> None:
        """From the checkpoint; raises ValueError, TypeError or KeyError for anything else."""
        pressed = {str(device): float(at) for device, at in row["pressed"]}
        doors = {str(device): bool(is_open) for device, is_open in row["doors"].items()}
        hushed = {str(home): float(until) for home, until in row["hushed"].items()}
        self.opened = {str(home): float(until) for home, until in row.get("opened", {}).items()}
        self._climb.asked = {str(home): float(until) for home, until in row.get("asked", {}).items()}
        self.pressed, self.doors, self.hushed = pressed, doors, hushed


def _is_old(reading: Reading) -> bool:
    """What a broker kept or a sensor said again is no act of now."""
    return RETAINED in reading.flags or REPLAY in reading.flags
