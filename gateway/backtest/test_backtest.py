"""`anju backtest` as a person and a script meet it."""

import asyncio
import gzip
import io
import json
import xml.etree.ElementTree as ET
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Frame
from gateway.backtest import data
from gateway.backtest.conftest import CALLS, HEAD
from gateway.cli import COULD_NOT_RUN, OK, USAGE, main
from gateway.hub.conftest import SITE, say
from gateway.store.store import Batch, Store
from rules.backtest import Backtest
from rules.csvrows import Bad, Row, numbered
from rules.recording import Recording
from rules.rulefile import load

Out = pytest.CaptureFixture[str]


def objects(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_one_object_a_line_with_the_keys_of_the_contract_then_a_summary(calls: Path, capsys: Out) -> None:
    assert main(["backtest", str(calls), "--json"]) == OK
    out, err = capsys.readouterr()
    *told, last = objects(out)
    assert err == ""
    contract = {"rule", "home", "device", "state", "at", "reason"}
    more = {"id", "since", "severity", "evidence"}
    assert all(one.keys() - {"asked"} == contract | more for one in told)
    assert all(("asked" in one) == (one["state"] in ("pending", "firing")) for one in told)
    raised = [(one["home"], one["at"]) for one in told if (one["rule"], one["state"]) == ("emergency-call", "firing")]
    assert raised == [("h<2>", 1767571200.0), ("h1", 1767600000.0), ("h1", 1768899600.0)]
    assert [one["at"] for one in told] == sorted(one["at"] for one in told)
    summary = last["summary"]
    assert summary["rules"]["emergency-call"] == {"alerts": 3, "homes": 2, "per_home_month": 3.0, "seconds": 7200.0}
    assert (summary["homes"], summary["home_months"]) == (2, 1.0)
    (home,) = [one for one in summary["by_home"] if (one["rule"], one["home"]) == ("emergency-call", "h1")]
    assert home["examples"][1]["evidence"] == [
        {"device": "bell", "point": "button", "value": "long_press", "at": 1768899600.0}
    ]


def test_each_alert_is_drawn_from_its_own_line(tmp_path: Path, capsys: Out) -> None:
    """Not the first three of a rule alone: what was said and when, the limit, and for how long it had to be so."""
    rows = "".join(f"{day * 86400 + minute * 60},h,room,temperature_c,{20 if minute > 30 else 33}\n"
                   for day in range(6) for minute in range(0, 60, 5))  # fmt: skip
    (tmp_path / "hot.csv").write_text(HEAD + rows, "utf-8")
    (tmp_path / "hot.toml").write_text(HOT.format(limit=32), "utf-8")
    assert main(["backtest", str(tmp_path / "hot.csv"), "--rules", str(tmp_path / "hot.toml"), "--json"]) == OK
    *told, _ = objects(capsys.readouterr().out)
    fired = [one for one in told if one["state"] == "firing"]
    assert len(fired) == 6
    for day, one in enumerate(fired):
        begun = day * 86400.0
        assert one["asked"] == [{"quantity": "temperature_c", "above": 32.0, "for": 600.0}]
        assert one["evidence"] == [
            {"device": "room", "point": "temperature_c", "value": 33.0, "at": begun},
            {"device": "room", "point": "lasted_s", "value": 600.0, "at": begun},
        ]
    over = [one for one in told if one["state"] == "resolved" and one["reason"] == "cleared"]
    assert [one["evidence"][0]["value"] for one in over] == [20.0] * 6


def test_the_report_for_a_person(calls: Path, capsys: Out) -> None:
    assert main(["backtest", str(calls), "--tz", "Asia/Shanghai"]) == OK
    out = capsys.readouterr().out
    assert "emergency-call  Call for help\n  alerts: 3 (3.00 a home-month), homes: 2 of 2, fired for 2h\n" in out
    assert "2026-01-05 16:00:00  1h  bell  bell button press @ 01-05 16:00:00" in out
    assert "Nothing to judge by in these data: " in out
    assert main(["backtest", str(calls), "--lang", "zh"]) == OK
    assert "emergency-call  紧急呼叫\n  告警 3 次" in capsys.readouterr().out


def test_rules_that_look_at_devices_which_are_not_there_could_not_judge(
    calls: Path, tmp_path: Path, capsys: Out
) -> None:
    """The rules of one home are tried on the records of another, where the sensors have other names."""
    rule = '[%s]\ntitle = {zh = "一", en = "one"}\nseverity = "notice"\nlatch = true\nper = "home"\n'
    pressed = 'quantity = "button", is = "long_press"'
    said = {
        "other-names": f'devices = ["button-*"]\nwhen = {{{pressed}}}',
        "other-names-within": f'when = {{{pressed}, devices = ["button-1"]}}',
        "half-of-it": f'when = {{all = [{{{pressed}}}, {{quantity = "door_open", is = true}}]}}',
        "never": 'devices = ["bell"]\nwhen = {quantity = "button", is = "double_press"}',
    }
    path = tmp_path / "my.toml"
    path.write_text("\n".join(rule % name + body for name, body in said.items()), encoding="utf-8")
    assert main(["backtest", str(calls), "--rules", str(path)]) == OK
    out = capsys.readouterr().out
    assert "Never fired: never\n" in out
    assert "Nothing to judge by in these data: other-names, other-names-within, half-of-it\n" in out


def test_times_without_a_zone_are_told_where_the_zone_is_another(tmp_path: Path, capsys: Out) -> None:
    path = tmp_path / "local.csv"
    path.write_text(HEAD + "2026-01-05 08:00:00,h,bell,button,press\n", encoding="utf-8")
    assert main(["backtest", str(path), "--tz", "Asia/Shanghai"]) == OK
    assert "Times without a zone are UTC, not Asia/Shanghai: '2026-01-05 08:00:00'" in capsys.readouterr().out
    assert main(["backtest", str(path)]) == OK
    assert "Times without a zone" not in capsys.readouterr().out
    path.write_text(HEAD + "2026-01-05T08:00:00+08:00,h,bell,button,press\n", encoding="utf-8")
    assert main(["backtest", str(path), "--tz", "Asia/Shanghai", "--json"]) == OK
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["summary"]["zoneless"] is None


def test_rules_of_other_modes_were_not_tried(tmp_path: Path, capsys: Out) -> None:
    """Quiet for a month proves nothing about a rule that counts while the home is away."""
    path = tmp_path / "door.csv"
    path.write_text(HEAD + "1767571200,h,front,door_open,true\n1767571300,h,front,door_open,false\n", encoding="utf-8")
    assert main(["backtest", str(path), "--rules", "security"]) == OK
    told = capsys.readouterr().out
    assert "Not tried, for here each home is in mode home all the time, and not armed: intrusion\n" in told
    assert "Never fired: door-left-open" in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_a_picture_that_cannot_be_written_costs_no_report(calls: Path, capsys: Out) -> None:
    assert main(["backtest", str(calls), "--plot", "/dev/full"]) == COULD_NOT_RUN
    told = capsys.readouterr()
    assert "emergency-call  Call for help\n" in told.out
    assert "No space left on device" in told.err


@pytest.mark.parametrize(("name", "why"), [("none/out.svg", "No such file or directory"), (".", "Is a directory")])
def test_a_picture_that_has_no_place_is_said_before_all_is_played(
    name: str, why: str, calls: Path, tmp_path: Path, capsys: Out
) -> None:
    """Else months of an estate are played for nothing."""
    assert main(["backtest", str(calls), "--plot", str(tmp_path / name)]) == COULD_NOT_RUN
    told = capsys.readouterr()
    assert told.out == ""
    assert why in told.err


def test_files_in_any_order_packed_or_not_are_one_recording(calls: Path, tmp_path: Path, capsys: Out) -> None:
    first, *others = CALLS.splitlines(keepends=True)
    (tmp_path / "b.csv").write_text("\ufeff" + HEAD + first, encoding="utf-8")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((HEAD + "".join(reversed(others))).encode()))
    told = []
    for files in ([calls], [tmp_path / "b.csv", tmp_path / "a.csv.gz"], [tmp_path / "a.csv.gz", tmp_path / "b.csv"]):
        assert main(["backtest", *map(str, files), "--json"]) == OK
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b"", 1, "the header is"),
        (HEAD.encode(), 1, "there is no reading"),
        (b"ts,home\n", 1, "the header is"),
        ((HEAD + "1,h,d,q,1\n1,h,d\n").encode(), 3, "is no reading"),
        ((HEAD + "1,h,d,q,1\n").encode() + b"2,\xff,d,q,1\n", 3, "not UTF-8"),
        ((HEAD + '1,h,"d,q,1\n' + "x" * 200_000).encode(), 0, ""),
        (gzip.compress((HEAD + "1,h,d,q,1\n" * 2000).encode(), mtime=0)[:-20], 0, "damaged or cut short"),
        (b"\x1f\x8bnonsense", 0, "damaged or cut short"),
        (b"SQLite format 3\0" + bytes(2000), 1, "is not a journal"),
        (b"\0" * 20_000, 0, ""),
    ],
)
def test_a_file_that_is_no_recording(content: bytes, line: int, what: str, tmp_path: Path, capsys: Out) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    assert main(["backtest", str(path)]) == COULD_NOT_RUN
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{path}:{line or ''}" in err
    assert what in err
    assert "(remedy: " in err


