"""The one shared test of every driver. A new driver and its captures file are found by themselves."""

import contextlib
import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.captures import Capture, Said, check_driver, load
from drivers.driver import BadFrame, Driver, Head
from drivers.reading import Value
from drivers.shipped import shipped

FRAMES = Path(__file__).parent / "frames"
DRIVERS = shipped()


def captures(name: str) -> list[Capture]:
    return load((FRAMES / f"{name}.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", DRIVERS)
def test_driver_reads_its_captures_whatever_the_line_does(name: str) -> None:
    frames = captures(name)
    asked = check_driver(DRIVERS[name], frames)
    good = [frame for frame in frames if frame.said]
    assert len({frame.name for frame in frames}) == len(frames)
    assert asked["whole"] == len(good) >= 5
    assert asked["refused"] == len(frames) - len(good) >= 3
    if DRIVERS[name].link == "serial":
        length = sum(len(frame.wire) for frame in good)
        assert asked["bit flipped"] == 8 * length
        assert asked["truncated"] == length
        assert asked["after noise"] == 8 * len(good)
        assert asked["byte by byte"] == len(good)


def test_every_captures_file_has_its_driver() -> None:
    assert {path.stem for path in FRAMES.glob("*.toml")} == set(DRIVERS)


@pytest.mark.parametrize("name", DRIVERS)
def test_any_bytes_are_refused_with_badframe_alone(name: str) -> None:
    driver = DRIVERS[name]
    shapes = [frame.wire for frame in captures(name)]

    @given(st.lists(st.one_of(st.binary(max_size=300), st.sampled_from(shapes)), max_size=6))
    def swallow(pieces: list[bytes]) -> None:
        rest = b""
        for piece in pieces:
            cut, rest = driver.cut(rest + piece)
            for frame in [*cut, piece]:
                with contextlib.suppress(BadFrame):
                    driver.decode(driver.head(frame), {})

    swallow()


@pytest.mark.parametrize("name", DRIVERS)
def test_any_body_under_a_good_head_is_refused_with_badframe_alone(name: str) -> None:
    @given(st.integers(0, 255), st.binary(max_size=300), st.booleans())
    def swallow(kind: int, body: bytes, alarm: bool) -> None:
        with contextlib.suppress(BadFrame):
            decoded = DRIVERS[name].decode(Head("a1b2c3d4", body, kind, 1, 1, alarm), {})
            assert all(isinstance(value, Value) for value in decoded.values)

    swallow()


# ---- the check can fail: drivers with one fault each are caught


def _node_without(**fault: object) -> Driver:
    return dataclasses.replace(DRIVERS["node"], **fault)  # type: ignore[arg-type]


def _cut_only_whole(buffer: bytes) -> tuple[list[bytes], bytes]:
    return DRIVERS["node"].cut(buffer)[0], b""


def _keep_all(buffer: bytes) -> tuple[list[bytes], bytes]:
    *frames, rest = buffer.split(b"\0")
    return [frame for frame in frames if frame], rest


def _trust(frame: bytes) -> Head:
    return Head("a1b2c3d4", frame, 4, 1, 1, True)


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        ({"cut": _cut_only_whole}, "byte by byte"),
        ({"cut": _keep_all}, "keeps"),
        ({"head": _trust, "decode": lambda head, memory: DRIVERS["node"].decode(head, memory)}, "whole"),
    ],
)
def test_check_catches_a_faulty_driver(fault: dict[str, object], how: str) -> None:
    good = [frame for frame in captures("node") if frame.said]
    with pytest.raises(AssertionError, match=how):
        check_driver(_node_without(**fault), good)


def test_check_catches_a_driver_that_skips_the_checksum() -> None:
    def head(frame: bytes) -> Head:
        return Head(frame.hex(), b"", 1)

    said = Said("a1", 1, {}, frozenset())
    careless = dataclasses.replace(DRIVERS["node"], head=head, decode=lambda head, memory: DRIVERS["node"].decode(
        Head(head.address, b"", 6), memory
    ))  # fmt: skip
    with pytest.raises(AssertionError, match="bit"):
        check_driver(careless, [Capture("no checksum", b"\0\xa1\0", said._replace(kind=1))])


def test_check_catches_a_wrong_reason() -> None:
    with pytest.raises(AssertionError, match="not for 'low tide'"):
        check_driver(DRIVERS["node"], [Capture("bad", b"\0\1\2\0", None, "low tide")])
