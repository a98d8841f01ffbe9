"""Frames that no sensor sent: ports boot, clock, config, output and health, of the gateway itself, and ports act, mode,
channel and receipt, of people and of those who carry messages to them. Their data is JSON of our own making.
"""

import json
from collections.abc import Callable

from drivers.reading import Reading
from gateway.clock import STEP
from gateway.hub import mode_act, responder
from gateway.hub.gone import gone
from gateway.hub.outcome import Outcome
from gateway.hub.said import Said
from gateway.hub.state import State, ran_in
from gateway.hub.steps import advance, hear, keep, respond, stand, tell, turn
from gateway.hub.untested import untested
from gateway.ladder.page import report
from gateway.ladder.waking import wake
from gateway.site import Home, Site
from gateway.site.difference import differences
from rules.alert import Alert
from rules.engine import Engine
from rules.wall import HOME

LOOK = 3600.0
"""Seconds: for so long what is heard may be the visitor, who looks whether somebody is in."""

# -- of the gateway ------------------------------------------------------------------------------------------------


def boot(state: State, out: Outcome) -> None:
    """The gateway came up: it heard nothing since the Frame before."""
    said = json.loads(out.frame.data)
    teller, ladders = state.teller, state.ladders
    if not state.epoch:
        state.gateway = said["gateway"]
        teller.epoch = said["epoch"]
        state.engine = Engine(state.gateway, state.epoch)
    if said.get("downtime", 0.0) is None and teller.synced:
        state.lost = state.now, teller.offset
    teller.life = said.get("life", "")
    ladders.name(state.epoch, teller.life, state.engine.civil, said.get("secret", ""))
    state.ran = ran_in(said)
    moved = abs(said["offset"] - teller.offset) > STEP
    downtime, lost = said.get("downtime"), "downtime" in said and said["downtime"] is None
    teller.offset, teller.synced = said["offset"], said["synced"]
    teller.dates.tell(out.frame.at, teller.offset, teller.synced, lost=lost)
    _be_deaf(state, out, said.get("deaf", out.frame.at - state.now))
    if lost:
        wake(ladders, state.now)
    keep(state, out)
    ladders.setting.note(state.now, "boot", life=teller.life, downtime=downtime)
    out.messages += teller.gap(downtime, "boot", state.now) if state.site else []
    _tell_the_time(state, out)
    tell(state, out)
    _look_at_homes(state, out)
    if moved:
        _say_since_when(state, out)


def clock(state: State, out: Outcome) -> None:
    """The wall clock moved, its quality changed, nobody listened for a while, or a deadline passed."""
    said, teller = json.loads(out.frame.data), state.teller
    moved = abs(said["offset"] - teller.offset) > STEP or said["synced"] != teller.synced
    if said["deaf"]:
        _be_deaf(state, out, said["deaf"])
    keep(state, out)
    if said["deaf"]:
        state.ladders.setting.note(state.now, "deaf", seconds=said["deaf"])
        out.messages += teller.gap(said["deaf"], "deaf", state.now)
    if moved:
        teller.offset, teller.synced = said["offset"], said["synced"]
        teller.dates.tell(state.now, teller.offset, teller.synced)
        _tell_the_time(state, out)
        _say_since_when(state, out)
    respond(state, out)
    if not (moved or said["deaf"] or out.alerts or out.changes or out.messages or out.entries):
        out.n = 0


def _be_deaf(state: State, out: Outcome, seconds: float) -> None:
    """Nobody listened for so long; what was due before that is due all the same."""
    state.now, before = out.frame.at, out.frame.at - seconds
    advance(state, out, before)
    state.ladders.resume(out.frame.at, seconds)
    state.engine.deaf(seconds)


def _tell_the_time(state: State, out: Outcome) -> None:
    """Rules for certain hours and days go by the site's own clock; how long the gateway was off may be known now."""
    teller = state.teller
    if teller.synced and state.lost is not None:
        (since, offset), state.lost = state.lost, None
        state.modes.shorten(since, teller.offset - offset, state.now)
    if state.site is not None:
        zone = state.site.gateway.timezone
        out.alerts += state.engine.wall(teller.offset, teller.synced, zone, state.now, out.n)
        turn(state, out, state.modes.look(state.now), out.n)


def config(state: State, out: Outcome) -> None:
    """Another site or other rules from here on; the data is the hash of its text."""
    keep(state, out)
    before = state.site
    state.use(out.frame.data.decode())
    out.alerts += state.configure(out.n, before)
    _tell_the_time(state, out)
    if state.site is not None:
        for home in state.site.homes:  # the rules may know a mode of one that was gone for a while
            if (mode := state.modes.mode(home)) != state.engine.civil.mode(home, state.now):
                out.alerts += state.engine.mode(home, mode, state.now, out.n)
        now, n, said = state.now, out.n, state.engine.said
        for reading in (*untested(before, state.site, now, n), *gone(before, state.site, now, n, said)):
            out.alerts += state.engine.feed(reading)
        _hear_by_other_lines(state, out, before)
    tell(state, out)
    _look_at_homes(state, out)
    if before is not None and state.site is not None:
        for home in [name for name, one in state.site.homes.items() if _renamed(before.homes.get(name), one)]:
            out.messages += state.teller.home(home, state.now, state.now)
        out.messages += state.teller.config(state.site_hash, differences(before, state.site), state.now)


