"""A counter that only rises tells an old frame sent again from a new one; a changed battery sets it back to the start.

Both look alike: an authentic frame whose counter is behind. Nobody who only listens can tell them apart for sure, so
neither is believed at once and neither makes a sensor deaf:

- A frame behind the counter is *doubted*: its states wait. After ``ENOUGH`` doubted frames in a row, each ahead of the
  one before, with none of the old line between them, the sensor counts as restarted and is believed again. A frame of
  the old line ends the doubt: then the sensor lives, and the others were a replay.
- A doubted frame that calls for help (smoke, a button) is told at once, unless this very frame was told before: the
  marks of the last ``REMEMBERED`` such frames are kept. A real alarm right after a battery change rings, an alarm
  recorded off the air doesn't ring twice.
- After a restart the counters of the sensor's earlier life lie ahead. Until they are passed, only steps up to ``STEP``
  are believed, and no alarm whose mark is remembered. Going over FFFFFFFF to 0 is such a step and such a restart.

A frame overtaken on its way (two receivers) looks like a replay too; the next one in order ends that doubt.

What remains: somebody who recorded an alarm that we never heard, or one older than those remembered, can ring it once;
somebody who replays ``ENOUGH`` rising frames while the sensor is silent sets its states until it speaks, and by more of
them it seems to live; a doubted frame alone doesn't show that it does. The doubt itself is told (``counter_behind``),
so that a person sees both. The memory is part of the checkpoint: a restart of the gateway opens nothing. There is no
clock in it, so a sensor that speaks once a day is doubted for days; its alarms never wait.
"""

from typing import Final, NamedTuple

from drivers.driver import Memory

ENOUGH: Final = 3
"""So many doubted frames, each ahead of the one before, make a restarted sensor."""
STEP: Final = 256
"""The farthest jump forward that is believed below the counters of an earlier life, and over the greatest number."""
REMEMBERED: Final = 32
"""Alarming frames whose marks are kept."""
_MASK: Final = 0xFFFFFFFF


class Place(NamedTuple):
    """Where a frame stands: ``trusted`` or doubted, and the counter's memory after it."""

    trusted: bool
    memory: dict[str, int | float | str]
    doubt: bool | None = None
    """True: doubted. False: a doubt ended with this frame. None: there is none."""
    anew: bool = False
    """With this frame the sensor counts as restarted: what it said before was another life's."""


def place(counter: int, memory: Memory) -> Place:
    """A 32-bit counter of an authentic frame that isn't the last one again -> where it stands. Raises nothing."""
    top = memory.get("counter")
    if top is None:
        return Place(True, {"counter": counter})
    top, past = int(top), int(memory.get("past", -1))
    doubted = memory.get("doubted")
    if _follows(counter, top, past):
        past = max(past, top) if counter < top else past
        return Place(True, _line(counter, past), None if doubted is None else False)
    run = int(memory.get("run", 0)) + 1 if doubted is not None and 0 < counter - int(doubted) <= STEP else 1
    if run >= ENOUGH:
        return Place(True, _line(counter, max(past, top)), False, anew=True)
    return Place(False, {**_line(top, past), "doubted": counter, "run": run}, True)


def told(mark: str, memory: Memory) -> bool:
    """Is the frame of this mark (8 characters) one of the alarming ones told before?"""
    return mark in str(memory.get("alarms", "")).split()


def remember(mark: str, memory: Memory) -> str:
    """-> the entry ``alarms`` with this mark as its newest."""
    return " ".join([*str(memory.get("alarms", "")).split(), mark][-REMEMBERED:])


def _follows(counter: int, top: int, past: int) -> bool:
    return 0 < (counter - top & _MASK) <= STEP or counter > max(top, past)


def _line(counter: int, past: int) -> dict[str, int | float | str]:
    return {"counter": counter, "past": past} if past > counter else {"counter": counter}
