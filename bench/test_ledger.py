"""Twenty cycles of the real thing; and the auditor itself against fabricated ledgers with one fault each."""

import json
import random
import time
from pathlib import Path

import pytest

from bench import audit, ledger
from bench.witness import Witness
from hil_tests.broker import Mosquitto, find_mosquitto
from hil_tests.ledger import Arrived, Body
from hil_tests.platform import Platform

NOW = time.time()
WALL = NOW - time.monotonic()
needs_mosquitto = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto isn't installed")


@needs_mosquitto
@pytest.mark.timeout(180)
def test_twenty_faults_lose_nothing(tmp_path: Path) -> None:
    totals = tmp_path / "totals.json"
    seed = random.randrange(10**6)
    code = ledger.main(
        ["--cycles", "20", "--seed", str(seed), "--resume", str(totals), "--evidence", str(tmp_path / "evidence")]
    )
    said = json.loads(totals.read_text())
    assert code == 0, f"seed {seed}: {said['violations']}"
    assert said["cycles"] == sum(said["faults"].values()) == 20
    assert said["counts"]["made"] > 20
    assert said["counts"]["delivered"] >= said["counts"]["made"]
    assert said["counts"]["starts"] > 5
    assert sum(said["kills"].values()) >= 5


@needs_mosquitto
def test_the_witness_has_all_that_a_killed_broker_acknowledged(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, Witness(broker.host, broker.port) as witness:
        for life in range(3):
            with Platform(broker.host, broker.port, "nothing", f"sender-{life}") as sender:
                for number in range(100):
                    sender.publish("anju/x", {"life": life, "number": number})
                broker.kill()
                witness.drained()
            numbers = [one.body["number"] for one in witness.arrived.all() if one.body["life"] == life]
            assert numbers == list(range(100))
            broker.start()
            witness.join()


def status(at: float) -> Arrived:
    return Arrived(at - WALL, "anju/v1/s/g/status", {"kind": "status", "online": True, "at": at})


def state(n: int, at: float, *, replay: bool = False, arrived: float | None = None, lane: str = "state") -> Arrived:
    body: Body = {
        "id": f"e.{lane}.{n}", "seq": {"epoch": "e", "lane": lane, "n": n}, "at": at, "device": "kitchen",
        "replay": replay, "values": {"x": n},
    }  # fmt: skip
    return Arrived((at + 0.01 if arrived is None else arrived) - WALL, "anju/v1/s/g/state/kitchen", body)


OPENED = [NOW - WALL, NOW + 10 - WALL]
HONEST = [
    status(NOW + 0.01),
    state(1, NOW + 1),
    state(2, NOW + 2),
    status(NOW + 10.01),
    state(3, NOW + 5, replay=True, arrived=NOW + 10.02),
    state(4, NOW + 11),
]


def test_an_honest_run_has_no_fault_and_every_mark_is_judged() -> None:
    found = audit.look(HONEST, OPENED)
    assert found.faults() == []
    assert (found.marks, found.replays) == (4, 1)


def test_a_message_between_opening_and_first_word_may_say_either() -> None:
    for replay in (True, False):
        found = audit.look([*HONEST, state(5, NOW + 10.005, replay=replay, arrived=NOW + 12)], OPENED)
        assert found.faults() == []
        assert found.marks == 4


@pytest.mark.parametrize(
    ("place", "wrong", "kind"),
    [
        pytest.param(2, [], "gaps", id="a number never came"),
        pytest.param(1, [state(2, NOW + 2), state(1, NOW + 1)], "disordered", id="a number after a higher one"),
        pytest.param(1, [state(1, NOW + 1), state(1, NOW + 1.5)], "doubled", id="one id with two contents"),
        pytest.param(1, [state(1, NOW + 1, replay=True)], "mismarked", id="fresh, yet marked"),
        pytest.param(4, [state(3, NOW + 5, arrived=NOW + 10.02)], "mismarked", id="old, yet unmarked"),
    ],
)
def test_a_fault_is_named(place: int, wrong: list[Arrived], kind: str) -> None:
    found = audit.look([*HONEST[:place], *wrong, *HONEST[place + 1 :]], OPENED)
    assert any(fault.startswith(kind) for fault in found.faults()), found


def test_a_repetition_on_the_next_connection_is_no_fault() -> None:
    again = state(2, NOW + 2, replay=True, arrived=NOW + 10.015)
    assert audit.look([*HONEST[:4], again, *HONEST[4:]], OPENED).faults() == []
