"""A private D-Bus: a dbus-daemon of its own, which every library of this process takes for the system's."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

VARIABLE = "DBUS_SYSTEM_BUS_ADDRESS"
"""Where libraries look for the system bus."""
_OPEN = 10.0
_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""


def find_dbus_daemon() -> str | None:
    """The program's path, or None where it isn't installed."""
    return shutil.which("dbus-daemon")


class Bus:
    """``async with Bus() as bus``: up, named to this process, and gone again."""

    def __init__(self) -> None:
        self.address = ""
        self._folder = ""
        self._before: str | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> "Bus":
        self._folder = self._made()
        self.address = f"unix:path={self._folder}/bus"
        self._before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = self.address
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        if self._before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = self._before
        shutil.rmtree(self._folder, ignore_errors=True)

    def _made(self) -> str:
        folder = tempfile.mkdtemp(prefix="anju-bus-")
        Path(folder, "bus.conf").write_text(_CONFIG.format(socket=escape(f"{folder}/bus")))
        return folder

    @property
    def pid(self) -> int:
        """Of the daemon; 0 when there is none."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Start the daemon at the same address; raises TimeoutError."""
        program = find_dbus_daemon()
        if program is None:
            raise FileNotFoundError("no dbus-daemon here: apt-get install dbus-daemon")
        command = (program, f"--config-file={self._folder}/bus.conf", "--nofork", "--nopidfile", "--print-address")
        self._process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        async with asyncio.timeout(_OPEN):
            await self._process.stdout.readline()

    async def stop(self) -> None:
        """End the daemon: every connection on the bus is lost."""
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()
            self._process = None
