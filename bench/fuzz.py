"""Mutated frames against every driver: ``python bench/fuzz.py --frames 1000000 --seed 1``; exit 1 if anything is amiss.

Frames that were captured are flipped, cut, spliced, doubled and filled with noise, by a seed: each driver gets the same
share. Half of them go whole through cut, head and decode, as bytes of a line; the other half are mutated behind the
check that would refuse them (``Head.body``), so that the decoding itself sees them. Memory goes on from frame to frame,
as it would in a gateway under attack. Nothing but BadFrame may be raised; what a driver keeps of a stream and in its
memory stays small, it keeps no key, its values are values, and no frame takes long.
"""

import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

from bench.figures import arguments, show
from bench.traffic import ADDRESS, Traffic, captured, kinds
from drivers.captures import REST_LIMIT
from drivers.driver import BadFrame, Driver, Head, Memory
from drivers.reading import Value
from drivers.shipped import shipped

MEMORY_LIMIT = 8192
"""Most characters of a device's memory as JSON."""
SLOW = 0.25
"""Seconds of one frame's CPU time that can't be an accident of the machine."""
FORGET = 256
"""After so many frames the senders are new ones, so that a poisoned memory doesn't hide what others would show."""
Edit = Callable[[bytearray, random.Random], None]


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _put(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] = chance.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, chance.randrange(256)))


def _insert(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.randbytes(chance.choice((1, 1, 2, 4, 30)))


def _drop(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    del data[at : at + chance.choice((1, 1, 2, 4, 30))]


def _double(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    part = data[at : at + chance.choice((1, 2, 4, 16))]
    data[at:at] = part * chance.choice((1, 1, 2, 20))


def _shorten(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def _step(data: bytearray, chance: random.Random) -> None:
    """A length or a count that is one too many, or too few."""
    at = chance.randrange(len(data))
    data[at] = data[at] + chance.choice((-1, 1)) & 0xFF


EDITS: Sequence[Edit] = (_flip, _flip, _put, _step, _insert, _drop, _double, _shorten)
LONGEST = 2048
"""Bytes of a mutated frame; no wire of ours carries a longer one."""


def mutated(shapes: Sequence[bytes], chance: random.Random) -> bytes:
    """A frame that was good once, or still is; now and then one's head with another's tail, or plain noise."""
    if chance.random() < 0.02:
        return chance.randbytes(chance.randrange(300))
    data = bytearray(chance.choice(shapes))
    if chance.random() < 0.1:
        other = chance.choice(shapes)
        data[chance.randrange(len(data) + 1) :] = other[chance.randrange(len(other) + 1) :]
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        if data:
            chance.choice(EDITS)(data, chance)
    return bytes(data[:LONGEST])


class Fuzz:
    """One driver under mutated frames; ``counts`` is what came of them, ``faults`` what must never be."""

    def __init__(self, driver: Driver, seed: int) -> None:
        self._driver = driver
        self._chance = random.Random(f"{driver.name} {seed}")
        self._traffic = [Traffic("captured", [one.wire for one in captured(driver) if one.wire]), *kinds(driver, 200)]
        self._heads = [self._passed(traffic) for traffic in self._traffic]
        self._memories: dict[str, Memory] = {}
        self._rest = b""
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.slowest = 0.0
        for kind, heads in enumerate(self._heads):
            # What a driver imports with its first frame is no slow frame.
            for head in heads[:50]:
                self._decode(head, kind)
        self.counts.clear()

    def run(self, frames: int) -> None:
        """Hand over so many frames; ends early with the tenth fault."""
        for n in range(frames):
            if n % FORGET == 0:
                self._memories.clear()
            kind = n // FORGET % len(self._traffic)
            frame = self._frame if n % 2 or not self._heads[kind] else self._body
            start = time.process_time()
            frame(kind)
            self.slowest = max(self.slowest, time.process_time() - start)
            self.counts["frames"] += 1
            if len(self.faults) >= 10:
                return
        if self.slowest > SLOW:
            self.faults.append(f"a frame took {self.slowest:.2f} s")

    def _passed(self, traffic: Traffic) -> list[Head]:
        """The heads of those frames that pass their check."""
        heads = []
        for wire in traffic.frames:
            for frame in self._driver.cut(wire)[0]:
                try:
                    heads.append(self._driver.head(frame))
                except BadFrame:
                    continue
        return heads

    def _frame(self, kind: int) -> None:
        data = mutated(self._traffic[kind].frames, self._chance)
        try:
            frames, self._rest = self._driver.cut(self._rest + data)
            if len(self._rest) > REST_LIMIT:
                self._fault("keeps a long rest", data)
        except Exception as error:
            self._fault(f"cut raises {error!r}", data)
            self._rest = b""
            return
        for frame in frames:
            try:
                head = self._driver.head(frame)
            except BadFrame:
                self.counts["refused"] += 1
            except Exception as error:
                self._fault(f"head raises {error!r}", frame)
            else:
                self._decode(head, kind)

    def _body(self, kind: int) -> None:
        head = self._chance.choice(self._heads[kind])
        self._decode(head._replace(body=mutated([head.body], self._chance) if head.body else b""), kind)

    def _decode(self, head: Head, kind: int) -> None:
        head = head._replace(address=head.address or ADDRESS)
        key = self._traffic[kind].key
        memory = self._memories.get(head.address, {})
        try:
            values, after, fresh = self._driver.decode(head, {**memory, "key": key.hex()} if key else memory)
        except BadFrame:
            self.counts["refused"] += 1
            return
        except Exception as error:
            self._fault(f"decode raises {error!r}", head.body)
            return
        self.counts["read" if fresh else "repeated"] += 1
        self.counts["values"] += len(values)
        self._memories[head.address] = after
        if "key" in after or len(json.dumps(dict(after))) > MEMORY_LIMIT:
            self._fault(f"memory is too long, or has the key: {list(after)}", head.body)
        if not all(isinstance(value, Value) and isinstance(value.value, bool | int | float | str) for value in values):
            self._fault("a value is none", head.body)

    def _fault(self, why: str, data: bytes) -> None:
        self.faults.append(f"{self._driver.name}: {why} for {bytes(data).hex()}")


def main() -> int:
    """Fuzz all shipped drivers, or those named, and print; 1 if there was a fault."""
    parser = arguments(__doc__)
    parser.add_argument("drivers", nargs="*", help="only these")
    parser.add_argument("--frames", type=int, default=1_000_000, help="of all drivers together")
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    named = [driver for name, driver in shipped().items() if not said.drivers or name in said.drivers]
    share = (2000 if said.quick else said.frames) // len(named)
    rows, faults = [], []
    for driver in named:
        fuzz = Fuzz(driver, said.seed)
        start = time.perf_counter()
        fuzz.run(share)
        rows.append({
            "driver": driver.name, **{name: fuzz.counts[name] for name in ("frames", "read", "refused", "values")},
            "frames/s": round(share / (time.perf_counter() - start)), "slowest ms": round(fuzz.slowest * 1000, 1),
            "faults": len(fuzz.faults),
        })  # fmt: skip
        faults += fuzz.faults
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    show(said, f"mutated frames, seed {said.seed}", rows, {"peak memory MiB": grown, "faults": faults})
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
