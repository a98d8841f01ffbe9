"""The store: all of a batch or nothing, order, caps, and what becomes of a damaged file."""

import asyncio
import json
import random
import resource
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from drivers.reading import Frame
from gateway.store import salvage, vital
from gateway.store import store as module
from gateway.store.look import look
from gateway.store.message import ALARM, STATE, TELEMETRY, Message
from gateway.store.outbox import FIRST
from gateway.store.schema import Unusable
from gateway.store.store import Batch, Corrupt, Failed, Store


def message(n: int, lane: int = ALARM, body: bytes = b"{}", at: float = 0.0) -> Message:
    return Message("platform", lane, n, "event", body, at)


def batch(n: int) -> Batch:
    return Batch(frames=[(n, Frame("line-1", float(n), bytes([n])))], messages=[message(n)])


async def test_what_was_committed_is_there_after_a_restart(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "a.db")
    await store.commit(batch(1), 1.0)
    await store.commit(Batch(rows={"hub": "{}", "gone": "1"}, checkpoint=1, configs={"h": "text"}), 1.0)
    await store.commit(Batch(rows={"other": "2"}, done=[("platform", ALARM, 1)]), 2.0)
    await store.close()
    store = await Store.open(tmp_path / "a.db")
    assert [frame async for frame in store.journal()] == [(1, Frame("line-1", 1.0, b"\1"))]
    assert await store.rows() == {"hub": "{}", "gone": "1", "checkpoint": "1"}
    assert await store.spare_rows() == {"other": "2"}
    await store.commit(Batch(rows={"other": None, "hub": "[]"}, checkpoint=2), 3.0)
    assert await store.rows() == {"hub": "[]", "checkpoint": "2"}
    assert await store.configs() == {"h": "text"}
    assert await store.page("platform", ALARM, FIRST, 10) == []
    await store.close()
    assert (await look(tmp_path / "a.db")).frames == [(1, Frame("line-1", 1.0, b"\1"))]


async def test_a_full_disk_takes_nothing_of_a_batch_and_later_all_of_it(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "a.db")
    await store.commit(batch(1), 1.0)
    (pages,) = [row[0] async for row in store._select("PRAGMA page_count")]
    await store._db.execute(f"PRAGMA max_page_count = {pages}")
    big = Batch(frames=[(2, Frame("line-1", 2.0, bytes(20_000)))], messages=[message(2)])
    with pytest.raises(Failed):
        await store.commit(big, 2.0)
    assert [n async for n, _ in store.journal()] == [1]
    assert [m.n for m in await store.page("platform", ALARM, FIRST, 10)] == [1]
    await store._db.execute("PRAGMA max_page_count = 100000")
    await store.commit(big, 3.0)
    assert [n async for n, _ in store.journal()] == [1, 2]
    assert [m.n for m in await store.page("platform", ALARM, FIRST, 10)] == [1, 2]
    await store.close()


async def test_the_cap_drops_telemetry_before_state_and_alarms_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await Store.open(tmp_path / "a.db")
    body = bytes(2_000)
    for lane in (ALARM, STATE, TELEMETRY):
        await store.commit(Batch(messages=[message(n, lane, body) for n in range(1, 101)]), 0.0)
    cap = await store.used_bytes() - 100_000
    monkeypatch.setattr(module, "SLICE", 10)
    while await store.tidy(now=0.0, keep_days=30, max_bytes=cap, checkpoint=0):
        continue
    counts = [len(await store.page("platform", lane, FIRST, 1_000)) for lane in (ALARM, STATE, TELEMETRY)]
    assert counts[0] == counts[1] == 100
    assert counts[2] < 100
    assert store.evicted == 100 - counts[2]
    while await store.tidy(now=0.0, keep_days=30, max_bytes=1, checkpoint=0):
        continue
    assert len(await store.page("platform", ALARM, FIRST, 1_000)) == 100
    assert await store.page("platform", STATE, FIRST, 1_000) == []
    assert await store.used_bytes() < cap
    await store.close()


async def test_old_journal_goes_but_nothing_after_the_checkpoint(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "a.db")
    await store.commit(Batch(frames=[(n, Frame("p", 0.0, b"")) for n in range(1, 11)]), 0.0)
    await store.tidy(now=40 * 86_400.0, keep_days=30, max_bytes=10**9, checkpoint=8)
    assert [n async for n, _ in store.journal()] == [8, 9, 10]
    await store.close()


