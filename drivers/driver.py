"""What a device is, as data: how its bytes are cut into frames, who sent one, and what it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from drivers.reading import Value

Memory = Mapping[str, int | float | str]
"""Small per-device memory of a decoder (packet ids, replay counters): JSON-able, part of the checkpoint.

The entry ``key`` is a device's secret as hex digits, put in by the caller; a decoder passes on no ``key`` of its own.
"""


class BadFrame(ValueError):
    """These bytes are no frame of this driver. Counted, never a crash."""

    def __init__(self, why: str, data: bytes = b"") -> None:
        super().__init__(why)
        self.why = why
        self.data = data


class Head(NamedTuple):
    """A frame that passed its check: who sent it, which one it is, whether it waits for an answer."""

    address: str
    body: bytes
    kind: int = 0
    boot: int = 0
    seq: int = 0
    alarm: bool = False
    """The sender repeats this frame until it is acknowledged."""
    also: tuple[str, ...] = ()
    """Other addresses under which the sender may be registered, the surest first."""


class Decoded(NamedTuple):
    """What a frame says. ``fresh`` is False for a repetition: acknowledged again, but no news."""

    values: Sequence[Value]
    memory: Memory
    fresh: bool = True


class Settings(NamedTuple):
    """How a device's bytes look on a line; eight data bits always."""

    baud: int = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1

    @property
    def bits(self) -> int:
        """Bits on the wire a byte, start and parity among them."""
        return 9 + (self.parity != "N") + self.stop_bits

    @property
    def byte(self) -> float:
        """Seconds that a byte takes."""
        return self.bits / self.baud


@dataclass(frozen=True, slots=True)
class Manners:
    """How one talks on a line to a device that speaks when asked. Times in seconds."""

    patience: float = 0.5
    """From the end of a request to the first byte of its answer, at most."""
    gap: float = 0.1
    """The longest pause inside an answer."""
    quiet: float = 0.0
    """Silence that a request needs in front, at least; three and a half characters it has always."""
    paired: Callable[[bytes, bytes], tuple[int, int]] | None = None
    """(request, bytes heard) -> where its sound answer begins and ends in them; (0, 0) if there is none. For devices
    whose frame is request and answer together, since the answer alone doesn't say what it answers."""
    either: bool = False
    """The requests of a round ask the same in several ways: one that is answered is enough."""
    unbroken: bool = False
    """The requests of a round follow each other at once: another's between them would undo the first."""
    whole: bool = False
    """Nobody here can tell where an answer ends: it is all that is heard until the pause after it."""
    answers: Callable[[str, bytes, Head], bool] | None = None
    """(address, request, head of a frame) -> is it the answer? None: any frame of that address is."""
    refused: Callable[[Head], str] | None = None
    """Head of a sound frame -> why the device says nothing, "" if it says something; `decode` raises BadFrame then."""
    follow: Callable[[str, Head, int], bytes | None] | None = None
    """(address, head of the n-th frame of an answer, n) -> the request for the next one, None if that was the last."""
    mute: Callable[[bytes], bool] | None = None
    """request -> may it stay without an answer?"""
    about: Callable[[bytes], bytes] | None = None
    """An order -> which of its outputs it is about; of several orders to one output the last one counts. None: it has
    only one."""


PLAIN = Settings()
POLITE = Manners()


@dataclass(frozen=True, slots=True)
class Driver:
    """One kind of device. All functions are pure and raise nothing but BadFrame, on any bytes."""

    name: str
    link: Literal["serial", "advert", "gatt", "mqtt"]
    """How it speaks: on a line, by what it broadcasts over Bluetooth LE, over a connection to it, through a broker."""
    cut: Callable[[bytes], tuple[list[bytes], bytes]]
    """buffer -> (whole frames, the rest to put in front of the next bytes). The rest is bounded."""
    head: Callable[[bytes], Head]
    """One whole frame -> who and which; raises BadFrame."""
    decode: Callable[[Head, Memory], Decoded]
    """-> values and the memory for the next frame of the same address; raises BadFrame."""
    silent_after: float
    """Supervision budget in seconds: heard nothing for longer means the sensor is lost."""
    acknowledge: Callable[[Head, bool], bytes] | None = None
    """(an alarm's head, stored durably?) -> bytes that stop its repetition."""
    switch: Callable[[str, int, bool, int], bytes] | None = None
    """(address, output number, on, number of this command) -> bytes that set an output."""
    ask: Callable[[str], Sequence[bytes]] | None = None
    """address -> the requests of one polling round, for a device that speaks only when asked."""
    query: Callable[[str], bytes] | None = None
    """address -> bytes that ask for all its states now."""
    settings: Settings = PLAIN
    """How a line is set for it, where the site says nothing else."""
    manners: Manners = POLITE
    every: float = 900.0
    """Seconds between two rounds of questions, where the site says nothing else; a short one goes before a long one."""
    beat: Callable[[int], bytes] | None = None
    """seconds until the next one -> bytes that tell all devices on a line: somebody listens."""
    poll: Callable[[str], bytes] | None = None
    """address -> bytes that let a device say one frame, on a line where it has to wait for its turn."""
    says: frozenset[str] | None = None
    """All quantities that such a device can say; None: nobody knows before it speaks."""
    words: frozenset[str] | None = None
    """Of a driver of many kinds of devices: all that any of them can say; None: nobody knows."""
    base: str = ""
    """Of topics on a broker, where the site says nothing else: what stands before them."""
    topics: Sequence[str] = ()
    """Below the base, what to subscribe to."""
    lists: Sequence[str] = ()
    """Those of the topics that tell of all devices at once: long, and said rarely."""
    bridge: Callable[[bytes], bool | None] | None = None
    """A publication -> whether what brings all these sensors to the broker is up; None if it doesn't say."""
    service: int = 0
    """Of an advert: the 16-bit UUID whose service data is the frame."""
    characteristics: tuple[int, ...] = ()
    """Of a connection: the 16-bit UUIDs of the values it notifies of or lets read; a frame is UUID u16, then value."""
    load: Callable[[], None] | None = None
    """Imports what the first frame would have to wait for."""
