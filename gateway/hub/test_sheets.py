"""The checkpoint in slices: a crash between any two leaves the one before, and no alarm waits for more than one."""

import random
import sqlite3
from pathlib import Path

import pytest

from gateway.hub import due
from gateway.hub.conftest import say
from gateway.hub.sheets import Sheets
from gateway.hub.test_live import DURABLE, running
from gateway.store.store import Batch, Store

KEYS = [f"k{n}" for n in range(9)]


async def test_a_crash_between_any_two_slices_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    crashes = between = 0
    for seed in range(12):
        dice, path = random.Random(seed), tmp_path / f"{seed}.db"
        now: dict[str, str] = {}
        saved: dict[str, str] = {}
        begun: dict[str, str] = {}
        store = await Store.open(path)
        sheets = Sheets(await store.rows(), await store.spare_rows())
        for n in range(1, 90):
            rows = {key: dice.choice([None, f"{n}"]) for key in dice.sample(KEYS, dice.randrange(4))}
            sheets.note(rows)
            now = {key: row for key, row in {**now, **rows}.items() if row is not None}
            if not sheets.busy or dice.random() < 0.05:  # one that is being written may have to become a newer one
                sheets.begin(n)
                begun = {**now, "checkpoint": str(n)}
            part, checkpoint = sheets.slice(dice.choice([0, 1, 2, None]))
            await store.commit(Batch(rows=part, checkpoint=checkpoint), 1.0)
            if checkpoint:
                sheets.written()
                saved = begun
            assert await store.rows() == saved
            if dice.random() < 0.2:
                between += sheets.busy
                crashes += 1
                await store.close()
                store = await Store.open(path)
                sheets = Sheets(await store.rows(), await store.spare_rows())
                now = {key: row for key, row in saved.items() if key != "checkpoint"}
        await store.close()
    assert crashes > 150
    assert between > 50


async def test_a_start_writes_nothing_again_that_stands_in_the_spare_sheet(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "a.db")
    sheets = Sheets({}, {})
    for n in range(1, 3):
        sheets.note({"a": "1", "b": f"{n}"})
        sheets.begin(n)
        rows, checkpoint = sheets.slice(None)
        await store.commit(Batch(rows=rows, checkpoint=checkpoint), 1.0)
        sheets.written()
    again = Sheets(await store.rows(), await store.spare_rows())
    again.begin(3)
    assert again.slice(None) == ({"b": "2", "checkpoint": "2"}, 3)
    await store.close()


async def test_an_alarm_waits_for_one_slice_of_a_checkpoint_and_a_kill_meanwhile_is_harmless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "SLICE", 1)
    async with running(tmp_path, crash=True) as gateway:
        store, committer = gateway.booted.store, gateway.committer
        commit, batches = store.commit, []
        said = 1

        async def seen(batch: Batch, now: float) -> None:
            nonlocal said
            if batch.rows and said < 6:  # while a slice is written an alarm comes
                said += 1
                gateway.hear(say("ALARM", said, values={"smoke" if said == 2 else "tamper": 1}))
            await commit(batch, now)
            batches.append(batch)

        monkeypatch.setattr(store, "commit", seen)
        gateway.hear(say("READING", 1, temperature_c=20))
        monkeypatch.setattr(due, "CHECKPOINT", -1.0)
        committer.hasten()
        await gateway.until(lambda: gateway.answers().count(DURABLE) == 5 and gateway.open("smoke") is not None)
        assert sum(len(batch.rows) for batch in batches) >= 4
        assert all(len(batch.rows) <= 1 for batch in batches)
        urgent = [place for place, batch in enumerate(batches) if any(one.lane == 0 for one in batch.messages)]
        assert urgent
        assert not any(batches[place].rows for place in urgent)
        assert "checkpoint" not in await store.rows()
    async with running(tmp_path) as gateway:
        assert gateway.open("smoke")
        assert gateway.booted.folded > 5


async def test_a_store_of_the_schema_before_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
            "CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
            "INSERT INTO meta VALUES ('schema', '2');"
            "INSERT INTO state VALUES ('hub', '{}'), ('checkpoint', '7');"
        )
    db.close()
    for _ in range(2):
        store = await Store.open(path)
        assert await store.rows() == {"hub": "{}", "checkpoint": "7"}
        assert await store.spare_rows() == {}
        await store.close()
