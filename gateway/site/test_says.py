"""What an installer promises that a device says: it is missed before its first word, and slips of the pen are told."""

import asyncio
import json
from pathlib import Path

import pytest

from drivers.reading import Frame
from drivers.shipped import shipped
from drivers.test_drivers import captures
from gateway.cli import NO, OK, main
from gateway.hub.conftest import SIGNED, TOML, boot_frame, say
from gateway.hub.fold import Fold
from gateway.site import load, loads
from gateway.site.difference import differences
from gateway.site.sensors import said_by
from gateway.site.test_devices import LINE, RADON, device, written
from gateway.store.store import Batch, Store
from rules.quantities import MOMENTARY
from rules.rulefile import packs

HOUR = 3600.0
HALL = """
[devices.hall]
home = "flat"
port = "line-1"
address = "a1b2c3d5"
silent_after = "2h"
"""
PROMISE = 'says = ["motion", "battery_pct"]\n'
RADIO = '[ports.radio]\ntype = "ble"\ndriver = "bthome"\n'


def promised(name: str, says: list[str], **said: str) -> str:
    return device(name, **said) + f"says = {json.dumps(says)}\n"


def fired(more: str, hours: int, first: list[Frame] | None = None) -> list[tuple[str, str, float]]:
    """The troubles and absences of a flat whose kitchen is heard and shows no motion, and that nobody else is."""
    text = TOML.replace(SIGNED, "") + '[homes.flat.rules]\nalso = ["no-motion-12h"]\n' + more
    site = loads(json.dumps({"format": 1, "site": text, "packs": packs(), "files": {}}))
    fold = Fold({site.hash: site.text})
    frames = [boot_frame(), Frame("config", 0.0, site.hash.encode())]
    quiet = [Frame("line-1", 300.0 * n, say("READING", n, motion=0)) for n in range(1, 12 * hours)]
    alerts = [alert for frame in (*frames, *(first or []), *quiet) for alert in fold.handle(frame).alerts]
    told = [(one.rule, one.device, one.at) for one in alerts if one.state == "firing" and one.reason == "first"]
    return [one for one in told if one[0] in ("no-motion-12h", "not-supervised", "sensor-silent")]


def test_a_sensor_that_nobody_knows_is_missed_before_its_first_word_where_the_site_promises_it() -> None:
    without = fired(HALL, 20)
    assert [(rule, name) for rule, name, _ in without] == [("sensor-silent", "hall"), ("no-motion-12h", "")]
    with_it = fired(HALL + PROMISE, 20)
    assert [(rule, name) for rule, name, _ in with_it] == [("sensor-silent", "hall"), ("not-supervised", "hall")]


def test_one_that_protects_nobody_is_waited_for_by_nobody() -> None:
    told = fired(HALL + PROMISE + "protects = false\n", 20)
    assert [(rule, name) for rule, name, _ in told] == [("sensor-silent", "hall"), ("no-motion-12h", "")]


def test_one_that_may_be_silent_for_longer_than_the_rule_waits_is_waited_for_all_the_same() -> None:
    """Nobody knows yet whether it lives."""
    told = fired(HALL.replace('"2h"', '"1d"') + PROMISE, 30)
    assert sorted((rule, name) for rule, name, _ in told)[::-1] == [
        ("sensor-silent", "hall"),
        ("not-supervised", "hall"),
    ]


def test_its_promise_is_a_difference_that_a_reload_tells(tmp_path: Path) -> None:
    one, other = (
        load(written(tmp_path, LINE, device("n", driver="node", address="a1b2c3d4"), more)) for more in ("", PROMISE)
    )
    assert one.devices == other.devices, "a port goes on"
    assert [str(one) for one in differences(one, other)] == ["devices n: changed"]


@pytest.mark.parametrize(
    ("says", "lang", "what"),
    [
        ("motoin", "en", 'there is no quantity "motoin" (remedy: did you mean "motion"?)'),
        ("motoin", "zh", "没有测量项“motoin”"),
        ("temperature_c#2", "en", 'did you mean "temperature_c"?'),
        ("radon_bq_m3", "en", 'there is no quantity "radon_bq_m3"'),
    ],
)
def test_a_word_that_nobody_knows_is_a_mistake_in_its_line(
    says: str, lang: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, LINE, promised("n", ["motion", says], driver="node", address="a1b2c3d4"))
    assert main(["check", str(path), "--lang", lang]) == NO
    line = capsys.readouterr().err.splitlines()[0]
    assert line.startswith(f"{path}:{path.read_text('utf-8').splitlines().index(PROMISED % says) + 1}: "), line
    assert what in line