def test_what_is_not_there(tmp_path: Path, calls: Path, capsys: Out) -> None:
    assert main(["backtest", str(tmp_path / "no.csv")]) == COULD_NOT_RUN
    assert "no.csv: No such file or directory" in capsys.readouterr().err
    assert main(["backtest", str(calls), "--tz", "Europe/Lisbn"]) == USAGE
    assert "no time zone 'Europe/Lisbn'; write one such as Europe/Lisbon" in capsys.readouterr().err
    assert main(["backtest", str(calls), "--tz", "Mars/Olympus"]) == USAGE
    assert "Mars/Olympus" in capsys.readouterr().err
    assert main(["backtest", str(calls), "--rules", str(tmp_path / "no.toml")]) == COULD_NOT_RUN
    assert "no.toml:1: error: " in capsys.readouterr().err


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes) -> None:
    for body in (content, HEAD.encode() + b"1,h,d,q,1\n" + content, b"\x1f\x8b" + content):
        raw = cast(io.BufferedReader, io.BufferedReader(io.BytesIO(body)))
        with suppress(Bad):
            list(Recording().take(numbered(data._lines(raw, "f"), "f"), "f"))


def test_other_rules_are_compared_with_the_old_ones(tmp_path: Path, capsys: Out) -> None:
    rows = "".join(f"{hour * 3600},h,t,temperature_c,{34 if hour % 24 == 12 else 20}\n" for hour in range(240))
    data = tmp_path / "data.csv"
    data.write_text(HEAD + rows)
    rule = '[hot]\ntitle = {{zh = "热", en = "Hot"}}\nseverity = "notice"\nwhen = {{quantity = "temperature_c", above = {}}}\n'
    for name, limit in (("old", 30), ("new", 35)):
        (tmp_path / f"{name}.toml").write_text(rule.format(limit), encoding="utf-8")
    said = ["backtest", str(data), "--rules", str(tmp_path / "new.toml"), "--compare", str(tmp_path / "old.toml")]
    assert main(said) == OK
    assert "alerts: 10 -> 0 (30.13 -> 0.00 a home-month): 0 added, 10 removed, 0 kept" in capsys.readouterr().out
    assert main([*said, "--json"]) == OK
    *told, last = objects(capsys.readouterr().out)
    assert {one["change"] for one in told} == {"removed"}
    assert [one["at"] for one in told] == [86400.0 * day + 43200 for day in range(10)]
    assert last["summary"]["compared"]["hot"] == {"before": 10, "after": 0, "added": 0, "removed": 10}


