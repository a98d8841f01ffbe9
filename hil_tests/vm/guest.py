"""In the guest: D-Bus, bluetoothd, the bridge to the air, then cases.

    python -m hil_tests.vm.guest [--plain] [--room BYTES] CASE…

Each case says one JSON object on a line of its own: {"case": …, "ok": true, "figures": {…}}, with "why" if it isn't.
"""

import argparse
import asyncio
import json
import os
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from gateway.ports.ble.bluez import Bluez
from hil_tests.vm.inside import Daemons, Radio, port


async def ask(names: list[str], daemons: Daemons) -> bool:
    """All cases, one after the other; True when all are well."""
    from hil_tests.vm.cases import CASES, Bench

    radio = Radio(str(port("control")))
    plugs = await plug(radio)
    there = {"bluez": daemons.version(), "kernel": os.uname().release, "up_s": uptime(), "plugs": plugs}
    say(case="machine", ok=True, figures=there)
    well = True
    for name in names:
        began = time.monotonic()
        try:
            figures = await asyncio.wait_for(CASES[name](Bench(radio, daemons)), 150)
            say(case=name, ok=True, figures={**figures, "took_s": round(time.monotonic() - began, 1)})
        except Exception as error:
            traceback.print_exc()
            say(case=name, ok=False, why=f"{type(error).__name__}: {error}", figures={})
            well = False
    return well


async def plug(radio: Radio) -> int:
    """Plug the adapter in until it is there -> how often.

    The kernel gives a controller two seconds for an answer; on a busy machine an emulated one may need more.
    """
    for times in range(1, 6):
        await radio("plug")
        with suppress(OSError, TimeoutError):
            async with Bluez() as bluez, asyncio.timeout(15.0):
                while not bluez.adapters:
                    await bluez.change(1.0)
                return times
        await radio("unplug")
        await asyncio.sleep(1.0)
    raise RuntimeError("the kernel never took the adapter")


def say(**words: Any) -> None:
    """One line to the outside."""
    print(json.dumps(words), flush=True)


def uptime() -> float:
    """Seconds since the kernel began."""
    return float(Path("/proc/uptime").read_text().split()[0])


def main() -> int:
    """0 when all is well."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--room", default="")
    parser.add_argument("cases", nargs="+")
    said = parser.parse_args()
    daemons = Daemons(experimental=not said.plain, room=said.room)
    daemons.start()
    return 0 if asyncio.run(ask(said.cases, daemons)) else 1


if __name__ == "__main__":
    sys.exit(main())
