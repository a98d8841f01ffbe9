"""Machine: boots a guest, runs one program in it, tells its lines as they come and the status it ended with."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from hil_tests.vm.initrd import initrd
from hil_tests.vm.kernel import BLUETOOTH, BOOT, Kernel, Unavailable

ROOT: Final = Path(__file__).resolve().parents[2]
QEMU: Final = "qemu-system-x86_64"
NEEDED: Final = {QEMU: "qemu-system-x86", "busybox": "busybox-static", "dbus-daemon": "dbus-daemon",
                 "bluetoothctl": "bluez"}  # fmt: skip
"""Program -> the Debian package that has it."""


class Ended(NamedTuple):
    """How the guest's program ended: its status, None if it never did; and all that was said."""

    status: int | None
    lines: list[str]
    seconds: float


def missing() -> str:
    """The Debian packages that aren't installed here, as apt-get takes them; "" when all are."""
    return " ".join(package for program, package in NEEDED.items() if _find(program) is None)


def _find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def accelerator() -> str:
    """KVM where the processor really has it; else an emulated processor, on as many threads as it has."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    real = re.search(r"\b(svm|vmx)\b", flags) and os.access("/dev/kvm", os.R_OK | os.W_OK)
    return "kvm" if real else "tcg,thread=multi"


class Machine:
    """``root`` is the guest's root directory; what it writes is gone with it. The checkout is at its place inside."""

    def __init__(self, kernel: Kernel, root: Path = Path("/"), memory: int = 1024) -> None:
        self._kernel, self._root, self._memory = kernel, root, memory

    def run(
        self,
        command: Sequence[str],
        seconds: float,
        tell: Callable[[str], None] = lambda line: None,
        environment: Mapping[str, str] | None = None,
    ) -> Ended:
        """Boot, run the command in the checkout, wait for its end; raises Unavailable."""
        if packages := missing():
            raise Unavailable(f"apt-get install --no-install-recommends {packages}")
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="anju-vm-") as name:
            folder = Path(name)
            (folder / "initrd").write_bytes(self._initrd(command, environment or {}))
            sockets = {name: folder / name for name in ("hci", "control")}
            machine = subprocess.Popen(
                self._qemu(folder, sockets), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            air = subprocess.Popen(
                [sys.executable, "-m", "hil_tests.vm.radio", *map(str, sockets.values())], cwd=ROOT,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                status, lines = _follow(machine, began + seconds, tell)
            finally:
                for process in (machine, air):
                    process.kill()
                    process.wait()
                if machine.stdout is not None:
                    machine.stdout.close()
        return Ended(status, lines, time.monotonic() - began)

    def _shares(self) -> dict[str, Path]:
        """What the guest doesn't have at its place by its root alone."""
        return {} if self._root == Path("/") else {"checkout": ROOT}

    def _initrd(self, command: Sequence[str], environment: Mapping[str, str]) -> bytes:
        boot = self._kernel.modules(BOOT)
        busybox = Path(_find("busybox") or "").read_bytes()
        return initrd(
            busybox, boot, self._kernel.modules(BLUETOOTH), command, ROOT, {"PYTHONPATH": str(ROOT), **environment},
            self._shares(),
        )  # fmt: skip

    def _qemu(self, folder: Path, sockets: Mapping[str, Path]) -> list[str]:
        fast = accelerator()
        command = [
            QEMU, "-machine", "q35", "-accel", fast, "-cpu", "host" if fast == "kvm" else "max", "-smp", "2",
            "-m", str(self._memory), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-serial", "stdio", "-kernel", str(self._kernel.image()), "-initrd", str(folder / "initrd"), "-append",
            "console=ttyS0 quiet panic=-1 mitigations=off cryptomgr.notests nokaslr random.trust_cpu=on",
            "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
        ]  # fmt: skip
        for tag, place in {"root": self._root, **self._shares()}.items():
            share = f"local,id={tag},path={place},security_model=none,readonly=on,multidevs=remap"
            command += ["-fsdev", share, "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        for number, (name, path) in enumerate(sockets.items(), 1):
            command += ["-chardev", f"socket,id={name},path={path},server=on,wait=off"]
            command += ["-device", f"virtserialport,chardev={name},name={name},nr={number}"]
        return command


def _follow(
    machine: "subprocess.Popen[bytes]", end: float, tell: Callable[[str], None]
) -> tuple[int | None, list[str]]:
    """Its lines until it powers off, or until the time is up."""
    assert machine.stdout is not None
    os.set_blocking(machine.stdout.fileno(), False)
    lines: list[str] = []
    status, rest = None, b""
    while time.monotonic() < end:
        data = machine.stdout.read()
        if data == b"":
            break
        *whole, rest = (rest + (data or b"")).split(b"\n")
        for raw in whole:
            line = raw.decode(errors="replace").rstrip("\r")
            lines.append(line)
            tell(line)
            if found := re.search(r"\[status (\d+)\]", line):
                return int(found[1]), lines
        time.sleep(0.02)
    return status, lines
