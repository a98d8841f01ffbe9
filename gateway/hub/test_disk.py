"""The gateway on a disk that fails: really full, read-only, hanging, damaged, or gone from under it."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.reading import Frame
from gateway.hub import committer as committing
from gateway.hub import snapshot as snapshots
from gateway.hub.conftest import say
from gateway.hub.test_live import DURABLE, VOLATILE, Gateway, running
from gateway.store import record, vital
from gateway.store.disk import Reserve
from gateway.store.message import ALARM
from gateway.store.outbox import FIRST
from gateway.store.salvage import KEPT, set_aside
from gateway.store.vital import Vital


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)]).returncode:
        pytest.skip("a disk can only be mounted by root, where mounting is allowed")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(path: Path) -> None:
    with open(path, "wb", buffering=0) as file:
        try:
            while file.write(bytes(65_536)) == 65_536:
                continue
        except OSError:
            return


async def alarm(gateway: Gateway, seq: int, word: int, **values: float) -> None:
    """An alarm that gets this word as its first answer."""
    before = len(gateway.answers())
    gateway.hear(say("ALARM", seq, values=values))
    await gateway.until(lambda: len(gateway.answers()) > before)
    assert gateway.answers()[before] == word


async def put(folder: Path, gateway: Gateway, content: Vital) -> None:
    """This is what the vital file says, once a life that was cut off has finished writing it."""
    await gateway.committer._snapshot.settle()
    vital.write(folder / "anju.vital", content)


async def told(gateway: Gateway) -> list[object]:
    """Rules of the alarm messages that the disk holds."""
    kept = await gateway.booted.store.page("platform", ALARM, FIRST, 100)
    return [json.loads(message.body).get("rule") for message in kept]


async def test_a_full_disk_has_room_for_alarms_and_for_the_next_start(small: Path) -> None:
    async with running(small, crash=True) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        fill(small / "somebody-elses")
        await alarm(gateway, 2, DURABLE, gas_alarm=1)
        await gateway.until(lambda: gateway.open("storage") is not None)
        gateway.hear(say("READING", 3, temperature_c=20))  # shared with the platform: telemetry
        await alarm(gateway, 4, DURABLE, button=1)
        assert gateway.committer.shed > 0
        for seq in range(5, 105):
            await alarm(gateway, seq, DURABLE, tamper=seq % 2)
    async with running(small) as gateway:
        assert gateway.booted.durable
        rules = ["smoke", "gas-leak", "emergency-call"]
        assert [rule for rule in rules if gateway.open(rule)] == rules
        await alarm(gateway, 200, DURABLE, button=1)
        assert [rule for rule in await told(gateway) if rule][:3] == rules


async def test_a_disk_without_a_byte_left_silences_no_alarm_and_takes_it_when_there_is_room(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "RETRY", (0.05, 0.1))
    async with running(small) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        assert Reserve(small / "anju.reserve").give_up()
        fill(small / "somebody-elses")
        seq = 1
        while VOLATILE not in gateway.answers():
            seq += 1
            gateway.hear(say("ALARM", seq, tamper=seq % 2))
            await gateway.until(lambda expected=seq: len(gateway.answers()) >= expected)  # type: ignore[misc]
        await alarm(gateway, seq + 1, VOLATILE, gas_alarm=1)
        assert (await gateway.leaving())["rule"] == "smoke"
        while (await gateway.leaving()).get("rule") != "gas-leak":
            continue
        (small / "somebody-elses").unlink()
        await gateway.until(lambda: gateway.committer.durable)
        await gateway.until(lambda: gateway.answers().count(DURABLE) >= seq + 1)
        assert [rule for rule in await told(gateway) if rule] == ["smoke", "gas-leak"]


async def test_a_disk_that_turns_read_only_silences_no_alarm_and_no_number_is_used_twice(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "RETRY", (0.05, 0.1))

    def remount(how: str) -> bool:
        return subprocess.run(["mount", "-o", f"remount,{how}", str(small)], stderr=subprocess.DEVNULL).returncode == 0

    async with running(small, crash=True) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
    await gateway.committer._snapshot.settle()  # the vital file comes a moment after the word
    assert remount("ro")
    async with running(small, crash=True) as gateway:
        assert not gateway.booted.durable
        assert gateway.open("smoke")
        await alarm(gateway, 2, VOLATILE, gas_alarm=1)
        first = [await gateway.leaving() for _ in range(2)]
    assert remount("rw")
    async with running(small) as gateway:
        assert gateway.booted.durable
        await alarm(gateway, 2, DURABLE, gas_alarm=1)  # repeated after a minute
        second = [await gateway.leaving() for _ in range(2)]
    assert [body["rule"] for body in (*first, *second)] == ["smoke", "gas-leak"] * 2
    assert first[0]["id"] == second[0]["id"]
    assert first[1]["seq"] != second[1]["seq"]


async def test_a_disk_that_is_read_only_at_the_start_hides_no_alarm_that_the_database_has(small: Path) -> None:
    """The power fails between the commit, by which the node has its word, and the vital file."""
    files = [small / name for name in ("anju.db", "anju.db-wal", "anju.db-shm")]
    async with running(small, crash=True) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        await gateway.until((small / "anju.vital").exists)
        await gateway.committer._snapshot.settle()
        before = {small / "anju.vital": (small / "anju.vital").read_bytes()}
        await alarm(gateway, 2, DURABLE, gas_alarm=1)
        before |= {file: file.read_bytes() for file in files}
        alert = gateway.open("gas-leak")
        await gateway.committer._snapshot.settle()
    for file, content in before.items():
        file.write_bytes(content)
    assert subprocess.run(["mount", "-o", "remount,ro", str(small)]).returncode == 0
    async with running(small, crash=True) as gateway:
        assert not gateway.booted.durable
        assert gateway.open("smoke")
        found = gateway.open("gas-leak")
        assert alert is not None
        assert found is not None
        assert found.id == alert.id
        assert [(await gateway.leaving())["rule"] for _ in range(2)] == ["smoke", "gas-leak"]
        await alarm(gateway, 3, VOLATILE, button=1)


async def test_a_disk_that_hangs_holds_up_no_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "PATIENCE", 0.05)
    monkeypatch.setattr(committing, "HANGING", 0.02)
    async with running(tmp_path) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        other = sqlite3.connect(tmp_path / "anju.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # SQLite waits five seconds for it
        await alarm(gateway, 2, VOLATILE, gas_alarm=1)
        await alarm(gateway, 3, VOLATILE, button=1)
        rules = [(await gateway.leaving())["rule"] for _ in range(3)]
        assert rules == ["smoke", "gas-leak", "emergency-call"]
        other.execute("ROLLBACK")
        other.close()
        await gateway.until(lambda: gateway.answers().count(DURABLE) == 3)


async def test_a_database_taken_away_while_it_is_open_is_missed_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, damaged="taken away") as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        (tmp_path / "anju.db").unlink()
        gateway.hear(say("ALARM", 2, gas_alarm=1))
        await gateway.until(lambda: gateway.committing.done())
        left = gateway.committer.last_words()
    assert [json.loads(message.body)["rule"] for message in left.events] == ["smoke", "gas-leak"]
    async with running(tmp_path) as gateway:
        assert gateway.booted.set_aside
        assert gateway.open("smoke")
        await alarm(gateway, 2, DURABLE, gas_alarm=1)
        assert [(await gateway.leaving())["rule"] for _ in range(2)] == ["smoke", "gas-leak"]


async def test_the_vital_file_knows_what_happened_in_lives_before(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
    async with running(tmp_path) as gateway:
        await alarm(gateway, 2, DURABLE, tamper=1)
    (tmp_path / "anju.db").write_bytes(b"\xff" * 10_000)
    async with running(tmp_path) as gateway:
        assert gateway.open("smoke")
        assert gateway.open("tamper")
        assert (await gateway.leaving())["rule"] == "smoke"


async def test_a_state_is_carried_over_once_whatever_was_carried_over_before(tmp_path: Path) -> None:
    """A volatile file of a life that had itself been carried over; the new life's own file never gets to the disk."""
    async with running(tmp_path, crash=True) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        left = gateway.committer.last_words()
    earlier = json.dumps([left.epoch, left.n - 1])
    await put(tmp_path, gateway, left._replace(rows={**left.rows, "used": earlier}))
    (tmp_path / "anju.db").unlink()
    async with running(tmp_path, crash=True) as gateway:
        epoch = gateway.booted.fold.epoch
        assert gateway.open("smoke")
        await alarm(gateway, 2, DURABLE, gas_alarm=1)
    await put(tmp_path, gateway, left._replace(rows={**left.rows, "used": earlier}))
    async with running(tmp_path) as gateway:
        assert gateway.booted.fold.epoch == epoch
        assert gateway.open("smoke")
        assert gateway.open("gas-leak"), "the older state took the place of the newer one"


