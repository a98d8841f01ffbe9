"""Modes of the homes: what a person and the schedule say, each bounded, none lost by a restart."""

import json
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.driver import Decoded, Driver, Head, Memory
from drivers.reading import Frame, Value
from gateway.hub import checkpoint, mode_act
from gateway.hub.conftest import WALL, boot_frame
from gateway.hub.fold import Fold
from gateway.hub.modes import LONGEST, USUAL, Change
from gateway.hub.outcome import Outcome
from gateway.ladder.acts import Refused
from gateway.site import loads
from rules.rulefile import packs

HOUR, DAY = 3600.0, 86400.0
SITE = loads(
    json.dumps(
        {
            "format": 1,
            "site": """
gateway = {id = "gw-1", site = "estate", timezone = "UTC"}
homes.flat = {persons = 1, modes = {front_doors = ["door"], schedule = [{mode = "night", hours = "22:00-06:00"}]}}
homes.other = {modes = {schedule = [{mode = "away", hours = "08:00-17:00", days = ["workday"]}], leaving = "0s"}}
homes.plain = {}
people.chen = {role = "resident", homes = ["flat"]}
people.zhou = {role = "neighbour", homes = ["flat"]}
ports.line = {type = "serial", path = "/dev/ttyUSB0", driver = "node"}
devices.door = {home = "flat", port = "line", address = "00000001", silent_after = "2h"}
devices.pir = {home = "flat", port = "line", address = "00000002", silent_after = "2h"}
devices.tap = {home = "flat", port = "line", address = "00000003", silent_after = "24h"}
devices.hall = {home = "other", port = "line", address = "00000004", silent_after = "2h"}
rules = {also = ["no-motion-12h"]}
uplinks.platform = {type = "mqtt", host = "127.0.0.1"}
""",
            "packs": packs(),
            "files": {},
        }
    )
)


class Life:
    """Folds what happens, at seconds since a Monday's midnight, and keeps what came of it."""

    def __init__(self) -> None:
        self.fold = Fold({SITE.hash: SITE.text})
        self.start = (DAY * 4 - WALL) % (7 * DAY)
        """Gateway time of a Monday's midnight (UTC): 1 January 1970 was a Thursday."""
        self.fold.handle(boot_frame(self.start))
        self.fold.handle(Frame("config", self.start, SITE.hash.encode()))
        self.outs: list[Outcome] = []
        self.rows: dict[str, str | None] = {}
        self.offset, self.synced = WALL, True
        self.do("clock", 7 * HOUR, self.clock(0).data)
        self.outs.clear()

    eager = True
    """Call the fold at each deadline, as the hub does; else everything falls due with the next Frame."""

    def do(self, port: str, at: float, data: bytes) -> Outcome:
        while self.eager and (due := self.fold.due()) is not None and due <= at + self.start:
            self.outs.append(self.fold.handle(self.clock(due)))
        out = self.fold.handle(Frame(port, at + self.start, data))
        self.outs.append(out)
        return out

    def clock(self, at: float) -> Frame:
        said = {"offset": self.offset, "synced": self.synced, "deaf": 0.0}
        return Frame("clock", at, json.dumps(said).encode())

    def say(self, at: float, device: str, quantity: str, value: float | bool) -> Outcome:
        """A device of the site says something; the line's driver is put aside, its readings are what counts here."""
        assert self.fold.site is not None
        address = self.fold.site.devices[device].address

        def head(data: bytes) -> Head:
            return Head(address, data)

        def decode(head: Head, memory: Memory) -> Decoded:
            return Decoded([Value(quantity, value)], memory)

        plain = self.fold.routes["line"]
        driver = Driver(
            name="plain", link="serial", cut=lambda data: ([data], b""), head=head, decode=decode, silent_after=60
        )
        self.fold.routes["line"] = (plain[0], driver)
        try:
            return self.do("line", at, b"-")
        finally:
            self.fold.routes["line"] = plain

    def mode(self, at: float, mode: str, act_id: object = "", **rest: object) -> Outcome:
        said = {"act_id": act_id or f"a{at}", "actor": "chen", "home": "flat", "mode": mode, **rest}
        return self.do("mode", at, json.dumps(said).encode())

    def wait(self, at: float) -> None:
        self.do("clock", at, self.clock(0).data)

    def changes(self, home: str = "flat") -> list[tuple[str, str, float]]:
        found = [change for out in self.outs for change in out.changes if change.home == home]
        return [(change.mode.name, change.cause, round(change.at - self.start, 3)) for change in found]

    def now(self, home: str = "flat") -> str:
        return self.fold.engine.civil.mode(home, self.fold.now).name

    def restart(self, at: float, boot: Frame | None = None) -> None:
        self.rows |= checkpoint.changed(self.fold)
        rows = {key: row for key, row in self.rows.items() if row is not None}
        n, self.fold = self.fold.n, Fold(self.fold.configs)
        assert checkpoint.load(self.fold, json.loads(json.dumps(rows)), n) == []
        self.outs.append(self.fold.handle(boot or boot_frame(at + self.start, deaf=0.0)))


