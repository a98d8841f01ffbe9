"""Reach: what the outcomes of messages say of the protection itself.

Somebody whose every channel failed last is reached by nobody; a step of a ladder whose every message failed was not
taken. Both are troubles, and both are over with the first message that arrives.
"""

from collections.abc import Iterator

from drivers.reading import Frame
from gateway.health import report
from gateway.people.letter import Body, number, word
from gateway.site import Site

STEPS = 256
"""Steps remembered, the newest."""
ARRIVED = frozenset({"delivered", "seen"})
HELD_BACK = "quiet hours"
"""A reason that says nothing of the channel."""


class Reach:
    """Outcomes by person and by step."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._last: dict[str, dict[str, bool]] = {}
        """Person -> channel -> did the last message arrive?"""
        self._steps: dict[tuple[str, int, str], list[int]] = {}
        """(incident, round, step) -> messages begun, failed, arrived."""
        self._out: dict[str, bool] = {}
        """Person -> told to be out of reach?"""
        self._silent: bool | None = None

    def begin(self, now: float) -> Iterator[Frame]:
        """People with no channel at all are out of reach from the start; a resident hears the home's own voice."""
        for person in self._site.people.values():
            if not person.channels and person.role not in ("resident", "installer"):
                yield from self._note(person.name, True, now)

    def sending(self, body: Body) -> None:
        """A message of a step is about to leave."""
        key = _step(body)
        if key is not None:
            self._steps.setdefault(key, [0, 0, 0])[0] += 1
            while len(self._steps) > STEPS:
                del self._steps[next(iter(self._steps))]

    def outcome(self, body: Body, state: str, why: str, now: float) -> Iterator[Frame]:
        """What became of it -> troubles that come or go."""
        arrived = state in ARRIVED
        name = word(body, "to")
        person = self._site.people.get(name)
        if person is not None and why != HELD_BACK:
            last = self._last.setdefault(name, {})
            last[word(body, "channel")] = arrived
            tried = [last[channel] for channel in person.channels if channel in last]
            if any(tried) or len(tried) == len(person.channels):
                yield from self._note(name, not any(tried), now)
        yield from self._step(body, arrived, now)

    def _step(self, body: Body, arrived: bool, now: float) -> Iterator[Frame]:
        counts = self._steps.get(_step(body) or ("", 0, ""))
        if counts is None:
            return
        counts[2 if arrived else 1] += 1
        begun, failed, well = counts
        silent = failed >= begun and not well
        if (arrived or silent) and silent != self._silent:
            self._silent = silent
            yield report(now, "gateway:people", ladder_silent=silent)

    def _note(self, name: str, out: bool, now: float) -> Iterator[Frame]:
        if self._out.get(name) != out:
            self._out[name] = out
            yield report(now, f"gateway:{name}", channel_missing=out)


def _step(body: Body) -> tuple[str, int, str] | None:
    incident, step = word(body, "incident"), word(body, "step")
    if not (incident and step) or word(body, "kind") not in ("page", "question"):
        return None
    return incident, number(body, "round"), step