async def test_a_number_that_left_from_memory_alone_is_not_used_again(tmp_path: Path) -> None:
    """The disk takes nothing, and the power fails before the vital file knows of the last alarm."""
    async with running(tmp_path, crash=True) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        await gateway.booted.store._db.execute("PRAGMA query_only = ON")
        await alarm(gateway, 2, VOLATILE, gas_alarm=1)
        left = gateway.committer.last_words()
        await alarm(gateway, 3, VOLATILE, button=1)
        told = gateway.hub.fold.teller.seqs[ALARM]
    await put(tmp_path, gateway, left)
    async with running(tmp_path) as gateway:
        assert gateway.open("gas-leak")
        assert not gateway.open("emergency-call"), "nothing knows of it but the node, which repeats it"
        await alarm(gateway, 4, DURABLE, co_alarm=1)
        kept = await gateway.booted.store.page("platform", ALARM, FIRST, 100)
        (news,) = [message.n for message in kept if json.loads(message.body).get("rule") == "co"]
        assert news > told


@pytest.mark.parametrize("ahead", ["database", "file"])
async def test_numbers_and_the_record_go_on_where_the_database_or_the_file_ended(tmp_path: Path, ahead: str) -> None:
    """The state of another store takes the place of the one that stands here: nothing is named twice by it."""
    counts = {"database": (3, 12), "file": (12, 3)}[ahead]
    here, there = tmp_path / "here", tmp_path / "there"
    lives = []
    for folder, alarms in zip((there, here), counts, strict=True):
        async with running(folder, crash=True) as gateway:
            for seq in range(alarms):
                await alarm(gateway, seq, DURABLE, smoke=1 - seq % 2)
            lives.append((gateway.hub.fold.ladders, gateway.committer.last_words()))
    await put(here, gateway, lives[0][1])
    async with running(here) as gateway:
        ladders = gateway.hub.fold.ladders
        assert ladders.setting.chain.head.n >= max(one.setting.chain.head.n for one, _ in lives)
        assert ladders.post.letters.n > max(one.post.letters.n for one, _ in lives)
        assert gateway.open("smoke")
        await alarm(gateway, 99, DURABLE, gas_alarm=1)
    kept = await record.read(here / "anju.db")
    numbers = [entry.n for entry in kept.entries]
    assert numbers == sorted(set(numbers))


