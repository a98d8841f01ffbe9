"""What is right word by word and probably not meant: rules that never fire, rules that others make needless."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

from rules.clashes import certain, denied, excluded, narrower
from rules.conditions.among import Among
from rules.conditions.between import OftenBetween, SeldomBetween
from rules.conditions.compound import All, Any, Not
from rules.conditions.condition import Condition, inside, parts
from rules.conditions.guard import Guarded
from rules.conditions.held import Held
from rules.conditions.leak import AlwaysInUse
from rules.conditions.overuse import UsedAbove
from rules.conditions.seldom import TimesBelow
from rules.conditions.sequence import After
from rules.conditions.silent import Silent
from rules.conditions.sound import Sound
from rules.conditions.times import Times
from rules.conditions.trend import Falls, Rises, Trend
from rules.conditions.twice import Twice
from rules.conditions.usage import UsedBelow
from rules.conditions.value import Leaf
from rules.hours import DAY
from rules.known import Device
from rules.nouns import how_long
from rules.picked import Picked
from rules.plausible import doubtful
from rules.quantities import MOMENTARY
from rules.rule import Rule
from rules.sentence import Sentence, strung
from rules.wall import HOME, MODES


class Doubt(NamedTuple):
    """Something about a rule that is probably not meant."""

    rule: str
    what: str
    remedy: str


def doubts(rules: Sequence[Rule]) -> list[Doubt]:
    """What may be wrong with rules that run side by side."""
    found = [doubt for rule in rules for doubt in _never(rule)]
    for one, other in permutations(rules, 2):
        if not _meet(one, other) or not one.picked.within(other.picked):
            continue
        same = (one.severity, one.ladder, one.per) == (other.severity, other.ladder, other.per)
        if same and implies(one.when, other.when) and (one.id < other.id or not implies(other.when, one.when)):
            what = Sentence(
                "whenever {one} fires, {other} fires too, and tells the same people with the same severity",
                one=one.id,
                other=other.id,
            )
            found.append(Doubt(one.id, what, "keep one of them, or give them different severities or ladders"))
    return found


def _meet(one: Rule, other: Rule) -> bool:
    """Do both count in some home?"""
    if one.homes is None and other.homes is None:
        return True
    if one.homes is None or other.homes is None:
        few, many = (one, other) if one.homes is not None else (other, one)
        return bool((few.homes or frozenset()) - many.except_homes)
    return bool(one.homes & other.homes)


def wanting(rules: Iterable[Rule], said: Mapping[str, Collection[str]], home: str = "") -> list[Doubt]:
    """Rules that can't fire where these devices say these quantities; all of an ``all`` or a sequence must be heard."""
    found = []
    for rule in rules:
        missing = [needed for needed in _needed(rule.when, (rule.picked,)) if not _is_met(needed, said)]
        if missing:
            said_by = strung(sorted({need.quantity for need in missing[0]}), "{one} or {other}")
            there = Sentence(
                "it can't fire in {home}: no device there says {quantities}", home=home, quantities=said_by
            )
            here = Sentence("it can't fire here: no device says {quantities}", quantities=said_by)
            what = there if home else here
            found.append(Doubt(rule.id, what, "add such a sensor, or leave the rule out"))
    return found


def elsewhere(condition: Condition) -> bool:
    """Is it never true in a home that is always in mode home, and that nobody arms?"""
    if isinstance(condition, Guarded):
        guard = condition.guard
        return guard.armed or HOME not in guard.modes or elsewhere(condition.inner)
    if isinstance(condition, All):
        return any(map(elsewhere, condition.parts))
    if isinstance(condition, Any):
        return all(map(elsewhere, condition.parts))
    if isinstance(condition, After):
        return elsewhere(condition.then) or elsewhere(condition.first)
    return isinstance(condition, Held | Among) and elsewhere(condition.inner)


def scattered(rule: Rule, said: Iterable[Collection[str]], home: str = "") -> list[Doubt]:
    """A rule per device, where no device says all that it asks for, though together they do."""
    needed = [{need.quantity for need in one} for one in _needed(rule.when)]
    if rule.per == "home" or any(all(one & set(device) for one in needed) for device in said):
        return []
    both = strung(sorted({min(one) for one in needed}), "{one} and {other}")
    there = Sentence("it can't fire in {home}: no single device says {quantities}", home=home, quantities=both)
    here = Sentence("it can't fire here: no single device says {quantities}", quantities=both)
    return [Doubt(rule.id, there if home else here, 'write per = "home"')]


class _Need(NamedTuple):
    """A quantity, said by a device that each of these picks."""

    quantity: str
    by: tuple[Picked, ...]


