"""What a site needs around it: passwords, certificates, ttys, a store that can be written, people who are reached."""

import os
import re
from pathlib import Path

import pytest

from gateway.site import Tls, check, load
from gateway.site.conftest import EXAMPLE, checked
from rules.document import Mistakes


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


def test_a_store_that_cannot_be_written_is_a_warning(folder: Path) -> None:
    (folder / "data").touch()
    found = checked(folder, EXAMPLE)
    assert found.errors == ()
    assert [one.what for one in found.warnings if "written" in one.what] == [f"{folder}/data cannot be written"]


def test_packs_that_leave_out_life_are_a_warning(folder: Path) -> None:
    def said(packs: str) -> list[str]:
        own = EXAMPLE.index("[homes.flat-501.rules]"), EXAMPLE.index("[homes.flat-502]")
        text = EXAMPLE[: own[0]].replace('# packs = ["fire", "gas"]', f"packs = {packs}") + EXAMPLE[own[1] :]
        found = checked(folder, text)
        assert not found.errors
        return [f"{one.what} ({one.remedy})" for one in found.warnings if "no rule t" in one.what]

    assert said('["fire", "gas", "elder", "trouble"]') == []
    told = said('["water"]')
    assert told[0].startswith("no rule takes button, co_alarm, gas_alarm, heat_alarm, smoke, which bedroom-502, gas-502, ")
    assert told[0].endswith("would tell nobody (add to packs: elder, fire, gas)")
    assert told[1].startswith("no rule tells that bedroom-502, gas-502, hall-502 … fell silent")
    assert [one.partition(",")[0] for one in said('["fire", "elder", "trouble"]')] == ["no rule takes co_alarm"]


def test_a_grave_rule_on_a_ladder_that_brings_nobody_is_a_warning(folder: Path) -> None:
    rules = '\n[homes.flat-502.rules.smoke]\nladder = "{}"\n'
    told = {ladder: checked(folder, EXAMPLE + rules.format(ladder)) for ladder in ("life-safety", "household", "maintenance")}
    said = {name: [one.what for one in found.warnings if "smoke:" in one.what] for name, found in told.items()}
    assert not said["life-safety"]
    assert "tells the home alone" in said["household"][0]
    assert "is a list that is told once a day" in said["maintenance"][0]


def test_a_home_misspelt_in_its_rules_is_named(folder: Path) -> None:
    found = checked(folder, EXAMPLE + "\n[homes.flat-520.rules.home-too-cold]\nwhen = {below = 9}\n")
    (told,) = [one for one in found.warnings if "flat-520" in one.what and "device" in one.what]
    assert told.what == "no device is in flat-520, so what it says of rules counts nowhere"
    assert told.remedy == 'add one, or correct the name: did you mean "flat-502"?'


def test_a_sensor_that_may_be_dead_for_long_is_a_warning(folder: Path) -> None:
    told = {}
    for time in ("10m", "48h", "3d", "365d"):
        found = checked(folder, EXAMPLE.replace('silent_after = "10m"', f'silent_after = "{time}"'))
        told[time] = [one for one in found.warnings if "may be dead" in one.what]
    assert [len(found) for found in told.values()] == [0, 0, 1, 1]
    (one,) = told["365d"]
    assert one.what == "kitchen-501 may be dead for 365 days before anybody is told"
    assert "silent_after" in EXAMPLE.splitlines()[one.line - 1]


def test_a_list_that_takes_the_place_of_a_rules_own_is_told_where_that_matters(folder: Path) -> None:
    def told(names: str, *devices: str) -> list[str]:
        more = "".join(
            f'[devices.{name}]\nhome = "flat-502"\nport = "stairwell"\naddress = "000050{number:02}"\n'
            for number, name in enumerate(devices)
        )
        text = EXAMPLE.replace('except_devices = ["pump"]', f"except_devices = [{names}]") + "\n" + more
        found = checked(folder, text)
        assert not found.errors, found.errors
        return [f"{one.what} {one.remedy}" for one in found.warnings if "in place of" in one.what]

    assert told('"pump"') == []
    (one,) = told('"pump"', "fridge-502", "shelf-502")
    assert one.startswith("this list stands in place of that of home-too-cold, which looks at fridge-502 now")
    assert one.endswith("name them there as well")
    assert told('"pump", "*fridge*"', "fridge-502", "shelf-502") == []
