"""When is a condition true? Said as spans of time, from the words of README.md alone: helpers of test_second_opinion.py."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from rules.hours import Calendar
from rules.test_past import Table, is_event, quantities, value_test
from rules.wall import Mode

Instant = tuple[int, float]
"""Second, and which input: 0 is what falls due by itself, before any input of that second; half a number more is after one."""
Signal = list[Instant]
"""Turns true, turns false, turns true …"""
NEVER: Instant = (10**9, 0)
HOUR, DAY, QUARTER = 3600, 86400, 900
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BUDGETS = {"a": 2 * HOUR, "b": None, "hall-1": 26 * HOUR}
CALENDAR = Calendar(
    frozenset({date(2026, 10, 1), date(2026, 10, 2), date(2026, 4, 3), date(2026, 12, 31)}), frozenset({date(2026, 10, 3)})
)


@dataclass
class Life:
    """What happened, in its order: (second, what, more)."""

    inputs: list[tuple[int, str, Any]] = field(default_factory=list)
    urgent: bool = False

    def said(self, what: str) -> list[tuple[Instant, Any]]:
        return [((at, n), more) for n, (at, one, more) in enumerate(self.inputs, 1) if one == what]

    @property
    def end(self) -> int:
        return self.inputs[-1][0] + 3 * DAY


def spans(signal: Signal) -> list[tuple[Instant, Instant]]:
    """From, and to which it no longer is."""
    return list(zip(signal[::2], [*signal[1::2], NEVER], strict=False))


def on(signal: Signal, one: Instant) -> bool:
    """Is it true then?"""
    return bisect_right(signal, one) % 2 == 1


def made(points: Iterable[Instant], true: Callable[[Instant], bool]) -> Signal:
    """What may change at these instants alone."""
    signal: Signal = []
    for one in sorted(set(points)):
        if true(one) is not bool(len(signal) % 2):
            signal.append(one)
    return signal


def joined(signals: Sequence[Signal], join: Callable[[Iterable[bool]], bool] = all) -> Signal:
    """All of them, or any."""
    return made((one for signal in signals for one in signal), lambda one: join(on(signal, one) for signal in signals))


def last(said: Sequence[tuple[Instant, Any]], one: Instant, otherwise: Any) -> Any:
    """What was said last by then."""
    return next((more for at, more in reversed(said) if at <= one), otherwise)


@cache
def civil(epoch: int, zone: str) -> datetime:
    """What the wall shows."""
    return datetime.fromtimestamp(epoch, ZoneInfo(zone)).replace(tzinfo=None)


def within(table: Table, here: datetime) -> bool:
    """Are these its hours and days? Those over midnight belong to the day on which they begin."""
    start, end = table.get("hours", "00:00-24:00").split("-")
    now, day = here.strftime("%H:%M"), here.date()
    if start > end and now < end:
        start, day = "00:00", day - timedelta(days=1)
    elif start > end:
        end = "24:00"
    name, holiday = DAYS[day.weekday()], day in CALENDAR.holidays
    works = day in CALENDAR.workdays or (name not in ("sat", "sun") and not holiday)
    kinds = {name, "workday" if works else "free", *(["holiday"] if holiday else [])}
    return start <= now < end and bool(kinds & set(table.get("days", DAYS)))


@dataclass
class Opinion:
    """A rule as it is from an instant on, when its timers begin; of some devices of a home."""

    life: Life
    devices: Sequence[str]
    since: Instant = (0, 0)
    granted: bool = False
    """Its alert fires already: what is true at its beginning has lasted."""

    def rule(self, rule: Table) -> tuple[Signal, Signal, Signal]:
        """When it fires, when it is true at all, and when nothing speaks against its end."""
        when, clear = rule["when"], rule.get("clear")
        plain = self.truth({key: one for key, one in when.items() if key not in ("for", "hold")})
        ripe = self.lasting(plain, when.get("for", 0), when.get("hold", 0))
        busy = joined([plain, ripe], any)
        if "while" in rule:
            ripe = busy = joined([ripe, self.guard(rule["while"])])
        if clear is None:
            return ripe, busy, [(0, 0)]
        first = [one for one, _ in self._readings(clear["quantity"])][:1]
        return ripe, busy, joined([self._value(clear, all), [(0, 0), *first]], any)

    def truth(self, table: Table) -> Signal:
        """Of a condition with what stands beside it."""
        signal = self._plain(table)
        if "after" in table:
            before, most = spans(self.truth(table["after"])), table["within"]
            signal = [
                edge
                for start, end in spans(signal)
                if any(first < start and min(over, start)[0] + most >= start[0] for first, over in before)
                for edge in (start, end)
                if edge is not NEVER
            ]
        if "while" in table:
            signal = joined([signal, self.guard(table["while"])])
        return self.lasting(signal, table.get("for", 0), table.get("hold", 0))

    def lasting(self, signal: Signal, lasts: int, hold: int) -> Signal:
        """``for`` and ``hold``."""
        told: Signal = []
        for start, end in spans(signal):
            at_once = not lasts or (self.granted and start == self.since)
            ripe = start if at_once else (start[0] + lasts, 0)
            if told and start <= told[-1]:
                told.pop()
            elif ripe < end:
                told.append(ripe)
            else:
                continue
            told.append((end[0] + hold, 0) if hold and end is not NEVER else end)
        return told[:-1] if told and told[-1] is NEVER else told

    def _plain(self, table: Table) -> Signal:
        for word, join in (("any", any), ("all", all)):
            if word in table:
                return joined([self.truth(part) for part in table[word]], join)
        if "not" in table:
            inner = Opinion(self.life, self.devices, self.since).truth(table["not"])
            heard = max(min((at for at, _ in self._readings(one)), default=NEVER) for one in quantities(table["not"]))
            return self._from([*inner, heard], lambda one: not on(inner, one) and NEVER > one >= heard)
        if is_event(table):
            pressed = [one for one, (_, value) in self._readings(table["quantity"]) if value_test(table)(value)]
            return [edge for one in pressed if one > self.since for edge in (one, (one[0], one[1] + 0.5))]
        if "silent" in table:
            named = [(name, BUDGETS[name]) for name in self.devices if BUDGETS[name]]
            signals = [self._silence(name, own if table["silent"] is True else table["silent"]) for name, own in named]
        else:
            signals = [self._value(table, any)]
        return self._from(joined(signals, any), lambda one: any(on(signal, one) for signal in signals))

    def _from(self, points: Iterable[Instant], true: Callable[[Instant], bool]) -> Signal:
        return made([self.since, *(one for one in points if one > self.since)], true)

    def _readings(self, quantity: str) -> list[tuple[Instant, tuple[str, Any]]]:
        said = [(one, more) for one, more in self.life.said("reading") if more[0] in self.devices]
        return [(one, (name, value)) for one, (name, what, value) in said if what == quantity]

    def _value(self, table: Table, join: Callable[[Iterable[bool]], bool]) -> Signal:
        test, now, states = value_test(table), dict[str, bool](), dict[Instant, bool]()
        for one, (device, value) in self._readings(table["quantity"]):
            now[device] = test(value)
            states[one] = join(now.values())
        return made(states, states.__getitem__)

    def _silence(self, name: str, budget: int | None) -> Signal:
        """Time in which the gateway was off isn't counted."""
        heard = [(0, 0), *(one for one, more in self.life.said("reading") if more[0] == name), NEVER]
        signal: Signal = []
        for before, then in pairwise(heard):
            due = before[0] + (budget or 0)
            for (start, _), lasts in self.life.said("restart"):
                due += lasts if before[0] <= start < due else 0
            signal += [(due, 0), then] if (due, 0) < then else []
        return signal[:-1] if signal and signal[-1] is NEVER else signal

    def guard(self, table: Table) -> Signal:
        """``while``."""
        modes, walls, persons = self.life.said("mode"), self.life.said("wall"), self.life.said("persons")
        points: Signal = [(0, 0), *(one for one, _ in (*modes, *walls, *persons))]
        points += [(int(at), 0) for _, mode in modes for at in (mode.until, mode.armed_at) if at is not None]
        clock = bool(table.keys() & {"hours", "days"})
        for (start, (offset, _, _)), end in zip(walls, [*(one[0] for one, _ in walls[1:]), self.life.end], strict=False):
            first = start[0] + -(start[0] + offset) % QUARTER
            points += [(at, 0) for at in range(first, end + 1, QUARTER) if clock]

        def open_at(one: Instant) -> bool:
            mode, living = last(modes, one, Mode()), last(persons, one, None)
            mode = Mode() if mode.until is not None and (mode.until, 0) <= one else mode
            offset, synced, zone = last(walls, one, (0, False, "UTC"))
            low, high = table.get("persons", [0, 99])
            low, high = ((1, 1) if table["lives_alone"] else (2, 99)) if "lives_alone" in table else (low, high)
            return (
                mode.name in table.get("mode", [mode.name])
                and ("armed" not in table or (mode.armed_at is not None and (mode.armed_at, 0) <= one))
                and (living is None or low <= living <= high)
                and (not clock or (within(table, civil((one[0] + offset) // QUARTER * QUARTER, zone)) if synced else self.life.urgent))
            )

        opened = made(points, open_at)
        return self._from(opened, lambda one: on(opened, one))


def wanted(rules: Sequence[tuple[Instant, Table]], life: Life, devices: Sequence[str]) -> list[tuple[int, str]] | None:
    """(when, state) of the changes of its alerts, by the rule as it was from each instant on; None if it may flicker."""
    told, stage, resets, ends = list[tuple[int, str]](), "quiet", {one for one, _ in life.said("reset")}, 0
    for (since, rule), (until, _) in pairwise([*rules, ((life.end, 0.5), {})]):
        if stage == "pending":
            stage = "quiet"
            told.append((since[0], "resolved"))
        event, lasts, calm = is_event(rule["when"]), rule.get("clear", {}).get("for", 0), None
        ripe, busy, fine = Opinion(life, devices, since, stage == "firing").rule(rule)
        points = {since, *ripe, *busy, *fine, *resets}
        for one in sorted(points | {(at + lasts, 0) for at, _ in points}):
            if not since <= one < until:
                continue
            was, firing = stage, stage == "firing"
            if one in resets:
                stage = "resolved" if not on(busy, one) and (stage == "cleared" or (firing and event)) else stage
            elif on(ripe, one):
                stage = "firing"
            elif stage in ("quiet", "pending"):
                stage = "pending" if on(busy, one) else "resolved" if stage == "pending" else "quiet"
            if firing and not event and one not in resets:
                calm = None if on(busy, one) or not on(fine, one) else one[0] if calm is None else calm
                if calm is not None and one[0] - calm >= lasts:
                    stage, ends = "cleared" if rule["latch"] else "resolved", ends + 1
            if stage != was:
                told.append((one[0], stage))
            calm = calm if stage == "firing" else None
            stage = "quiet" if stage == "resolved" else stage
    return told if ends < 5 else None
