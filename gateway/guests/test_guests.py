"""Third parties' drivers: what the gateway knows of them, and what of theirs it believes."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from drivers import advert, guest
from drivers.driver import BadFrame, Decoded, Head
from drivers.reading import Value
from drivers.shipped import shipped
from gateway.guests import cards
from gateway.guests.conftest import SITE, site_with
from gateway.guests.entries import NoDriver, installed, load
from gateway.hub.routes import decode, head_of
from gateway.site import check, loads
from gateway.site import load as load_site
from rules.document import Mistakes

pytestmark = pytest.mark.usefixtures("odd")


# ---- what it says of itself


def test_installed_drivers_are_found_and_one_that_cannot_be_loaded_says_why() -> None:
    assert {"odd", "asked", "gone", "nowhere"} <= installed().keys()
    assert installed()["odd"].package == "odd-driver 0.1"
    assert load("odd").silent_after == 600
    for name, why in (("gone", "has no attribute"), ("nowhere", "No module named"), ("nameless", 'calls itself "other"'),
                      ("number", "is no drivers.driver.Driver"), ("never-heard-of", "no package")):  # fmt: skip
        with pytest.raises(NoDriver, match=why):
            load(name)


def test_a_site_of_ours_alone_looks_at_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.guests.entries.installed", lambda: 1 / 0)
    assert cards.cards(tomllib.loads(SITE.replace("DRIVER", "node")), shipped()) == {}


def test_a_site_knows_its_guests_and_its_text_alone_makes_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE.replace("DRIVER", "asked"))
    site = load_site(path)
    driver = site.drivers["asked"]
    assert site.devices["warm"].silent_after == 900
    assert site.devices["warm"].every == 30
    assert driver.ask is not None
    assert driver.ask("t1") == [b"t1?\n"]
    monkeypatch.setenv("PYTHONPATH", "")
    cards.forget()
    again = loads(site.text)
    assert again.hash == site.hash
    assert again.drivers["asked"].ask("t1") == [b"t1?\n"]  # type: ignore[misc]


def test_an_address_that_the_driver_refuses_is_a_mistake_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE.replace("DRIVER", "asked").replace('"t1"', '"x1"'))
    with pytest.raises(Mistakes) as found:
        load_site(path)
    assert [(one.line, one.what) for one in found.value.mistakes] == [(11, "address 'x1' begins with no t")]


def test_a_driver_that_does_not_start_keeps_no_gateway_from_starting(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE.replace("DRIVER", "nowhere"))
    assert load_site(path).guests["nowhere"]["broken"]
    errors = check(path).errors
    assert len(errors) == 1
    assert "No module named 'no_such_module'" in errors[0].what
    path.write_text(SITE.replace("DRIVER", "nobodys"))
    with pytest.raises(Mistakes, match="nobodys"):
        load_site(path)


def test_a_driver_that_counts_on_answering_or_switching_is_refused_in_a_check(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE.replace("DRIVER", "answers"))
    (error,) = check(path).errors
    assert error.what.startswith('driver "answers" has acknowledge, switch: ')
    siren = '[outputs.siren]\nhome = "flat"\nkind = "siren"\ndevice = "warm"\nline = 0\n'
    path.write_text(SITE.replace("DRIVER", "answers") + siren)
    with pytest.raises(Mistakes, match='driver "answers" of device "warm" switches nothing'):
        load_site(path)


# ---- what stands in the journal is read by nobody's code but ours


@pytest.mark.parametrize(
    "change",
    [{"address": "T1"}, {"address": ""}, {"address": 5}, {"values": None}, {"values": [["t", 1]]}, {"seq": -1},
     {"values": [["temperature_c", float("nan"), [], 0]]}, {"values": [["temperature_c", 1, [], True]]},
     {"values": [["temperature_c", [1], [], 0]]}, {"memory": {"x": []}}, {"memory": {str(n): n for n in range(40)}},
     {"values": [["temperature_c", 1, [], 0]] * 65}, {"values": [["temperature_c", "x" * 2000, [], 0]]}, {"kind": 2**70}],
)  # fmt: skip
def test_an_answer_that_no_driver_may_give_is_refused(change: dict[str, object]) -> None:
    said = {"address": "t1", "kind": 0, "boot": 0, "seq": 0, "alarm": False, "values": [], "memory": {}, "fresh": True}
    guest.answered(b"", said)
    with pytest.raises(guest.Wrong):
        guest.answered(b"", {**said, **change})


def test_any_bytes_in_a_journal_are_refused_and_no_more() -> None:
    driver = guest.stand_in({"name": "odd", "link": "serial"})
    checked = 0
    for data in (b"", b"{", b"[]", b"1", b"null", b'{"address": "t1"}', b"\xff", b"[" * 100_000):
        with pytest.raises(BadFrame):
            driver.decode(driver.head(data), {})
        checked += 1
    assert checked == 8
    with pytest.raises(guest.Undecoded, match="hung"):
        driver.head(guest.undecoded(b"\1\2", "hung"))


def test_a_site_text_with_a_card_that_is_none_is_refused() -> None:
    said = json.loads(site_with("odd").text)
    wrong: list[object] = [
        {},
        {"name": "odd", "link": "wire"},
        {"name": "odd", "link": "serial", "every": -1},
        {"name": "odd", "link": "serial", "uncalled": 5},
        [],
        "odd",
    ]
    for card in wrong:
        with pytest.raises(Mistakes):
            loads(json.dumps({**said, "guests": {"odd": card}}))


def test_the_hash_of_a_site_changes_with_what_its_driver_says() -> None:
    site = site_with("odd")
    other = json.loads(site.text)
    other["guests"]["odd"]["silent_after"] = 60
    assert loads(json.dumps(other)).hash != site.hash
    assert replace(site).hash == site.hash


def test_what_a_worker_said_of_an_advert_is_read_as_such() -> None:
    driver = guest.stand_in({"name": "odd", "link": "advert", "service": 0xFCD2})
    said = guest.said_of(Head("aa:bb:cc:dd:ee:ff", b"", -70), Decoded([Value("rssi_dbm", -70)], {}))
    data = guest.answered(advert.packed(advert.Advert("aa:bb:cc:dd:ee:ff", -70, b"")), said)
    head = head_of(driver, data)
    assert (head.address, decode(driver, head, {}, "").values) == ("aa:bb:cc:dd:ee:ff", [Value("rssi_dbm", -70)])
    assert driver.service == 0xFCD2