def refused(out: Outcome) -> str:
    (reply,) = [json.loads(one.body) for one in out.messages if one.topic == "reply"]
    return "" if reply["ok"] else str(reply["why"])


def events(outs: Iterable[Outcome]) -> list[dict[str, object]]:
    bodies = [json.loads(one.body) for out in outs for one in out.messages]
    return [body for body in bodies if body["kind"] == "mode" and body["home"] == "flat"]


NOON = 12 * HOUR


def test_a_person_says_so_and_it_ends_by_itself() -> None:
    life = Life()
    out = life.mode(NOON, "away", seconds=3 * HOUR)
    assert refused(out) == ""
    assert life.now() == "away"
    life.wait(NOON + 4 * HOUR)
    assert life.changes() == [("away", "person", NOON), ("home", "expired", NOON + 3 * HOUR)]
    said, over = events(life.outs)
    assert (said["home"], said["was"], said["actor"], said["armed"]) == ("flat", "home", "chen", False)
    assert said["until"] == round(NOON + 3 * HOUR + life.start + WALL, 3)
    assert (over["cause"], over["at"]) == ("expired", said["until"])


@pytest.mark.parametrize("mode", sorted(USUAL))
def test_every_mode_ends_though_nobody_says_when(mode: str) -> None:
    life = Life()
    life.mode(NOON, mode)
    life.wait(NOON + USUAL[mode] + DAY)
    assert life.changes()[0] == (mode, "person", NOON)
    assert ("expired", NOON + USUAL[mode]) in [one[1:] for one in life.changes()]


def test_a_repeated_act_is_done_once_and_answered_again() -> None:
    life = Life()
    life.mode(NOON, "away", "x", seconds=HOUR)
    life.mode(NOON + 1800, "home", "y")
    again = life.mode(NOON + 1900, "away", "x", seconds=HOUR)
    assert (refused(again), again.changes, life.now()) == ("", [], "home")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"home": "nowhere"}, "no such home"),
        ({"actor": "zhou"}, "may not mode"),
        ({"actor": "chen", "home": "other"}, "may not mode"),
        ({"mode": "holiday"}, "mode is one of"),
        ({"seconds": 1e9}, "at the most"),
        ({"until": 5.0}, "never until the past"),
        ({"seconds": True}, "number of seconds"),
        ({"mode": "hospital", "armed": True}, "armed in mode"),
        ({"actor": ""}, "act_id and actor"),
        ({"actor": "x" * 300}, "at most 200"),
        ({"role": "king"}, "role is one of"),
        ({"actor": ["chen"]}, "is a text"),
    ],
)
def test_what_nobody_may_say_is_refused_and_changes_nothing(said: dict[str, object], why: str) -> None:
    life = Life()
    out = life.mode(NOON, str(said.pop("mode", "away")), **said)
    assert why in refused(out)
    assert life.changes() == []


@given(st.binary(max_size=40) | st.recursive(st.none() | st.integers() | st.text(max_size=4), st.lists).map(json.dumps))
def test_any_bytes_are_refused_with_words(data: bytes | str) -> None:
    data = data.encode(errors="replace") if isinstance(data, str) else data
    with pytest.raises(Refused):
        mode_act.parse(data)
    assert mode_act.is_about_a_mode(data) is False


def test_the_record_of_acts_has_who_said_what_and_what_was_refused() -> None:
    life = Life()
    done, refused, again = (life.mode(NOON + n, "hospital", act_id, actor=actor) for n, act_id, actor in (
        (0, "a", "chen"), (1, "b", "zhou"), (2, "a", "chen")))  # fmt: skip
    (entry,) = [json.loads(one.body) for one in done.entries]
    (other,) = [json.loads(one.body) for one in refused.entries]
    assert (entry["verb"], entry["actor"], entry["home"], entry["mode"]) == ("mode", "chen", "flat", "hospital")
    assert "may not" in str(other["refused"])
    assert again.entries == []


def test_until_needs_a_clock_that_somebody_set() -> None:
    wanted = mode_act.parse(
        json.dumps({"act_id": "1", "actor": "chen", "home": "flat", "mode": "away", "until": 9e8}).encode()
    )
    with pytest.raises(Refused, match="say seconds"):
        mode_act.said(wanted, SITE, 5.0, WALL, synced=False)


def test_whoever_said_away_has_time_to_leave_and_is_expected_back() -> None:
    life = Life()
    life.mode(NOON, "away", seconds=3 * DAY)
    life.say(NOON + 60, "pir", "motion", True)
    life.say(NOON + 120, "door", "door_open", True)
    life.say(NOON + 130, "door", "door_open", False)
    assert life.now() == "away"
    life.say(NOON + DAY, "tap", "water_m3", 7.0)
    life.say(NOON + DAY + 60, "tap", "water_m3", 7.5)
    assert life.now() == "away", "a leak is nobody's return"
    life.say(NOON + 2 * DAY, "door", "door_open", True)
    assert life.changes()[-1] == ("home", "activity", NOON + 2 * DAY)


