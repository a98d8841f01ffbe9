"""The record: every change to it is found and named, whatever is dropped from its front is not."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Frame
from gateway.ladder.chain import FIRST, Chain, Entry, Head, seal, verify
from gateway.store import record, vital
from gateway.store.store import Batch, Store
from gateway.store.vital import Vital


def grown(n: int) -> tuple[list[Entry], Head]:
    chain = Chain()
    return [chain.add(float(at), "told", {"to": f"person {at}"}) for at in range(n)], chain.head


def test_a_whole_record_has_no_break() -> None:
    entries, head = grown(9)
    assert verify(entries, head) == []
    assert verify([], None) == []
    assert entries[0].body.count(FIRST.encode()) == 1


@given(at=st.integers(0, 8), byte=st.integers(0, 200), bit=st.integers(0, 7))
def test_one_bit_changed_anywhere_is_found_at_its_place(at: int, byte: int, bit: int) -> None:
    entries, head = grown(9)
    body = bytearray(entries[at].body)
    body[byte % len(body)] ^= 1 << bit
    entries[at] = Entry(entries[at].n, bytes(body))
    breaks = verify(entries, head)
    assert breaks
    assert breaks[0].n in (at + 1, at + 2)


@given(at=st.integers(0, 8))
def test_one_entry_left_out_is_named(at: int) -> None:
    entries, head = grown(9)
    gone = entries.pop(at)
    assert any(one.n == gone.n for one in verify(entries, head))


def test_what_is_said_of_a_break() -> None:
    entries, head = grown(9)
    assert verify(entries[:2] + entries[5:], head)[0].what == "entry 3 to 5 is missing"
    assert verify(entries[:7], head)[0].what == "the record ends at 7, the gateway wrote 9"
    forged = Chain()
    false = [forged.add(float(at), "told", {"to": "nobody"}) for at in range(9)]
    assert verify(false, head)[0].what == "entry 9 is not the one that the gateway wrote"
    assert verify([*entries[:3], Entry(4, b"\xff"), *entries[4:]], head)[0].what == "entry 4 is unreadable"
    assert "says that it is 1" in verify([*entries[:3], Entry(4, entries[0].body), *entries[4:]], head)[0].what


def test_the_front_may_go_and_leaves_an_anchor() -> None:
    entries, head = grown(9)
    anchor = Head(4, seal(entries[3].body))
    assert verify(entries[4:], head, anchor) == []
    assert verify(entries[5:], head, anchor)[0].what == "entry 5 is missing"
    assert verify(entries[4:], head, Head(4, "0" * 32))[0].n == 5
    assert verify([], Head(4, anchor.hash), anchor) == []


def test_entries_after_the_head_are_no_break() -> None:
    """The state is written every ten minutes, the record with each batch."""
    entries, _ = grown(9)
    assert verify(entries, Head(5, seal(entries[4].body))) == []


async def test_the_store_keeps_drops_and_verifies_it(tmp_path: Path) -> None:
    path = tmp_path / "anju.db"
    store = await Store.open(path)
    entries, head = grown(50)
    rows: dict[str, str | None] = {"l:chain": f'[{head.n}, "{head.hash}"]'}
    await store.commit(Batch(entries=[(one.n, one.n * 1.0, one.body) for one in entries], rows=rows, checkpoint=1), 50.0)
    found = await record.read(path)
    assert (len(found.entries), found.head, found.breaks()) == (50, head, [])
    later = record.KEPT + 20.5
    assert not await store.tidy(now=later, keep_days=30, max_bytes=10**9, checkpoint=1)
    found = await record.read(path)
    assert (found.entries[0].n, found.anchor.n, found.breaks()) == (21, 20, [])
    while await store.tidy(now=later, keep_days=30, max_bytes=1, checkpoint=1):
        continue
    found = await record.read(path)
    assert ([one.n for one in found.entries], found.breaks()) == ([50], []), "the last one stays: it seals the next"
    await store.close()


async def test_who_shortens_the_end_since_the_last_checkpoint_is_found_by_the_vital_file(tmp_path: Path) -> None:
    path = tmp_path / "anju.db"
    store = await Store.open(path)
    entries, head = grown(50)
    rows: dict[str, str | None] = {"l:chain": f'[40, "{seal(entries[39].body)}"]'}
    told = [(one.n, one.n * 1.0, one.body) for one in entries]
    await store.commit(Batch(entries=told, rows=rows, checkpoint=1), 50.0)
    await store.close()
    vital.write(path.with_suffix(".vital"), Vital("e" * 16, 50, 50.0, {"l:chain": f'[50, "{head.hash}"]'}, ()))
    assert (await record.audit(path)).breaks() == []
    for change, said in (
        ("UPDATE record SET body = replace(CAST(body AS TEXT), 'person 49', 'person 48') WHERE n = 50", "entry 50 is not the one"),
        ("DELETE FROM record WHERE n > 45", "the record ends at 45, the gateway wrote 50"),
        ("UPDATE record SET body = 5 WHERE n = 44", "entry 44 is unreadable"),
    ):
        with sqlite3.connect(path) as db:
            db.execute(change)
        db.close()
        assert any(said in one.what for one in (await record.audit(path)).breaks()), change
    path.with_suffix(".vital").write_bytes(b"torn")
    assert (await record.audit(path)).head == Head(40, seal(entries[39].body)), "what the checkpoint knows"


async def test_what_a_running_gateway_has_not_written_yet_is_not_taken_for_cut_off(tmp_path: Path) -> None:
    """The vital file may be ahead of the database by the batch that is open."""
    path = tmp_path / "anju.db"
    store = await Store.open(path)
    entries, head = grown(9)
    told = [(one.n, one.n * 1.0, one.body) for one in entries]
    await store.commit(Batch(frames=[(5, Frame("line", 5.0, b""))], entries=told[:5]), 5.0)
    vital.write(path.with_suffix(".vital"), Vital("e" * 16, 9, 9.0, {"l:chain": f'[9, "{head.hash}"]'}, ()))
    assert (await record.audit(path, running=True)).breaks() == []
    (cut,) = (await record.audit(path)).breaks()
    assert cut.what == "the record ends at 5, the gateway wrote 9", "nobody writes it any more"
    await store.commit(Batch(frames=[(9, Frame("line", 9.0, b""))], entries=told[5:7]), 9.0)
    (cut,) = (await record.audit(path, running=True)).breaks()
    assert cut.what == "the record ends at 7, the gateway wrote 9", "what should be there by now is not"
    await store.close()


async def test_what_is_no_store_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database at all, certainly not" * 100)
    with pytest.raises(ValueError, match="holds no record"):
        await record.read(tmp_path / "x.db")
