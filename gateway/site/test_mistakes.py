"""Each typical mistake of a site file comes with its line and remedy, all of them at once."""

import shutil
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.site import load
from gateway.site.conftest import EXAMPLE, checked
from rules.document import Mistakes


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
    Case('# packs = ["fire"', 'packs = ["fires"', 'there is no pack "fires"', '"fire"', more=3),
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


def test_check_and_load_say_the_same(folder: Path) -> None:
    found = checked(folder, EXAMPLE.replace("baud = 115200", "baud = 1").replace("keep_days", "keep"))
    with pytest.raises(Mistakes) as raised:
        load(folder / "site.toml")
    assert raised.value.mistakes == found.errors
    assert len(found.errors) == 2