def _is_met(needed: Iterable[_Need], said: Mapping[str, Collection[str]]) -> bool:
    """Does some device say one of these?"""
    return any(
        need.quantity in told and all(name in picked for picked in need.by)
        for need in needed
        for name, told in said.items()
    )


def _needed(condition: Condition, by: tuple[Picked, ...] = ()) -> list[frozenset[_Need]]:
    """Sets of needs; of each set one must be met, else it is never true."""
    if isinstance(condition, All):
        return [needed for part in condition.parts for needed in _needed(part, by)]
    if isinstance(condition, Any):
        every = [_needed(part, by) for part in condition.parts]
        return [frozenset().union(*(needed for part in every for needed in part))] if all(every) else []
    if isinstance(condition, Among):
        return _needed(condition.inner, (*by, condition.picked))
    if isinstance(condition, Held | Guarded | Sound):
        return _needed(condition.inner, by)
    if isinstance(condition, After):
        return [*_needed(condition.then, by), *_needed(condition.first, by)]
    needs = frozenset(_Need(quantity, by) for quantity in condition.needs())
    return [needs] if needs and (not condition.timed or isinstance(condition, Silent)) else []


def hasty(rules: Iterable[Rule], devices: Mapping[str, Device]) -> list[Doubt]:
    """Rules that take a device for silent sooner than it has to speak: what it only says again is thinned till then."""
    found = []
    for rule in rules:
        here = {name: one.silent_after or 0.0 for name, one in devices.items() if rule.counts_in(one.home)}
        for part, by in _silences(rule.when, (rule.picked,)):
            heeded = [(here[name], name) for name in here if all(name in picked for picked in by)]
            longest, name = max(heeded, default=(0.0, ""))
            if part.budget is not None and not part.of and part.budget < longest:
                silent, sleeps = how_long(part.budget), how_long(longest)
                what = Sentence(
                    "it takes {name} for silent after {silent}; it lives and may say nothing for {sleeps}",
                    name=name,
                    silent=silent,
                    sleeps=sleeps,
                )
                remedy = Sentence(
                    "write silent = true or a longer one, or give {name} another silent_after in the site file",
                    name=name,
                )
                found.append(Doubt(rule.id, what, remedy))
    return found


def _silences(condition: Condition, by: tuple[Picked, ...]) -> Iterator[tuple[Silent, tuple[Picked, ...]]]:
    """Each ``silent``, and what picks the devices that it is about."""
    if isinstance(condition, Silent):
        yield condition, by
    by = (*by, condition.picked) if isinstance(condition, Among) else by
    for part in inside(condition):
        yield from _silences(part, by)


def _never(rule: Rule) -> Iterator[Doubt]:
    for part in (*parts(rule.when), *(parts(rule.clear) if rule.clear else ())):
        if wrong := doubtful(part):
            yield Doubt(rule.id, *wrong)
        elif isinstance(part, All) and ((rule.per == "device" and excluded(part)) or denied(part)):
            yield Doubt(rule.id, "no value makes all of these true at the same time", "move one of the limits")
        elif isinstance(part, Any) and certain(part):
            yield Doubt(rule.id, "each value makes one of these true", "move one of the limits")
    if rule.per == "device" and any(part.worsens for part in parts(rule.when)):
        what = "it watches each sensor alone, so one that is seldom used is taken for a silent home"
        yield Doubt(rule.id, what, 'write per = "home"')
    if events := sorted(_missed(rule.when)):
        what = "it is true because {event} doesn't come, and nothing shows that it would be heard"
        remedy = "name what happens then: all = [{…}, {not = {…}}], or a state that is repeated"
        yield Doubt(rule.id, Sentence(what, event=events[0]), remedy)
    yield from _too_late(rule)
    for names in _left_out(rule.when, rule.picked):
        what = Sentence("a condition asks for {names}, which the devices of the rule leave out", names=names)
        yield Doubt(rule.id, what, "name them there as well, or name devices in one of the two places")
    for shut in _shut_out(rule.when, frozenset(MODES)):
        what = Sentence("a while names {modes}, in which the while around it lets nothing count", modes=shut)
        yield Doubt(rule.id, what, "remove it there, or name it in both")


def _too_late(rule: Rule) -> Iterator[Doubt]:
    """Windows of the day that are over when the hours of the rule are."""
    for around in [part for part in parts(rule.when) if isinstance(part, Guarded)]:
        for part in parts(around):
            if isinstance(part, SeldomBetween) and not around.guard.hours.spans_minute(part.daily.end % DAY):
                end = f"{part.daily}".partition("-")[2]
                what = "it is judged at {end}, when the hours of while are shut: nobody is told before they open next"
                remedy = Sentence("remove hours, or let them begin at {end}", end=end)
                yield Doubt(rule.id, Sentence(what, end=end), remedy)


