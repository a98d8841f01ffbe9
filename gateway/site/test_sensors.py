"""What the devices of a site say: by their drivers, by the store, and what rules lack then."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.cli import OK, main
from gateway.site import load
from gateway.site.sensors import said_by
from gateway.site.test_devices import LINE, device, written
from gateway.store.store import Batch, Store
from rules.quantities import KNOWN, MOMENTARY

GAS = device("gas", driver="modbus-generic-gas", address="1")
NODE = device("node", driver="node", address="a1b2c3d4")


def test_a_driver_of_one_kind_of_device_knows_what_it_says(tmp_path: Path) -> None:
    assert said_by(load(written(tmp_path, LINE, GAS))) == {"gas": {"fault", "gas_alarm", "gas_lel_pct"}}


def test_a_driver_of_any_device_may_say_everything_until_the_store_remembers(tmp_path: Path) -> None:
    site = load(written(tmp_path, LINE, GAS, NODE))
    assert said_by(site)["node"] == KNOWN

    async def remember(site_hash: str) -> None:
        store = await Store.open(site.store.path)
        row = json.dumps([["node", "smoke", "smoke", False, 1.0, [], 1, None]])
        rows: dict[str, str | None] = {"hub": json.dumps({"site": site_hash}), "e:d:node": row}
        await store.commit(Batch(rows=rows, checkpoint=1), 1.0)
        await store.close()

    asyncio.run(remember("another"))
    assert said_by(site)["node"] == KNOWN, "a store of other rules proves nothing"
    asyncio.run(remember(site.hash))
    assert said_by(site)["node"] == {"smoke"} | MOMENTARY


def test_a_rule_of_one_home_needs_a_sensor_of_that_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The other home's gas detector doesn't help the flat that asked for the rule."""
    elsewhere = device("node", driver="node", address="a1b2c3d4", home="other")
    mine = '[homes.flat.rules]\nalso = ["no-motion-24h"]\n[homes.other]\n[rules]\npacks = ["gas", "elder"]\n'
    path = written(tmp_path, LINE, GAS, elsewhere, mine)
    assert main(["rules", "check", "--site", str(path), "--lang", "en"]) == OK
    err = capsys.readouterr().err
    assert "no-motion-24h: it can't fire in flat: no device there says motion" in err


def test_a_doubt_about_a_rule_names_the_line_where_the_rule_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "my.toml"
    head = 'title = {zh = "久", en = "Long"}\nseverity = "notice"\n'
    own.write_text(f'[gone]\n{head}when = {{silent = "2m"}}\n[lost]\n{head}when = {{silent = true}}\n', "utf-8")
    path = written(tmp_path, LINE, NODE, '[rules]\npacks = ["gas"]\nfiles = ["my.toml"]\n')
    assert main(["rules", "check", "--site", str(path), "--lang", "en"]) == OK
    (told,) = [line for line in capsys.readouterr().err.splitlines() if "silent" in line]
    assert told.startswith(f"{own}:1: warning: gone: it takes node for silent after 2 minutes; it lives and may say nothing")


def test_rules_that_lack_a_sensor_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, LINE, GAS, '[rules]\npacks = ["gas", "trouble"]\n')
    assert main(["rules", "check", "--site", str(path), "--lang", "en"]) == OK
    out, err = capsys.readouterr()
    assert "co: it can't fire here: no device says co_alarm or co_ppm (remedy: add such a sensor" in err
    assert "gas-leak" not in err
    assert "sensor-silent" not in err
    assert "No mistakes." in out
    site = load(path)
    site.store.path.parent.mkdir(exist_ok=True)
    site.store.path.write_bytes(b"nonsense")
    assert "gas_lel_pct" in said_by(site)["gas"]


def test_rules_for_some_devices_ask_what_those_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The fridge's node may say all there is, and yet the gas detector is no thermometer."""
    head = 'title = {zh = "冰柜", en = "Freezer"}\nseverity = "notice"\nwhen = {quantity = "temperature_c", above = -12}\n'
    names = {"good": "no*", "mute": "gas", "typo": "nod"}
    rules = "".join(f'[{rule}]\n{head}devices = ["{name}"]\n' for rule, name in names.items())
    (tmp_path / "my.toml").write_text(rules, "utf-8")
    path = written(tmp_path, LINE, GAS, NODE, '[rules]\npacks = ["gas"]\nfiles = ["my.toml"]\n')
    assert main(["rules", "check", "--site", str(path), "--lang", "en"]) == OK
    told = [line.partition(": warning: ")[2] for line in capsys.readouterr().err.splitlines() if "my.toml" in line]
    assert told == [
        "mute: it can't fire here: no device says temperature_c (remedy: add such a sensor, or leave the rule out)",
        'typo: it can\'t fire here: no device is called nod (remedy: did you mean "node"?)',
    ]