async def test_a_fold_that_broke_in_the_middle_of_a_frame_makes_no_checkpoint(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        gateway.hear(say("READING", 2, humidity_pct=40))
        with pytest.raises(AttributeError):
            gateway.hub.step(Frame("health", 1.0, b'{"device": "gateway", "values": 5}'))
        gateway.committer.stop(sound=False)
        await gateway.until(lambda: gateway.committing.done())
        assert "checkpoint" not in await gateway.booted.store.rows()
        kept = [frame.port async for _, frame in gateway.booted.store.journal()]
        assert kept.count("line-1") == 2


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE {sheet} SET value = CAST(x'ff41' AS TEXT)",
        "UPDATE {sheet} SET value = 'no json' WHERE key = 'hub'",
        "UPDATE {sheet} SET value = 'many' WHERE key = 'checkpoint'",
        "UPDATE journal SET port = x'00'",
        "UPDATE journal SET at = 9e999",
        "UPDATE journal SET data = 'a text'",
        "UPDATE journal SET at = 1e9 WHERE n = (SELECT min(n) FROM journal)",
    ],
)
async def test_a_row_that_is_none_is_damage_and_stops_no_start(tmp_path: Path, damage: str) -> None:
    of_journal = "journal" in damage
    async with running(tmp_path, crash=of_journal) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        await gateway.until((tmp_path / "anju.vital").exists)
    with sqlite3.connect(tmp_path / "anju.db") as db:
        sheet = "sheet" + db.execute("SELECT value FROM meta WHERE key = 'sheet'").fetchone()[0]
        assert db.execute(damage.format(sheet=sheet)).rowcount > 0
    db.close()
    async with running(tmp_path) as gateway:
        assert gateway.booted.set_aside == "anju.db.damaged-1"
        assert gateway.open("smoke")
        assert (await gateway.leaving())["rule"] == "smoke"


