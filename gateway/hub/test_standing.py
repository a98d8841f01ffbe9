"""Which homes are protected: by the record, by the messages, and by an oracle that knows what really happened.

The oracle shares no code with what it checks: it knows when each sensor spoke, when the gateway listened and who
silenced what, and walks through the time second by second.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Frame
from gateway.health import report
from gateway.history.entries import read
from gateway.history.month import figures
from gateway.hub.conftest import say
from gateway.ladder.conftest import WALL, House
from gateway.site import Site, loads
from rules.rulefile import packs

BUDGET = 600
NODES = {"a": (0x11, "one"), "b": (0x12, "one"), "c": (0x21, "two")}
HOMES = ("one", "two")
TEXT = """
gateway = {id = "g", site = "s"}
ports.line = {type = "serial", path = "/dev/ttyUSB0", driver = "node"}
uplinks.platform = {type = "mqtt", host = "127.0.0.1"}
channels.mail = {type = "smtp", host = "127.0.0.1", from = "a@b.c"}
people.wang = {role = "property", channels = ["mail"], addresses = {mail = "w@b.c"}}
people.desk = {role = "duty", channels = ["mail"], addresses = {mail = "d@b.c"}}
homes.one = {}
homes.two = {}
""" + "".join(
    f"devices.{name} = {{home = '{home}', port = 'line', address = '{node:08x}', silent_after = {BUDGET}}}\n"
    for name, (node, home) in NODES.items()
)


def site(text: str = TEXT) -> Site:
    return loads(json.dumps({"format": 1, "site": text, "packs": packs(), "files": {}}))


class Estate(House):
    """Two homes with three nodes; time by hand."""

    def hear(self, at: float, name: str) -> None:
        self.seq += 1
        data = say("READING", self.seq, node=NODES[name][0], boot=7, temperature_c=20 + self.seq % 9)
        self.wait(at)
        self.feed(Frame("line", at, data))

    def deaf(self, at: float, seconds: float) -> None:
        """The machine was asleep for so long until now: nothing fell due meanwhile."""
        self.wait(at - seconds)
        said = {"offset": WALL, "synced": True, "deaf": seconds}
        self.feed(Frame("clock", at, json.dumps(said).encode()))

    def boot(self, at: float, down: float) -> None:
        self.wait(at - down)
        self.fold.now, before = at - down, self.fold
        rows = self.rows()
        del before
        self.restart_from(rows, at, down)

    def rows(self) -> dict[str, str]:
        from gateway.hub import checkpoint

        news = checkpoint.changed(self.fold)
        held = {**getattr(self, "_rows", {}), **{key: row for key, row in news.items() if row is not None}}
        self._rows = {key: row for key, row in held.items() if news.get(key, "") is not None}
        return self._rows

    def restart_from(self, rows: Mapping[str, str], at: float, down: float) -> None:
        from gateway.hub import checkpoint
        from gateway.hub.fold import Fold

        n = self.fold.n
        self.fold = Fold({self.site.hash: self.site.text})
        assert checkpoint.load(self.fold, rows, n) == []
        said = {"gateway": "g", "epoch": "e" * 16, "life": "2" * 8, "deaf": down, "downtime": down}
        self.feed(Frame("boot", at, json.dumps({**said, "offset": WALL, "synced": True}).encode()))

    def covered(self, end: float) -> dict[str, float]:
        """By the record."""
        entries = read(entry.body for out in self.outs for entry in out.entries)
        found = figures(entries, (0.0, end), end, HOMES)
        return {home: found[home].covered for home in HOMES}

    def told(self) -> list[dict[str, Any]]:
        """What a platform hears, of the kinds from which it counts."""
        bodies = [json.loads(one.body) for out in self.outs for one in out.messages if one.to == "platform"]
        return [body for body in bodies if body["kind"] in ("home", "gap")]


def by_messages(told: list[dict[str, Any]], end: float) -> dict[str, float]:
    """What a platform makes of the messages: docs/mqtt.md in as few lines as may be. Whole seconds."""
    bare: dict[str, set[int]] = {home: set() for home in HOMES}
    open_: dict[str, dict[str, float]] = {home: {} for home in HOMES}
    for body in told:
        at = body["gateway_at"]
        if body["kind"] == "gap":
            for home in HOMES:
                bare[home] |= set(range(round(at - (body["seconds"] or 0)), round(at)))
            continue
        causes = {one["cause"]: one["gateway_since"] for one in body["why"]}
        mine = open_[body["home"]]
        for key in set(mine) - set(causes):
            bare[body["home"]] |= set(range(round(mine.pop(key)), round(at)))
        for key, since in causes.items():
            mine.setdefault(key, since)
    for home in HOMES:
        for since in open_[home].values():
            bare[home] |= set(range(round(since), round(end)))
    return {home: 1 - len([second for second in bare[home] if 0 <= second < end]) / end for home in HOMES}


Event = tuple[str, str, int]


class Truth:
    """What really happened, in whole seconds; second by second which home was supervised."""

    def __init__(self) -> None:
        self.heard: dict[str, list[int]] = {name: [0] for name in NODES}
        self.away: list[tuple[int, int]] = []
        self.quiet: dict[str, list[list[int]]] = {home: [] for home in HOMES}

    def listened(self, since: int, until: int) -> int:
        return until - since - sum(max(0, min(b, until) - max(a, since)) for a, b in self.away)

    def covered(self, end: int) -> dict[str, float]:
        bare: dict[str, set[int]] = {home: set() for home in HOMES}
        for name, (_, home) in NODES.items():
            for since, until in zip(self.heard[name], [*self.heard[name][1:], end], strict=True):
                if self.listened(since, until) >= BUDGET:
                    bare[home] |= set(range(since, until))
        for home in HOMES:
            for a, b in [*self.away, *map(tuple, self.quiet[home])]:
                bare[home] |= set(range(a, b))
        return {home: 1 - len([second for second in bare[home] if second < end]) / end for home in HOMES}


def steps() -> st.SearchStrategy[list[Event]]:
    what = st.one_of(
        st.tuples(st.just("hear"), st.sampled_from(sorted(NODES)), st.integers(20, 900)),
        st.tuples(st.just("hear"), st.sampled_from(sorted(NODES)), st.integers(20, 300)),
        st.tuples(st.just("boot"), st.just(""), st.integers(30, 2000)),
        st.tuples(st.just("deaf"), st.just(""), st.integers(30, 2000)),
        st.tuples(st.just("silence"), st.sampled_from(HOMES), st.integers(60, 1500)),
        st.tuples(st.just("walk"), st.sampled_from(HOMES), st.integers(60, 1500)),
        st.tuples(st.just("stop"), st.sampled_from(HOMES), st.integers(10, 100)),
    )
    return st.lists(what, max_size=14)


def live(estate: Estate, truth: Truth, events: list[Event]) -> int:
    """Play them; returns when it ended."""
    now = 0
    for n, (what, where, seconds) in enumerate(events):
        now += 7
        if what == "hear":
            now += seconds
            estate.hear(now, where)
            truth.heard[where].append(now)
        elif what in ("boot", "deaf"):
            start, now = now, now + seconds
            truth.away.append((start, now))
            (estate.boot if what == "boot" else estate.deaf)(now, seconds)
        elif what == "silence":
            made = estate.act(now, "silence", home=where, reason="dust", seconds=seconds, life_safety=True, act_id=f"s{n}")
            now += 3
            agreed = estate.act(now, "confirm", "desk", silence=f"s{n}")
            if made["ok"] and agreed["ok"]:
                truth.quiet[where].append([now, now + seconds])
        elif what == "walk":
            estate.act(now, "walk-test", home=where, seconds=seconds)
            renewed = [one for one in truth.quiet[where] if len(one) == 3 and one[1] > now]
            for one in renewed:
                one[1] = now
            truth.quiet[where].append([now, now + seconds, 1])
        else:
            now += seconds
            estate.act(now, "walk-test", home=where, seconds=0)
            for one in truth.quiet[where]:
                if len(one) == 3:
                    one[1] = min(one[1], max(one[0], now))
    for spans in truth.quiet.values():
        spans[:] = [one[:2] for one in spans]
    end = now + 311
    estate.wait(end)
    return end


@given(steps())
@settings(max_examples=50)
def test_the_share_of_hours_is_what_really_happened(events: list[Event]) -> None:
    estate, truth = Estate(site()), Truth()
    end = live(estate, truth, events)
    want = truth.covered(end)
    got = estate.covered(end)
    for home in HOMES:
        assert got[home] == pytest.approx(want[home], abs=2 / end), home
    assert by_messages(estate.told(), end) == pytest.approx(got, abs=4 / end)


def last(estate: Estate, home: str) -> dict[str, Any]:
    return [body for body in estate.told() if body.get("home") == home][-1]


def test_a_silent_sensor_protects_nobody_since_it_was_heard_last() -> None:
    estate = Estate(site())
    estate.hear(100, "c")
    estate.wait(699)
    assert last(estate, "two")["protected"] is True
    estate.wait(700)
    said = last(estate, "two")
    assert (said["protected"], said["since"]) == (False, WALL + 100)
    assert [(one["rule"], one["device"], one["since"]) for one in said["why"]] == [("sensor-silent", "c", WALL + 100)]
    estate.hear(1300, "c")
    assert last(estate, "two")["protected"] is True
    assert estate.covered(1500)["two"] == pytest.approx(1 - 1200 / 1500)


def test_a_line_that_is_down_concerns_all_homes_on_it_since_it_went() -> None:
    estate = Estate(site())
    for at, down in ((50, True), (200, False)):
        estate.wait(at)
        estate.feed(report(at, "gateway:line", port_down=down))
        estate.wait(at + 40)
        assert [last(estate, home)["protected"] for home in HOMES] == [not down] * 2
    assert estate.covered(400) == {home: pytest.approx(1 - 150 / 400) for home in HOMES}


def test_a_break_that_is_no_trouble_is_none_here() -> None:
    estate = Estate(site())
    estate.wait(50)
    estate.feed(report(50, "gateway:line", port_down=True))
    estate.wait(60)
    estate.feed(report(60, "gateway:line", port_down=False))
    estate.wait(100)
    assert estate.covered(100) == {home: 1.0 for home in HOMES}
    assert len([body for body in estate.told() if body["kind"] == "home"]) == 2


def test_a_changed_site_tells_of_homes_that_came_went_and_lost_their_sensors() -> None:
    estate = Estate(site())
    estate.wait(700)
    assert last(estate, "two")["why"][0]["gateway_since"] == 0
    third = TEXT.replace("devices.c = {home = 'two'", "homes.three = {}\ndevices.c = {home = 'three'")
    new = site(third)
    estate.fold.configs[new.hash] = new.text
    estate.feed(Frame("config", 800.0, new.hash.encode()))
    assert [one["rule"] for one in last(estate, "two")["why"]] == ["no-device"]
    assert [one["rule"] for one in last(estate, "three")["why"]] == ["sensor-silent"]
    assert last(estate, "three")["why"][0]["gateway_since"] == 0, "the same cause began when it began"
    estate.fold.configs[estate.site.hash] = estate.site.text
    estate.feed(Frame("config", 900.0, estate.site.hash.encode()))
    assert last(estate, "three")["present"] is False
    assert last(estate, "three")["protected"] is False


def test_what_was_told_of_a_moment_is_told_anew_when_the_wall_clock_was_set() -> None:
    estate = Estate(site())
    estate.synced = False
    off = {"gateway": "g", "epoch": "e" * 16, "life": "2" * 8, "deaf": 0.0, "offset": WALL, "synced": False}
    estate.feed(Frame("boot", 50.0, json.dumps({**off, "downtime": None}).encode()))
    estate.hear(100, "c")
    estate.wait(800)
    before = len(estate.told())
    said = {"offset": WALL + 3600, "synced": True, "deaf": 0.0}
    estate.feed(Frame("clock", 900.0, json.dumps(said).encode()))
    told = estate.told()[before:]
    assert {body["home"]: body["since"] for body in told} == {"one": WALL, "two": WALL + 3700}
    assert len(estate.record("home")) == 5, "nothing changed that the record must tell"


def test_batteries_say_by_when_they_must_be_changed() -> None:
    estate = Estate(site())
    day = 86_400.0
    for n in range(40):
        estate.seq += 1
        estate.wait(n * day + 10)
        body = say("READING", estate.seq, node=NODES["c"][0], boot=7, battery_pct=90 - 1.5 * n)
        estate.feed(Frame("line", n * day + 10, body))
    (battery,) = last(estate, "two")["batteries"]
    flat = WALL + (90 - 10) / 1.5 * day
    assert battery["device"] == "c"
    assert battery["due"] == pytest.approx(flat, abs=3 * day)


def _copies(rows: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((key, row) for key, row in rows.items() if key.startswith("h:"))


def test_what_is_known_of_a_home_outlives_a_restart_and_a_row_that_cannot_be_read_is_looked_up_anew() -> None:
    estate = Estate(site())
    estate.hear(100, "c")
    estate.wait(800)
    before = dict(estate.fold.standing.homes)
    rows = dict(estate.rows())
    assert len(dict(_copies(rows))) == 2
    estate.restart_from(rows, 900, 50)
    assert estate.fold.standing.homes == before
    rows["h:two"] = "[1, 2]"
    from gateway.hub import checkpoint
    from gateway.hub.fold import Fold

    broken = Fold({estate.site.hash: estate.site.text})
    assert checkpoint.load(broken, rows, 5) == ["h:two"]


def test_what_is_told_of_several_homes_at_once_has_the_same_numbers_after_a_crash() -> None:
    from gateway.hub import checkpoint
    from gateway.hub.fold import Fold

    estate = Estate(site(TEXT.replace("homes.one = {}\nhomes.two = {}", "homes.two = {}\nhomes.one = {}")))
    estate.wait(2.0 * BUDGET)
    rows, n = estate.rows(), estate.fold.n
    said = {"offset": WALL + 3600, "synced": True, "deaf": 0.0}
    frame = Frame("clock", 2.0 * BUDGET + 60, json.dumps(said).encode())
    told = []
    for order in (sorted(rows), sorted(rows, reverse=True)):
        again = Fold({estate.site.hash: estate.site.text})
        assert checkpoint.load(again, {key: rows[key] for key in order}, n) == []
        told.append(again.handle(frame).messages)
    assert told[0] == told[1] == estate.feed(frame).messages
    assert [json.loads(one.body)["home"] for one in told[0] if one.topic.startswith("home/")] == ["two", "one"]
