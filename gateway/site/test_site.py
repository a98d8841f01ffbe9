"""A site file is read whole or not at all, and every mistake in it comes with its line and remedy."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.site import (
    BlePort,
    Channel,
    Checked,
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
from gateway.site.texts import LONGEST
from rules.document import Mistakes
from rules.hours import Hours
from rules.rule import packs

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE = (EXAMPLES / "site.toml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example with its rule file, in a folder of its own."""
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    return tmp_path


def checked(folder: Path, text: str) -> Checked:
    (folder / "site.toml").write_text(text, encoding="utf-8")
    return check(folder / "site.toml")


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


class Case(NamedTuple):
    """``old`` is written as ``new``; then this is said, with this remedy, at this place (where ``old`` was)."""

    old: str
    new: str
    what: str
    remedy: str
    at: str = ""
    more: int = 0
    """Mistakes that follow from it."""


TYPICAL = [
    Case('"estate-7-stair-2"  ', '"Stair 2"', '"Stair 2" is no gateway id', "a-z, 0-9 and -"),
    Case('site = "estate-7"', 'site = "estate/7"', "cannot stand in an MQTT topic", "no / + #"),
    Case('site = "estate-7"', "# site", '"site" is missing in gateway', 'site = "…"', at="[gateway]\n"),
    Case("timezone =", "timezon =", 'unknown key "timezon"', '"timezone"'),
    Case('"Asia/Shanghai" ', '"Asia/Shangai"', "is no time zone", '"Asia/Shanghai"'),
    Case('"Asia/Shanghai" ', '"Beijing Time"', "is no time zone", "IANA name"),
    Case('"Asia/Shanghai" ', '"Asia"', "is no time zone", ""),
    Case('language = "zh"', 'language = "cn"', '"cn" is no language', ""),
    Case("[store]", "[stroe]", 'unknown key "stroe"', '"store"'),
    Case("max_mb = 2048", 'max_mb = "2 GB"', "must be a whole number", "write a whole number"),
    Case("keep_days = 30", "keep_days = 0", "out of range", "from 1"),
    Case('"cold-home.toml"', '"warm-home.toml"', "No such file", "relative to this file"),
    Case('# packs = ["fire"', 'packs = ["fires"', 'there is no pack "fires"', '"fire"', more=2),
    Case('["temperature_c"]', '["temperatur_c"]', 'there is no quantity "temperatur_c"', '"temperature_c"'),
    Case("[homes.flat-501] ", '[homes."flat+501"]', "cannot stand in an MQTT topic", "no / + #", more=0),
    Case("[ports.stairwell]", "[ports.clock]", 'port name "clock" is taken', "another name", more=2),
    Case('type = "serial"', 'type = "seriell"', '"seriell" is no type', '"serial"'),
    Case('path = "/dev/serial/by-id/usb-1a86', 'path = "COM3', "is no device path", "/dev/serial/by-id"),
    Case("baud = 115200", "baud = 11520", "11520 is no usual baud rate", "115200"),
    Case('driver = "node"                # default: none', 'driver = "nod"  #', '"nod" is no driver', '"node"'),
    Case("[devices.hall-502]", "[devices.gateway-2]", "is the gateway itself", "another name", more=1),
    Case(
        "[devices.hall-502]",
        "[devices]\nhall = 3\n[devices.x]",
        "hall must be a table",
        "[devices.hall]",
        at="hall = 3",
        more=1,
    ),
    Case('port = "line-1"', 'port = "line-l"', 'there is no port "line-l"', '"line-1"'),
    Case('home = "flat-502"', 'home = "flat-520"', 'there is no home "flat-520"', '"flat-502"'),
    Case('address = "0000502c"', 'address = "0000502B"', "devices.hall-502 has the same address", "its own"),
    Case('address = "0000502c"', 'address = "kitchen"', "address 'kitchen' is not", "on the device"),
    Case('address = "0000502c"', "address = 502", "address must be a text in quotes", "in quotes"),
    Case('silent_after = "10m"', 'silent_after = "ten"', "silent_after must be a duration", '"10m"'),
    Case('kind = "siren"   ', 'kind = "sirene"', '"sirene" is no kind', '"siren"'),
    Case('device = "kitchen-501"         #', 'device = "kitchen" #', 'there is no device "kitchen"', '"kitchen-501"'),
    Case("line = 1\n", "line = 0\n", "outputs.gas-501 has the same line as outputs.siren-501", "its own"),
    Case("gpio = {", 'device = "hall-502"\ngpio = {', "a device or a gpio line, not both", "remove one", at="gpio = {"),
    Case("line = 17, ", "", '"line" is missing in outputs.siren-502.gpio', "line =", at="gpio = {"),
    Case('host = "mqtt', 'host = "mqtts://mqtt', "host is more than a host", "without user"),
    Case("port = 1883 ", "port = 188300", "out of range", "65535"),
    Case("version = 5", "version = 4", "4 is no MQTT version", "3 for MQTT 3.1.1"),
    Case("keepalive = 30", 'keepalive = "30s"', "must be a whole number", ""),
    Case("username =", "usrname =", 'unknown key "usrname"', '"username"', more=1),
    Case("password_env =", "password =", "must not stand in this file", "password_file"),
    Case("password_env =", 'password_file = "x"\npassword_env =', "one place, not two", "remove", at="password_env ="),
    Case("# tls = {ca", "tls = {ca_file", 'unknown key "ca_file"', "ca, cert, key"),
    Case("# tls = {", 'tls = {cert = "c"}  # {', '"key" is missing', "needs cert and key"),
    Case("[uplinks.platform]", "[uplinks.people]", 'the uplink name "people" is taken', "another name"),
    Case("[uplinks.platform]", "[uplink.platform]", 'unknown key "uplink"', '"uplinks"'),
    Case("version = 5", "version = 5 5", "not TOML", "syntax"),
    Case('role = "carer"', 'role = "career"', '"career" is no role', '"carer"'),
    Case('homes = ["flat-501"]\nlanguage', "language", '"homes" is missing in people.wang', "belongs", "[people.wang]"),
    Case('channels = ["push"', 'channels = ["psh"', 'there is no channel "psh"', '"push"', more=1),
    Case(', mail = "wang@example.org"}', "}", 'channel "mail" does not know where', "mail =", "addresses = {push"),
    Case('"22:30-06:30"', '"22-6"', "quiet is no span of hours", "22:00-07:00"),
    Case('type = "ntfy"', 'type = "nfty"', '"nfty" is no type', '"ntfy"'),
    Case('url = "https://ntfy.sh"', 'url = "ntfy.sh"', "url is no web address", "https://"),
    Case('url_env = "ANJU_WECOM_URL"', 'url = "wecombot://key"', "a url must not stand in this file", "url_env"),
    Case('tls = "starttls"', 'tls = "none" #', "for all to read", "starttls"),
    Case("[channels.desk]", "[channels.voice]", 'the name "voice" is taken', "another name", more=1),
    Case('alsa = "default"', "", "an ALSA device or a file", "alsa =", at="[speakers.hall-501]"),
    Case('alsa = "default"', 'alsa = "-D x"', "is no ALSA device", "aplay -L"),
    Case('listen = "127.0.0.1:8480"', 'listen = "0.0.0.0:8480"', "more than one local network", "own network"),
    Case('listen = "127.0.0.1:8480"', 'listen = "gateway:http"', "is no address with a port", "192.168"),
    Case('# public_url = "https', 'public_url = "http', "needs https", "https://"),
    Case('synthesiser = "espeak-ng"', 'synthesiser = "piper"', "piper needs a model", "model_zh"),
]