def test_an_armed_home_is_disarmed_by_a_person_alone() -> None:
    life = Life()
    life.mode(NOON, "away", seconds=DAY, armed=True)
    life.say(NOON + 5 * HOUR, "door", "door_open", True)
    life.say(NOON + 5 * HOUR + 5, "door", "door_open", False)
    life.wait(NOON + 5 * HOUR + 60)
    assert life.now() == "away"
    assert [one.rule for out in life.outs for one in out.alerts if one.state == "firing" and one.home] == ["intrusion"]
    life.mode(NOON + 5 * HOUR + 90, "home")
    assert life.now() == "home"
    assert not life.fold.engine.civil.mode("flat", life.fold.now).armed_at


def leave(life: Life, at: float) -> None:
    """Somebody walks through the hall, out of the door, and shuts it."""
    life.say(at - 20, "pir", "motion", True)
    life.say(at - 10, "door", "door_open", True)
    life.say(at - 5, "pir", "motion", False)
    life.say(at, "door", "door_open", False)


def hear(life: Life, start: float, end: float, *devices: str) -> None:
    """Every hour each of them says something that is no sign of anybody."""
    at = start
    while at <= end:
        for device in devices or ("door", "pir"):
            life.say(at, device, "battery_pct", 80)
        at += HOUR


def test_the_bound_alone_ends_an_inferred_away() -> None:
    life = Life()
    leave(life, NOON)
    hear(life, NOON + 600, NOON + 2 * DAY)
    found = life.changes()
    assert found[0] == ("away", "inferred", NOON + 1800)
    assert found[1] == ("night", "expired", NOON + 1800 + 12 * HOUR)
    assert [one[0] for one in found[2:]] == ["home", "night", "home"]


def test_the_schedule_night_and_its_end() -> None:
    life = Life()
    life.wait(2 * DAY)
    assert life.changes() == [
        ("night", "schedule", 22 * HOUR), ("home", "schedule", 30 * HOUR), ("night", "schedule", 46 * HOUR),
    ]  # fmt: skip


def test_a_scheduled_away_ends_for_its_time_when_somebody_is_there() -> None:
    life = Life()
    life.say(10 * HOUR, "hall", "motion", True)
    life.say(11 * HOUR, "hall", "motion", False)
    life.wait(40 * HOUR)
    assert life.changes("other") == [
        ("away", "schedule", 8 * HOUR), ("home", "activity", 10 * HOUR), ("away", "schedule", 32 * HOUR),
    ]  # fmt: skip
    life.wait(7 * DAY)
    assert [one for one in life.changes("other") if 5 * DAY <= one[2] < 7 * DAY] == [], "a weekend"


def test_a_persons_word_goes_over_the_schedule() -> None:
    life = Life()
    life.mode(21 * HOUR, "hospital", seconds=10 * HOUR)
    life.wait(32 * HOUR)
    assert life.changes() == [("hospital", "person", 21 * HOUR), ("home", "expired", 31 * HOUR)]


def test_a_home_without_a_word_about_modes_stays_at_home() -> None:
    life = Life()
    life.wait(3 * DAY)
    assert life.changes("plain") == []
    assert life.now("plain") == "home"


ACTIONS = st.one_of(
    st.tuples(st.sampled_from(["door", "pir", "hall"]), st.sampled_from(["motion", "door_open"]), st.booleans()),
    st.tuples(st.just("tap"), st.just("water_m3"), st.sampled_from([1.0, 2.0])),
    st.tuples(st.just("mode"), st.sampled_from([*sorted(LONGEST), "home"]), st.booleans()),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(1, 20_000), ACTIONS, st.booleans()), min_size=3, max_size=25), st.booleans())
def test_a_restart_at_any_moment_and_late_ticks_change_nothing(
    story: list[tuple[float, tuple[str, str, float | bool], bool]], late: bool
) -> None:
    plain, other = Life(), Life()
    other.eager = late
    at = NOON
    for gap, (who, what, value), crash in story:
        at = round(at + gap, 3)
        for life in (plain, other):
            if who == "mode":
                rest = {"armed": True} if value and what in mode_act.ARMED else {}
                life.mode(at, what, seconds=7200, **rest)
            else:
                life.say(at, who, what, value)
        if crash:
            other.restart(at)
    for life in (plain, other):
        life.wait(at + 2 * DAY)
    for home in SITE.homes:
        assert plain.changes(home) == other.changes(home)
        assert plain.now(home) == other.now(home)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(1, 9_000), ACTIONS), min_size=3, max_size=30))
def test_no_away_that_nobody_said_outlasts_its_bound(
    story: list[tuple[float, tuple[str, str, float | bool]]],
) -> None:
    life, at = Life(), NOON
    for gap, (who, what, value) in story:
        at = round(at + gap, 3)
        if who != "mode":
            life.say(at, who, what, value)
    life.wait(at + 2 * DAY)
    held: dict[str, Change] = {}
    for change in [one for out in life.outs for one in out.changes if one.home == "flat"]:
        if change.mode.name == "away":
            held.setdefault("flat", change)
        elif "flat" in held:
            assert change.at - held.pop("flat").at <= SITE.living["flat"].away_at_most
    assert held == {}
