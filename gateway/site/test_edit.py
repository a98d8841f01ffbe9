"""site.toml changed by a command: comments stay, a mistake changes nothing, and only what was asked for is different."""

import stat
import tomllib
from pathlib import Path

import pytest

from gateway.site import load
from gateway.site.edit import Value, add_device, sign
from rules.document import Mistakes

EXAMPLE = Path(__file__).parents[2] / "examples"
HEAD = """# Our house. 我们的房子
gateway = {id = "g", site = "s"}   # the basement's
homes.flat = {}
ports.line-1 = {type = "serial", path = "/dev/ttyUSB0", driver = "node"}
"""
KEYS: dict[str, Value] = {"home": "flat", "room": "厨房", "port": "line-1", "address": "a1b2c3d4", "tested": False}
FORMS = {
    "none yet": HEAD,
    "tables": HEAD + '[devices.hall]   # by the door\nhome = "flat"\nport = "line-1"\naddress = "000000aa"\n\n[rules]\npacks = ["fire"]  # one\n',
    "dotted": HEAD + 'devices.hall = {home = "flat", port = "line-1", address = "000000aa"}  # by the door\n',
    "no last newline": HEAD + '[devices.hall]\nhome = "flat"\nport = "line-1"\naddress = "000000aa"',
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_device_is_added_and_signed_and_all_comments_stay(form: str, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(FORMS[form], "utf-8")
    path.chmod(0o640)
    add_device(path, "kitchen", KEYS)
    added = load(path)
    assert added.devices["kitchen"].address == "a1b2c3d4"
    assert added.devices["kitchen"].tested is False
    sign(path, ["kitchen"], "Wang 王", "2026-11-22")
    assert load(path).devices["kitchen"].tested is True
    text = path.read_text("utf-8")
    comments = [part.partition("#")[2] for part in FORMS[form].splitlines() if "#" in part]
    assert [comment for comment in comments if f"#{comment}" not in text] == []
    before, after = tomllib.loads(FORMS[form]), tomllib.loads(text)
    del after["devices"]["kitchen"]
    assert after == {"devices": {}, **before}
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["site.toml"]


def test_the_example_takes_one_more(tmp_path: Path) -> None:
    for file in EXAMPLE.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "site.toml"
    before = path.read_text("utf-8")
    home, port = next(iter(load(path).homes)), "line-1"
    add_device(path, "attic", {"home": home, "port": port, "address": "0000aaaa", "tested": False})
    left = [line for line in before.splitlines() if line not in path.read_text("utf-8").splitlines()]
    assert left == []
    assert load(path).devices["attic"].home == home


@pytest.mark.parametrize(
    ("name", "keys", "why"),
    [("hall", KEYS, "already"), ("gateway-2", KEYS, "gateway itself"), ("attic", {**KEYS, "home": "nowhere"}, "nowhere"),
     ("attic", {**KEYS, "address": "zz"}, "zz"), ("attic", {**KEYS, "address": "000000aa"}, "same"), ("a/b", KEYS, "topic")],
)  # fmt: skip
def test_a_mistake_changes_nothing_and_is_named(name: str, keys: dict[str, Value], why: str, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(FORMS["tables"], "utf-8")
    with pytest.raises(Mistakes, match=why) as found:
        add_device(path, name, keys)
    assert str(tmp_path / "site.toml") in str(found.value)
    assert path.read_text("utf-8") == FORMS["tables"]
    assert [one.name for one in tmp_path.iterdir()] == ["site.toml"]


def test_a_file_that_is_unsound_already_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    for text in ("gateway = 1\n", "no toml", FORMS["tables"] + "surprise = 1\n"):
        path.write_text(text, "utf-8")
        with pytest.raises(Mistakes):
            add_device(path, "kitchen", KEYS)
        assert path.read_text("utf-8") == text
    path.write_text(FORMS["tables"], "utf-8")
    with pytest.raises(Mistakes, match="no device"):
        sign(path, ["attic"], "Wang", "2026-11-22")


@pytest.mark.parametrize(
    ("tested", "means"),
    [("false", False), ('{by = "W", on = "2026-11-22", address = "000000AA"}', True),
     ('{by = "W", on = "2026-11-22", address = "000000bb"}', False)],
)  # fmt: skip
def test_a_signature_counts_for_the_address_that_was_tested(tested: str, means: bool, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(FORMS["no last newline"] + f"\ntested = {tested}\n", "utf-8")
    assert load(path).devices["hall"].tested is means


@pytest.mark.parametrize("tested", ["true", '"yes"', "{}", '{by = "W"}'])
def test_a_signature_says_who_and_when(tested: str, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(FORMS["no last newline"] + f"\ntested = {tested}\n", "utf-8")
    with pytest.raises(Mistakes):
        load(path)
