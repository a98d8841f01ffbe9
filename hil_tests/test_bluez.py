"""The gateway's Bluetooth port on a real BlueZ and a real kernel, in a virtual machine with a virtual controller.

CI asks the few of ``SMOKE_TEST``. ``--bluez whole`` asks all of them; ``--bluez-debian trixie`` asks another Debian's
BlueZ (made once by ``python -m hil_tests.vm.debian trixie``).
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from hil_tests.report import Entry
from hil_tests.vm import cases, debian
from hil_tests.vm.kernel import Unavailable, fetch
from hil_tests.vm.machine import ROOT, Ended, Machine, missing

pytestmark = [pytest.mark.timeout(700), pytest.mark.usefixtures("simulated_only")]
SECONDS = 560.0


@pytest.fixture(scope="module")
def machine(request: pytest.FixtureRequest) -> Machine:
    """One that can boot here; where it can't, what is missing is said aloud."""
    suite = request.config.getoption("--bluez-debian")
    try:
        if packages := missing():
            raise Unavailable(f"apt-get install --no-install-recommends {packages}")
        return Machine(debian.made(suite), debian.root_of(suite)) if suite else Machine(fetch())
    except Unavailable as error:
        pytest.skip(f"no real BlueZ is asked, the virtual machine lacks: {error}")


def asked(machine: Machine, request: pytest.FixtureRequest, *arguments: str) -> dict[str, dict[str, Any]]:
    """Boot and ask -> what each case said."""
    suite = request.config.getoption("--bluez-debian")
    python = "/usr/bin/python3" if suite else sys.executable
    environment = {"PYTHONPATH": f"{ROOT}:/{debian.PLACE}"} if suite else {}
    ended = machine.run([python, "-m", "hil_tests.vm.guest", *arguments], SECONDS, environment=environment)
    said = dict(_cases(ended))
    if "machine" not in said:
        pytest.fail("the guest never got so far:\n" + "\n".join(ended.lines[-40:]))
    said["machine"]["figures"]["total_s"] = round(ended.seconds, 1)
    return said


def _cases(ended: Ended) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in ended.lines:
        if line.startswith('{"case"'):
            told = json.loads(line)
            yield told["case"], told


@pytest.fixture(scope="module")
def answers(machine: Machine, request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """All that one machine was asked."""
    names = cases.WHOLE if request.config.getoption("--bluez") == "whole" else cases.SMOKE_TEST
    return asked(machine, request, *names)


@pytest.mark.parametrize("name", cases.WHOLE)
def test_a_real_bluez(
    name: str, answers: dict[str, dict[str, Any]], request: pytest.FixtureRequest, report: Entry
) -> None:
    if name not in cases.SMOKE_TEST and request.config.getoption("--bluez") != "whole":
        pytest.skip("asked with --bluez whole")
    there = answers["machine"]["figures"]
    done = f"BlueZ {there['bluez']} on Linux {there['kernel']}, a virtual controller"
    report(requirement=(cases.CASES[name].__doc__ or "").strip(), did=done, figures=answers[name]["figures"])
    assert answers[name]["ok"], answers[name].get("why")


@pytest.mark.parametrize(
    ("case", "option"),
    [
        pytest.param("plain", ("--plain",), id="without Experimental"),
        pytest.param("roomy", ("--room", "4194304"), id="with more room for sockets"),
    ],
)
def test_a_real_bluez_set_up_otherwise(
    case: str, option: tuple[str, ...], machine: Machine, request: pytest.FixtureRequest, report: Entry
) -> None:
    if request.config.getoption("--bluez") != "whole":
        pytest.skip("asked with --bluez whole")
    said = asked(machine, request, *option, case)[case]
    requirement = (cases.CASES[case].__doc__ or "").strip()
    report(requirement=requirement, did=f"bluetoothd set up by {' '.join(option)}", figures=said["figures"])
    assert said["ok"], said.get("why")
