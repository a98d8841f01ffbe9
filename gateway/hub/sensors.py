"""A sensor's Frame: who sent it, whether it is taken in, what its sender is promised, and whom its Readings concern."""

from drivers.driver import BadFrame, Decoded, Driver, Head
from drivers.guest import Undecoded
from drivers.reading import Reading, Source
from gateway.hub import steps
from gateway.hub.outcome import Outcome
from gateway.hub.routes import decode, head_of
from gateway.hub.state import State
from gateway.hub.strangers import Key
from gateway.hub.untested import unsigned
from gateway.site import Device

SIGNS = frozenset({"button", "door_open"})
"""Quantities that say that somebody is there."""


def take(state: State, out: Outcome) -> None:
    """Take in what a sensor said. Raises nothing for any bytes."""
    frame = out.frame
    route = state.routes.get(frame.port)
    if route is None:
        out.bad = "no such port"
        return
    port, driver = route
    try:
        head = head_of(driver, frame.data)
        key, device = _sender(state, port, head)
        secret = state.keys.get(device.name, "") if device else ""
        decoded = decode(driver, head, state.memories.get(key, {}), secret)
    except Undecoded:
        out.bad = "undecoded"
        steps.keep(state, out)
        steps.tell(state, out)
        return
    except BadFrame as error:
        out.bad = error.why
        return
    if not decoded.fresh:
        if device is not None or key in state.strangers:
            _promise(driver, head, out)
        return
    if not (decoded.values or head.alarm):
        return  # nothing to say, as a polled node does all day: not worth its flash
    if device is None and not state.strangers.admit(key, out, state.forget, alarm=head.alarm):
        return
    _promise(driver, head, out)
    if driver.query is not None and state.memories.get(key, {}).get("boot") != decoded.memory.get("boot"):
        out.ask = (frame.port, driver.query(head.address), head.address)
    steps.keep(state, out)
    state.memories[key] = decoded.memory
    state.dirty.add(key)
    _say(state, out, device, head, decoded)


def _sender(state: State, port: str, head: Head) -> tuple[Key, Device | None]:
    """-> under which address its memory is kept, and the device if it is registered."""
    for address in (head.address, *head.also):
        device = state.devices.get((port, address))
        if device is not None:
            return (port, address), device
    return (port, head.address), None


def _promise(driver: Driver, head: Head, out: Outcome) -> None:
    """The sender of an alarm is told as soon as the store has it."""
    if head.alarm and driver.acknowledge is not None:
        out.acknowledge = (driver, head)
        out.urgent = True


def _say(state: State, out: Outcome, device: Device | None, head: Head, decoded: Decoded) -> None:
    """The Readings of a frame, to the rules if its device is registered, and to the platform."""
    name = device.name if device else head.address
    source = Source(name, head.boot, head.seq) if head.alarm else None
    at, n = out.frame.at, out.n
    for quantity, value, flags, index in decoded.values:
        point = f"{quantity}#{index + 1}" if index else quantity
        out.readings.append(Reading(name, point, quantity, value, at, flags, n, source))
    if device is not None:
        out.readings += state.batteries.feed(out.readings)
        _feed(state, out, device.home)
        for reading in unsigned(device, out.readings):
            out.alerts += state.engine.feed(reading)
    _tell(state, out, name, device, source)


def _feed(state: State, out: Outcome, home: str) -> None:
    """Readings to the rules; buttons and doors to the ladders as well. "I am fine" is no call for help."""
    feed, ladders = state.engine.feed, state.ladders
    for reading in out.readings:
        if changes := state.modes.feed(home, reading):
            steps.turn(state, out, changes, out.n)
        if reading.quantity not in SIGNS:
            out.alerts += feed(reading)
            continue
        fine = ladders.buttons.is_fine(reading, home)
        said = reading._replace(point="fine", quantity="fine") if fine else reading
        out.alerts += feed(said)
        steps.tell(state, out)
        ladders.sense(reading, home, fine=fine)
        if fine:  # after the ladders: they tell that somebody answered, not only that it is over
            out.alerts += state.engine.well(home, said)


def _tell(state: State, out: Outcome, name: str, device: Device | None, source: Source | None) -> None:
    """An alarm that no alert speaks of, and a stranger, are reported; so is the state of a registered device."""
    steps.tell(state, out)
    teller, home = state.teller, device.home if device else ""
    told = any(source in alert.sources for alert in out.alerts if alert.n)
    if out.stranger or (source is not None and not told):
        registered = device is not None
        out.messages += teller.report(name, home, source, out.readings, state.now, registered=registered)
    if device is not None:
        out.messages += teller.state(name, home, out.readings, state.now)
