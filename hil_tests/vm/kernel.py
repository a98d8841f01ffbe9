"""Debian's kernel package, fetched once: the kernel itself, and kernel modules with all that they need."""

import lzma
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

CACHE: Final = Path(os.environ.get("ANJU_VM_CACHE", Path.home() / ".cache/anju-vm"))
BOOT: Final = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console")
"""What mounts the root and talks to the outside."""
BLUETOOTH: Final = (
    "drbg", "hmac", "sha512_generic", "ctr", "ecdh_generic", "ecb", "cmac", "aes_generic", "algif_hash",
    "algif_skcipher", "uhid", "hci_vhci",
)  # fmt: skip
"""A Bluetooth stack with a controller that a program plays, and the ciphers that it asks for by name."""
_XZ: Final = b"\xfd7zXZ\0"


class Unavailable(Exception):
    """What the machine is made of isn't to be had here; says what and why."""


class Kernel:
    """An unpacked kernel package in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = sorted(folder.glob("tree/boot/vmlinuz-*"))
        if not found:
            raise Unavailable(f"no kernel in {folder}")
        self._packed = found[-1]
        version = found[-1].name.removeprefix("vmlinuz-")
        trees = [folder / "tree" / usr / "modules" / version for usr in ("lib", "usr/lib")]
        self._files = {
            path.name.split(".ko")[0].replace("-", "_"): path for tree in trees for path in tree.rglob("*.ko*")
        }
        builtin = [line for tree in trees if (tree / "modules.builtin").exists()
                   for line in (tree / "modules.builtin").read_text().split()]  # fmt: skip
        self._builtin = {Path(line).name.removesuffix(".ko").replace("-", "_") for line in builtin}

    def image(self) -> Path:
        """The kernel unpacked, which spares an emulated processor the seconds that it would take for that."""
        path = self.folder / "vmlinux"
        if not path.exists():
            data = self._packed.read_bytes()
            start = data.find(_XZ)
            if start < 0:
                return self._packed
            path.write_bytes(lzma.LZMADecompressor(format=lzma.FORMAT_XZ).decompress(data[start:]))
        return path

    def modules(self, names: Sequence[str]) -> dict[str, bytes]:
        """Modules by name, each after those that it needs; what is built in or isn't there is left out."""
        found: dict[str, bytes] = {}

        def add(name: str) -> None:
            name = name.replace("-", "_")
            if name in found or name in self._builtin or name not in self._files:
                return
            data = self._read(name)
            for needed in _needs(data):
                add(needed)
            found[name] = data

        for name in names:
            add(name)
        return found

    def keep(self, names: Sequence[str]) -> None:
        """Only these modules and what they need: 20 MB of 400."""
        needed = self.modules(names)
        for name, path in self._files.items():
            if name not in needed:
                path.unlink(missing_ok=True)

    def _read(self, name: str) -> bytes:
        data = self._files[name].read_bytes()
        return lzma.decompress(data) if data.startswith(_XZ) else data


def _needs(module: bytes) -> Iterator[str]:
    """The modules that a module says it depends on (its section .modinfo)."""
    found = re.search(rb"\0depends=([^\0]*)\0", module)
    yield from filter(None, found[1].decode().split(",") if found else [])


def fetch(name: str = "host", package: str = "linux-image-amd64", *, root: Path | None = None) -> Kernel:
    """The kernel of this machine's Debian, or of the Debian in ``root``; raises Unavailable."""
    folder = CACHE / name
    if not list(folder.glob("tree/boot/vmlinuz-*")):
        folder.mkdir(parents=True, exist_ok=True)
        inside = ["chroot", str(root)] if root else []
        if root:
            _run([*inside, "apt-get", "update", "-qq"])
        real = re.search(r"Depends: (linux-image-\S+)", _run([*inside, "apt-cache", "depends", package]))
        _run([*inside, "apt-get", "download", real[1] if real else package], root or folder)
        packages = list((root or folder).glob("linux-image-*.deb"))
        if not packages:
            raise Unavailable(f"apt-get brought no {package}")
        _run(["dpkg-deb", "-x", str(packages[0]), str(folder / "tree")])
        packages[0].unlink()
        Kernel(folder).keep((*BOOT, *BLUETOOTH))
    return Kernel(folder)


def _run(command: Sequence[str], folder: Path | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{command[0]}: {error}") from error
    if done.returncode:
        raise Unavailable(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    return done.stdout
