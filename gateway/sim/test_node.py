import time
from pathlib import Path

import pytest
import serial

from gateway.sim.ledger import Key
from gateway.sim.node import MAIN, Account, Node
from gateway.sim.process import Line
from gateway.sim.record import Record
from gateway.sim.wire import Wire


@pytest.mark.skipif(not MAIN.exists(), reason="the firmware isn't in this checkout")
@pytest.mark.parametrize("cpython", [False, True], ids=["micropython", "cpython"])
def test_it_boots_repeats_and_keeps_its_account(tmp_path: Path, cpython: bool) -> None:
    with Wire(tmp_path) as wire, Node(wire.node_path, cpython=cpython) as node:
        if node.program == "CPython" and not cpython:
            pytest.skip("there is no MicroPython for this machine")
        with serial.Serial(str(wire.gateway_path), timeout=5):
            before = time.monotonic()
            node.set("smoke", 1)
            sent = node.wait_event("sent", 5, alarm=True)
            assert before <= sent["at"] <= time.monotonic()
            said = len(wire.tape)
            wire.tape.wait(lambda one: one.source == "node", 5, after=said)
            (made,) = node.made()
            assert made.key == ("kitchen", node.events("boot")[0]["boot"], sent["seq"])
            assert node.waiting() == 1
            node.power_cut()
            node.start()
            assert [one.forgotten for one in node.made()] == [True]
            assert node.waiting() == 0


class Script:
    """A console on which is written what the test says."""

    def __init__(self) -> None:
        self.lines: Record[Line] = Record("script")

    def say(self, text: str) -> None:
        raise AssertionError("nobody listens")

    def write(self, at: float, text: str) -> None:
        self.lines.add(Line(at, text))


def test_the_account_tells_what_was_acknowledged_shed_and_answered() -> None:
    script = Script()
    script.write(1.0, '{"ev": "acked", "seq": 8, "status": "durable"}')
    account = Account(script, "kitchen", same_clock=False)
    script.write(2.0, '{"ev": "boot", "boot": 7}')
    script.write(2.5, "Traceback (most recent call last):")
    for seq, smoke in ((1, "true"), (2, "false"), (3, "true")):
        script.write(seq + 2, f'{{"ev": "sent", "seq": {seq}, "values": {{"smoke": {smoke}}}}}')
    script.write(5.25, '{"ev": "output", "output": 1, "on": true}')
    script.write(6.0, '{"ev": "acked", "seq": 1, "status": "volatile"}')
    script.write(7.0, '{"ev": "acked", "seq": 1, "status": "durable"}')
    script.write(8.0, '{"ev": "dropped", "seq": 2}')
    script.write(9.0, '{"ev": "dropped", "seq": null}')
    assert account.made() == [
        (Key("kitchen", 7, 1), 3.0, 7.0, False),
        (Key("kitchen", 7, 2), 4.0, None, True),
        (Key("kitchen", 7, 3), 5.0, None, False),
    ]
    assert account.waiting() == 1
    assert account.reactions({"smoke"}, 1) == [0.25]
    account.wait_acknowledged(0, most=1)