def test_the_store_of_a_gateway_is_a_recording_too(tmp_path: Path, capsys: Out) -> None:
    boot = {"gateway": "gw-1", "epoch": "e", "life": "l", "offset": 1767600000.0, "synced": True, "deaf": 0.0}
    frames = [
        Frame("boot", 0.0, json.dumps(boot).encode()),
        Frame("config", 0.0, SITE.hash.encode()),
        Frame("line-1", 60.0, say("ALARM", 1, smoke=1)),
        Frame("line-1", 90000.0, say("READING", 2, smoke=0)),
    ]

    async def write() -> None:
        store = await Store.open(tmp_path / "anju.db")
        numbers = list(enumerate(frames, 1))
        await store.commit(Batch(frames=numbers, configs={SITE.hash: SITE.text}), 1.0)
        await store.close()

    asyncio.run(write())
    before = (tmp_path / "anju.db").read_bytes()
    assert main(["backtest", str(tmp_path / "anju.db"), "--json"]) == OK
    *told, last = objects(capsys.readouterr().out)
    smoke = [(one["state"], one["home"], one["device"], one["at"]) for one in told if one["rule"] == "smoke"]
    assert smoke == [("firing", "flat", "kitchen", 1767600060.0), ("cleared", "flat", "kitchen", 1767690000.0)]
    assert "water-12h" not in last["summary"]["rules"], "the site did not ask for optional rules"
    assert (tmp_path / "anju.db").read_bytes() == before