@pytest.mark.parametrize("case", TYPICAL, ids=[case.what for case in TYPICAL])
def test_a_typical_mistake(folder: Path, case: Case) -> None:
    text = EXAMPLE.replace(case.old, case.new, 1)
    assert text != EXAMPLE
    found = checked(folder, text)
    said = [mistake for mistake in found.errors if case.what in mistake.what]
    assert len(said) == 1, found.errors
    assert case.remedy in said[0].remedy
    assert said[0].line == text[: text.index(case.at or case.new)].count("\n") + 1
    assert said[0].file == str(folder / "site.toml")
    assert len(found.errors) == 1 + case.more, found.errors


def is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


def test_all_mistakes_come_at_once(folder: Path) -> None:
    text = EXAMPLE
    for case in TYPICAL:
        further = text.replace(case.old, case.new, 1)
        if is_toml(further):
            text = further
    found = checked(folder, text)
    assert len(found.errors) >= 25
    lines = [mistake.line for mistake in found.errors]
    assert lines == sorted(lines)


def test_the_mistakes_of_a_rule_file_stand_under_its_own_name(folder: Path) -> None:
    rule = folder / "cold-home.toml"
    text = rule.read_text(encoding="utf-8").replace("severity", "severty")
    rule.write_text(text, encoding="utf-8")
    found = checked(folder, EXAMPLE.replace("keep_days", "keep_day"))
    line = text[: text.index("severty")].count("\n") + 1
    assert (str(rule), line) in {(mistake.file, mistake.line) for mistake in found.errors}
    assert {mistake.file for mistake in found.errors} == {str(rule), str(folder / "site.toml")}


