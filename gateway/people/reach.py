"""Reach: what the outcomes of messages say of the protection itself.

Somebody whose every channel failed last is out of reach: a trouble, over with the first message that arrives.
"""

from collections.abc import Iterator

from drivers.reading import Frame
from gateway.health import report
from gateway.ladder.page import HELD_BACK
from gateway.people.letter import Body, word
from gateway.site import Site

ARRIVED = frozenset({"delivered", "seen"})


class Reach:
    """Outcomes by person and by step."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._last: dict[str, dict[str, bool]] = {}
        """Person -> channel -> did the last message arrive?"""
        self._out: dict[str, bool] = {}
        """Person -> told to be out of reach?"""

    def use(self, site: Site) -> None:
        """The people of this site from now on."""
        self._site = site
        for name in [name for name in self._out if name not in site.people]:
            del self._out[name]  # that the trouble is over follows from the site (hub/gone.py)
            self._last.pop(name, None)

    def begin(self, now: float) -> Iterator[Frame]:
        """People with no channel at all are out of reach from the start; a resident hears the home's own voice."""
        for person in self._site.people.values():
            if not person.channels and person.role not in ("resident", "installer"):
                yield from self._note(person.name, True, now)

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

    def _note(self, name: str, out: bool, now: float) -> Iterator[Frame]:
        if self._out.get(name) != out:
            self._out[name] = out
            yield report(now, f"gateway:{name}", channel_missing=out)
