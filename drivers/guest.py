"""A third party's driver as the house sees it: a stand-in that runs none of its code.

Its functions run in a worker process of the gateway (gateway/guests). What the worker made of some bytes comes in as a
Frame of its own, canonical JSON: the bytes as they came, who sent them, the values, the memory. So the journal alone
explains everything, and a replay needs neither the worker nor the package. Bytes that the driver didn't get through
are such a Frame with the reason; they are kept, for somebody to decode later. Bytes that it refuses are one, too,
which is counted and kept nowhere: whoever brought them learns that they are done with.

A **card** is what a driver says of itself: name, link, times, how a line is set, and the requests for each of its
devices. It stands in the site's own text.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, Literal

from drivers.driver import BadFrame, Decoded, Driver, Head, Manners, Memory, Settings
from drivers.reading import Scalar, Value

Card = Mapping[str, Any]
Link = Literal["serial", "advert", "gatt", "mqtt"]

LONGEST: Final = 4096
"""Bytes of one piece of a stream that go to a worker at once."""
BIGGEST_MESSAGE: Final = 65_536 + 1024
"""Bytes of one advert or publication, its topic too."""
MOST_VALUES: Final = 64
MOST_MEMORY: Final = 32
LONGEST_TEXT: Final = 1024
BIGGEST: Final = 2**63
OURS_ALONE: Final = ("acknowledge", "switch", "query", "poll", "beat", "bridge")
"""Functions that must work while a worker doesn't: of a third party's driver nobody calls them."""
_MANNERS: Final = ("patience", "gap", "quiet", "either", "unbroken")
_QUANTITY: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ADDRESS: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,128}")


class Undecoded(BadFrame):
    """A driver didn't get through with these bytes; they are kept as they came."""


class Wrong(ValueError):
    """What a driver returned is nothing that a driver may return."""


def card(driver: Driver, addresses: Sequence[str]) -> dict[str, object]:
    """What the gateway must know of a driver, JSON-able; its requests for these addresses."""
    asks: dict[str, object] = {}
    for address in addresses if driver.ask is not None else ():
        try:
            asks[address] = [request.hex() for request in driver.ask(address)]  # type: ignore[misc]
        except BadFrame as bad:
            asks[address] = bad.why
    return {
        "name": driver.name,
        "link": driver.link,
        "silent_after": driver.silent_after,
        "every": driver.every,
        "settings": list(driver.settings),
        "base": driver.base,
        "topics": list(driver.topics),
        "service": driver.service,
        "characteristics": list(driver.characteristics),
        "says": None if driver.says is None else sorted(driver.says),
        "manners": {name: getattr(driver.manners, name) for name in _MANNERS},
        "asks": asks if driver.ask is not None else None,
        "uncalled": [name for name in OURS_ALONE if getattr(driver, name) is not None],
        "broken": "",
    }


def broken(name: str, link: str, why: str) -> dict[str, object]:
    """The card of a driver that can't be had now: its devices stay what they are, and are not heard."""
    return {"name": name, "link": link, "broken": why}