PROMISED = 'says = ["motion", "%s"]'


@pytest.mark.parametrize("says", ["'motion'", "['motion', 3]", "{}", "1"])
def test_what_is_no_list_of_words_is_one_mistake(says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, LINE, device("n", driver="node", address="a1b2c3d4") + f"says = {says}\n")
    assert main(["check", str(path), "--lang", "en"]) == NO
    assert capsys.readouterr().err.count("says must be a list of texts") == 1


def test_a_word_of_ones_own_rule_file_is_known(tmp_path: Path) -> None:
    (tmp_path / "radon.toml").write_text(RADON, "utf-8")
    rules = '[rules]\nfiles = ["radon.toml"]\n'
    path = written(tmp_path, LINE, promised("n", ["radon_bq_m3"], driver="node", address="a1b2c3d4"), rules)
    assert load(path).devices["n"].says == {"radon_bq_m3"}


@pytest.mark.parametrize("verb", [["check"], ["rules", "check", "--site"]])
@pytest.mark.parametrize(
    ("driver", "address", "word"),
    [
        ("modbus-generic-gas", "1", "flood"),
        ("node", "a1b2c3d4", "person_trapped"),
        ("bthome", "a4:c1:38:00:00:01", "valve_fault"),
    ],
)
def test_what_its_driver_can_not_say_is_doubted(
    driver: str, address: str, word: str, verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = "radio" if driver == "bthome" else "line"
    path = written(tmp_path, LINE, RADIO, promised("n", [word], driver=driver, address=address, port=port))
    assert main([*verb, str(path), "--lang", "en"]) == OK
    (line,) = [one for one in capsys.readouterr().err.splitlines() if word in one and "devices.n" in one]
    assert f"{path}:" in line
    assert f'devices.n: its driver "{driver}" never says {word}' in line
    assert main([*verb, str(path), "--lang", "zh"]) == OK
    assert f"驱动“{driver}”不会上报 {word}" in capsys.readouterr().err


def test_a_rule_lacks_no_sensor_that_was_promised_and_has_not_spoken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, LINE, promised("n", ["motion"], driver="node", address="a1b2c3d4"))
    site = load(path)

    async def remember() -> None:
        store = await Store.open(site.store.path)
        row = json.dumps([["n", "battery_pct", "battery_pct", 80.0, 1.0, [], 1, None]])
        await store.commit(Batch(rows={"hub": json.dumps({"site": site.hash}), "e:d:n": row}, checkpoint=1), 1.0)
        await store.close()

    asyncio.run(remember())
    assert said_by(site)["n"] == {"battery_pct", "motion"} | MOMENTARY
    assert main(["rules", "check", "--site", str(path), "--lang", "en"]) == OK
    err = capsys.readouterr().err
    assert "no device says motion" not in err
    assert "co: it can't fire here: no device says co_alarm or co_ppm" in err


def test_who_is_promised_to_save_lives_protects_and_is_asked_for_a_signature(tmp_path: Path) -> None:
    text = TOML + HALL + 'says = ["smoke"]\n'
    site = loads(json.dumps({"format": 1, "site": text, "packs": packs(), "files": {}}))
    fold = Fold({site.hash: site.text})
    out = [fold.handle(frame) for frame in (boot_frame(), Frame("config", 0.0, site.hash.encode()))]
    assert [one.rule for step in out for one in step.alerts if one.home == "flat"] == ["sensors-unsigned"]
    path = written(tmp_path, LINE, promised("n", ["smoke"], driver="node", address="a1b2c3d4") + "protects = false\n")
    assert main(["check", str(path), "--lang", "en"]) == NO


def test_all_that_the_captures_say_is_among_the_words_of_their_driver() -> None:
    checked = 0
    for driver in shipped().values():
        for one in captures(driver.name) if driver.words is not None else ():
            for value in one.said.values if one.said else ():
                assert driver.words is not None
                assert value.partition("#")[0] in driver.words, (driver.name, one.name)
                checked += 1
    assert checked > 100
