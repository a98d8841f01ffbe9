"""The guest's first file system: a busybox, kernel modules, and a script that mounts the real root and enters it."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_DIRECTORY, _PROGRAM, _FILE, _DEVICE = 0o40755, 0o100755, 0o100644, 0o20600

INIT = """#!/bin/busybox sh
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
for name in $(busybox cat /order-boot); do busybox insmod /modules/$name.ko; done
mount9p() { busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,$3 $1 $2; }
mount9p root /below cache=loose,ro
busybox mount -t tmpfs tmpfs /above
busybox mkdir /above/files /above/work
busybox mount -t overlay -o lowerdir=/below,upperdir=/above/files,workdir=/above/work overlay /root
for name in $(busybox cat /order-bluetooth); do busybox insmod /modules/$name.ko; done
for place in proc sys dev; do busybox mount --move /$place /root/$place; done
busybox mkdir -p /root/dev/shm /root/dev/pts /root/run
for place in dev/shm run; do busybox mount -t tmpfs tmpfs /root/$place; done
busybox mount -t devpts devpts /root/dev/pts
for share in $(busybox cat /shares); do
  busybox mkdir -p /root$share
  mount9p "$(busybox cat /tags$share/tag)" /root$share cache=loose,ro
done
busybox cp /second /root/run/second
exec busybox switch_root /root /bin/sh /run/second
"""
SECOND = """export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
ip link set lo up 2>/dev/null
{environment}
cd {folder}
{command} </dev/null 2>&1
echo "[status $?]"
echo o >/proc/sysrq-trigger
while :; do sleep 1; done
"""


def initrd(
    busybox: bytes,
    boot: Mapping[str, bytes],
    bluetooth: Mapping[str, bytes],
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    shares: Mapping[str, Path],
) -> bytes:
    """The archive. ``shares`` are mounted read-only at the places that they have outside: tag -> folder."""
    second = SECOND.format(
        environment="\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items()),
        folder=shlex.quote(str(folder)),
        command=shlex.join(command),
    )
    entries: list[tuple[str, int, bytes]] = [
        (name, _DIRECTORY, b"") for name in ("bin", "modules", "proc", "sys", "dev", "below", "above", "root", "tags")
    ]
    entries += [
        ("bin/busybox", _PROGRAM, busybox),
        ("init", _PROGRAM, INIT.encode()),
        ("second", _FILE, second.encode()),
    ]
    entries += [(f"modules/{name}.ko", _FILE, data) for name, data in {**boot, **bluetooth}.items()]
    later = [name for name in bluetooth if name not in boot]
    entries += [("order-boot", _FILE, "\n".join(boot).encode()), ("order-bluetooth", _FILE, "\n".join(later).encode())]
    entries.append(("shares", _FILE, "\n".join(map(str, shares.values())).encode()))
    for tag, place in shares.items():
        parts = place.parts[1:]
        entries += [("/".join(("tags", *parts[: end + 1])), _DIRECTORY, b"") for end in range(len(parts))]
        entries.append((f"tags{place}/tag", _FILE, tag.encode()))
    return archive(entries)


def archive(entries: Iterable[tuple[str, int, bytes]]) -> bytes:
    """(name, mode, content) -> a cpio archive of the format newc, with a console among its devices."""
    out = bytearray()
    for number, (name, mode, content) in enumerate([*entries, ("dev/console", _DEVICE, b"")], 1):
        out += _entry(number, name, mode, content, (5, 1) if mode == _DEVICE else (0, 0))
    return bytes(out + _entry(0, "TRAILER!!!", 0, b"", (0, 0)))


def _entry(number: int, name: str, mode: int, content: bytes, device: tuple[int, int]) -> bytes:
    raw = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(raw), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + raw
    return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)
