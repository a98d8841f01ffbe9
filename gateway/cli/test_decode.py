"""anju decode: frames as people write them, as JSON and in words."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import NO, OK, main
from gateway.cli.conftest import CAPTURES, PROGRAM, ROOT, TEMPERATURE, Out, objects


def test_decode(capsys: Out) -> None:
    assert main(["decode", "node", TEMPERATURE]) == OK
    said = {"driver": "node", "address": "a1b2c3d4", "readings": {"temperature_c": 23.41}}
    assert objects(capsys.readouterr().out) == [said]


def test_decode_in_words(capsys: Out) -> None:
    assert main(["decode", "--text", "node", TEMPERATURE]) == OK
    assert capsys.readouterr().out == "node a1b2c3d4  temperature_c 23.41\n"
    assert main(["decode", "--text", "--lang", "zh", "node", "00"]) == NO
    assert capsys.readouterr().out.startswith("错误: ")


@pytest.mark.parametrize("change", [str.upper, lambda text: " ".join(re.findall("..", text)), lambda text: text[2:-2]])
def test_decode_takes_hex_as_people_write_it(change: Callable[[str], str], capsys: Out) -> None:
    assert main(["decode", "node", change(TEMPERATURE)]) == OK
    assert objects(capsys.readouterr().out)[0]["readings"] == {"temperature_c": 23.41}


def test_decode_calls_the_second_of_like_values_number_two(capsys: Out) -> None:
    asked = 0
    for capture in CAPTURES:
        main(["decode", "node", capture.wire.hex()])
        told = objects(capsys.readouterr().out)
        if capture.said:
            assert [one["readings"] for one in told] == [capture.said.values], capture.name
            asked += any("#" in point for point in capture.said.values)
        else:
            assert all("error" in one for one in told), capture.name
    assert asked >= 2
    assert len(CAPTURES) >= 10


@pytest.mark.parametrize("text", ["", "00", "zz", "0", "00ff00", TEMPERATURE[:-8] + "00"])
def test_decode_of_what_is_no_frame(text: str, capsys: Out) -> None:
    assert main(["decode", "node", text]) == NO
    told = objects(capsys.readouterr().out)
    assert [list(one) for one in told] == [["error"]]


def test_decode_of_two_glued_frames_and_a_piece(capsys: Out) -> None:
    other = CAPTURES[0].wire.hex()
    assert main(["decode", "node", TEMPERATURE + other + TEMPERATURE[:20]]) == NO
    told = objects(capsys.readouterr().out)
    assert ["readings" in one for one in told] == [True, True, False]


def test_decode_of_lines(tmp_path: Path) -> None:
    lines = f"{TEMPERATURE}\n\n  {TEMPERATURE}\nno hex\n".encode() + b"\xff\xfe\n"
    done = subprocess.run([*PROGRAM, "decode", "node", "-"], input=lines, capture_output=True, timeout=30, cwd=ROOT)
    first, again, bad, worse = objects(done.stdout.decode())
    assert done.returncode == NO
    assert done.stderr == b""
    assert "repeated" not in first
    assert again["repeated"] is True
    assert "error" in bad
    assert "error" in worse


def test_decode_ends_quietly_when_its_reader_has_gone() -> None:
    with subprocess.Popen(
        [*PROGRAM, "decode", "node", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.write(f"{TEMPERATURE}\n".encode() * 10)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == NO