def _missed(condition: Condition) -> frozenset[str]:
    """The events of which it is enough that they don't come; empty if something must be heard."""
    if isinstance(condition, Not):
        events = frozenset(condition.needs())
        return events if events <= MOMENTARY else frozenset()
    if isinstance(condition, All | Any):
        found = [_missed(part) for part in condition.parts]
        return frozenset().union(*found) if isinstance(condition, Any) or all(found) else frozenset()
    return _missed(condition.inner) if isinstance(condition, Held | Guarded | Among) else frozenset()


def _left_out(condition: Condition, around: Picked) -> Iterator[list[str]]:
    """Names of devices that a condition looks at, though what is around it looks at none of these."""
    for part in inside(condition):
        yield from _left_out(part, condition.picked if isinstance(condition, Among) else around)
    names = condition.picked.only if isinstance(condition, Among) else ()
    if names and not any("*" in name or name in around for name in names):
        yield list(names)


def _shut_out(condition: Condition, modes: frozenset[str]) -> Iterator[list[str]]:
    """Modes that a ``while`` names though one around it doesn't: whoever wrote them believes that they count."""
    if isinstance(condition, Guarded):
        said = frozenset(condition.guard.modes)
        if condition.guard.modes != MODES and not said <= modes:
            yield sorted(said - modes)
        modes &= said
    for part in inside(condition):
        yield from _shut_out(part, modes)


def implies(one: Condition, other: Condition) -> bool:
    """Is the other true whenever this one is, or was it before? False where nobody can tell."""
    if isinstance(one, Held) and isinstance(other, Held):
        same = one.seconds >= other.seconds and implies(one.inner, other.inner)
        return same or (not other.seconds and implies(one, other.inner))
    if isinstance(other, Held):
        return not other.seconds and implies(one, other.inner)
    if isinstance(one, Held):
        each = other.parts if isinstance(other, Any) else ()
        return implies(one.inner, other) or any(implies(one, part) for part in each)
    if isinstance(other, Guarded):
        return isinstance(one, Guarded) and one.guard == other.guard and implies(one.inner, other.inner)
    if isinstance(one, Guarded | Sound):
        return one == other or implies(one.inner, other)
    if isinstance(one, Among) and isinstance(other, Among):
        return one.picked == other.picked and implies(one.inner, other.inner)
    return _joined(one, other) or _plain(one, other)


def _joined(one: Condition, other: Condition) -> bool:
    if isinstance(one, Any):
        return all(implies(part, other) for part in one.parts)
    if isinstance(other, All):
        return all(implies(one, part) for part in other.parts)
    if isinstance(one, All) and any(implies(part, other) for part in one.parts):
        return True
    return isinstance(other, Any) and any(implies(one, part) for part in other.parts)


def _plain(one: Condition, other: Condition) -> bool:
    if one == other:
        return True
    if isinstance(one, Twice):
        return implies(one.leaf, other.leaf if isinstance(other, Twice) else other)
    if isinstance(one, Leaf) and isinstance(other, Leaf):
        return one.quantity == other.quantity and narrower(one, other)
    stricter = _STRICTER.get(type(one))
    return type(one) is type(other) and stricter is not None and stricter(one, other)


def _uses(one: UsedBelow | UsedAbove, other: UsedBelow | UsedAbove) -> bool:
    if one.quantity != other.quantity:
        return False
    if isinstance(one, UsedBelow):
        return one.amount <= other.amount and one.seconds >= other.seconds
    return one.amount >= other.amount and one.seconds <= other.seconds


def _counts(one: Times, other: Times) -> bool:
    if one.leaf != other.leaf:
        return False
    if isinstance(one, TimesBelow):
        return one.count <= other.count and one.seconds >= other.seconds
    return one.count >= other.count and one.seconds <= other.seconds


def _counts_between(one: OftenBetween | SeldomBetween, other: OftenBetween | SeldomBetween) -> bool:
    return one.daily == other.daily and _counts(one, other)


def _runs(one: AlwaysInUse, other: AlwaysInUse) -> bool:
    return one.quantity == other.quantity and one.rest <= other.rest and one.seconds >= other.seconds


def _changes(one: Trend, other: Trend) -> bool:
    return one.quantity == other.quantity and one.amount >= other.amount and one.seconds <= other.seconds


_STRICTER: dict[type[Condition], Callable[..., bool]] = {
    UsedBelow: _uses, UsedAbove: _uses, Times: _counts, TimesBelow: _counts, AlwaysInUse: _runs, Rises: _changes,
    Falls: _changes, OftenBetween: _counts_between, SeldomBetween: _counts_between,
}  # fmt: skip
"""Class -> is the first of two of it true only when the second one is?"""