def test_damaged_databases_do_not_fill_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "anju.db"
    names = []
    for _ in range(KEPT + 3):
        path.write_bytes(b"damaged")
        path.with_name("anju.db-wal").write_bytes(b"damaged")
        names.append(set_aside(path).name)
    assert len(set(names)) == KEPT + 3
    assert {file.name for file in tmp_path.iterdir()} == {f"{n}{end}" for n in names[-KEPT:] for end in ("", "-wal")}


def test_the_reserve_is_held_where_there_is_room_twice_over(small: Path) -> None:
    reserve = Reserve(small / "anju.reserve", 5_000_000)
    assert reserve.hold()
    assert reserve.hold()
    assert (small / "anju.reserve").stat().st_blocks * 512 >= 5_000_000
    assert reserve.give_up()
    assert not reserve.give_up()
    assert not Reserve(small / "anju.reserve", 7_000_000).hold()
    assert list(small.iterdir()) == []


async def test_what_was_carried_over_from_a_first_life_leaves_a_checkpoint_that_opens(tmp_path: Path) -> None:
    """The file of the first life knows nothing of the checkpoint that this life wrote later."""
    async with running(tmp_path) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        left = gateway.committer.last_words()
    assert "checkpoint" not in left.rows
    await put(tmp_path, gateway, left._replace(n=left.n + 100))
    for start in range(3):
        async with running(tmp_path) as gateway:
            assert not gateway.booted.set_aside, start
            assert gateway.open("smoke")
            await alarm(gateway, 2 + start, DURABLE, tamper=1 - start % 2)


async def test_what_a_person_says_of_a_home_is_in_the_vital_file_of_an_estate_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "FEW", 0)
    path = tmp_path / "anju.vital"
    async with running(tmp_path, crash=True) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        await gateway.until(lambda: path.exists() and not gateway.committer._snapshot.is_writing())
        act = {"act_id": "m1", "actor": "chen", "role": "carer", "home": "flat", "mode": "hospital", "via": "cli"}
        gateway.inbox.put(Frame("mode", gateway.booted.fold.now, json.dumps(act).encode()))
        await gateway.until(lambda: bool(gateway.booted.fold.modes.row("flat")))
        gateway.committer.hasten()

        def filed() -> bool:
            found = vital.read(path)
            return found is not None and "hospital" in found.rows.get("o:flat", "")

        await gateway.until(filed)


async def test_a_broker_is_told_that_its_alarm_is_kept_after_the_vital_file_has_it(tmp_path: Path) -> None:
    """The database takes nothing: a broker that heard so before would not say it again after a power cut."""
    path, known = tmp_path / "anju.vital", []
    async with running(tmp_path, crash=True) as gateway:
        await alarm(gateway, 1, DURABLE, smoke=1)
        await gateway.until(lambda: path.exists() and not gateway.committer._snapshot.is_writing())
        await gateway.booted.store._db.execute("PRAGMA query_only = ON")

        def stored(_: int) -> None:
            found = vital.read(path)
            known.append(found is not None and any(key.startswith("e:r:gas-leak/") for key in found.rows))

        gateway.committer._stored["line-1"] = stored  # type: ignore[index]
        await alarm(gateway, 2, VOLATILE, gas_alarm=1)
        await gateway.until(lambda: bool(known))
    assert known == [True]