def test_two_files_cannot_have_one_rule(folder: Path) -> None:
    shutil.copy(folder / "cold-home.toml", folder / "again.toml")
    found = checked(folder, EXAMPLE.replace('["cold-home.toml"]', '["cold-home.toml", "again.toml"]'))
    assert [(Path(one.file).name, one.line) for one in found.errors] == [("again.toml", 4)]
    assert "already in" in found.errors[0].what


def test_a_password_is_never_repeated(folder: Path) -> None:
    text = EXAMPLE.replace('password_env = "ANJU_PLATFORM_PASSWORD"', 'password = "swordfish"')
    found = checked(folder, text)
    assert len(found.errors) == 1
    assert "swordfish" not in str(found)
    with pytest.raises(Mistakes) as raised:
        load(folder / "site.toml")
    assert "swordfish" not in str(raised.value)


def test_a_password_file_is_for_its_owner_alone(folder: Path) -> None:
    text = EXAMPLE.replace('password_env = "ANJU_PLATFORM_PASSWORD"', 'password_file = "password"')
    assert "No such file" in checked(folder, text).errors[0].what
    password = folder / "password"
    password.write_text("x", encoding="utf-8")
    seen = {}
    for mode in (0o600, 0o400, 0o640, 0o604, 0o644, 0o660):
        password.chmod(mode)
        seen[mode] = checked(folder, text).errors
    assert not seen[0o600]
    assert not seen[0o400]
    for mode in (0o640, 0o604, 0o644, 0o660):
        assert [one.remedy for one in seen[mode]] == [f"chmod 600 {password}"]
    assert load(folder / "site.toml").uplinks["platform"].password_file == password


def test_certificates_must_be_there(folder: Path) -> None:
    found = checked(folder, EXAMPLE.replace("# tls =", "tls =", 1))
    assert [one.what.partition(":")[2] for one in found.errors] == [" no such file"] * 3
    (folder / "tls").mkdir()
    for name in ("ca.pem", "gateway.pem", "gateway.key"):
        (folder / "tls" / name).touch()
    sound = check(folder / "site.toml")
    assert sound.errors == ()
    assert sound.site
    assert sound.site.uplinks["platform"].tls == Tls(
        folder / "tls/ca.pem", folder / "tls/gateway.pem", folder / "tls/gateway.key"
    )


def test_with_tls_the_port_is_8883(folder: Path) -> None:
    found = checked(folder, re.sub("port = 1883.*", "tls = {}", EXAMPLE))
    assert found.site
    assert found.site.uplinks["platform"].port == 8883


