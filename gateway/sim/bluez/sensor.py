"""A smoke sensor that broadcasts, BTHome v2 or Xiaomi's MiBeacon 5, plain or encrypted, with the faults of real ones.

What it says is service data without the UUID, made by the formats' own descriptions; who has an air puts it there.
"""

from typing import Final, Literal, get_args

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

AirFault = Literal["silent", "key", "half", "replay", "old", "stuck", "jump", "restart", "battery"]
"""silent: says nothing. key: encrypts with another key. half: its adverts break off. replay: somebody repeats its last
one, it is gone itself. old: somebody sends its last ones backwards, round and round. stuck: measures no more. jump: its
counter leaps. restart: its counter begins anew. battery: says that it runs down, then nothing."""
FAULTS: Final = get_args(AirFault)
KEY: Final = bytes(range(16))
SERVICE: Final = {"bthome": 0xFCD2, "xiaomi": 0xFE95}
_SMOKE_SENSOR: Final = 0x0997
_LEAP: Final = 5000
_RECORDED: Final = 7
_DYING, _DEAD = 5, 0
"""Percent of a battery."""


class Sensor:
    """Says one advert after another."""

    def __init__(self, kind: Literal["bthome", "xiaomi"], address: str, *, sealed: bool) -> None:
        self.kind, self.address, self.sealed = kind, address, sealed
        self.fault: AirFault | None = None
        self.battery = 90
        self.counter = 1000
        self._mac = bytes.fromhex(address.replace(":", ""))
        self._said: list[bytes] = []
        self._turn = 0

    def fail(self, fault: AirFault | None) -> None:
        """From now on it has this fault, or (None) none."""
        self.fault = fault
        self.counter = {"jump": self.counter + _LEAP, "restart": 0}.get(fault or "", self.counter)
        self.battery = _DYING if fault == "battery" else 90

    def die(self) -> None:
        """Its battery is empty."""
        self.battery = _DEAD

    def say(self) -> bytes:
        """Its next advert; nothing where it says nothing."""
        if self.fault == "silent" or not self.battery:
            return b""
        if self.fault == "replay" and self._said:
            return self._said[-1]
        if self.fault == "old" and len(self._said) >= _RECORDED:
            self._turn += 1
            return self._said[-1 - self._turn % _RECORDED]
        self.counter += 1
        said = self._frame(bytes(16) if self.fault == "key" else KEY)
        if self.fault == "half":
            return said[: len(said) // 2]
        self._said.append(said)
        return said

    def _frame(self, key: bytes) -> bytes:
        warm = 2000 if self.fault == "stuck" else 2000 + self.counter % 900
        return self._bthome(key, warm) if self.kind == "bthome" else self._xiaomi(key)

    def _bthome(self, key: bytes, warm: int) -> bytes:
        objects = bytes((0, self.counter % 256, 0x29, 0, 0x01, self.battery, 0x02)) + warm.to_bytes(2, "little")
        if not self.sealed:
            return b"\x40" + objects
        number = self.counter.to_bytes(4, "little")
        nonce = self._mac + b"\xd2\xfc\x41" + number
        sealed = AESCCM(key, tag_length=4).encrypt(nonce, objects, None)
        return b"\x41" + sealed[:-4] + number + sealed[-4:]

    def _xiaomi(self, key: bytes) -> bytes:
        objects, number = bytes((0x15, 0x10, 1, 0, 0x0A, 0x10, 1, self.battery)), self.counter.to_bytes(4, "little")
        product, sender = _SMOKE_SENSOR.to_bytes(2, "little"), self._mac[::-1]
        if not self.sealed:
            return b"\x50\x50" + product + number[:1] + sender + objects
        sealed = AESCCM(key, tag_length=4).encrypt(sender + product + number, objects, b"\x11")
        return b"\x58\x58" + product + number[:1] + sender + sealed[:-4] + number[1:] + sealed[-4:]
