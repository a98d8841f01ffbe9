"""Ports and devices of a site file: several drivers on a line, their settings, keys, and register maps of one's own."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.shipped import shipped
from gateway.ports.serial import members
from gateway.site import Device, SerialPort, check, load, loads
from gateway.site.devices import shared
from rules.document import Document, Mistakes, Table

if TYPE_CHECKING:
    from _collections_abc import dict_values

HEAD = """
[gateway]
id = "g"
site = "s"
[homes.flat]
[uplinks.u]
type = "mqtt"
host = "h"
"""
LINE = """
[ports.line]
type = "serial"
path = "/dev/ttyUSB0"
"""
MAP = """
title = "mine"
base = 0
[[value]]
register = 3
quantity = "gas_lel_pct"
scale = 0.1
"""
TOPICS = """
topic = "home/{address}"
[[value]]
path = "s"
quantity = "smoke"
"""
RADON = """
quantities = ["radon_bq_m3"]
[radon]
title = {zh = "氡", en = "Radon"}
severity = "warning"
when = {quantity = "radon_bq_m3", above = 300}
clear = {below = 200}
"""


def device(name: str, **said: str | int) -> str:
    keys = {"home": "flat", "port": "line", **said}
    return f"[devices.{name}]\n" + "".join(f"{key} = {value!r}\n" for key, value in keys.items())


def written(folder: Path, *parts: str) -> Path:
    path = folder / "site.toml"
    path.write_text(HEAD + "".join(parts), encoding="utf-8")
    return path


def told(path: Path) -> list[str]:
    """Each mistake as LINE: WHAT; a line is given by its text."""
    with pytest.raises(Mistakes) as wrong:
        load(path)
    return [
        f"{Path(one.file).read_text(encoding='utf-8').splitlines()[one.line - 1]}: {one.what}"
        for one in wrong.value.mistakes
    ]


def test_each_device_on_a_line_has_its_own_driver_and_settings(tmp_path: Path) -> None:
    site = load(
        written(
            tmp_path,
            LINE,
            device("gas", driver="modbus-generic-gas", address="1"),
            device("slow", driver="modbus-generic-gas", address="2", baud=4800, parity="E", every="5s"),
            device("power", driver="dlt645", address="000000000001"),
            device("water", driver="cjt188", address="00000000000001"),
            device("heat", driver="mbus", address="1"),
        )
    )
    said = {name: (one.baud, one.parity, one.stop_bits, one.every) for name, one in site.devices.items()}
    assert said == {
        "gas": (9600, "N", 1, 1.0),
        "slow": (4800, "E", 1, 5.0),
        "power": (2400, "E", 1, 900.0),
        "water": (2400, "E", 1, 3600.0),
        "heat": (2400, "E", 1, 3600.0),
    }
    assert site.drivers_of("line") == ["modbus-generic-gas", "dlt645", "cjt188", "mbus"]
    assert site.frame_port("line", "dlt645") == "line:dlt645"


def test_what_a_port_says_goes_before_the_driver_and_what_a_device_says_before_the_port(tmp_path: Path) -> None:
    site = load(
        written(
            tmp_path,
            LINE + 'driver = "dlt645"\nbaud = 1200\n',
            device("one", address="000000000001"),
            device("two", address="000000000002", baud=9600),
        )
    )
    assert [(one.baud, one.parity) for one in site.devices.values()] == [(1200, "E"), (9600, "E")]
    assert site.frame_port("line", "dlt645") == "line"


def test_one_address_twice_is_a_mistake_of_one_driver_only(tmp_path: Path) -> None:
    both = device("a", driver="mbus", address="1"), device("b", driver="modbus-generic-gas", address="1")
    assert len(load(written(tmp_path, LINE, *both)).devices) == 2
    assert told(written(tmp_path, LINE, *both, device("c", driver="mbus", address="1"))) == [
        "address = '1': devices.c has the same address as devices.a"
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (LINE + device("a", address="1"), '[devices.a]: "driver" is missing in devices.a, and its port names none'),
        (LINE + device("a", driver="bthome", address="1"), "driver = 'bthome': \"bthome\" is no driver"),
        (LINE + device("a", driver="dlt645", address="12"), "address = '12': address '12' is not 12 digits"),
        (LINE + device("a", driver="mbus", address="1", baud=2401), "baud = 2401: 2401 is no usual baud rate"),
        (LINE + device("a", driver="mbus", address="1", parity="M"), "parity = 'M': \"M\" is no parity"),
        (LINE + device("a", driver="mbus", address="1", key="00ff"), "key = '00ff': a key must not stand in this file"),
        (LINE + 'url = "socket://h:1"', 'path = "/dev/ttyUSB0": a line has a path or a url, not both'),
        ('[ports.line]\ntype = "serial"\nurl = "http://h:1"', 'url = "http://h:1": "http://h:1" is no serial server'),
        ('[ports.line]\ntype = "serial"\nurl = "socket://h"', 'url = "socket://h": "socket://h" is no serial server'),
        (
            '[ports.line]\ntype = "serial"\nurl = "socket://h:1/?logging=debug"',
            'url = "socket://h:1/?logging=debug": "socket://h:1/?logging=debug" is no serial server',
        ),
    ],
)
def test_a_mistake_stands_in_its_line(tmp_path: Path, text: str, what: str) -> None:
    assert told(written(tmp_path, text)) == [what]


RAW = '[ports.line]\ntype = "serial"\nurl = "socket://h:1"\n'


@pytest.mark.parametrize(
    ("port", "devices", "what"),
    [
        (
            RAW,
            [("a", "mbus", "1"), ("b", "modbus-generic-gas", "1")],
            [
                'url = "socket://h:1": the devices on ports.line want 2400 8E1, 9600 8N1, and raw TCP cannot set the line'
            ],
        ),
        (RAW, [("a", "modbus-generic-co", "2"), ("b", "modbus-generic-gas", "1")], []),
        (LINE, [("a", "node", "a1b2c3d4"), ("b", "modbus-generic-gas", "1")], []),
    ],
)
def test_what_cannot_be_together_on_one_line(
    tmp_path: Path, port: str, devices: list[tuple[str, str, str]], what: list[str]
) -> None:
    path = written(tmp_path, port, *(device(name, driver=driver, address=address) for name, driver, address in devices))
    assert (told(path) if what else [load(path).hash][1:]) == what


def test_who_speaks_unasked_has_a_line_of_its_own() -> None:
    thermo = replace(shipped()["node"], name="thermo", poll=None)
    drivers = {**shipped(), "thermo": thermo}
    line = SerialPort("line", "", "/dev/ttyUSB0", "", 9600, "N", 1, False)

    def mistakes(*spoken: str) -> list[str]:
        devices = [Device(f"d{n}", "flat", "", driver, "line", str(n), 60.0) for n, driver in enumerate(spoken)]
        root = Table(Document("site.toml", {}, ""), (), {}, [])
        shared(root, line, devices, drivers)
        return [one.what for one in root.mistakes]

    alone = "speaks when it likes, and others speak on ports.line too"
    assert mistakes("thermo", "thermo") == mistakes("node") == mistakes("node", "dlt645") == []
    assert mistakes("thermo", "dlt645") == [f"devices.d0 {alone}"]
    assert mistakes("thermo", "node") == [f"devices.d0 {alone}", f"devices.d1 {alone}"]


def test_a_register_map_of_ones_own_makes_a_driver_and_goes_with_the_text(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MAP, encoding="utf-8")
    path = written(tmp_path, '[registers]\nfiles = ["mine.toml"]', LINE, device("a", driver="modbus-mine", address="9"))
    site = load(path)
    assert site.devices["a"].every == 1.0
    again = loads(site.text, tmp_path / "elsewhere")
    assert again.drivers["modbus-mine"].ask is not None
    assert again.hash == site.hash
    (tmp_path / "mine.toml").write_text(MAP.replace("0.1", "0.2"), encoding="utf-8")
    assert load(path).hash != site.hash


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("mine", MAP.replace("register = 3", "register = -3"), ["register = -3: register must be 0 … 65535"]),
        ("mine", MAP + "scael = 2", ["scael = 2: unknown key"]),
        ("mine", "x = ", ["x = : not TOML: Invalid value"]),
        ("generic-gas", MAP, [': there is a driver "modbus-generic-gas" already']),
    ],
)
def test_a_mistake_in_a_register_map_stands_in_its_own_line(
    tmp_path: Path, name: str, text: str, what: list[str]
) -> None:
    (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    assert told(written(tmp_path, f'[registers]\nfiles = ["{name}.toml"]')) == what


@pytest.mark.parametrize(
    ("kind", "text", "what", "remedy"),
    [
        ("registers", MAP.replace("gas_lel_pct", "gas_lel"), 'no rule looks at "gas_lel"', 'did you mean "gas_lel_pct"?'),
        ("registers", MAP.replace("gas_lel_pct", "radon_bq_m3"), 'no rule looks at "radon_bq_m3"', "a rule of your own"),
        ("registers", MAP.replace("= 3", "= 40001"), "register 40001, not the manual's", "base = 1 and register = 1"),
        ("registers", "function = 4\n" + MAP.replace("= 3", "= 30011"), "register 30011", "register = 11"),
        ("topics", TOPICS.replace('"smoke"', '"smoke_alarm"'), 'no rule looks at "smoke_alarm"', 'did you mean "smoke"?'),
    ],
)
def test_what_a_map_hardly_means_is_told_before_a_detector_watches_for_nothing(
    tmp_path: Path, kind: str, text: str, what: str, remedy: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    found = check(written(tmp_path, f'[{kind}]\nfiles = ["mine.toml"]'))
    (told_of,) = [one for one in found.warnings if one.file == str(file)]
    assert not found.errors
    assert what in told_of.what
    assert remedy in told_of.remedy
    assert text.splitlines()[told_of.line - 1].startswith(("quantity", "register"))


def test_a_quantity_that_a_rule_of_the_site_looks_at_is_meant(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MAP.replace("gas_lel_pct", "radon_bq_m3"), encoding="utf-8")
    (tmp_path / "rules.toml").write_text(RADON, encoding="utf-8")
    found = check(written(tmp_path, '[registers]\nfiles = ["mine.toml"]\n[rules]\nfiles = ["rules.toml"]'))
    assert not found.errors
    assert not [one for one in found.warnings if one.file.endswith("mine.toml")]


def test_a_register_map_that_is_not_there_is_named_with_the_line_that_names_it(tmp_path: Path) -> None:
    assert told(written(tmp_path, '[registers]\nfiles = ["mine.toml"]')) == [
        "files = [\"mine.toml\"]: register map 'mine.toml': No such file or directory"
    ]


def test_a_key_is_read_from_where_the_site_says_and_stands_in_nothing_that_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, other = "00112233445566778899aabbccddeeff", "ff" * 16
    (tmp_path / "a.key").write_text(secret.upper() + "\n", encoding="ascii")
    (tmp_path / "a.key").chmod(0o600)
    monkeypatch.setenv("KEY_B", other)
    parts = [device(name, driver="mbus", address=str(n), **{key: place}) for n, (name, key, place) in enumerate(
        [("a", "key_file", "a.key"), ("b", "key_env", "KEY_B"), ("c", "key_env", "KEY_C")], 1
    )]  # fmt: skip
    path = written(tmp_path, LINE, *parts)
    site = load(path)
    assert site.keys == {"a": secret, "b": other}
    assert secret not in site.text + repr(site)
    warnings = [one.what for one in check(path).warnings]
    assert "the variable KEY_C is not set here" in warnings
    (tmp_path / "a.key").chmod(0o644)
    assert any("a.key can be read by others" in one.what for one in check(path).warnings)
    (tmp_path / "a.key").write_text("secret, but no hex", encoding="ascii")
    assert [one.what for one in check(path).warnings if "hex digits" in one.what] == [
        f"{tmp_path / 'a.key'} holds no key of hex digits"
    ]


BLUETOOTH = """
[ports.air]
type = "ble"
driver = "bthome"
"""


def test_a_battery_is_read_of_a_sensor_that_broadcasts_and_not_more_than_hourly() -> None:
    def said(**keys: str) -> str:
        return HEAD + LINE + BLUETOOTH + device("door", address="a4:c1:38:00:00:01", **keys)

    document = json.dumps({"format": 1, "site": said(port="air", battery_every="1d"), "packs": {}, "files": {}})
    assert loads(document).devices["door"].battery_every == 86400
    wrong = {
        said(port="air", battery_every="1m"): "battery_every",
        said(port="air", driver="health", battery_every="1d"): "reads its battery anyway",
        said(port="line", driver="modbus-generic-gas", battery_every="1d"): "no sensor that broadcasts",
    }
    for text, what in wrong.items():
        with pytest.raises(Mistakes, match=what) as found:
            loads(json.dumps({"format": 1, "site": text, "packs": {}, "files": {}}))
        assert any(one.line for one in found.value.mistakes)


class Looked(dict[str, Device]):
    """Devices that count how often somebody goes through all of them."""

    looks = 0

    def values(self) -> "dict_values[str, Device]":
        self.looks += 1
        return super().values()


def test_nobody_goes_through_all_devices_for_each_of_them(tmp_path: Path) -> None:
    named = [device(f"m{n}", driver="dlt645", address=f"{n:012d}") for n in range(1, 40)]
    site = load(written(tmp_path, LINE, *named))
    devices = Looked(site.devices)
    assert len(members(replace(site, devices=devices), "line")) == 39
    assert devices.looks <= 3