def test_one_tty_is_one_port(folder: Path) -> None:
    text, count = re.subn('path = "/dev/serial[^"]*"', 'path = "/dev/ttyS0"', EXAMPLE)
    found = checked(folder, text)
    assert count == 2
    assert [one.what for one in found.errors] == ["ports.stairwell has the same path as ports.line-1"]


def test_two_links_to_one_tty_are_found(folder: Path) -> None:
    (folder / "tty").symlink_to("/dev/null")
    (folder / "link").symlink_to("tty")
    text, count = re.subn('path = "/dev/serial[^"]*"', 'path = "%"', EXAMPLE)
    assert count == 2
    text = text.replace("%", str(folder / "tty"), 1).replace("%", str(folder / "link"), 1)
    assert [one.what for one in checked(folder, text).errors] == ["ports.stairwell is the same tty as ports.line-1"]


def test_a_file_is_no_tty(folder: Path) -> None:
    (folder / "tty").touch()
    found = checked(folder, re.sub('path = "/dev/serial[^"]*"', f'path = "{folder}/tty"', EXAMPLE, count=1))
    assert [one.what for one in found.errors] == [f"{folder}/tty is no tty"]
    assert found.errors[0].line == EXAMPLE[: EXAMPLE.index("/dev/serial")].count("\n") + 1


def test_a_tty_of_another_user_is_a_warning_that_names_the_group(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != "/dev/null" and allowed(path, mode))
    found = checked(folder, re.sub('path = "/dev/serial[^"]*"', 'path = "/dev/null"', EXAMPLE, count=1))
    [warning] = [one for one in found.warnings if "/dev/null" in one.what]
    assert (warning.what, "dialout" in warning.remedy) == ("/dev/null may not be opened by this user", True)


def test_whom_nobody_reaches_is_said(folder: Path) -> None:
    said = [one.what for one in checked(folder, EXAMPLE.replace('channels = ["desk", "wecom"]', "")).warnings]
    assert "desk-1 is reached by no channel" in said
    assert "no person is told of an alarm in flat-502" in said
    assert not any("flat-501" in what for what in said if "person" in what)


