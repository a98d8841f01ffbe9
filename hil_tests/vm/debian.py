"""Another Debian's root directory, with its own BlueZ, Python and kernel: ``python -m hil_tests.vm.debian trixie``.

It stands beside the kernels (ANJU_VM_CACHE, ~/.cache/anju-vm) and is made once, as root, in about a minute. Then
``pytest hil_tests/test_bluez.py --bluez-debian trixie`` asks its BlueZ.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

from hil_tests.vm.kernel import CACHE, Kernel, Unavailable, fetch

PACKAGES: Final = "python3-minimal,libpython3-stdlib,python3-pip,bluez,dbus,apt-utils"
"""Of the guest; busybox comes from outside."""
LIBRARIES: Final = ("bleak", "bleak-retry-connector", "cryptography")
PLACE: Final = "opt/libraries"
"""Where they are in that root."""
VERSIONS: Final = {"bookworm": "3.11", "trixie": "3.13"}
"""Suite -> its Python."""


def root_of(suite: str) -> Path:
    """Where its root directory is, made or not."""
    return CACHE / f"{suite}.root"


def make(suite: str, mirror: str) -> Kernel:
    """Make what isn't there yet; raises Unavailable, or CalledProcessError of what failed."""
    root = root_of(suite)
    if not (root / PLACE).exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        tools = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}"]
        subprocess.run([*tools, suite, str(root), mirror], check=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(root / PLACE), "--only-binary=:all:"]
        version = ["--python-version", VERSIONS[suite], "--platform", "manylinux_2_28_x86_64", "--platform",
                   "manylinux2014_x86_64", "--platform", "manylinux_2_34_x86_64"]  # fmt: skip
        subprocess.run([*pip, *version, *LIBRARIES], check=True)
    return fetch(suite, root=root)


def made(suite: str) -> Kernel:
    """The kernel of a root that was made; raises Unavailable with the command that makes it."""
    if not (root_of(suite) / PLACE).exists():
        raise Unavailable(f"python -m hil_tests.vm.debian {suite}")
    return fetch(suite, root=root_of(suite))


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", choices=sorted(VERSIONS))
    parser.add_argument("--mirror", default="http://deb.debian.org/debian", help="where its packages are")
    said = parser.parse_args()
    print(make(said.suite, said.mirror).image())


if __name__ == "__main__":
    main()
