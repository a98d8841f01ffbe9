"""The pure pieces of the virtual machine: packets off a stream, and the archive that the guest begins with."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil_tests.vm.bridge import whole
from hil_tests.vm.initrd import archive, initrd

EVENT, DATA, ISO = b"\x04\x0e\x02ab", b"\x02\x40\x00\x03\x00xyz", b"\x05\x01\x00\x01\x40q"


@given(st.lists(st.sampled_from([EVENT, DATA, ISO]), max_size=8), st.integers(1, 7))
def test_packets_come_whole_however_the_stream_is_cut(sent: list[bytes], step: int) -> None:
    stream, buffer, got = b"".join(sent), bytearray(), []
    for at in range(0, len(stream), step):
        buffer += stream[at : at + step]
        got += whole(buffer)
    assert got == sent
    assert not buffer


@pytest.mark.skipif(shutil.which("cpio") is None and shutil.which("busybox") is None, reason="no cpio here")
def test_the_archive_is_one_that_others_can_read(tmp_path: Path) -> None:
    made = archive([("bin", 0o40755, b""), ("bin/a", 0o100755, b"12345"), ("b", 0o100644, b"")])
    program = ["cpio"] if shutil.which("cpio") else ["busybox", "cpio"]
    done = subprocess.run([*program, "-t"], input=made, capture_output=True, check=True)
    assert done.stdout.decode().split() == ["bin", "bin/a", "b", "dev/console"]


def test_the_guest_is_told_where_to_go_and_what_to_do() -> None:
    made = initrd(b"busybox", {"virtio": b"v"}, {"virtio": b"v", "hci_vhci": b"h"}, ["python", "-m", "x y"],
                  Path("/a b"), {"NAME": "va lue"}, {"checkout": Path("/somewhere/else")})  # fmt: skip
    for part in (b"export NAME='va lue'", b"cd '/a b'", b"python -m 'x y'", b"/somewhere/else", b"tags/somewhere/else"):
        assert part in made
    assert made.count(b"modules/virtio.ko") == 1