def _hear_by_other_lines(state: State, out: Outcome, before: Site | None) -> None:
    """Devices that another port hears from now on: whether that one is down counts, and the old one doesn't."""
    assert state.site is not None
    earlier, moved = {} if before is None else before.devices, dict[str, list[str]]()
    for one in state.site.devices.values():
        if one.name in earlier and earlier[one.name].port != one.port:
            moved.setdefault(one.port, []).append(one.name)
    for port, names in moved.items():
        down = any(one.quantity == "port_down" and one.value for one in state.engine.said(f"gateway:{port}"))
        out.alerts += state.engine.line(names, down=down, at=state.now)


def _renamed(before: Home | None, home: Home) -> bool:
    """Whether people call a home otherwise than before, or it is in another building."""
    return before is not None and (before.title, before.building) != (home.title, home.building)


def _look_at_homes(state: State, out: Outcome) -> None:
    """Other homes, sensors and outputs than before: which of them are protected now."""
    for home in state.standing.look(state.engine.open(), state.now):
        stand(state, out, home, state.now)
    hear(state, out)


def _say_since_when(state: State, out: Outcome) -> None:
    """The wall clock was set: what was told of moments in its time was wrong."""
    for home, causes in state.standing.homes.items():
        if causes:
            out.messages += state.teller.home(home, state.now, state.now)


def output(state: State, out: Outcome) -> None:
    """What became of an output that the site no longer names: an entry of the record."""
    said = json.loads(out.frame.data)
    keep(state, out)
    state.ladders.setting.note(state.now, "output", **said)


def health(state: State, out: Outcome) -> None:
    """The gateway says how it is: Readings of one of its own parts."""
    said = json.loads(out.frame.data)
    keep(state, out)
    for quantity, value in said["values"].items():
        reading = Reading(said["device"], quantity, quantity, value, out.frame.at, (), out.n)
        out.readings.append(reading)
        out.alerts += state.engine.feed(reading)
    if "port_down" in said["values"] and state.site is not None:
        port = said["device"].removeprefix("gateway:")
        devices = [device.name for device in state.site.devices.values() if device.port == port]
        out.alerts += state.engine.line(devices, down=said["values"]["port_down"] is True, at=state.now)
    tell(state, out)


# -- of people, and of those who carry messages --------------------------------------------------------------------


def act(state: State, out: Outcome) -> None:
    """A person did something; the outcome, good or refused, is recorded once and answered each time."""
    keep(state, out)
    out.urgent = True

    def forget(home: str, actor: str, via: str) -> list[Alert]:
        """Somebody else lives there now."""
        turn(state, out, state.modes.say(home, Said(HOME, state.now, state.now, None, actor, via)), out.n)
        return state.engine.forget(home, state.now)

    def leave(home: str, actor: str, via: str, since: float, until: float, back: bool) -> str:
        """Nobody is in; an armed home, or one of which somebody said more, stays what it is, and so does one in which
        somebody was heard when no visitor was there any more -> why."""
        if state.site is None or home not in state.site.homes:
            return ""
        now = state.modes.mode(home)
        if state.modes.heard(home) > since + LOOK:
            return f"{home} was not put into mode away: somebody was heard there after the visit"
        held = now.name == "away" and not state.modes.is_said(home)  # by the door: for half a day at the most
        if (held or now.name in ("home", "night")) and now.armed_at is None and until > state.now:
            mode, broken = "away", state.modes.broken(home)
            if back and broken is not None and broken.until > until:  # who cleans brought nobody back
                mode, until = broken.mode, broken.until
            turn(state, out, state.modes.say(home, Said(mode, state.now, until, None, actor, via)), out.n)
            return ""
        return "" if now.name == "away" else f"{home} was not put into mode away: somebody put it into another one"

    parts = (state.ladders, state.teller, state.engine, responder.Homes(forget, leave))
    alerts, messages, out.refused, out.left = responder.do(*parts, out.frame.data, state.now, out.n)
    out.alerts += alerts
    tell(state, out)
    out.messages += messages


def mode(state: State, out: Outcome) -> None:
    """A person says in which mode a home is."""
    keep(state, out)
    out.urgent = True
    if state.site is None:
        return
    teller, ladders = state.teller, state.ladders
    data, at = out.frame.data, state.now
    asked = mode_act.ask(data, ladders.outcome, state.site, at, teller.offset, synced=teller.synced)
    out.refused = asked.refused
    if asked.said is not None:
        turn(state, out, state.modes.say(asked.home, asked.said), out.n)
    if asked.record:
        ladders.remember(asked.act_id, asked.refused, asked.meant)
        ladders.setting.note(at, "act", **asked.record)
    tell(state, out)
    out.messages += teller.reply(asked.act_id, asked.correlation, asked.refused, at)


def channel(state: State, out: Outcome) -> None:
    """What became of a message to somebody. A report that is no news is not kept."""
    try:
        said = report(out.frame.data)
    except ValueError as error:
        out.bad = str(error)
        return
    sent = state.ladders.post.sent.get(said.message)
    if sent is None:
        out.bad = "no such message"
        return
    waited = sent.due is not None  # for this word, or it goes by the next channel
    keep(state, out)
    news = state.ladders.report(said, state.now)
    out.urgent = out.urgent or (news and waited)
    respond(state, out)
    if not (news or out.alerts or out.messages or out.entries):
        out.n = 0


def receipt(state: State, out: Outcome) -> None:
    """A platform has taken in a message of an alert: one more entry of its record."""
    said = json.loads(out.frame.data)
    alert = str(said["id"]).partition(".")[0]
    keep(state, out)
    state.ladders.setting.note(state.now, "accepted", alert=alert, message=said["id"], by=said["uplink"])
    respond(state, out)


PORTS: dict[str, Callable[[State, Outcome], None]] = {
    of.__name__: of for of in (boot, clock, config, output, health, act, mode, channel, receipt)
}
"""Name of a special port -> what happens with its Frames."""
