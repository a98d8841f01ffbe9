"""Fuzz and speed run over every shipped driver in the size of a test; a driver that is broken is caught."""

import dataclasses
import random

import pytest

from bench import decode, fuzz
from bench.oracles import ORACLES
from bench.traffic import KINDS, kinds
from drivers.driver import Decoded, Head, Memory
from drivers.reading import Value
from drivers.shipped import shipped

DRIVERS = shipped()
NODE = DRIVERS["node"]


@pytest.mark.parametrize("name", DRIVERS)
def test_mutated_frames_are_read_or_refused(name: str) -> None:
    one = fuzz.Fuzz(DRIVERS[name], seed=3)
    one.run(2000)
    assert one.faults == []
    assert one.counts["frames"] == 2000
    assert one.counts["read"] >= 50, "mutated behind the check, many must still be read"
    assert one.counts["refused"] >= 50


@pytest.mark.parametrize("name", DRIVERS)
def test_every_kind_of_traffic_is_read(name: str) -> None:
    for traffic in kinds(DRIVERS[name], 100):
        assert len(traffic.frames) == 100
        assert 10 <= decode.ours(DRIVERS[name], traffic)() <= 100 + 100


def test_rows_name_shipped_drivers() -> None:
    assert set(KINDS) <= set(DRIVERS)
    assert set(ORACLES) <= set(DRIVERS)


def _raises(head: Head, memory: Memory) -> Decoded:
    if len(head.body) % 7 == 3:
        raise IndexError("past the end")
    return NODE.decode(head, memory)


def _grows(head: Head, memory: Memory) -> Decoded:
    return Decoded((), {"all": str(memory.get("all", "")) + head.body.hex() * 20})


def _keeps_the_key(head: Head, memory: Memory) -> Decoded:
    return Decoded((), {**memory, "key": "00"})


def _nothing(head: Head, memory: Memory) -> Decoded:
    return Decoded([Value("smoke", None)], {})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"decode": _raises}, "decode raises IndexError"),
        ({"decode": _grows}, "memory is too long"),
        ({"decode": _keeps_the_key}, "has the key"),
        ({"decode": _nothing}, "a value is none"),
        ({"cut": lambda buffer: ([], buffer)}, "keeps a long rest"),
    ],
)
def test_a_faulty_driver_is_caught(fault: dict[str, object], why: str) -> None:
    one = fuzz.Fuzz(dataclasses.replace(NODE, **fault), seed=1)  # type: ignore[arg-type]
    one.run(2000)
    assert any(why in said for said in one.faults)


def test_the_same_seed_makes_the_same_frames() -> None:
    shapes = [traffic.frames[0] for traffic in kinds(DRIVERS["bthome"], 1)]
    made = [[fuzz.mutated(shapes, chance) for _ in range(200)] for chance in (random.Random(5), random.Random(5))]
    assert made[0] == made[1]
    assert len(set(made[0])) > 100