def stand_in(said: Card) -> Driver:
    """A card -> the driver that the house works with; raises Wrong for what is no card."""
    try:
        asks, says = said.get("asks"), said.get("says")
        if not all(isinstance(name, str) for name in said.get("uncalled", ())):
            raise TypeError("uncalled are no names")
        return Driver(
            name=str(said["name"]),
            link=_link(said["link"]),
            cut=_pieces if said["link"] == "serial" else _message,
            head=head,
            decode=_decode,
            silent_after=_seconds(said.get("silent_after", 3600.0)),
            every=_seconds(said.get("every", 900.0)),
            ask=partial(_ask, asks) if isinstance(asks, Mapping) else None,
            settings=Settings(*said.get("settings", ())),
            manners=_manners(said.get("manners", {})),
            says=None if says is None else frozenset(map(str, says)),
            base=str(said.get("base", "")),
            topics=tuple(map(str, said.get("topics", ()))),
            service=_whole(said.get("service", 0), "service", 0x10000),
            characteristics=tuple(_whole(one, "characteristic", 0x10000) for one in said.get("characteristics", ())),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Wrong(f"no card of a driver: {error}") from error


def _manners(said: Mapping[str, Any]) -> Manners:
    return Manners(
        patience=_seconds(said.get("patience", 0.5)),
        gap=_seconds(said.get("gap", 0.1)),
        quiet=_seconds(said.get("quiet", 0.0)),
        either=said.get("either") is True,
        unbroken=said.get("unbroken") is True,
        whole=True,
    )


def answered(raw: bytes, said: Mapping[str, object]) -> bytes:
    """The data of a Frame: some bytes and what a driver says of them; raises Wrong for what no driver may say."""
    frame = {"raw": raw.hex(), **said_of(*_checked(said))}
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def values(data: bytes) -> Sequence[Value]:
    """What the data of such a Frame says."""
    return _decode(Head("", data), {}).values


def undecoded(raw: bytes, why: str) -> bytes:
    """The data of a Frame: bytes that a driver didn't get through with, and why."""
    return json.dumps({"raw": raw.hex(), "why": why[:200]}, ensure_ascii=False, sort_keys=True).encode()


def refused(raw: bytes, why: str) -> bytes:
    """The data of a Frame: bytes that are no frame of the driver. It is counted, and kept nowhere."""
    return json.dumps({"raw": raw.hex(), "bad": why[:200]}, ensure_ascii=False, sort_keys=True).encode()


def said_of(head: Head, decoded: Decoded) -> dict[str, object]:
    """What a driver made of a frame, as a worker says it; the opposite of `answered`'s reading."""
    return {
        "address": head.address,
        "kind": head.kind,
        "boot": head.boot,
        "seq": head.seq,
        "alarm": head.alarm,
        "values": [[value.quantity, value.value, list(value.flags), value.nth] for value in decoded.values],
        "memory": {name: value for name, value in decoded.memory.items() if name != "key"},
        "fresh": decoded.fresh,
    }


def _pieces(buffer: bytes) -> tuple[list[bytes], bytes]:
    """The gateway doesn't know this driver's frames: all that came goes to the worker."""
    return [buffer[at : at + LONGEST] for at in range(0, len(buffer), LONGEST)], b""


def _message(buffer: bytes) -> tuple[list[bytes], bytes]:
    """What comes whole goes to the worker whole; of no device's size is none."""
    return [buffer] if 0 < len(buffer) <= BIGGEST_MESSAGE else [], b""


def head(data: bytes) -> Head:
    """What a worker said -> who says it; raises Undecoded for bytes it didn't get through with, BadFrame for others."""
    try:
        said = json.loads(data)
        if "why" in said:
            raise Undecoded(str(said["why"]), data)
        if "bad" in said:
            raise BadFrame(str(said["bad"]), data)
        return _checked(said)[0]._replace(body=data)
    except (ValueError, TypeError, RecursionError) as error:
        if isinstance(error, BadFrame):
            raise
        raise BadFrame("not what a worker says", data) from None


def _decode(head: Head, memory: Memory) -> Decoded:
    try:
        return _checked(json.loads(head.body))[1]
    except (ValueError, TypeError, RecursionError):
        raise BadFrame("not what a worker says", head.body) from None


def _ask(asks: Mapping[str, object], address: str) -> Sequence[bytes]:
    said = asks.get(address)
    if not isinstance(said, list):
        raise BadFrame(str(said or f"address {address!r} was not told to the driver"))
    return [bytes.fromhex(request) for request in said]


def _checked(said: object) -> tuple[Head, Decoded]:
    """An answer -> head and values; raises Wrong."""
    if not isinstance(said, Mapping):
        raise Wrong("no answer")
    address = said.get("address")
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address) or address != address.strip().lower():
        raise Wrong(f"address {address!r:.80} is not one in lower case of 1 to 128 characters")
    kind, boot, seq = said.get("kind"), _whole(said.get("boot"), "boot"), _whole(said.get("seq"), "seq")
    if isinstance(kind, bool) or not isinstance(kind, int) or abs(kind) >= BIGGEST:
        raise Wrong(f"kind is {kind!r:.80}, no whole number")
    values, memory = said.get("values"), said.get("memory")
    if not isinstance(values, list) or len(values) > MOST_VALUES:
        raise Wrong(f"values are no list of at most {MOST_VALUES}")
    if not isinstance(memory, Mapping) or len(memory) > MOST_MEMORY:
        raise Wrong(f"the memory has more than {MOST_MEMORY} entries")
    for name, value in memory.items():
        if not isinstance(name, str) or len(name) > 64 or isinstance(value, bool):
            raise Wrong(f"memory {name!r:.80} is no number and no text")
        _scalar(value, f"memory {name}")
    head = Head(address, b"", kind, boot, seq, said.get("alarm") is True)
    return head, Decoded([_value(one) for one in values], dict(memory), said.get("fresh") is True)


def _value(said: object) -> Value:
    if not isinstance(said, list) or len(said) != 4:
        raise Wrong("a value is quantity, value, flags, nth")
    quantity, value, flags, nth = said
    if not isinstance(quantity, str) or not _QUANTITY.fullmatch(quantity):
        raise Wrong(f"{quantity!r:.80} is no quantity: a-z, 0-9 and _, the unit at its end")
    short = isinstance(flags, list) and all(isinstance(one, str) and len(one) <= 32 for one in flags)
    if not short or len(flags) > 4:
        raise Wrong(f"flags of {quantity} are not at most 4 short texts")
    return Value(quantity, _scalar(value, quantity), tuple(flags), _whole(nth, "nth", MOST_VALUES))


def _scalar(value: object, name: str) -> Scalar:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and math.isfinite(value) and abs(value) < BIGGEST:
        return value
    if isinstance(value, str) and len(value) <= LONGEST_TEXT and value.isprintable():
        return value
    raise Wrong(f"{name} is {value!r:.80}: neither true or false, a finite number, nor a short text")


def _whole(value: object, name: str, limit: int = BIGGEST) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < limit:
        raise Wrong(f"{name} is {value!r:.80}, no whole number")
    return value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < BIGGEST:
        raise Wrong(f"{value!r:.80} are no seconds")
    return float(value)


def _link(value: object) -> Link:
    if value in ("serial", "advert", "gatt", "mqtt"):
        return value
    raise Wrong(f"link {value!r:.80} is none of serial, advert, gatt, mqtt")
