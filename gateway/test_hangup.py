"""SIGHUP whenever it comes: while a gateway starts, between two of its lives, and while one of them ends."""

import asyncio
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from gateway.app import App
from gateway.control.conftest import TOML
from gateway.crew import Crew, end
from gateway.lives import live
from gateway.reload import Reload
from gateway.sim.process import ANJU, Process
from gateway.site import load

SITE = TOML.replace("[homes.other]", '[store]\npath = "anju.db"\n[homes.other]')
CHANGED = SITE + '\n[homes.flat.rules.door-left-open]\nwhen = {for = "20m"}\n'


async def until(true: Callable[[], bool]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.002)


def _uses(app: App, site: str) -> bool:
    return app.booted.fold.site_hash == site


async def test_what_is_asked_while_no_life_runs_is_done_by_the_next_one(tmp_path: Path) -> None:
    """The file was read before the boot, which may take long, and is another one now."""
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    apps, reload = list[App](), Reload(path)
    site = load(path)
    reading = asyncio.create_task(reload.run())
    reload.ask()
    await asyncio.sleep(0)
    path.write_text(CHANGED)

    def opened(app: App) -> None:
        apps.append(app)
        reload.attach(app)

    for _ in range(2):
        life = asyncio.create_task(live(site, opened=opened, closed=reload.detach))
        await until(lambda: bool(apps))
        app = apps.pop()
        changed = load(path).hash
        await until(partial(_uses, app, changed))
        await end([life])
        path.write_text(SITE)
        reload.ask()
        site = app.site
        await asyncio.sleep(0.01)
        assert app.site.hash == changed, "its life is over"
    await end([reading])


async def test_nothing_begins_once_all_was_told_to_end() -> None:
    crew, begun = Crew(), list[str]()

    async def part() -> None:
        begun.append("port")
        await asyncio.Event().wait()

    crew.begin("port line", part)
    await asyncio.sleep(0)
    await crew.close()
    crew.begin("port line", part)
    await asyncio.sleep(0)
    assert (begun, crew.names("")) == (["port"], [])


def test_a_gateway_whose_file_was_broken_meanwhile_starts_all_the_same(tmp_path: Path) -> None:
    """Somebody left it half edited; the gateway went on, and then the power failed. Nor does a hang-up end its start."""
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    gateway = Process("gateway", [*ANJU, "run", "--site", str(path)], {"PYTHONUNBUFFERED": "1"})
    with gateway:
        gateway.lines.wait(lambda line: " on Python " in line.text, 15)
        sent = 0
        while not any("anju is up" in line.text for line in gateway.lines.all()):
            assert gateway.running, gateway.tail()
            gateway.signal(signal.SIGHUP)
            sent += 1
            time.sleep(0.005)
        assert sent > 2
        path.write_text(CHANGED)
        gateway.signal(signal.SIGHUP)
        gateway.lines.wait(lambda line: "door-left-open in flat: changed" in line.text, 15)
        path.write_text(SITE[:-40] + "[[")
        gateway.signal(signal.SIGHUP)
        gateway.lines.wait(lambda line: "site-refused gateway firing" in line.text, 15)
        gateway.kill()
        before = len(gateway.lines)
        gateway.start()
        gateway.lines.wait(lambda line: "anju is up" in line.text, 15, after=before)
        path.write_text(CHANGED)
        gateway.signal(signal.SIGHUP)
        gateway.lines.wait(lambda line: "site-refused gateway resolved" in line.text, 15, after=before)
        said = [line.text for line in gateway.lines.all()[before:]]
        assert any("was in use last" in line for line in said)
        assert any("not TOML" in line for line in said)
        assert not any("site-refused gateway firing" in line for line in said), "nobody is told of it twice"
        assert not any("site changed" in line for line in said), "it was the last one, not an earlier one"
        gateway.signal(signal.SIGTERM)
        assert gateway.wait(10) == 0