def test_conditions_on_some_devices_ask_what_those_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = """[%s]\ntitle = {zh = "冰柜", en = "Freezer"}\nseverity = "notice"\nper = "home"
when = {all = [{quantity = "temperature_c", above = -12, devices = ["%s"]}, {quantity = "gas_lel_pct", below = 5}]}
"""
    names = {"good": "no*", "mute": "gas", "typo": "nod"}
    (tmp_path / "my.toml").write_text("".join(rules % named for named in names.items()), "utf-8")
    path = written(tmp_path, LINE, GAS, NODE, '[rules]\npacks = ["gas"]\nfiles = ["my.toml"]\n')
    assert main(["rules", "check", "--site", str(path), "--lang", "en"]) == OK
    told = [line.partition(": warning: ")[2] for line in capsys.readouterr().err.splitlines() if "my.toml" in line]
    assert told == [
        "mute: it can't fire here: no device says temperature_c (remedy: add such a sensor, or leave the rule out)",
        'typo: it can\'t fire here: no device is called nod (remedy: did you mean "node"?)',
    ]


def test_a_rule_per_device_needs_one_device_that_says_all_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The door's contact moves nothing and the thermometer has no door: what was meant is the home."""
    both = "{all = [{quantity = 'gas_alarm', is = true}, {quantity = 'temperature_c', above = 40}]}"
    after = "{quantity = 'temperature_c', above = 40, after = {quantity = 'gas_alarm', is = true}, within = '5m'}"
    own = "{all = [{quantity = 'gas_alarm', is = true}, {quantity = 'gas_lel_pct', above = 5}]}"
    head = "title = {zh = '甲', en = 'A'}\nseverity = 'notice'\n"
    made = {"both": both, "after": after, "own": own, "home": f"{both}\nper = 'home'"}
    (tmp_path / "my.toml").write_text("".join(f"[{rule}]\n{head}when = {when}\n" for rule, when in made.items()), "utf-8")
    meter = device("heat", driver="modbus-xy-md02", address="2")
    path = written(tmp_path, LINE, GAS, meter, '[rules]\npacks = ["gas"]\nfiles = ["my.toml"]\n')
    assert main(["rules", "check", "--site", str(path), "--lang", "en"]) == OK
    told = [line.partition(": warning: ")[2] for line in capsys.readouterr().err.splitlines() if "my.toml" in line]
    words = "it can't fire here: no single device says gas_alarm and temperature_c (remedy: write per = \"home\")"
    assert told == [f"both: {words}", f"after: {words}"]


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "it can't fire here: it leaves out each device"), ("zh", "在此不会触发：所有设备都已被它排除")],
)
def test_a_rule_that_leaves_out_whatever_is_there_says_so(
    lang: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kitchen = device("kitchen-gas", driver="modbus-generic-gas", address="1")
    path = written(tmp_path, LINE, kitchen, '[rules]\npacks = ["trouble"]\n')
    assert main(["rules", "check", "--site", str(path), "--lang", lang]) == OK
    assert f"contact-faulty{': ' if lang == 'en' else '：'}{said}" in capsys.readouterr().err


HEAD = "title = {zh = '甲', en = 'A'}\nseverity = 'warning'\n"
HOT, DAMP = "{quantity = 'temperature_c', above = 40}", "{quantity = 'gas_lel_pct', above = 3}"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (f"ladder = 'property'\nper = 'home'\nwhen = {{all = [{HOT}, {DAMP}]}}", "can't fire in flat: no device there says temp"),
        (f"ladder = 'property'\nper = 'home'\nwhen = {{any = [{HOT}, {DAMP}]}}", ""),
        ("ladder = 'property'\nwhen = {silent = '12h', of = ['motion']}", "can't fire here: no device says motion"),
        ("ladder = 'property'\nwhen = {silent = '12h', of = ['temperature_c']}", ""),
        (f"when = {HOT}", "names no ladder, so nobody is told of it"),
        (f"ladder = 'property'\noptional = true\nwhen = {HOT}", "it is optional, and nothing names it: it counts nowhere"),
    ],
)
def test_what_would_never_tell_anybody(body: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "my.toml").write_text(f"[mine]\n{HEAD}{body}\n", "utf-8")
    meter = device("heat", driver="modbus-xy-md02", address="2", home="other")
    site = '[homes.other]\n[rules]\npacks = ["trouble"]\nfiles = ["my.toml"]\n'
    path = written(tmp_path, LINE, GAS, meter, site)
    assert main(["rules", "check", "--site", str(path), "--lang", "en"]) == OK
    said = [line for line in capsys.readouterr().err.splitlines() if "mine: " in line]
    assert [told in line for line in said[:1]] == [True] * bool(told), said
    assert len(said) <= 1 or all("can't fire in" in line for line in said), "once for each home"


def test_what_stands_in_a_file_of_ones_own_is_told_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "my.toml").write_text(f"[mine]\n{HEAD}when = {{quantity = 'flood', is = true}}\n", "utf-8")
    path = written(tmp_path, LINE, GAS, '[rules]\npacks = ["gas", "trouble"]\nfiles = ["my.toml"]\n')
    assert main(["rules", "check", "--site", str(path), "--lang", "en"]) == OK
    told = [line.partition(": warning: ")[2] for line in capsys.readouterr().err.splitlines() if "warning: " in line]
    mine = [line.startswith("mine: ") for line in told]
    assert mine == [True, True, *[False] * (len(told) - 2)]
    assert len(told) > 4