async def test_a_damaged_file_is_found_set_aside_and_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path, found, carried = tmp_path / "a.db", 0, 0
    seed = random.randrange(2**32)
    print("seed", seed)
    dice = random.Random(seed)
    for round_ in range(12):
        store = await Store.open(path)
        await store.commit(Batch(messages=[message(n, body=b'{"n":%d}' % n) for n in range(1, 401)]), 0.0)
        await store.commit(Batch(frames=[(n, Frame("p", 0.0, bytes(200))) for n in range(1, 401)]), 0.0)
        await store.close()
        data = bytearray(path.read_bytes())
        start = 0 if round_ == 0 else dice.randrange(100, len(data) - 5_000)
        data[start : start + 5_000] = dice.randbytes(5_000)
        path.write_bytes(data)
        try:
            store = await Store.open(path)
            _ = [frame async for frame in store.journal()]
            await store.close()
        except (Unusable, Corrupt, Failed):
            found += 1
        aside = salvage.set_aside(path)
        got = await salvage.read(aside, None)
        carried += len(got.messages)
        assert [m.n for m in got.messages] == list(range(-len(got.messages), 0))
        assert not path.exists()
        fresh = await Store.open(path)
        await fresh.close()
        path.unlink()
    assert found >= 6
    assert carried > 400


def test_the_vital_file_is_whole_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "a.vital"
    assert vital.read(path) is None
    content = vital.Vital("e1", 7, 12.5, {"hub": "{}"}, (message(3, body=b"\x00\xff"),), volatile=True)
    vital.write(path, content)
    assert vital.read(path) == content
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x40]) + data[place + 1 :])
        assert vital.read(path) is None
        path.write_bytes(data[:place])
        assert vital.read(path) is None
    assert len(data) > 150


def test_what_is_added_to_the_vital_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.vital"
    one, two = message(3, body=b"{}"), message(4, body=b"[]")
    before = vital.Vital("e1", 7, 12.5, {"hub": "{}", "e:d:a": "[]", "e:d:b": "1"}, (one,))
    size = vital.write(path, before)
    after = vital.Vital("e1", 9, 20.0, {"hub": "[]", "e:d:b": "1"}, (two,), volatile=True, whole=12.5)
    news = vital.News("e1", 9, 20.0, {"hub": "[]", "e:d:a": None}, (two,), (one[:3],), volatile=True, whole=12.5)
    added = vital.append(path, news)
    data = path.read_bytes()
    assert len(data) == size + added
    assert vital.read(path) == after
    for place in range(size, len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x40]) + data[place + 1 :])
        assert vital.read(path) == before
        path.write_bytes(data[:place])
        assert vital.read(path) == before
    path.write_bytes(data)
    vital.append(path, news._replace(n=11, at=30.0, rows={}, events=(), gone=(), whole=30.0))
    assert vital.read(path) == after._replace(n=11, at=30.0, whole=None)


