"""Roster: the devices and the rules of one gateway, and which rule watches which device.

Watches are made when a quantity is first heard, and most only when it first has a value that matters to them: that all
is well is the same to a rule that never was at work. So a home's hundred sensors cost only what they say.
"""

from bisect import insort
from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence

from drivers.reading import Scalar
from rules.known import Device, Ears, Known
from rules.life import Life
from rules.quantities import STATES
from rules.route import NONE, Asked, Asker, Route, within
from rules.rule import Rule
from rules.watch import Key, Name, Watch

GUESTS = 256
"""Speakers nobody configured, at most; the gateway's own parts are far fewer."""


class Roster:
    """Who is there. The engine looks into ``known`` and ``watches``; only the methods change them."""

    def __init__(self, name: Name, ears: Ears) -> None:
        self.ears = ears
        self.known: dict[str, Known] = {}
        self.homes: dict[str, list[Known]] = {}
        self.rules: Sequence[Rule] = ()
        self.watches: dict[Key, Watch] = {}
        self._asking: dict[tuple[str, tuple[bool, ...]], dict[str, Asked]] = {}
        """Home, and which choosy rules look at a device -> quantity -> the rules that look at it; made when asked."""
        self._choosy: tuple[Rule, ...] = ()
        """The rules that look at some devices alone."""
        self._few: dict[tuple[str, str, str], list[Known]] = {}
        """Rule id, hash and home -> the devices that a choosy rule looks at there."""
        self._variants: dict[str, list[Rule]] = {}
        """Rule id -> the rules of that name, each for its homes."""
        self.personal: Sequence[Rule] = ()
        """The rules that learn how the person of a home lives."""
        self.proving: Sequence[Rule] = ()
        """The rules that remember until when what did not happen was proven."""
        self.missing: Sequence[Rule] = ()
        """The rules that miss somebody, because something did not happen, in certain modes alone."""
        self.strict: Sequence[Rule] = ()
        """The rules that believe sound sensors alone: what a trouble discredits is no word to them."""
        self._discrediting: Mapping[str, Sequence[Rule]] = {}
        """Rule id -> the rules of that name whose alerts say which sensors aren't sound."""
        self._special: frozenset[str] = frozenset()
        """Homes with rules of their own. For all others the rules are those of the home ""."""
        self._listening: frozenset[tuple[str, str]] = frozenset()
        """Id and hash of the rules that at times wait for the next reading, whatever it is about."""
        self._lagging: frozenset[tuple[str, str]] = frozenset()
        """Id and hash of the rules that need proof anew when they begin to fire."""
        self._drowsy: frozenset[tuple[str, str]] = frozenset()
        """Id and hash of the rules that may sleep."""
        self._banded: dict[tuple[str, str], tuple[str, ...]] = {}
        """Rule id and hash -> the quantities of which some values need not be told to it."""
        self._nowhere = Asked("", ()).rest
        """Of quantities that no rule looks at."""
        self._kept = {quantity: Asked(quantity, ()) for quantity in STATES}
        """Of states that no rule of a home looks at: a rule that comes later finds how they stand."""
        self.regauged: frozenset[str] = frozenset()
        """Devices that may be silent for another time, or have something else to say, than before ``configure``."""
        self._name = name
        self._guests = 0

    def configure(self, rules: Sequence[Rule], devices: Mapping[str, Device], at: float) -> set[str]:
        """Other rules and devices; -> the names of devices that are gone. What is known of the others stays."""
        self.rules = rules
        self._asking, self._few, self.homes, self.watches, self._variants = {}, {}, {}, {}, {}
        self._choosy = tuple(rule for rule in rules if rule.picked)
        self.personal = [rule for rule in rules if any(leaf.worsens for leaf in rule.when.leaves())]
        self.proving = [rule for rule in rules if rule.proves]
        self.missing = [rule for rule in rules if rule.absent and rule.guarded]
        discrediting = {rule.id for rule in rules if rule.discredits}
        self._discrediting = {name: [rule for rule in rules if rule.id == name] for name in discrediting}
        self.strict = [rule for rule in rules if any(leaf.heeds for leaf in rule.when.leaves())]
        self._special = frozenset(home for rule in rules for home in (*(rule.homes or ()), *rule.except_homes))
        listening = [rule for rule in rules if any(leaf.listens for leaf in rule.when.leaves())]
        self._listening = frozenset((rule.id, rule.hash) for rule in listening)
        self._lagging = frozenset((rule.id, rule.hash) for rule in rules if rule.lags)
        self._drowsy = frozenset((rule.id, rule.hash) for rule in rules if rule.sleeps)
        for rule in rules:
            self._variants.setdefault(rule.id, []).append(rule)
            asking = {name: Asker.of(rule, name, always) for name, always in rule.needs.items()}
            self._banded[rule.id, rule.hash] = tuple(name for name, one in asking.items() if one.eased)
        before = dict(self.known)
        guests = {name: known.device for name, known in before.items() if known.guest and name not in devices}
        self._guests = len(guests)
        both = before.keys() & devices.keys()
        self.regauged = frozenset(name for name in both if _heed(before[name].device) != _heed(devices[name]))
        self.known.clear()
        for name, device in sorted((guests | dict(devices)).items()):
            known = before.get(name) or Known(name, device, self.ears, at)
            known.device = device  # by it, not by where it was or what a checkpoint knows, rules look at it
            known.turn_to(device, ChainMap(self._asked(known), self._kept), at)
            known.guest = name in guests
            self._place(known)
        self._post()
        return before.keys() - self.known.keys()

    def admit(self, name: str, at: float) -> Known | None:
        """Somebody nobody configured speaks: one of the gateway's own parts, which belong to no home."""
        if self._guests >= GUESTS:
            return None
        self._guests += 1
        known = Known(name, Device(""), self.ears, at)
        known.guest = True
        self._place(known)
        return known

    def route(self, known: Known, quantity: str) -> Route:
        """Whom to tell what a device says of a quantity."""
        asked = self._asked(known).get(quantity) or self._kept.get(quantity)
        if asked is None:
            known.routes[quantity] = self._nowhere
            known.place(quantity, self._nowhere.asked.spot(0, None))
            return self._nowhere
        values, told, sleepers = known.values(quantity), [], []
        for asker, asleep in zip(asked.askers, asked.asleep, strict=True):
            if asker.sleeps and self._sleeps(asker, known, values):
                sleepers.append(asleep)
            else:
                told.append((asker, self.watch(asker.rule, known)))
        route = Route(asked, told, tuple(sleepers)) if told else asked.rest
        known.routes[quantity] = route
        if asked.ears:
            others = [one for one in known.listeners if one[0] != quantity]
            heard = [(ear, watch) for watch, _, _, ears in route.always for ear in ears]
            ears, watches = tuple([ear for ear, _ in heard]), tuple([watch for _, watch in heard])
            known.listeners = (*others, (quantity, ears, watches)) if heard else tuple(others)
        if values:
            known.turn(quantity, route.mood)
        return route

    def _sleeps(self, asker: Asker, known: Known, values: Iterable[Scalar]) -> bool:
        """Is it not at work, and may it stay so? Its other quantities see to themselves."""
        subject = known.name if asker.rule.per == "device" else known.device.home
        calm = asker.calm or NONE
        return (asker.rule.id, subject) not in self.watches and all(within(value, *calm) for value in values)

    def wake(self, known: Known, quantity: str, value: Scalar) -> Route:
        """Put to work whom this value isn't calm for; -> where the quantity goes now."""
        for rule, low, high in known.routes[quantity].sleepers:
            if not within(value, low, high):
                self.watch(rule, known)
        return known.routes.get(quantity) or self.route(known, quantity)

    def _asked(self, known: Known) -> dict[str, Asked]:
        """Quantity -> the rules that look at it in a device."""
        name, home = known.name, known.device.home if known.device.home in self._special else ""
        key = (home, tuple([name in rule.picked for rule in self._choosy]))
        if key not in self._asking:
            found: dict[str, list[Asker]] = {}
            for rule in self.rules:
                for quantity, always in rule.needs.items() if rule.counts_in(home) and name in rule.picked else ():
                    found.setdefault(quantity, []).append(Asker.of(rule, quantity, always))
            self._asking[key] = {quantity: Asked(quantity, askers) for quantity, askers in found.items()}
        return self._asking[key]

    def doubted(self, lives: Mapping[Key, Life]) -> dict[str, frozenset[tuple[str, str]]]:
        """Of each home (device, quantity) of what isn't believed, as long as these alerts are as they are."""
        found: dict[str, set[tuple[str, str]]] = {}
        for (name, subject), life in lives.items() if self._discrediting else ():
            known = self.known.get(subject) if life.stage == "firing" else None
            for rule in self._discrediting.get(name, ()) if known is not None else ():
                if known is not None and rule.counts_in(known.device.home) and subject in rule.picked:
                    found.setdefault(known.device.home, set()).update((subject, one) for one in rule.discredits)
        return {home: frozenset(doubted) for home, doubted in found.items()}

    def turn(self, watch: Watch) -> None:
        """It came to rest, or rests no longer: from now on calm values don't concern it, or do."""
        watch.rests = not watch.rests
        by = -1 if watch.rests else 1
        for quantity in self._banded[watch.rule.id, watch.rule.hash]:
            for known in watch.devices:
                if (route := known.routes.get(quantity)) is not None:
                    route.stirred += by
                    known.turn(quantity, route.mood)

    def watch(self, rule: Rule, known: Known) -> Watch:
        """The rule at work for this device, or for its home."""
        home = known.device.home
        key = (rule.id, known.name if rule.per == "device" else home)
        if key not in self.watches:
            devices = known.alone if rule.per == "device" else self._devices(rule, home)
            listens = (rule.id, rule.hash) in self._listening
            lags = (rule.id, rule.hash) in self._lagging
            self.watches[key] = Watch(rule, key[1], home, devices, self._name, listens=listens, lags=lags)
            if (rule.id, rule.hash) in self._drowsy:
                self.astray(self.watches[key])
        return self.watches[key]

    def _devices(self, rule: Rule, home: str) -> Sequence[Known]:
        """Those of a home that a rule looks at; the list grows when somebody is admitted."""
        if not rule.picked:
            return self.homes[home]
        key = (rule.id, rule.hash, home)
        if key not in self._few:
            self._few[key] = [known for known in self.homes[home] if known.name in rule.picked]
        return self._few[key]

    def astray(self, watch: Watch) -> None:
        """It began, or began anew: whom to tell of its quantities is found out at their next readings."""
        for quantity in watch.rule.needs:
            for known in watch.devices:
                if known.routes.pop(quantity, None) is not None:
                    known.turn(quantity, "astray")

    def watch_at(self, key: Key) -> Watch | None:
        """The rule at work at a subject; None if either of them is gone."""
        for rule in self._variants.get(key[0], ()):
            of_home = self.homes.get(key[1], [])
            of_device = [self.known[key[1]]] if key[1] in self.known else []
            for known in of_home if rule.per == "home" else of_device:
                if rule.counts_in(known.device.home) and known.name in rule.picked:
                    return self.watch(rule, known)
        return None

    def guarded(self, home: str | None = None) -> list[Watch]:
        """Who counts at certain times alone, or asks what time it is, by name: of one home, or of all."""
        if home is not None:
            return [watch for watch in self.about(home) if watch.rule.guarded or watch.rule.civil]
        ids = {rule.id for rule in self.rules if rule.guarded or rule.civil}
        keys = sorted(key for key in self.watches if key[0] in ids)
        found = [self.watches[key] for key in keys]
        return [watch for watch in found if watch.rule.guarded or watch.rule.civil]

    def about(self, home: str, rules: Sequence[Rule] | None = None) -> list[Watch]:
        """Who watches a home or one of its devices, by name: of some rules, or of all."""
        subjects = sorted({home, *(known.name for known in self.homes.get(home, ()))})
        ids = sorted({rule.id for rule in (self.rules if rules is None else rules)})
        found = [self.watches[one, subject] for one in ids for subject in subjects if (one, subject) in self.watches]
        return [watch for watch in found if watch.home == home]

    def _place(self, known: Known) -> None:
        """By name, so that evidence has the same order whoever spoke first."""
        self.known[known.name] = known
        insort(self.homes.setdefault(known.device.home, []), known, key=lambda known: known.name)
        for rule in self._choosy:
            few = self._few.get((rule.id, rule.hash, known.device.home))
            if few is not None and known.name in rule.picked:
                insort(few, known, key=lambda known: known.name)

    def _post(self) -> None:
        """Put the rules to work wherever something is known or silence counts; the rest follows when it speaks."""
        timed = [rule for rule in self.rules if rule.timed]
        for known in self.known.values():
            for quantity in known.quantities():
                self.route(known, quantity)
            if known.device.silent_after is not None:
                for rule in timed:
                    if rule.counts_in(known.device.home) and known.name in rule.picked:
                        self.watch(rule, known)


def _heed(device: Device) -> tuple[float | None, frozenset[str]]:
    """What makes a device one that is missed."""
    return device.silent_after, device.says
