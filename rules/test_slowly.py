"""The language of rules once more, slowly: each condition's truth at each moment from all that ever happened.

It knows nothing of the engine: no memory, no deadlines, no checkpoint, no calm values. A condition is its TOML; time goes
in steps, and at each of them everything is looked through from the beginning. What it says is what rules/README.md says.
A helper of test_reference.py, which compares the engine with it.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rules.test_past import (
    EVENTS,
    UNSAID,
    Moment,
    Past,
    Said,
    Table,
    Truth,
    is_event,
    parts,
    quantities,
    value_test,
    without_events,
)

Whiles = Sequence[Sequence[str]]


@dataclass
class Reference:
    """Conditions on some devices of a home."""

    past: Past
    devices: Sequence[str]

    def truth(self, table: Table, modes: Whiles = ()) -> Truth:
        """Is it true, at each moment? ``modes`` are those of each ``while`` around it: with each absence starts anew."""
        own = [table["while"]["mode"]] if "while" in table else []
        plain = self._followed(table, self._plain(table, [*modes, *own]), [*modes, *own])
        for inside in own:
            plain = [yes and one.mode in inside for yes, one in zip(plain, self.past.moments, strict=True)]
        return self.held(plain, table.get("for", 0), table.get("hold", 0))

    def held(self, plain: Truth, lasts: int, hold: int) -> Truth:
        """It was true for so long, and since then it was never false for so long."""
        told, since, gone, on = [], None, None, False
        for one, yes in zip(self.past.moments, plain, strict=True):
            if yes:
                since, gone = one.at if since is None else since, None
                on = on or one.at - since >= lasts
            else:
                gone = one.at if gone is None else gone
                on = on and one.at - gone < hold
                since = since if on else None
            told.append(on)
        return told

    def _plain(self, table: Table, modes: Whiles) -> Truth:
        inner = [self.truth(part, modes) for part in parts(table)]
        if "any" in table or "all" in table:
            return [(any if "any" in table else all)(yes) for yes in zip(*inner, strict=True)]
        if "not" in table:
            said: set[str] = set()
            told = []
            for one, yes in zip(self.past.moments, inner[0], strict=True):
                said |= {one.said.quantity} if self._counts(one) and one.said else set()
                told.append(not yes and quantities(table["not"]) <= said)
            return told
        if "silent" in table:
            budgets = {name: self.past.budgets[name] for name in self.devices}
            over = {name: own if table["silent"] is True else table["silent"] for name, own in budgets.items() if own}
            return [any(self.past.silence(name, k) >= most for name, most in over.items()) for k in self._all()]
        for word, made in (
            ("used_below", self._little), ("used_above", self._much), ("always_in_use", self._running),
            ("rises", self._fast), ("falls", self._fast), ("times", self._often), ("times_below", self._rare), ("never_still", self._restless),
        ):  # fmt: skip
            if word in table:
                return made(table, modes)
        return self._valued(table)

    def proven(self, table: Table, modes: Whiles = (), part: bool = False) -> Truth:
        """Where it is true, would the contrary be heard now? Asked of an absence that is ``part`` of an ``all``."""
        own = [*modes, table["while"]["mode"]] if "while" in table else modes
        bare = {key: value for key, value in table.items() if key not in ("for", "hold")}
        proof = self._proven(table, own, part)
        told, left, was, plain = [], -table.get("hold", 0), False, self.truth(bare, modes)
        for one, yes, sure in zip(self.past.moments, plain, proof, strict=True):
            left, was = one.at if was and not (yes and sure) else left, yes and sure
            told.append((yes and sure) or one.at - left < table.get("hold", 0))
        return told

    def _proven(self, table: Table, modes: Whiles, part: bool) -> Truth:
        if part and table.keys() & {"times_below", "used_below"}:
            spoke = [self._said(k, table["quantity"]) for k in self._all()]
            joined = itertools.accumulate([{said.device} if said else set() for said in spoke], set[str].union)
            return [all(self.past.is_heard(name, k) for name in names) for k, names in enumerate(joined)]
        if "any" not in table and "all" not in table:
            return [True] * len(self.past.moments)
        inner = [self.truth(one, modes) for one in parts(table)]
        proofs = [self.proven(one, modes, part or "all" in table) for one in parts(table)]
        both = [[yes and sure for yes, sure in zip(*one, strict=True)] for one in zip(inner, proofs, strict=True)]
        if "any" in table:
            return [any(one) for one in zip(*both, strict=True)]
        return [all(one) or silent for *one, silent in zip(*both, self._by_silence(table, modes), strict=True)]

    def _by_silence(self, table: Table, modes: Whiles) -> Truth:
        """Is it true because a device isn't heard?"""
        if "silent" in table:
            return self.truth({"silent": table["silent"]})
        told = [False] * len(self.past.moments)
        for one in parts(table):
            both = zip(told, self.truth(one, modes), self._by_silence(one, modes), strict=True)
            told = [before or (yes and silent) for before, yes, silent in both]
        return told

    def _all(self) -> range:
        return range(len(self.past.moments))

    def _counts(self, one: Moment) -> bool:
        """Is it a reading of these devices whose value says how things are?"""
        return one.said is not None and one.said.device in self.devices and "replay" not in one.said.flags

    def _said(self, k: int, quantity: str) -> Said | None:
        one = self.past.moments[k]
        said = one.said if self._counts(one) else None
        kept = said is not None and quantity in EVENTS and "retained" in said.flags
        return said if said is not None and said.quantity == quantity and not kept else None

    def _began(self, k: int, modes: Whiles) -> bool:
        """Did the home come into a mode in which it counts, by one of them?"""
        now, before = self.past.moments[k].mode, self.past.moments[k - 1].mode
        return k > 0 and any(now in inside and before not in inside for inside in modes)

    def _valued(self, table: Table) -> Truth:
        test, last, agreed, told = value_test(table), dict[str, bool](), dict[str, bool](), []
        for k in self._all():
            said = self._said(k, table["quantity"])
            if said is not None:
                now = test(said.value)
                if now == last.get(said.device, False) or "twice" not in table:
                    agreed[said.device] = now
                last[said.device] = now
            told.append(any(agreed.values()))
            if table["quantity"] in EVENTS:
                agreed.clear()
        return told

    def _often(self, table: Table, modes: Whiles) -> Truth:
        test, on, signs, told = value_test(table), set[str](), list[int](), []
        for k in self._all():
            now, said = self.past.moments[k].at, self._said(k, table["quantity"])
            signs = [] if self._began(k, modes) else signs
            if said is not None:
                yes = test(said.value)
                signs += [now] if yes and said.device not in on and "retained" not in said.flags else []
                on = on | {said.device} if yes and said.quantity not in EVENTS else on - {said.device}
            told.append(sum(at > now - table["within"] for at in signs) >= table["times"])
        return told

    def _rare(self, table: Table, modes: Whiles) -> Truth:
        """The end of a state is its last sign, in place of its beginning; all sensors must live when the time is over."""
        test, on, joined, since_true, told = value_test(table), set[str](), dict[str, int](), None, list[bool]()
        every = list[tuple[int, str]]()
        for k in self._all():
            now, said = self.past.moments[k].at, self._said(k, table["quantity"])
            if self._began(k, modes):
                since_true, every = None, every and [(now, "")]
            if said is not None:
                joined.setdefault(said.device, self.past.joins(said.device, k))
                every = every or [(now, "")]
                yes = test(said.value)
                if yes and said.device not in on and "retained" not in said.flags:
                    every = [*every, (now, said.device)]
                elif not yes and said.device in on:
                    own = [n for n, one in enumerate(every) if one[1] == said.device][-1:] or [0]
                    every = [*every[: own[0]], *every[own[0] + 1 :], (now, said.device)]
                    every = every if own != [0] else [(now, ""), *every]
                on = on | {said.device} if yes else on - {said.device}
            signs = [at for at, _ in sorted(every)[-table["times_below"] :]]
            if not signs or on:
                since_true = None
            elif since_true != signs:
                ripe = signs[0] + table["within"] + self.past.deaf(signs[0], now) + self.past.blind(joined, signs[0], k)
                proven = ripe <= now and all(self._lives(name, ripe, table["within"], k) for name in joined)
                since_true = list(signs) if proven else None
            told.append(since_true is not None)
        return told

    def _restless(self, table: Table, modes: Whiles) -> Truth:
        """Changes that follow each other within the rest are one run; nothing stands still while it goes on."""
        values, runs, told = dict[str, Any](), dict[str, list[int]](), []
        for k in self._all():
            now, said = self.past.moments[k].at, self._said(k, table["quantity"])
            if self._began(k, modes):
                runs = {name: [now, came] for name, (_, came) in runs.items()}
            if said is not None and "retained" not in said.flags and said.value != values.get(said.device):
                since, came = runs.get(said.device, [now, now])
                values[said.device] = said.value
                runs[said.device] = [since if now - came < table["never_still"] else now, now]
            told.append(any(
                came - since >= table["over"] and now - came < table["never_still"] for since, came in runs.values()
            ))
        return told

    def _lives(self, name: str, ripe: float, within: float, k: int) -> bool:
        """Heard once more when the time is over, or shortly before and not for long now."""
        heard, budget = self.past.heard(name, k)[-1], self.past.budgets[name] or UNSAID
        return heard >= ripe or (heard >= ripe - min(budget, 7200.0, within / 6) and self.past.is_heard(name, k))

    def _fast(self, table: Table, modes: Whiles) -> Truth:
        """Of each two readings in a row the one nearer to no change counts."""
        sign, amount = (1, table["rises"]) if "rises" in table else (-1, table["falls"])
        values, true, told = dict[str, list[tuple[int, float]]](), dict[str, bool](), []
        for k in self._all():
            now, said = self.past.moments[k].at, self._said(k, table["quantity"])
            if said is not None and "retained" not in said.flags:
                own = values.setdefault(said.device, [])
                own.append((now, sign * said.value))
                pairs = [(at, one, before) for (_, before), (at, one) in itertools.pairwise(own)]
                lows = [max(one, before) for at, one, before in pairs if at >= now - table["within"]]
                true[said.device] = bool(lows) and min(own[-1][1], own[-2][1]) - min(lows) >= amount
            told.append(any(true.values()))
        return told

    def _meters(self, quantity: str) -> list[list[tuple[str, int, int, float]]]:
        """At each moment, of each reading so far: the device, when, when before, and what was used in between."""
        last, steps, told = dict[str, tuple[int, float]](), list[tuple[str, int, int, float]](), []
        for k in self._all():
            now, said = self.past.moments[k].at, self._said(k, quantity)
            if said is not None:
                before, register = last.get(said.device, (now, said.value))
                steps = [*steps, (said.device, now, before, round(said.value - register, 6))]
                last[said.device] = now, said.value
            told.append(steps)
        return told

    def _little(self, table: Table, modes: Whiles) -> Truth:
        true, begun, read, told = False, -1, 0, []
        for k, steps in enumerate(self._meters(table["quantity"])):
            now = self.past.moments[k].at
            if self._began(k, modes):
                true, begun = False, now
            if len(steps) > read:
                device, _, _, used = steps[-1]
                read, first = len(steps), {name: at for name, at, _, _ in reversed(steps)}
                since = max(max(at, begun) for at in first.values())
                enough = [at for n, (_, at, _, _) in enumerate(steps) if self._sum(steps[n:]) >= table["used_below"]]
                since = max([since, *enough[-1:]])
                proven = since + table["over"] + self.past.blind(dict.fromkeys(first, 0), since, k)
                latest = min({name: at for name, at, _, _ in steps}.values())
                lost = not all(self.past.is_heard(name, k) for name in first)
                still = true and not used and sum(name == device for name, *_ in steps) > 1
                true = still or (not lost and proven <= latest)
            told.append(true)
        return told

    def _sum(self, steps: Sequence[tuple[str, int, int, float]]) -> float:
        return round(sum(used for *_, used in steps), 6)

    def _much(self, table: Table, modes: Whiles) -> Truth:
        """What was used between two readings is spread evenly over the time between them."""
        true, read, told = False, 0, []
        for steps in self._meters(table["quantity"]):
            if len(steps) > read:
                read, start = len(steps), steps[-1][1] - table["over"]
                shares = [(at - max(before, start)) / (at - before) if at > before else 1.0 for _, at, before, _ in steps]
                inside = [(one, share) for one, share in zip(steps, shares, strict=True) if one[1] > start]
                true = round(sum(one[3] * share for one, share in inside), 6) > table["used_above"]
            told.append(true)
        return told

    def _running(self, table: Table, modes: Whiles) -> Truth:
        """Readings more than four rests apart show neither use nor rest."""
        rest, since, still, told, read, last = table["always_in_use"], dict[str, int](), dict[str, int](), [], 0, {}
        for steps in self._meters(table["quantity"]):
            if len(steps) > read:
                read, (name, at, before, used) = len(steps), steps[-1]
                if name not in since or at - before > 4 * rest:
                    since[name] = still[name] = at
                elif used:
                    still[name] = at
                elif at - still[name] >= rest:
                    since[name] = at
                last[name] = at
            told.append(any(last[name] - since[name] >= table["over"] for name in since))
        return told

    def _followed(self, table: Table, plain: Truth, modes: Whiles) -> Truth:
        """``after``: it became true so short a time after the other one was, or while it still was."""
        if "after" not in table:
            return plain
        first, lasting = self.truth(table["after"], modes), without_events(table["after"])
        lasts = self.truth(lasting, modes) if lasting is not None else [False] * len(first)
        event = is_event({key: value for key, value in table.items() if key != "after"}, all)
        moments, told = self.past.moments, list[bool]()
        for k, yes in enumerate(plain):
            if yes and k and plain[k - 1] and not event:
                told.append(told[-1])
                continue
            ends = [moments[j + 1 if lasts[j] else j].at for j in range(k) if first[j]]
            told.append(yes and any(moments[k].at - end <= table["within"] for end in ends))
        return told
