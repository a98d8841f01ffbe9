"""A gateway's own store played again: with the same rules it raises what the gateway itself raised."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Frame
from gateway.backtest.again import Journal, Side, Times, play
from gateway.cli import COULD_NOT_RUN, OK, main
from gateway.health import report
from gateway.hub import checkpoint
from gateway.hub.conftest import say
from gateway.hub.fold import Fold
from gateway.site import Site, loads
from gateway.store.look import Looked
from gateway.store.store import Batch, Store
from rules.alert import Alert
from rules.rulefile import load, packs
from rules.tally import Tallies

WALL = 1_767_571_200.0
"""5 January 2026, a Monday, midnight in UTC."""
HOUR, DAY = 3600.0, 86400.0
TOML = """
gateway = {{id = "gw-1", site = "estate", timezone = "Asia/Shanghai"}}
homes.flat = {{persons = {persons}, modes = {{front_doors = ["door"], schedule = [{{mode = "night", hours = "22:00-06:00"}}]}}}}
homes.other = {{}}
people.chen = {{role = "resident", homes = ["flat", "other"]}}
people.pan = {{role = "property", homes = ["flat", "other"]}}
ports.line = {{type = "serial", path = "/dev/ttyUSB0", driver = "node"}}
devices.door = {{home = "flat", port = "line", address = "00000001", silent_after = "{budget}"}}
devices.pir = {{home = "flat", port = "line", address = "00000002", silent_after = "2h"}}
devices.bell = {{home = "flat", port = "line", address = "00000003"}}
devices.hall = {{home = "other", port = "line", address = "00000004", silent_after = "2h"}}
rules = {{also = ["no-motion-12h", "door-closed-24h", "inactivity"]}}
"""


def site_of(persons: int, budget: str) -> Site:
    said = {"format": 1, "site": TOML.format(persons=persons, budget=budget), "packs": packs(), "files": {}}
    return loads(json.dumps(said))


SITES = [site_of(1, "2h"), site_of(2, "30m")]
CONFIGS = {site.hash: site.text for site in SITES}
VALUES: list[dict[str, float]] = [
    {"smoke": 1}, {"smoke": 0}, {"door_open": 1}, {"door_open": 0}, {"motion": 1}, {"motion": 0}, {"button": 1}, {"button": 2},
    {"temperature_c": 37}, {"temperature_c": 21}, {"battery_pct": 5},
]  # fmt: skip
STEPS = st.one_of(
    st.tuples(
        st.just("say"),
        st.integers(1, 4),
        st.sampled_from(VALUES),
        st.booleans(),
    ),
    st.tuples(st.just("mode"), st.sampled_from(["flat", "other"]), st.sampled_from(["home", "away", "night", "hospital"])),
    st.tuples(st.sampled_from(["reset", "acknowledge", "fine", "home-reset"])),
    st.tuples(st.just("visit"), st.sampled_from(["real", "false", "test"])),
    st.tuples(st.just("boot"), st.sampled_from([0.0, 30.0, 5 * HOUR])),
    st.tuples(st.just("clock"), st.sampled_from([0.0, 0.0, 7 * HOUR, -400.0 * DAY, 3650.0 * DAY]), st.booleans()),
    st.tuples(st.just("config"), st.integers(0, 1)),
    st.tuples(st.just("port"), st.booleans()),
)  # fmt: skip
GAPS = st.sampled_from([0.0, 1.0, 20.0, 70.0, 400.0, 1900.0, 4000.0, 3 * HOUR, 13 * HOUR, 26 * HOUR])
HISTORIES = st.lists(st.tuples(GAPS, STEPS), min_size=4, max_size=40)


class Gateway:
    """A real fold that lives through a history and keeps its journal, as the hub does."""

    def __init__(self, offset: float = WALL, *, synced: bool = True) -> None:
        self.fold = Fold(CONFIGS, SITES[0])
        self.frames: list[tuple[int, Frame]] = []
        self.alerts: list[Alert] = []
        self.at, self.offset, self.synced, self.site, self.seq = 0.0, offset, synced, SITES[0], 0
        self.boot(0.0)
        self.do("config", SITES[0].hash.encode())

    def do(self, port: str, data: bytes | dict[str, Any]) -> None:
        """At its time; what is due before it is done first."""
        while (due := self.fold.due()) is not None and due <= self.at:
            self._handle(Frame("clock", due, self._clock()))
        self._handle(Frame(port, self.at, data if isinstance(data, bytes) else json.dumps(data).encode()))

    def _handle(self, frame: Frame) -> None:
        out = self.fold.handle(frame)
        self.alerts += out.alerts
        if out.n:
            self.frames.append((out.n, out.frame))

    def _clock(self) -> bytes:
        return json.dumps({"offset": self.offset, "synced": self.synced, "deaf": 0.0}).encode()

    def boot(self, deaf: float) -> None:
        self.at += deaf
        said = {"gateway": "gw-1", "epoch": "e" * 16, "life": f"{self.seq}", "downtime": deaf, "deaf": deaf}
        self._handle(Frame("boot", self.at, json.dumps({**said, "offset": self.offset, "synced": self.synced}).encode()))

    def step(self, gap: float, one: tuple[Any, ...]) -> None:
        self.at = round(self.at + gap, 6)
        self.seq += 1
        act = {"act_id": f"a{self.seq}", "actor": "pan", "role": "property", "via": "test"}
        if one[0] == "say":
            _, node, values, alarm = one
            self.do("line", say("ALARM" if alarm else "READING", self.seq, node=node, **values))
        elif one[0] == "mode":
            armed = one[2] in ("away", "night")
            self.do("mode", {**act, "verb": "mode", "home": one[1], "mode": one[2], "armed": armed})
        elif one[0] in ("fine", "home-reset"):
            self.do("act", {**act, "verb": one[0], "home": "flat", "reason": "moved"})
        elif one[0] in ("reset", "acknowledge", "visit"):
            found = one[1] if one[0] == "visit" else ""
            over = self.fold.ladders.registry.past.all() if found else ()
            for alert in [*[alert.id for alert in self.fold.engine.open()], *over]:
                said = {"act_id": f"a{self.seq}-{alert}", "verb": one[0], "alert": alert, "found": found}
                self.do("act", {**act, **said})
        elif one[0] == "port":
            self._handle(report(self.at, "gateway:line", port_down=one[1]))
        elif one[0] == "boot":
            self.boot(one[1])
        elif one[0] == "clock":
            self.offset, self.synced = self.offset + one[1], one[2]
            self.do("clock", self._clock())
        else:
            self.site = SITES[one[1]]
            self.do("config", self.site.hash.encode())

    def journal(self) -> Journal:
        return Journal(Path("anju.db"), Looked(CONFIGS, self.frames, {}))


def agreed(history: list[tuple[float, tuple[Any, ...]]]) -> list[Alert]:
    """What the gateway raised, having checked that its store played again raises the same."""
    gateway = Gateway()
    for gap, one in history:
        gateway.step(gap, one)
    rules = SITES[0].rules
    assert rules == SITES[1].rules
    sides = [Side(some, Tallies(some)) for some in (rules, rules[::2])]
    same, half = play(gateway.journal(), sides, lambda _: None).alerts
    assert same == gateway.alerts
    assert {alert.rule for alert in half} <= {rule.id for rule in rules[::2]}
    return gateway.alerts


@settings(max_examples=100)
@given(HISTORIES)
def test_the_same_rules_raise_what_the_gateway_itself_raised(history: list[tuple[float, tuple[Any, ...]]]) -> None:
    agreed(history)


def test_so_do_long_lives_in_which_much_happens() -> None:
    seen: Counter[str] = Counter()
    for seed in range(4):
        chance = Random(seed)
        gaps, says = [1.0, 20.0, 400.0, 1900.0, 4000.0, 5 * HOUR], [*VALUES, {"smoke": 1}, {"smoke": 0}]
        others = [("reset",), ("acknowledge",), ("fine",), ("boot", 30.0), ("clock", 0.0, True), ("config", 1), ("config", 0),
                  ("mode", "flat", "away"), ("mode", "flat", "home"), ("reset",)]  # fmt: skip
        history: list[tuple[float, tuple[Any, ...]]] = []
        for _ in range(250):
            said = ("say", chance.randint(1, 4), chance.choice(says), chance.random() < 0.3)
            history.append((chance.choice(gaps), said if chance.random() < 0.7 else chance.choice(others)))
        seen.update(f"{alert.rule} {alert.reason}" for alert in agreed(history))
    told = {one.split()[0] for one in seen}
    assert {"smoke", "emergency-call", "intrusion", "sensor-silent", "home-too-hot", "battery-low"} <= told
    assert min(seen["smoke reset"], seen["smoke cleared"], seen["emergency-call still"]) > 3


def test_rules_that_learn_are_told_what_people_say() -> None:
    """Asked, answered, called for nothing, called rightly: the lines of weeks hang on each of these words."""
    words: list[tuple[Any, ...]] = [("visit", "real"), ("fine",), ("visit", "real"), ("visit", "false"), ("fine",)]
    history: list[tuple[float, tuple[Any, ...]]] = []
    for number in range(40):
        moves = [(HOUR, ("say", 2, {"motion": value}, False)) for value in (1, 0, 1, 0, 1, 0)]
        history += [*moves, *[(HOUR, ("say", 2, {"motion": 0}, False))] * 19]
        late = ("say", 2, {"motion": 1}, False) if number % 3 else ("clock", 0.0, True)
        history += [(0.0, late), (60.0, ("home-reset",) if number == 20 else words[number % len(words)])]
    told = Counter(f"{alert.rule} {alert.reason}" for alert in agreed(history))
    assert min(told["inactivity first"], told["inactivity worse"]) > 9


def burgled() -> Gateway:
    """Somebody arms the flat, goes out for a day, and the door opens at noon; the property resets it."""
    gateway = Gateway()
    gateway.step(8 * HOUR, ("say", 2, {"motion": 0}, False))
    gateway.step(60.0, ("mode", "flat", "away"))
    gateway.step(4 * HOUR, ("say", 1, {"door_open": 1}, False))
    gateway.step(600.0, ("say", 1, {"door_open": 0}, False))
    gateway.step(HOUR, ("mode", "flat", "home"))
    gateway.step(60.0, ("reset",))
    gateway.step(60.0, ("say", 1, {"door_open": 1}, False))
    gateway.step(60.0, ("say", 1, {"door_open": 0}, False))
    return gateway


def save(path: Path, gateway: Gateway, keep: float = 0.0) -> None:
    """Its store with the checkpoint of its end; the journal of the last ``keep`` seconds, or whole."""

    async def write() -> None:
        store = await Store.open(path)
        n, rows = gateway.fold.n, checkpoint.changed(gateway.fold)
        await store.commit(Batch(frames=gateway.frames, configs=CONFIGS, rows=rows, checkpoint=n), gateway.at)
        while keep and await store.tidy(now=gateway.at, keep_days=keep / DAY, max_bytes=10**9, checkpoint=n):
            pass
        await store.close()

    asyncio.run(write())


def raised(out: str) -> list[tuple[str, str, float]]:
    told = [json.loads(line) for line in out.splitlines()]
    return [(one["rule"], one["state"], one["at"] - WALL) for one in told if "rule" in one]


def test_a_store_tells_the_burglar_because_it_knows_the_mode(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gateway = burgled()
    save(tmp_path / "anju.db", gateway)
    assert main(["backtest", str(tmp_path / "anju.db"), "--json"]) == OK
    out = capsys.readouterr().out
    mine = [(one.rule, one.state, one.at) for one in gateway.alerts if one.reason not in ("worse", "still")]
    assert raised(out) == mine
    intrusion = [(state, at) for rule, state, at in raised(out) if rule == "intrusion"]
    assert [state for state, _ in intrusion] == ["firing", "cleared", "resolved"]
    assert intrusion[-1][1] == 13 * HOUR + 720.0, "when the property reset it, not an hour later"


def test_other_rules_are_reset_by_nobody_and_count_an_hour_later(tmp_path: Path) -> None:
    gateway = Gateway()
    for _ in range(2):
        gateway.step(4 * HOUR, ("say", 1, {"door_open": 1}, False))
        gateway.step(60.0, ("say", 1, {"door_open": 0}, False))
    gateway.step(4 * HOUR, ("say", 2, {"motion": 1}, False))
    other = tmp_path / "other.toml"
    other.write_text('[opened]\ntitle = {zh = "开", en = "Open"}\nseverity = "notice"\nlatch = true\n'
                     'when = {quantity = "door_open", is = true}\n', encoding="utf-8")  # fmt: skip
    rules = load([other])
    tallies = Tallies(rules)
    (told,) = play(gateway.journal(), [Side(rules, tallies)], lambda _: None).told
    assert [(one.state, one.at - WALL) for one in told] == [
        ("firing", 4 * HOUR), ("cleared", 4 * HOUR + 60), ("resolved", 5 * HOUR + 60),
        ("firing", 8 * HOUR + 60), ("cleared", 8 * HOUR + 120), ("resolved", 9 * HOUR + 120),
    ]  # fmt: skip
    assert tallies.totals()[0].alerts == 2


def test_a_trimmed_store_goes_on_from_the_site_the_time_and_the_modes_of_its_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = Gateway()
    gateway.step(8 * HOUR, ("mode", "flat", "away"))
    gateway.step(4 * HOUR, ("say", 1, {"door_open": 1}, False))
    gateway.step(600.0, ("say", 1, {"door_open": 0}, False))
    save(tmp_path / "anju.db", gateway, 2 * HOUR)
    assert main(["replay", str(tmp_path / "anju.db")]) == COULD_NOT_RUN
    assert "its beginning was dropped" in capsys.readouterr().err
    assert main(["backtest", str(tmp_path / "anju.db"), "--json"]) == OK
    told = raised(capsys.readouterr().out)
    mine = [(one.rule, one.state, one.at) for one in gateway.alerts if one.rule == "intrusion" and one.reason == "first"]
    assert [one for one in told if one[0] == "intrusion" and one[1] in ("pending", "firing")] == mine
    assert len(mine) == 1


def test_a_trimmed_store_knows_a_mode_that_was_over_before_its_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The word that began it is dropped with the journal's beginning; the burglar came while it held."""
    gateway = Gateway()
    gateway.step(4 * HOUR, ("mode", "flat", "night"))
    gateway.step(4 * HOUR, ("mode", "flat", "away"))
    gateway.step(4 * HOUR, ("say", 1, {"door_open": 1}, False))
    gateway.step(600.0, ("say", 1, {"door_open": 0}, False))
    gateway.step(600.0, ("mode", "flat", "home"))
    save(tmp_path / "anju.db", gateway, 2 * HOUR)
    assert main(["backtest", str(tmp_path / "anju.db"), "--json"]) == OK
    told = raised(capsys.readouterr().out)
    mine = [(one.rule, one.state, one.at) for one in gateway.alerts if one.rule == "intrusion" and one.reason == "first"]
    assert [one for one in told if one[0] == "intrusion" and one[1] in ("pending", "firing")] == mine
    assert len(mine) == 1


