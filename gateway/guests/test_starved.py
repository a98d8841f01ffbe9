"""A driver that is late because the machine, or the gateway itself, is: it is waited for, and loses nothing."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway import reload
from gateway.control.conftest import running
from gateway.guests import cards, host, question, talk
from gateway.guests.conftest import SITE
from gateway.guests.test_worker import Life, living
from gateway.reload import Reload

pytestmark = pytest.mark.usefixtures("odd")


async def begun(life: Life) -> int:
    """Its worker, which has read one frame."""
    life.hear("t1 0")
    await life.until(lambda: len(life.values()) == 1)
    return life.host.pid


async def test_a_gateway_that_stands_still_blames_no_driver() -> None:
    """The answer came in time, nobody was there to hear it."""
    async with living() as life:
        pid = await begun(life)
        for number in range(1, 4):
            life.hear(f"t1 {number}")
            await asyncio.sleep(0.002 * (number % 4))  # somewhere between the question and its answer
            time.sleep(1.2 * host.DEADLINE)
        await life.until(lambda: len(life.values()) == 4)
        assert life.values() == list(range(4))
        assert (life.host.pid, life.faults()) == (pid, [])


async def test_a_worker_that_was_stopped_and_goes_on_is_waited_for() -> None:
    async with living() as life:
        pid = await begun(life)
        os.kill(pid, signal.SIGSTOP)
        life.hear(*(f"t1 {number}" for number in range(1, 20)))
        await asyncio.sleep(2.5 * host.DEADLINE)
        os.kill(pid, signal.SIGCONT)
        await life.until(lambda: len(life.values()) == 20)
        assert life.values() == list(range(20))
        assert (life.host.pid, life.faults()) == (pid, [])


async def test_one_that_is_stopped_for_good_is_replaced_and_what_it_owed_is_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(talk, "STARVED", 0.2)
    monkeypatch.setattr(host, "STARVED", 2)
    async with living() as life:
        os.kill(await begun(life), signal.SIGSTOP)
        life.hear("t1 1", "t1 stop", "t1 2")
        await life.until(lambda: len(life.values()) == 4)
        assert life.values() == [0.0, 1.0, "the driver got no turn", 2.0], "it stops itself at one frame, each time"
        assert life.faults() == [True]
    told = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert told == ['driver "odd" failed: it was stopped for 0.2 s']


async def test_on_a_machine_that_is_too_busy_it_is_late_and_no_more() -> None:
    """It gets what somebody else on the only core leaves it: a few milliseconds a second."""
    async with living() as life:
        pid = await begun(life)
        core = min(os.sched_getaffinity(0))
        burn = f"import os; os.sched_setaffinity(0, [{core}])\nwhile os.getppid() == {os.getpid()}: pass"
        busy = subprocess.Popen([sys.executable, "-c", burn])
        try:
            os.sched_setaffinity(pid, [core])
            os.setpriority(os.PRIO_PROCESS, pid, 19)
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
            for number in range(1, 4):
                life.hear(f"t1 {number}")
                await asyncio.sleep(0.1)
            await life.until(lambda: len(life.values()) == 4)
        finally:
            busy.kill()
            busy.wait()
        assert life.values() == list(range(4))
        assert life.host.pid == pid


async def test_a_driver_that_could_not_say_what_it_is_in_time_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A computer that starts is busy; a good driver isn't given up for that until somebody restarts the gateway."""
    caplog.set_level(logging.INFO, "gateway.guests.cards")
    cards.forget()
    monkeypatch.setattr(question, "PATIENCE", 0.01)
    monkeypatch.setattr(reload, "AGAIN", (0.3, 0.3))
    more = SITE.partition("[ports")[2].replace("line-1", "line-2").replace("DRIVER", "asked")
    async with running(tmp_path, f"[ports{more}") as gateway:
        app = gateway.app
        assert app.site.drivers["asked"].ask is None
        again = Reload(tmp_path / "site.toml")
        again.attach(app)
        asking = asyncio.create_task(again.run())
        await gateway.until(lambda: "driver-fault" in {one.rule for one in app.booted.fold.engine.open()})
        monkeypatch.setattr(question, "PATIENCE", 10.0)
        await gateway.until(lambda: app.site.drivers["asked"].ask is not None)
        await gateway.until(lambda: "driver-fault" not in {one.rule for one in app.booted.fold.engine.open()})
        assert app.booted.fold.site_hash == app.site.hash
        asking.cancel()
    told = [record.message for record in caplog.records if record.name == "gateway.guests.cards"]
    assert [message.partition(":")[0] for message in told] == [
        'driver "asked" can\'t be had', 'driver "asked" can be had now',
    ]  # fmt: skip
    cards.forget()
