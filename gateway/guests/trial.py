"""`anju driver test`: a driver put to the test that ours pass (drivers/captures.py), and to what the gateway asks."""

import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, NoReturn

from drivers import guest
from drivers.captures import Capture, check_driver, load
from drivers.driver import BadFrame, Driver
from drivers.shipped import shipped
from gateway.clock import boot_time
from gateway.guests.found import Found
from rules.quantities import KNOWN

RIGHT, REFUSED = 5, 3
"""Captured frames that a driver has at least: read, and refused."""
ROUNDS: Final = 2000
"""Rubbish that it is given."""
HANGS: Final = 5.0
"""Seconds for one call, here; in the gateway it is 0.2 s."""
SLOW: Final = 0.1
"""Seconds for one call that leave too little of them on a slower machine."""



class Hung(BaseException):
    """A call didn't end. Not an Exception: a driver that catches those must not catch this."""


@dataclass(slots=True)
class Verdict:
    """What a trial found. ``asked``: question -> how often; ``failed``: the first thing that was wrong."""

    name: str
    place: str
    failed: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    """Seconds of the slowest call."""
    notes: list[str] = field(default_factory=list)
    """What is allowed, and maybe not meant."""


def trial(found: Found, seed: int = 1) -> Verdict:
    """Ask everything; raises nothing for whatever the driver does."""
    verdict = Verdict(found.driver.name, found.place)
    driver = _timed(found.driver, verdict)
    try:
        captures = _captures(found)
        verdict.asked += check_driver(driver, captures, seed)
        _enough(captures)
        _rubbish(driver, captures, verdict, random.Random(seed))
        _gateways_questions(driver, captures, verdict)
    except AssertionError as wrong:
        verdict.failed = str(wrong)
    except Hung as hung:
        verdict.failed = str(hung)
    except SystemExit:
        verdict.failed = "it ends the process"
    except Exception as error:
        verdict.failed = f"raises {type(error).__name__}: {error}; only BadFrame is allowed"
    if verdict.slowest > SLOW:
        verdict.notes.append(f"a call took {1000 * verdict.slowest:.0f} ms; the gateway waits for 200 ms")
    return verdict


def _captures(found: Found) -> list[Capture]:
    name = found.driver.name
    if found.frames is None:
        raise AssertionError(f"no captured frames: write {name}.toml beside it, or into frames/")
    try:
        return load(found.frames.read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AssertionError(f"{found.frames}: {type(error).__name__}: {error}") from error


def _enough(captures: list[Capture]) -> None:
    right = sum(capture.said is not None for capture in captures)
    refused = len(captures) - right
    if right < RIGHT or refused < REFUSED:
        raise AssertionError(
            f"{right} frames that are read and {refused} that are refused; at least {RIGHT} and {REFUSED} are needed"
        )


def _rubbish(driver: Driver, captures: list[Capture], verdict: Verdict, dice: random.Random) -> None:
    """Any bytes are a frame, or refused."""
    shapes = [capture.wire for capture in captures]
    for _ in range(ROUNDS):
        data = bytearray(dice.choice(shapes) if dice.random() < 0.5 else dice.randbytes(dice.randrange(200)))
        for _ in range(dice.randrange(4)):
            if data:
                data[dice.randrange(len(data))] = dice.randrange(256)
        pieces = driver.cut(bytes(data))[0] if driver.link == "serial" else [bytes(data)]
        for piece in [*pieces, bytes(data)]:
            try:
                driver.decode(driver.head(piece), {})
            except BadFrame:
                continue
        verdict.asked["rubbish"] += 1


def _gateways_questions(driver: Driver, captures: list[Capture], verdict: Verdict) -> None:
    """What a worker hands to the gateway: addresses, values and memory that it takes; quantities that rules know."""
    unknown: set[str] = set()
    for capture in captures:
        if capture.said is None:
            continue
        frames = driver.cut(capture.wire)[0] if driver.link == "serial" else [capture.wire]
        for frame in frames:
            head = driver.head(frame)
            decoded = driver.decode(head, {})
            try:
                guest.answered(frame, guest.said_of(head._replace(address=head.address or "from-the-port"), decoded))
            except (guest.Wrong, ValueError, TypeError) as wrong:
                raise AssertionError(f"{capture.name}: {wrong}") from wrong
            unknown |= {value.quantity for value in decoded.values} - KNOWN
            verdict.asked["handed on"] += 1
    for name in guest.OURS_ALONE:
        if getattr(driver, name) is not None and driver.name not in shipped():
            verdict.notes.append(f"{name} is called of drivers of ours alone")
    if unknown:
        names = ", ".join(f'"{name}"' for name in sorted(unknown))
        verdict.notes.append(f"a rule file that speaks of it has to say: quantities = [{names}]")


def _timed(driver: Driver, verdict: Verdict) -> Driver:
    """The same driver; each call is timed and ended when it hangs."""

    def watched(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def do(*given: Any) -> Any:
            began = boot_time()
            with _ending(f"{name}({', '.join(f'{one!r:.120}' for one in given)})"):
                said = call(*given)
            verdict.slowest = max(verdict.slowest, boot_time() - began)
            return said

        return do

    return replace(
        driver,
        cut=watched("cut", driver.cut),
        head=watched("head", driver.head),
        decode=watched("decode", driver.decode),
    )


@contextmanager
def _ending(call: str) -> Iterator[None]:
    """Raise Hung in the middle of a call that doesn't end."""

    def end(*_: object) -> NoReturn:
        raise Hung(f"{call} didn't end within {HANGS:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, HANGS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