def test_a_store_whose_clock_was_wrong_at_first_is_no_recording_of_fifty_years(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = Gateway(offset=0.0, synced=False)
    gateway.step(60.0, ("say", 1, {"battery_pct": 5}, False))
    gateway.step(60.0, ("clock", WALL, True))
    gateway.step(DAY, ("say", 1, {"battery_pct": 5}, False))
    save(tmp_path / "anju.db", gateway)
    assert main(["backtest", str(tmp_path / "anju.db"), "--json"]) == OK
    *_, last = capsys.readouterr().out.splitlines()
    summary = json.loads(last)["summary"]
    assert summary["from"] == WALL + 60.0
    assert summary["home_months"] == pytest.approx(2 * (DAY + 120) / (30 * DAY), abs=1e-4)
    assert main(["backtest", str(tmp_path / "anju.db"), "--plot", str(tmp_path / "out.svg")]) == OK
    assert "1970" not in (tmp_path / "out.svg").read_text(encoding="utf-8")


@given(st.lists(st.tuples(st.floats(0.001, 1000), st.floats(-1e9, 1e9), st.booleans()), min_size=1, max_size=8))
def test_each_moment_is_told_by_a_clock_that_was_right_if_there_was_one(marks: list[tuple[float, float, bool]]) -> None:
    at, frames = 0.0, []
    for n, (gap, offset, synced) in enumerate(marks, 1):
        at += gap
        said = {"offset": offset, "synced": synced}
        frames.append((n, Frame("clock", at, json.dumps(said).encode())))
    times = Times(Looked({}, frames, {}))
    right = {offset for _, offset, synced in marks if synced} or {offset for _, offset, _ in marks}
    for moment in (0.0, at / 2, at, at + 1e6):
        assert any(times.wall(moment) == moment + offset for offset in right)
    for (_, frame), (_, offset, synced) in zip(frames, marks, strict=True):
        assert not synced or times.wall(frame.at) == frame.at + offset


@pytest.mark.parametrize(
    "frames",
    [
        [Frame("line", 1.0, b"x")],
        [Frame("boot", 1.0, b"[]")],
        [Frame("boot", 1.0, b"[" * 100_000)],
        [Frame("boot", 0.0, b'{"gateway": "g", "epoch": "e", "offset": 1, "synced": true}'), Frame("mode", 1.0, b"{}")],
        [Frame("boot", 0.0, b'{"gateway": "g", "epoch": "e", "offset": 1, "synced": true}'), Frame("clock", 1.0, b"{}")],
    ],
)
def test_a_journal_that_no_gateway_wrote_is_refused(
    frames: list[Frame], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def write() -> None:
        store = await Store.open(tmp_path / "anju.db")
        await store.commit(Batch(frames=list(enumerate(frames, 1))), 1.0)
        await store.close()

    asyncio.run(write())
    assert main(["backtest", str(tmp_path / "anju.db")]) == COULD_NOT_RUN
    assert "(remedy: " in capsys.readouterr().err


def test_a_home_of_which_nothing_was_ever_heard_counts_as_a_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its sensor is dead from the first day on: that is told, for one home of two, over the time of the journal."""
    gateway = Gateway()
    for _ in range(24):
        gateway.step(HOUR, ("say", 2, {"motion": 0}, False))
    save(tmp_path / "anju.db", gateway)
    assert main(["backtest", str(tmp_path / "anju.db"), "--lang", "en"]) == OK
    out = capsys.readouterr().out
    silent = out[out.index("sensor-silent  ") :]
    assert "homes: 2 of 2" in silent.split("\n\n")[0]
    assert "sensor-silent" not in out[out.index("Nothing to judge by") :], "a rule that fired could judge"
    assert main(["backtest", str(tmp_path / "anju.db"), "--json"]) == OK
    *_, last = capsys.readouterr().out.splitlines()
    by_home = {one["home"]: one for one in json.loads(last)["summary"]["by_home"] if one["rule"] == "sensor-silent"}
    assert by_home["other"]["per_home_month"] == pytest.approx(30.0, rel=0.01)
