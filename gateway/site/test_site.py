"""A site file is read whole or not at all, and every mistake in it comes with its line and remedy."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from gateway.site import (
    BlePort,
    Channel,
    Device,
    GatewayConfig,
    Home,
    Output,
    Person,
    SerialPort,
    Speaker,
    StoreConfig,
    Tls,
    Uplink,
    Voice,
    check,
    load,
    loads,
)
from gateway.site.conftest import EXAMPLE, EXAMPLES, checked
from rules.document import Mistakes
from rules.hours import Hours
from rules.rulefile import packs


def test_the_example_is_sound_and_only_its_ttys_radio_and_passwords_are_absent(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={folder}/nowhere")
    found = check(folder / "site.toml")
    assert found.site
    assert found.errors == ()
    said = [re.sub(r"^(?:/\S+|the variable \w+) ", "", warning.what) for warning in found.warnings]
    (radio,) = [what for what in said if "Bluetooth" in what]
    assert "No such file" in radio
    said.remove(radio)
    assert said == ["is not there now", "is not there now", *["is not set here"] * 4]


def test_the_example_shows_every_key() -> None:
    shown = 0
    named = {"sender": "from", "secret_file": "url_file", "secret_env": "token_env"}
    parts = (GatewayConfig, StoreConfig, Home, SerialPort, BlePort, Device, Output, Uplink, Tls, Person, Channel, Voice, Speaker)
    for part in parts:
        for key in fields(part):
            assert re.search(rf"\b{named.get(key.name, key.name)}\b", EXAMPLE), key.name
            shown += 1
    for name in ("answers", "listen", "public_url", "control", "group", "password_file", "token_file"):
        assert re.search(rf"\b{name}\b", EXAMPLE), name
    assert shown >= 70


def test_what_the_example_says(folder: Path) -> None:
    site = load(folder / "site.toml")
    assert site.gateway == GatewayConfig("estate-7-stair-2", "estate-7", "Asia/Shanghai", "zh")
    assert site.store == StoreConfig(folder / "data/anju.db", 2048, 30)
    assert site.homes["flat-501"] == Home("flat-501", "5 号楼 501 室", ("temperature_c",), "5")
    assert site.lines["stairwell"].shared
    assert site.lines["stairwell"].baud == 115200
    assert site.devices["kitchen-501"].silent_after == 600
    assert site.devices["hall-502"].driver == "node"
    assert site.outputs["gas-501"].line == 1
    assert site.outputs["siren-502"].gpio
    assert site.uplinks["platform"].port == 1883
    assert site.people["wang"] == Person(
        "wang",
        "王芳",
        "carer",
        ("flat-501",),
        "zh",
        ("push", "mail"),
        {"push": "anju-wang-5f2c", "mail": "wang@example.org"},
        Hours(22 * 60 + 30, 6 * 60 + 30),
    )
    assert site.people["desk-1"].homes == ("flat-501", "flat-502")
    assert (site.answers.host, site.answers.port) == ("127.0.0.1", 8480)
    assert site.speakers["hall-501"].alsa == "default"
    assert "cold-home" in {rule.id for rule in site.rules}
    assert len(site.rules) > 1


def test_a_site_is_built_again_from_its_text_alone(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    site = load(folder / "site.toml")
    for file in folder.iterdir():
        file.unlink()
    again = loads(site.text, folder)
    assert again == site
    assert again.text == site.text
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(EXAMPLES, elsewhere, dirs_exist_ok=True)
    assert load(elsewhere / "site.toml").hash == site.hash


def test_another_rule_is_another_hash(folder: Path) -> None:
    before = load(folder / "site.toml").hash
    rule = folder / "cold-home.toml"
    rule.write_text(rule.read_text(encoding="utf-8").replace("below = 5", "below = 4"), encoding="utf-8")
    assert load(folder / "site.toml").hash != before
    assert re.fullmatch("[0-9a-f]{16}", before)


def test_the_least_site_file_has_all_shipped_rules(tmp_path: Path) -> None:
    found = checked(tmp_path, '[gateway]\nid = "g"\nsite = "s"\n')
    assert found.site
    assert [one.what.partition(":")[0] for one in found.warnings] == ["there is no home", "there is no uplink"]
    assert found.site.gateway.timezone == "Asia/Shanghai"
    assert found.site.store.path == tmp_path / "data/anju.db"
    assert len(found.site.rules) >= len(packs()) >= 5


def test_a_file_of_windows_is_read(folder: Path) -> None:
    (folder / "site.toml").write_bytes(b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode())
    assert check(folder / "site.toml").errors == ()


def test_importing_a_site_brings_nothing_heavy() -> None:
    program = "import sys, gateway.site; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=30).stdout
    modules = set(out.split())
    assert "gateway.site" in modules
    assert not modules & {"asyncio", "aiosqlite", "aiomqtt", "serial", "rich", "amqtt", "argparse", "sqlite3", "ssl"}


def test_an_address_is_compared_in_lower_case(folder: Path) -> None:
    found = checked(folder, EXAMPLE.replace('"a1b2c3d4"', '" A1B2C3D4 "'))
    assert found.site
    assert found.site.devices["kitchen-501"].address == "a1b2c3d4"


def test_an_optional_rule_counts_only_where_the_site_names_it() -> None:
    text = '[gateway]\nid = "g"\nsite = "s"\n[rules]\nalso = ["water-24h"]\n'
    held = {"format": 1, "site": text, "packs": packs(), "files": {}}
    chosen = {rule.id for rule in loads(json.dumps(held)).rules}
    plain = {rule.id for rule in loads(json.dumps({**held, "site": text.replace('"water-24h"', "")})).rules}
    assert chosen - plain == {"water-24h", "meter-coarse"}, "it brings the rule about meters that are too coarse for it"
    assert {"smoke", "flood", "emergency-call", "sensor-silent"} <= plain
    assert not {"no-motion-12h", "door-closed-24h", "water-12h"} & chosen
    with pytest.raises(Mistakes, match="water-24h"):
        loads(json.dumps({**held, "site": text.replace("water-24h", "water-24")}))