def test_a_site_gives_devices_budgets_zone_and_its_homes_own_numbers(tmp_path: Path, capsys: Out) -> None:
    site = tmp_path / "site.toml"
    site.write_text(
        """
gateway = {id = "g", site = "s", timezone = "Asia/Shanghai"}
homes.h1 = {}
homes.h2 = {rules = {home-too-hot = {when = {above = 31.5}}}}
rules = {packs = ["elder", "trouble"]}
ports.p = {type = "serial", path = "/dev/ttyUSB0", driver = "node"}
devices.t1 = {home = "h1", port = "p", address = "a1b2c3d4", silent_after = "3d"}
devices.t2 = {home = "h2", port = "p", address = "a1b2c3d5", silent_after = "30m"}
""",
        encoding="utf-8",
    )
    rows = "".join(f"{1767571200 + hour * 3600},h{n},t{n},temperature_c,32\n" for hour in range(48) for n in (1, 2))
    (tmp_path / "data.csv").write_text(HEAD + rows)
    assert main(["backtest", str(tmp_path / "data.csv"), "--site", str(site), "--json"]) == OK
    *told, _ = objects(capsys.readouterr().out)
    hot = {one["home"] for one in told if (one["rule"], one["state"]) == ("home-too-hot", "firing")}
    silent = {one["device"] for one in told if (one["rule"], one["state"]) == ("sensor-silent", "firing")}
    assert (hot, silent) == ({"h2"}, {"t2"})


HOT = """
[hot]
title = {{zh = "热", en = "Hot"}}
severity = "notice"
when = {{quantity = "temperature_c", above = {limit}, for = "10m"}}
"""


def test_all_that_a_change_adds_has_its_reason_in_the_list_and_in_the_picture(tmp_path: Path, capsys: Out) -> None:
    """Not only what is among the first of its rule: what comes late is what somebody wants to see."""
    rows = "".join(
        f"{1767571200 + day * 86400 + minute * 60},h,room,temperature_c,{20 if minute > 30 else 32 + (day > 5)}\n"
        for day in range(12)
        for minute in range(0, 60, 5)
    )
    (tmp_path / "hot.csv").write_text(HEAD + rows, "utf-8")
    for limit, name in ((32.5, "old"), (31, "new")):
        (tmp_path / f"{name}.toml").write_text(HOT.format(limit=limit), "utf-8")
    was, now = str(tmp_path / "old.toml"), str(tmp_path / "new.toml")
    args = ["backtest", str(tmp_path / "hot.csv"), "--rules", was, "--compare", now]
    assert main([*args, "--json"]) == OK
    removed = [one for one in objects(capsys.readouterr().out) if one.get("change") == "removed"]
    assert len(removed) == 6
    assert all(one["evidence"] for one in removed)
    assert [one["asked"] for one in removed] == [[{"quantity": "temperature_c", "above": 31.0, "for": 600.0}]] * 6
    assert main([*args, "--lang", "zh"]) == OK
    out = capsys.readouterr().out
    assert "hot  热" in out
    listed = [line for line in out.splitlines() if line.startswith("    - h ")]
    assert listed
    assert all("room lasted_s 600 @" in line for line in listed)
    picture = tmp_path / "out.svg"
    assert main(["backtest", str(tmp_path / "hot.csv"), "--rules", now, "--plot", str(picture)]) == OK
    bars = [element.text or "" for element in ET.parse(picture).iter("{http://www.w3.org/2000/svg}title")][1:]
    assert len(bars) == 12
    assert all("temperature_c" in bar for bar in bars)


