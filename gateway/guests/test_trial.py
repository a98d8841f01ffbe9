"""`anju driver test`: a driver with one fault each is told by it; a name that is none says so."""

import dataclasses
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from drivers.driver import BadFrame, Decoded, Driver, Head, Memory
from drivers.reading import Value
from drivers.shipped import shipped
from gateway.cli import COULD_NOT_RUN, NO, OK, main
from gateway.guests import trial as module
from gateway.guests.entries import NoDriver
from gateway.guests.found import Found, below, named
from gateway.guests.trial import trial
from gateway.sim.process import ROOT

FRAMES = ROOT / "drivers" / "frames"


def found(name: str = "node", **fault: Any) -> Found:
    driver = dataclasses.replace(shipped()[name], **fault)
    return Found(driver, "here", FRAMES / f"{name}.toml")


@pytest.mark.parametrize("name", ["node", "bthome", "modbus-xy-md02", "zigbee2mqtt"])
def test_ours_pass_it(name: str) -> None:
    verdict = trial(found(name))
    assert verdict.failed == ""
    assert verdict.asked["rubbish"] == module.ROUNDS
    assert verdict.asked["handed on"] >= 5


def _sleeps(head: Head, memory: Memory) -> Decoded:
    time.sleep(60)
    raise BadFrame("never")


def _ends(data: bytes) -> Head:
    sys.exit(0)


def _bug(data: bytes) -> Head:
    return Head(data.hex(), bytes((data[900],)))


def _shouts(head: Head, memory: Memory) -> Decoded:
    return Decoded([Value("Temperature", 1.0)], {})


@pytest.mark.parametrize(
    ("fault", "why"),
    [({"decode": _sleeps}, "decode(Head("), ({"head": _ends}, "it ends the process"), ({"head": _bug}, "IndexError")],
)
def test_what_no_driver_may_do_is_told(fault: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HANGS", 0.05)
    assert why in trial(found(**fault)).failed


def test_a_quantity_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    frames = "".join(
        f'[[frame]]\nname = "n{n}"\nhex = "0{n}"\naddress = "a"\nvalues = {{Temperature = 1.0}}\n' for n in range(5)
    ) + "".join(f'[[frame]]\nname = "e{n}"\nhex = ""\nerror = "nothing"\n' for n in range(3))
    (tmp_path / "frames.toml").write_text(frames)

    def head(data: bytes) -> Head:
        if not data:
            raise BadFrame("nothing")
        return Head("a", data)

    driver = Driver("odd", "advert", lambda data: ([data], b""), head, _shouts, 60)
    assert "is no quantity" in trial(Found(driver, "here", tmp_path / "frames.toml")).failed


def test_a_register_map_of_an_installer_is_a_driver_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.toml").write_text((ROOT / "drivers/maps/generic-gas.toml").read_text("utf-8"))
    assert named(str(tmp_path / "own.toml")).name == "modbus-own"
    assert [one.driver.name for one in below(tmp_path)] == ["modbus-own"]
    frames = (FRAMES / "modbus-generic-gas.toml").read_text("utf-8")
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames/modbus-own.toml").write_text(frames, "utf-8")
    assert main(["driver", "test", str(tmp_path)]) == OK
    assert "modbus-own" in capsys.readouterr().out
    (tmp_path / "own.toml").write_text("base = 7\n")
    assert main(["decode", str(tmp_path / "own.toml"), "00"]) == 2
    assert "base" in capsys.readouterr().err


def test_a_path_without_a_driver_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.py").write_text("import no_such_module\n")
    for path, why in (
        ("broken.py", "No module named"),
        ("", "No module named"),
        ("none.py", "none.py"),
        ("x.txt", "x.txt"),
    ):
        assert main(["driver", "test", str(tmp_path / path)]) == COULD_NOT_RUN
        assert why in capsys.readouterr().err
    with pytest.raises(NoDriver):
        named("never-heard-of")
    (tmp_path / "broken.py").write_text("x = 1\n")
    assert main(["driver", "test", str(tmp_path)]) == COULD_NOT_RUN
    assert main(["driver", "test", "never-heard-of"]) == COULD_NOT_RUN


@pytest.mark.usefixtures("odd")
def test_a_list_names_those_that_cannot_be_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["driver", "list"]) == NO
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("odd ") and "odd-driver 0.1" in line for line in lines)
    assert any(line.startswith("nowhere ") and "no_such_module" in line for line in lines)