def test_a_password_variable_that_is_set_is_no_warning(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = set(re.findall(r"ANJU_[A-Z]+_[A-Z]+", EXAMPLE))
    assert len(names) == 5
    for name in names:
        monkeypatch.setenv(name, "x")
    assert not [one for one in check(folder / "site.toml").warnings if "variable" in one.what]


def test_a_home_without_a_device_is_a_warning(folder: Path) -> None:
    found = checked(folder, EXAMPLE + "\n[homes.flat-503]\n")
    assert [one.what for one in found.warnings if "device" in one.what] == ["no device is in flat-503"]


def test_numbers_of_a_rule_that_counts_nowhere_are_a_warning(folder: Path) -> None:
    said = (
        "\n[homes.flat-503]\n[homes.flat-503.rules.water-12h]\nwhen = {used_below = 0.008}\n"
        '[homes.flat-504.rules]\nsets = ["water-24h@zhenhai"]\n'
        "[homes.flat-504.rules.water-24h]\nwhen = {used_below = 0.004}\n"
        "[homes.flat-504.rules.water-excess]\nwhen = {used_above = 3}\n"
    )
    warnings = [one for one in checked(folder, EXAMPLE + said).warnings if "numbers" in one.what]
    (told,) = warnings
    assert told.what == "water-12h counts not in flat-503, so its numbers mean nothing"
    assert told.remedy == 'write also = ["water-12h"], or remove it'
    assert told.line == EXAMPLE.count("\n") + 3


def test_a_file_of_windows_is_read(folder: Path) -> None:
    (folder / "site.toml").write_bytes(b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode())
    assert check(folder / "site.toml").errors == ()


def test_a_store_that_cannot_be_written_is_a_warning(folder: Path) -> None:
    (folder / "data").touch()
    found = checked(folder, EXAMPLE)
    assert found.errors == ()
    assert [one.what for one in found.warnings if "written" in one.what] == [f"{folder}/data cannot be written"]


def test_check_and_load_say_the_same(folder: Path) -> None:
    found = checked(folder, EXAMPLE.replace("baud = 115200", "baud = 1").replace("keep_days", "keep"))
    with pytest.raises(Mistakes) as raised:
        load(folder / "site.toml")
    assert raised.value.mistakes == found.errors
    assert len(found.errors) == 2


NOT_TOML = {
    "empty": b"",
    "no UTF-8": b"\xff",
    "no UTF-8 in the second line": b"a = 1\n\xe4",
    "NUL": b"\0",
    "brackets": b"[" * 5000,
    "deep": b"a=" + b"[" * 100_000,
    "endless": b"#" * (LONGEST + 1),
}


@pytest.mark.parametrize("data", NOT_TOML.values(), ids=NOT_TOML)
def test_what_is_no_site_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(data)
    assert check(path).errors


@pytest.mark.parametrize("path", ["missing.toml", ".", "missing/site.toml"])
def test_what_is_no_file(tmp_path: Path, path: str) -> None:
    found = check(tmp_path / path)
    assert len(found.errors) == 1
    assert found.errors[0].file == str(tmp_path / path)


NOT_A_TEXT = ("", "{", "[]", "1", "{}", '{"format":2}', '{"format":1,"site":1,"packs":{},"files":{}}', "[" * 100_000)


@pytest.mark.parametrize("text", NOT_A_TEXT, ids=range(len(NOT_A_TEXT)))
def test_what_is_no_text_of_a_site(text: str) -> None:
    with pytest.raises(Mistakes):
        loads(text)


VALUES = (
    "1",
    "-1",
    "1e400",
    "nan",
    '""',
    "[]",
    "{}",
    "true",
    "[[1]]",
    '"\\u0000"',
    "1979-05-27",
    '"😀"',
    "[{}]",
    "{x = 1}",
)


class Judge:
    """Checks texts and counts: each is a site or has mistakes, never both, never another exception."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sound = self.wrong = 0

    def ask(self, data: bytes) -> None:
        self.path.write_bytes(data)
        found = check(self.path)
        assert bool(found.errors) != (found.site is not None)
        assert all(one.line >= 1 and one.what and one.remedy for one in (*found.errors, *found.warnings))
        if found.errors:
            self.wrong += 1
        else:
            self.sound += 1


def mutated(data: st.DataObject) -> str:
    """The example with one to four lines dropped, doubled, swapped, cut short, or given another value."""
    lines = EXAMPLE.splitlines(keepends=True)
    places = st.integers(0, len(lines) - 1)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(places)
        match data.draw(st.sampled_from(["drop", "double", "value", "swap", "cut"])):
            case "drop":
                lines[at] = ""
            case "double":
                lines[at] *= 2
            case "value":
                lines[at] = f"{lines[at].partition('=')[0]} = {data.draw(st.sampled_from(VALUES))}\n"
            case "swap":
                other = data.draw(places)
                lines[at], lines[other] = lines[other], lines[at]
            case "cut":
                lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
    return "".join(lines)


def test_any_bytes_are_a_site_or_mistakes(folder: Path) -> None:
    judge = Judge(folder / "site.toml")

    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=200))
    def any_bytes(data: bytes) -> None:
        judge.ask(data)

    @settings(max_examples=100, deadline=None)
    @given(st.text(alphabet="[]{}=.,\"'#ab1_-\n \\", max_size=60))
    def toml_like(text: str) -> None:
        judge.ask(text.encode())

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def mutations(data: st.DataObject) -> None:
        judge.ask(mutated(data).encode())

    any_bytes()
    toml_like()
    mutations()
    assert judge.wrong >= 250
    assert judge.sound >= 5
    assert judge.wrong + judge.sound >= 400


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
    assert chosen - plain == {"water-24h"}
    assert {"smoke", "flood", "emergency-call", "sensor-silent"} <= plain
    assert not {"no-motion-12h", "door-closed-24h", "water-12h"} & chosen
    with pytest.raises(Mistakes, match="water-24h"):
        loads(json.dumps({**held, "site": text.replace("water-24h", "water-24")}))