def test_evidence_has_an_end_and_each_rule_in_each_home_its_first_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.tally.KEPT", 4)
    test = Backtest([rule for rule in load(["elder"]) if rule.id == "emergency-call"])
    for home in ("a", "b"):
        for day in range(6):
            test.feed(Row(day * 86400.0, home, "bell", "button", "press"))
            test.feed(Row(day * 86400.0 + 7200.0, home, "bell", "battery_pct", 80.0))
    test.end()
    kept = [(spell.home, bool(spell.evidence)) for spell in sorted(test.spells, key=lambda one: (one.home, one.since))]
    assert kept == [("a", n < 4) for n in range(6)] + [("b", n < 3) for n in range(6)]
    assert [len(tally.examples) for tally in test.tallies()] == [3, 3]


def test_a_rule_with_other_numbers_in_a_home_is_named_once_where_it_did_nothing(tmp_path: Path, capsys: Out) -> None:
    site = '[gateway]\nid = "g"\nsite = "s"\n[homes.h]\n[homes.b]\n[homes.b.rules.water-excess]\nwhen = {used_above = 3}\n'
    (tmp_path / "site.toml").write_text(site, "utf-8")
    (tmp_path / "a.csv").write_text(HEAD + "0,h,d,temperature_c,20\n3600,h,d,temperature_c,20\n", "utf-8")
    assert main(["backtest", str(tmp_path / "a.csv"), "--site", str(tmp_path / "site.toml")]) == OK
    assert capsys.readouterr().out.count("water-excess") == 1


def test_some_rules_alone_are_compared_with_those_of_the_site(tmp_path: Path, capsys: Out) -> None:
    """All others of the site are on neither side: they were told as added."""
    site = '[gateway]\nid = "g"\nsite = "s"\n[homes.a]\n[rules]\nfiles = ["new.toml"]\n'
    (tmp_path / "site.toml").write_text(site, "utf-8")
    for name, limit in (("old", 36), ("new", 33)):
        (tmp_path / f"{name}.toml").write_text(HOT.format(limit=limit), "utf-8")
    (tmp_path / "d.csv").write_text(HEAD + "".join(f"{600 * n},a,t,temperature_c,35\n" for n in range(12)), "utf-8")
    args = ["backtest", str(tmp_path / "d.csv"), "--json", "--site", str(tmp_path / "site.toml"), "--compare"]
    assert main([*args, str(tmp_path / "old.toml")]) == OK
    *told, last = objects(capsys.readouterr().out)
    assert [(one["change"], one["rule"]) for one in told if "change" in one] == [("added", "hot")]
    assert last["summary"]["compared"].keys() == {"hot"}
    assert main([*args, "home-too-hot"]) == OK
    *told, last = objects(capsys.readouterr().out)
    assert last["summary"]["compared"] == {"home-too-hot": {"before": 1, "after": 1, "added": 0, "removed": 0}}
    assert not told, "the same on both sides"


def test_a_changed_site_is_compared_with_the_one_before(tmp_path: Path, capsys: Out) -> None:
    """Numbers of single homes stand in site.toml, so that is the file that somebody changes and wants to try."""
    site = '[gateway]\nid = "g"\nsite = "s"\n[homes.a]\n[homes.b]\n'
    new = site + '[homes.b.rules.home-too-hot]\nwhen = {above = 36}\nclear = {below = 34}\n'
    (tmp_path / "old.toml").write_text(site, "utf-8")
    (tmp_path / "new.toml").write_text(new, "utf-8")
    said = [f"{600 * n},{home},t-{home},temperature_c,35\n" for n in range(12) for home in "ab"]
    (tmp_path / "d.csv").write_text(HEAD + "".join(said), "utf-8")
    args = ["backtest", str(tmp_path / "d.csv"), "--json", "--compare", str(tmp_path / "old.toml")]
    for more in (["--site", str(tmp_path / "new.toml")], ["--rules", str(tmp_path / "new.toml")]):
        assert main([*args, *more]) == OK
        changes = [one for one in objects(capsys.readouterr().out) if "change" in one]
        assert [(one["change"], one["rule"], one["home"]) for one in changes] == [("removed", "home-too-hot", "b")]
    (tmp_path / "old.toml").write_text(site + "[homes.b.rules.home-too-hot]\nwhen = {abov = 36}\n", "utf-8")
    assert main([*args, "--site", str(tmp_path / "new.toml"), "--lang", "en"]) == COULD_NOT_RUN
    err = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["line"] for one in err if "line" in one] == [7], "a mistake in it is told as that of a site"