def test_a_vital_file_for_which_there_is_no_room_takes_none_from_the_database(tmp_path: Path) -> None:
    path = tmp_path / "a.vital"
    before = vital.Vital("e1", 7, 12.5, {"hub": "{}"}, ())
    vital.write(path, before)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            vital.write(path, before._replace(rows={f"{n}": "x" * 90 for n in range(1_000)}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert [file.name for file in tmp_path.iterdir()] == ["a.vital"]
    assert vital.read(path) == before


def test_the_vital_file_of_the_version_before_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.vital"
    rows = {"hub": "{}"}
    event = ["platform", ALARM, 3, "event", "e30=", 0.0]
    body = json.dumps({"epoch": "e1", "n": 7, "at": 12.5, "rows": rows, "events": [event], "volatile": True}).encode()
    data = b"%08x\n%s" % (zlib.crc32(body), body)
    path.write_bytes(data)
    assert vital.read(path) == vital.Vital("e1", 7, 12.5, rows, (message(3),), volatile=True)
    for place in range(len(data)):
        path.write_bytes(data[:place])
        assert vital.read(path) is None
    assert len(data) > 100


async def test_vital_alarms_and_those_of_the_damaged_file_are_carried_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    store = await Store.open(path)
    await store.commit(Batch(messages=[message(1, body=b'{"is":"both"}'), message(2, body=b'{"is":"file"}')]), 0.0)
    await store.close()
    known = vital.Vital(
        "e", 1, 0.0, {"hub": "x"}, (message(1, body=b'{"is":"both"}'), message(9, body=b'{"is":"vital"}', at=1.0))
    )
    got = await salvage.read(path, known)
    assert [m.body for m in got.messages] == [b'{"is":"both"}', b'{"is":"file"}', b'{"is":"vital"}']
    assert got.rows == {"hub": "x"}


async def test_a_file_of_a_later_schema_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    store = await Store.open(path)
    await store.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    db.close()
    with pytest.raises(Unusable, match="schema 99"):
        await Store.open(path)


async def test_nobody_reads_what_is_written_but_not_committed(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "a.db")
    await store.commit(batch(1), 1.0)
    seen: list[list[int]] = []

    async def look() -> None:
        while True:
            seen.append([found.n for found in await store.page("platform", ALARM, FIRST, 10)])
            await asyncio.sleep(0)

    watcher = asyncio.create_task(look())
    await store._db.execute(
        "CREATE TRIGGER late AFTER INSERT ON config BEGIN SELECT RAISE(ROLLBACK, 'refused at the last moment'); END"
    )
    for n in range(2, 30):
        with pytest.raises(Failed, match="refused"):
            await store.commit(Batch(messages=[message(n)], configs={f"h{n}": "text"}), 2.0)
    watcher.cancel()
    await asyncio.gather(watcher, return_exceptions=True)
    assert len(seen) >= 20
    assert all(numbers == [1] for numbers in seen)
    await store.close()


SCHEMA_2 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (n INTEGER PRIMARY KEY, port TEXT NOT NULL, at REAL NOT NULL, data BLOB NOT NULL);
CREATE TABLE dest (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE outbox (
    key INTEGER PRIMARY KEY, dest TEXT NOT NULL, topic TEXT NOT NULL, body BLOB NOT NULL,
    made_at REAL NOT NULL, done_at REAL
);
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE config (hash TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE record (n INTEGER PRIMARY KEY, at REAL NOT NULL, body BLOB NOT NULL);
INSERT INTO meta VALUES ('schema', '2');
INSERT INTO state VALUES ('hub', '{}'), ('checkpoint', '7');
"""


async def test_an_older_file_that_was_cut_off_anywhere_while_it_was_taken_over_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, connecting = tmp_path / "a.db", sqlite3.connect
    for steps in range(500):
        for file in tmp_path.glob("a.db*"):
            file.unlink()
        with connecting(path) as db:
            db.executescript("PRAGMA journal_mode = WAL;" + SCHEMA_2)
        db.close()
        left = iter(range(steps))

        def cut_off(*_: object, left: Iterator[int] = left) -> int:
            return sqlite3.SQLITE_DENY if next(left, None) is None else sqlite3.SQLITE_OK

        def connect(*args: Any, cut_off: Callable[..., int] = cut_off, **more: Any) -> sqlite3.Connection:
            db: sqlite3.Connection = connecting(*args, **more)
            db.set_authorizer(cut_off)
            return db

        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", connect)
            with suppress(Failed, Unusable):
                await (await Store.open(path)).close()
        store = await Store.open(path)
        assert await store.rows() == {"hub": "{}", "checkpoint": "7"}
        await store.close()
        if next(left, None) is not None:
            break
    assert 30 < steps < 499


async def test_tidying_that_broke_off_holds_up_no_alarm(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "a.db")
    await store.commit(Batch(entries=[(n, 0.0, b"{}") for n in range(1, 4)]), 1.0)
    await store._db.execute("CREATE TRIGGER t BEFORE DELETE ON record BEGIN SELECT RAISE(FAIL, 'no'); END")
    with pytest.raises(Failed):
        await store.tidy(now=1e9, keep_days=30, max_bytes=10**9, checkpoint=0)
    await store.commit(batch(1), 2.0)
    assert [one.n for one in await store.page("platform", ALARM, FIRST, 9)] == [1]
    await store.close()
