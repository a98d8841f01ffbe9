"""More than the memory holds: put by on a disk, home by home, with the same outcome."""

import json
import os
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Scalar
from gateway.backtest.conftest import HEAD
from gateway.backtest.spool import Spool
from gateway.cli import COULD_NOT_RUN, OK, main
from rules import recording
from rules.csvrows import Row
from rules.recording import Recorded, Recording

Out = pytest.CaptureFixture[str]
SAID = st.one_of(st.booleans(), st.floats(allow_nan=False), st.text("ab ü", min_size=1, max_size=5))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A memory of some thousand rows."""
    monkeypatch.setattr(recording, "EVERY", 64)
    monkeypatch.setattr(recording, "HELD", 1000)


def estate(path: Path, shuffled: bool) -> None:
    chance = random.Random(4)
    rows = [f"{1767571200 + n * 600},h{home:02},{device},{said}\n"
            for n in range(110) for home in range(6)
            for device, said in (("t", f"temperature_c,{20 + chance.random() * 12:.1f}"), ("w", f"water_m3,{5 + n // 20}"),
                                 ("b", "button,press" if n % 99 == 7 else "battery_pct,80"), ("x", "temperature_c,hot"))]  # fmt: skip
    if shuffled:
        chance.shuffle(rows)
    path.write_text(HEAD + "".join(rows), "utf-8")


@pytest.mark.parametrize("shuffled", [False, True])
def test_what_is_too_much_for_the_memory_comes_out_the_same(
    shuffled: bool, tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate(tmp_path / "d.csv", shuffled)
    args = ["backtest", str(tmp_path / "d.csv"), "--plot", str(tmp_path / "out.svg"), "--rules", "elder"]
    told, put_by, put = list[tuple[str, str]](), list[int](), Spool.put
    monkeypatch.setattr(recording, "EVERY", 64)

    def noted(self: Spool, data: bytes) -> int:
        put_by.append(len(data))
        return put(self, data)

    monkeypatch.setattr(Spool, "put", noted)
    for held, parts in ((10**9, range(1)), (400, range(12, 1000))):
        monkeypatch.setattr(recording, "HELD", held)
        for more in ([], ["--json"]):
            assert main([*args, *more]) == OK
            told.append((capsys.readouterr().out, (tmp_path / "out.svg").read_text("utf-8")))
        assert len(put_by) in parts
    assert told[:2] == told[2:]
    assert "emergency-call" in told[0][0]


@pytest.mark.usefixtures("small")
@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from("ab"), SAID), max_size=60), st.integers(1, 20))
def test_a_home_that_was_put_by_is_the_home(rows: list[tuple[int, str, Scalar]], every: int) -> None:
    spool = Spool()
    plain, away = Recorded("h"), Recorded("h", shelf=spool)
    for number, (at, device, value) in enumerate(rows):
        for home in (plain, away):
            home.add(float(at), device, "q", value)
        if number % every == 0:
            away.put_away()
    assert len(away) == len(plain) == len(rows)
    for _ in range(2):
        if rows:
            assert away.span() == plain.span()
        assert list(away) == list(plain)
        assert [type(one[3]) for one in away] == [type(one[3]) for one in plain]
        assert (away.counts(), away.texts(), away.rhythm()) == (plain.counts(), plain.texts(), plain.rhythm())
        away.release()
        assert len(away) == len(rows)
    spool.close()


@pytest.mark.usefixtures("small")
def test_memory_does_not_grow_with_the_rows() -> None:
    """Twenty homes, three thousand rows each: what is held is that of a thousand rows."""
    spool = Spool()
    kept = Recording(spool)
    rows = (Row(float(n), f"h{n % 20}", "t", "temperature_c", 20.0 + n % 7) for n in range(60_000))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in kept.take(enumerate(rows, 2), "f"):
        pass
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert sum(map(len, kept.homes.values())) == kept.rows == 60_000
    assert grown < 60_000 * 12
    spool.close()


@pytest.mark.usefixtures("small")
def test_a_full_disk_is_told_with_what_to_do(tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    estate(tmp_path / "d.csv", False)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert main(["backtest", str(tmp_path / "d.csv"), "--lang", "en"]) == COULD_NOT_RUN
    err = capsys.readouterr().err
    assert "no room in /" in err
    assert "to put by what was read: No space left on device" in err
    assert "(remedy: make room, or name another folder in the environment's TMPDIR)" in err


@pytest.mark.usefixtures("small")
def test_one_home_that_is_too_much_is_told_with_the_command_that_cuts_it(
    tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_ROWS", 300)
    estate(tmp_path / "d.csv", False)
    assert main(["backtest", str(tmp_path / "d.csv"), "--lang", "en", "--json"]) == COULD_NOT_RUN
    (one, *_) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert one["what"] == "more than 300 rows of one home"
    assert "awk -F, 'NR == 1 || $1 >= FROM && $1 < UNTIL' FILE" in one["remedy"]
