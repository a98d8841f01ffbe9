"""A journal folded again, with the secrets that it doesn't hold."""

import asyncio
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from drivers import advert
from drivers.reading import Frame
from gateway.cli import OK, main
from gateway.hub.conftest import boot_frame
from gateway.hub.fold import Fold
from gateway.site import load
from gateway.store.store import Batch, Store

KEY, ADDRESS = bytes(range(16)), "a4:c1:38:00:00:01"
TOML = f"""
[gateway]
id = "gw-1"
site = "estate"
[homes.flat]
[ports.ble]
type = "ble"
[devices.smoke]
home = "flat"
port = "ble"
driver = "bthome"
address = "{ADDRESS}"
key_file = "smoke.key"
tested = {{by = "wang", on = "2026-01-31", address = "{ADDRESS}"}}
"""
SMOKE = bytes.fromhex("2901")


def encrypted(payload: bytes, counter: int) -> bytes:
    """An encrypted advert of BTHome v2, as bthome.io writes it."""
    info, count = b"\x41", counter.to_bytes(4, "little")
    nonce = bytes.fromhex(ADDRESS.replace(":", "")) + b"\xd2\xfc" + info + count
    sealed = AESCCM(KEY, tag_length=4).encrypt(nonce, payload, None)
    return info + sealed[:-4] + count + sealed[-4:]


@pytest.mark.parametrize("given", [True, False])
async def test_the_keys_of_a_site_bring_back_the_alarm_of_a_sensor_that_encrypts(
    tmp_path: Path, given: bool, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(TOML, encoding="utf-8")
    (tmp_path / "smoke.key").write_text(KEY.hex(), encoding="ascii")
    site = load(path)
    heard = advert.packed(advert.Advert(ADDRESS, -60, encrypted(SMOKE, 7)))
    frames = [boot_frame(), Frame("config", 0.0, site.hash.encode()), Frame("ble:bthome", 5.0, heard)]
    fold = Fold({site.hash: site.text}, site)
    live = [alert for frame in frames for alert in fold.handle(frame).alerts]
    assert [(alert.rule, alert.state) for alert in live] == [("smoke", "firing")]
    store = await Store.open(tmp_path / "anju.db")
    await store.commit(Batch(frames=list(enumerate(frames, 1)), configs={site.hash: site.text}), 5.0)
    await store.close()
    assert KEY.hex().encode() not in (tmp_path / "anju.db").read_bytes()
    words = ["replay", str(tmp_path / "anju.db"), "--json", *(["--site", str(path)] if given else [])]
    status = await asyncio.to_thread(main, words)  # the command has a loop of its own
    told = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    assert status == OK
    assert told == ([live[0].id] if given else [])
    assert ("without the keys of smoke" in caplog.text) is not given
