"""People: who is meant by a ladder's step at a home, and by which channels each is reached, in their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.ladder.words import HOME
from gateway.site.model import Site
from gateway.site.people import AT_HOME, Person

SPEAKER = "ladder"
"""What of the gateway says that a call for help did not reach somebody: there is nothing to look at."""
VOICE = "voice"
"""Name and kind of a home's own channel."""


class Way(NamedTuple):
    """One way to reach an addressee: a channel's name, and its kind as a ladder's ``by`` asks for it."""

    channel: str
    kind: str


@dataclass(frozen=True, slots=True)
class Directory:
    """All that a ladder knows of people and homes."""

    people: Mapping[str, Person] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Channel -> its kind: smtp, ntfy, webhook, apprise."""
    homes: Mapping[str, str] = field(default_factory=dict)
    """Home -> its title."""
    voices: frozenset[str] = frozenset()
    """Homes that have a voice of their own; the others are asked nothing."""
    rooms: Mapping[str, str] = field(default_factory=dict)
    """Device -> its room."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Device -> its home."""
    buildings: Mapping[str, str] = field(default_factory=dict)
    """Home -> its building, of those of which somebody said one."""
    logins: Mapping[str, str] = field(default_factory=dict)
    """User of this computer -> the one person whose it is."""
    vouching: frozenset[str] = frozenset()
    """Uplinks whose platform says truly who acts."""
    valves: frozenset[str] = frozenset()
    """Homes with a gas valve that can be told to open."""

    @classmethod
    def of(cls, site: Site) -> "Directory":
        """What a site says of its people."""
        return cls(
            site.people,
            {name: channel.type for name, channel in site.channels.items()},
            {name: home.title for name, home in site.homes.items()},
            frozenset(speaker.home for speaker in site.speakers.values()),
            {name: device.room for name, device in site.devices.items()},
            {name: device.home for name, device in site.devices.items()},
            {name: home.building for name, home in site.homes.items() if home.building},
            {person.login: name for name, person in site.people.items() if person.login},
            frozenset(name for name, uplink in site.uplinks.items() if uplink.vouches),
            frozenset(output.home for output in site.outputs.values() if output.kind == "gas-valve"),
        )

    def role_at(self, name: str, home: str) -> str:
        """What a person is to this home; "" for nobody. A home "" is the gateway itself, which no resident has."""
        person = self.people.get(name)
        if person is None or (home not in person.homes if home else person.role in AT_HOME):
            return ""
        return person.role

    def who(self, wanted: Iterable[str], home: str) -> list[str]:
        """The addressees that a step means at a home: persons by name, and ``home:NAME``; each once, in order.

        A resident without a channel is no addressee: the home's own voice tells them.
        """
        found: dict[str, None] = {}
        for one in wanted:
            if one == HOME:
                if home in self.voices:
                    found[f"{HOME}:{home}"] = None
            elif one in self.people:
                found[one] = None
            else:
                mine = [name for name in self.people if self.role_at(name, home) == one]
                found |= {name: None for name in mine if one != "resident" or self.people[name].channels}
        return list(found)

    def is_of_one(self, to: str) -> bool:
        """Whether somebody belongs to their own homes alone: those who live there or care for it, or a home's voice."""
        person = self.people.get(to)
        return to.startswith(f"{HOME}:") or (person is not None and person.role in AT_HOME)

    def lives_there(self, to: str) -> bool:
        """Whether it is a home's own voice, or a resident."""
        person = self.people.get(to)
        return to.startswith(f"{HOME}:") or (person is not None and person.role == "resident")

    def own(self, to: str, homes: Iterable[str]) -> str:
        """The one of these homes that is somebody's own; "" for those who look after all, or have several of them."""
        person = self.people.get(to)
        if person is None or person.role not in AT_HOME:
            return to.partition(f"{HOME}:")[2]
        mine = [home for home in homes if home in person.homes]
        return mine[0] if len(mine) == 1 else ""

    def ways(self, to: str, by: Iterable[str] = (), *, others: bool = True) -> tuple[Way, ...]:
        """How an addressee is reached: first ``by`` (kinds or names of channels) in its order, then the ``others``.

        None for one that is gone. Without ``by`` it is the person's own order.
        """
        if to.startswith(f"{HOME}:"):
            return (Way(VOICE, VOICE),) if to.partition(":")[2] in self.voices else ()
        person = self.people.get(to)
        own = [Way(name, self.kinds.get(name, "")) for name in person.channels] if person else []
        chosen = [way for one in by for way in own if one in way]
        rest = own if others or not tuple(by) else []
        return tuple(dict.fromkeys([*chosen, *rest]))

    def where(self, device: str) -> str:
        """Where to look: the room of a device, or its name; of the gateway's own, which part or person it is about."""
        if device in self.rooms:
            return self.rooms[device] or device
        part = device.partition("gateway:")[2]
        return "" if part == SPEAKER else self.title(part)

    def title(self, to: str) -> str:
        """What others call an addressee."""
        if to.startswith(f"{HOME}:"):
            home = to.partition(":")[2]
            return self.homes.get(home, home)
        return self.people[to].title if to in self.people else to
