"""A gateway whose site file is broken starts by the site that was in use last, and says so."""

import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.control.client import NoGateway, store_of
from gateway.hub.state import State
from gateway.lives import read
from gateway.site import load, loads
from gateway.site.last import keep, last
from gateway.site.texts import canonical
from rules.document import Mistakes

RULES = '[leak-x]\ntitle = {zh = "漏", en = "Leak"}\nseverity = "urgent"\nwhen = {quantity = "flood", is = true}\n'
SITE = """
[gateway]
id = "g"
site = "s"
[store]
path = "data/other.db"
[homes.flat]
[ports.line]
type = "ble"
[devices.kitchen]
home = "flat"
port = "line"
address = "a4c138000001"
driver = "bthome"
key_file = "kitchen.key"
[rules]
files = ["own.toml"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A site that is in use."""
    (tmp_path / "own.toml").write_text(RULES)
    (tmp_path / "kitchen.key").write_text("00112233445566778899aabbccddeeff")
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    keep(path, load(path))
    return path


BROKEN: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_text(""),
    "gone": lambda path: path.unlink(),
    "half": lambda path: path.write_text(SITE[: len(SITE) // 2]),
    "zeros": lambda path: path.write_bytes(b"\0" * 4096),
    "no TOML": lambda path: path.write_text(SITE + "[["),
    "no UTF-8": lambda path: path.write_bytes(SITE.encode() + b"\xff"),
    "a folder": lambda path: path.rename(path.with_name("old")).with_name("site.toml").mkdir(),
    "a word": lambda path: path.write_text(SITE.replace('"ble"', '"blue"')),
    "rules empty": lambda path: (path.parent / "own.toml").write_text("\n"),
    "rules gone": lambda path: (path.parent / "own.toml").unlink(),
    "rules half": lambda path: (path.parent / "own.toml").write_text(RULES[:50]),
}
NAMELESS = {"empty", "gone", "zeros", "a folder"}
"""Of these nobody can tell where the store is, but systemd."""


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_file_starts_what_was_in_use(
    file: Path, how: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = load(file)
    BROKEN[how](file)
    with pytest.raises(Mistakes):
        load(file)
    if how in NAMELESS:
        monkeypatch.setenv("STATE_DIRECTORY", str(file.parent / "data"))
    site = read(file)
    assert (site, site.keys, site.refused, before.refused) == (before, before.keys, True, False)
    assert site.store == before.store
    assert before.keys, "secrets are read from where the site says"
    assert "was in use last" in caplog.text


def test_no_secret_is_kept_and_nobody_else_reads_it(file: Path) -> None:
    kept = file.parent / "data/other.site"
    assert "00112233" not in kept.read_text()
    before = kept.stat()
    keep(file, load(file))
    assert kept.stat().st_mtime_ns == before.st_mtime_ns, "not written anew at each start"
    assert stat.S_ISREG(before.st_mode)


@pytest.mark.parametrize("kept", [b"", b"\xff", b"[]", b"{}", b'{"file": 1}', b'{"file": "F", "text": "{}"}', b"[" * 100_000])
def test_what_is_kept_may_be_broken_too(file: Path, kept: bytes) -> None:
    file.write_text(SITE + "[[")
    (file.parent / "data/other.site").write_bytes(kept.replace(b"F", str(file).encode()))
    assert last(file) is None
    with pytest.raises(Mistakes, match="not TOML"):
        read(file)


def test_the_site_of_another_file_is_none_of_its_own(file: Path, tmp_path: Path) -> None:
    said = json.loads((file.parent / "data/other.site").read_text())
    (file.parent / "data/other.site").write_text(json.dumps(said | {"file": "/etc/elsewhere.toml"}))
    file.write_text(SITE + "[[")
    assert last(file) is None


def test_a_disk_that_takes_nothing_keeps_what_it_has(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = file.parent / "data/other.site"
    before = kept.read_bytes()
    (file.parent / "data/other.site.new").mkdir()
    file.write_text(SITE.replace('"s"', '"t"'))
    keep(file, load(file))
    assert kept.read_bytes() == before
    assert "can't be kept" in caplog.text


def test_the_site_file_itself_is_never_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "other.site"
    path.write_text('gateway = {id = "g", site = "s"}\nstore = {path = "other.db"}\n[homes.flat]\n')
    before = path.read_bytes()
    keep(path, load(path))
    assert path.read_bytes() == before
    assert "is the site file itself" in caplog.text


def test_a_link_to_the_site_file_is_the_same_file_wherever_it_leads(file: Path, tmp_path: Path) -> None:
    link, broken = tmp_path / "link.toml", tmp_path / "release-2.toml"
    link.symlink_to(file)
    keep(link, load(link))
    broken.write_text(SITE + "[[")
    link.unlink()
    link.symlink_to(broken)
    assert read(link).refused


def test_of_two_that_were_in_use_the_later_one_is_the_last(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store was moved; what stands beside the old one is of another time, with people who live elsewhere now."""
    old = file.parent / "data/anju.site"
    said = json.loads((file.parent / "data/other.site").read_text())
    earlier = loads(said["text"].replace("homes.flat", "homes.left").replace(r'home = \"flat\"', r'home = \"left\"'))
    old.write_text(json.dumps(said | {"text": earlier.text}))
    os.utime(old, (1, 1))
    monkeypatch.setenv("STATE_DIRECTORY", str(file.parent / "data"))
    file.unlink()
    assert list(read(file).homes) == ["flat"]
    os.utime(file.parent / "data/other.site", (0, 0))
    assert list(read(file).homes) == ["left"]


@pytest.mark.parametrize("store", ["anju.db", "data/x.db"])
def test_a_store_near_the_site_file_is_found_though_the_file_says_nothing_at_all(file: Path, store: str) -> None:
    file.write_text(SITE.replace("data/other.db", store))
    keep(file, load(file))
    file.write_text("[[")
    assert read(file).store.path == file.parent / store


def test_a_long_file_of_anything_is_looked_through_at_once(file: Path) -> None:
    file.write_text("a b\n" * 200_000)
    begun = time.monotonic()
    assert last(file) is not None
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("how", BROKEN)
def test_whoever_has_to_hush_a_siren_finds_the_gateway_though_the_file_is_broken(
    file: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = load(file).store.path
    store.touch()
    monkeypatch.setenv("STATE_DIRECTORY", str(store.parent))
    BROKEN[how](file)
    assert store_of(file) == store
    broken = file.with_name("other.toml")
    broken.write_text("[[")
    with pytest.raises(NoGateway):
        store_of(broken)


@pytest.mark.parametrize("then", ["[[", "# another version\n"])
def test_what_an_earlier_version_kept_is_started_by_the_rules_of_this_one(file: Path, then: str) -> None:
    """A version that is put in while the file is broken has its own rules, and mustn't stumble over those before it."""
    before = load(file)
    said = json.loads((file.parent / "data/other.site").read_text())
    text = json.loads(said["text"])
    text["packs"]["gas"], text["packs"]["of-then"] = then, then
    (file.parent / "data/other.site").write_text(json.dumps(said | {"text": json.dumps(text)}))
    file.write_text(SITE + "[[")
    assert read(file) == before


OVERRIDES = {
    'off = ["sensor-silent"]': "sensor-silent",
    "[rules.smoke]\nwhen = {any = {1 = {is = false}}}": "smoke",
    "[rules.gas]\nwhen = {any = {1 = {above = 99.9}}}": "gas",
}
"""What earlier versions took, and which rule this one doesn't let be taken away by it."""


@pytest.mark.parametrize("refused", OVERRIDES)
def test_a_gateway_whose_site_this_version_refuses_starts_without_what_is_refused(
    file: Path, refused: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The version before took it and kept it. All homes of the site without any alarm is the worst that can happen."""
    plain = load(file)
    said = json.loads((file.parent / "data/other.site").read_text())
    text = json.loads(said["text"])
    text["site"] = SITE.replace("[rules]\n", '[rules]\nalso = ["water-24h"]\n') + refused
    file.write_text(text["site"])
    with pytest.raises(Mistakes, match=OVERRIDES[refused]):
        load(file)
    (file.parent / "data/other.site").write_text(json.dumps(said | {"text": canonical(text)}))
    site = read(file)
    assert (site.homes, site.devices, site.keys, site.refused) == (plain.homes, plain.devices, plain.keys, True)
    chosen = {rule.id: rule for rule in site.rules}
    assert {one.id: chosen[one.id].hash for one in plain.rules} == {one.id: one.hash for one in plain.rules}
    assert "water-24h" in chosen, "what is right counts"
    assert OVERRIDES[refused] in caplog.text
    assert "taken without this" in caplog.text
    state = State({site.hash: site.text})
    state.use(site.hash)
    assert state.site is not None
    assert state.site.rules == site.rules, "a replay of its journal knows the same rules"


def test_a_rule_of_ones_own_that_this_version_finds_fault_with_counts_as_it_was(file: Path) -> None:
    for rules in (
        RULES.replace('zh = "漏"', 'zh = " "'),
        RULES + 'beside = ["leek-y"]\n',
        RULES + '[lost]\ntitle = {zh = "失", en = "Lost"}\nseverity = "urgent"\nwhen = {quantity = "flod", is = true}\n',
    ):
        (file.parent / "own.toml").write_text(rules)
        said = json.loads((file.parent / "data/other.site").read_text())
        text = json.loads(said["text"])
        text["files"]["own.toml"] = rules
        (file.parent / "data/other.site").write_text(json.dumps(said | {"text": canonical(text)}))
        with pytest.raises(Mistakes):
            load(file)
        site = read(file)
        assert "leak-x" in {rule.id for rule in site.rules}
        assert list(site.devices) == ["kitchen"]


def test_where_nothing_was_kept_the_file_of_a_gateway_that_ran_protects_as_far_as_it_can_be_read(file: Path) -> None:
    plain, store = load(file), file.parent / "data/other.db"
    (file.parent / "data/other.site").unlink()
    file.write_text(SITE + "[rules.smoke]\nwhen = {any = {1 = {is = false}}}")
    with pytest.raises(Mistakes, match="smoke saves lives"):
        read(file)  # the first start of a new site: somebody stands before it
    store.touch()
    site = read(file)
    assert (site.devices, site.rules, site.keys, site.refused) == (plain.devices, plain.rules, plain.keys, True)
    file.write_text("[store]\npath = 'data/other.db'\n")
    with pytest.raises(Mistakes):
        read(file)  # nothing that protects anybody
