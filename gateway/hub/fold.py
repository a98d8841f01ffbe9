"""Fold: the gateway's whole state as a fold over Frames. Pure: no clock, no I/O.

``handle`` is what the live loop calls and what replay calls; the same Frames give the same alerts, the same
message numbers and the same bytes. Deadlines need no Frame of their own: every Frame first brings the engine to
its time. A Frame that made something is always kept, so that the journal alone explains everything.
"""

import json
from functools import lru_cache

from drivers.driver import BadFrame, Driver, Head, Memory
from drivers.guest import Undecoded
from drivers.reading import Frame, Reading, Source
from gateway.clock import STEP
from gateway.hub import mode_act, responder
from gateway.hub.batteries import Batteries
from gateway.hub.gone import gone
from gateway.hub.modes import Change, Modes, Said
from gateway.hub.outcome import Outcome
from gateway.hub.routes import decode, head_of, joined, routes
from gateway.hub.teller import Teller
from gateway.hub.untested import untested
from gateway.ladder.ladders import Ladders
from gateway.ladder.page import report
from gateway.ladder.people import Directory
from gateway.site import Device, Site, loads
from gateway.site.difference import differences
from rules.alert import Alert
from rules.document import Mistakes
from rules.engine import Device as Place
from rules.engine import Engine
from rules.wall import HOME

STRANGERS = 256
"""Unregistered devices remembered; more than this is noise or an attack."""
CALLS = 60
"""Alarms of unregistered devices taken in at once; after that one in CALL seconds. They repeat what isn't answered."""
CALL = 30.0
SIGNS = frozenset({"button", "door_open"})
"""Quantities that say that somebody is there."""


_site_of = lru_cache(maxsize=4)(loads)
"""A Site is read once, however often its config Frame is folded."""


class Fold:
    """State = fold(Frames). Look at the attributes; change them only through ``handle``."""

    def __init__(self, configs: dict[str, str], fallback: Site | None = None) -> None:
        self.configs = configs
        """Texts of sites by hash; a config Frame names one."""
        self._fallback = fallback
        """Stands in for a site whose text is lost, or that this version no longer reads."""
        self.keys = fallback.keys if fallback else {}
        """Device -> its secret as hex digits: never in the state, for it comes from outside the journal."""
        self.routes: dict[str, tuple[str, Driver]] = {}
        """Port of a Frame, "PORT" or "PORT:DRIVER" -> (one name for both, driver)."""
        self.site: Site | None = None
        self.site_hash = ""
        self.gateway = ""
        self.n = 0
        self.now = 0.0
        self.engine = Engine("", "")
        self.teller = Teller()
        self.ladders = Ladders()
        self.batteries = Batteries()
        self.modes = Modes()
        self.memories: dict[tuple[str, str], Memory] = {}
        self.strangers: dict[tuple[str, str], int] = {}
        """(port, address) -> how many of its frames were taken in."""
        self.calls = 0.0
        """Gateway time up to which alarms of strangers have used their share."""
        self.devices: dict[tuple[str, str], Device] = {}
        self.dirty: set[tuple[str, str]] = set()
        """(port, address) whose memory changed since the last checkpoint."""
        self._special = {
            "boot": self._boot,
            "clock": self._clock,
            "config": self._config,
            "act": self._act,
            "mode": self._mode,
            "channel": self._channel,
            "receipt": self._receipt,
            "health": self._health,
        }

    @property
    def epoch(self) -> str:
        """Which store this is: drawn at random when it was made."""
        return self.teller.epoch

    def handle(self, frame: Frame) -> Outcome:
        """Take in one Frame. Raises nothing for any bytes of a sensor's port."""
        if frame.at < self.now:
            frame = frame._replace(at=self.now)
        out = Outcome(frame)
        self._special.get(frame.port, self._sensor)(out)
        if out.n:
            self._respond(out)
            self.n = out.n
        return out

    def _keep(self, out: Outcome) -> None:
        """Number the Frame and bring the engine to its time; what falls due on the way comes out first."""
        out.n = self.n + 1
        self.now = out.frame.at
        self._advance(out, self.now)

    def due(self) -> float | None:
        """Gateway time of the next moment at which something happens even if nothing comes."""
        moments = [self.engine.due(), self.modes.due(), self.ladders.due()]
        return min((moment for moment in moments if moment is not None), default=None)

    def _advance(self, out: Outcome, to: float) -> None:
        """All that falls due up to this moment, in its order."""
        while (moment := self.modes.due()) is not None and moment <= to:
            self._tick(out, moment)
            self._turn(out, self.modes.tick(moment), None)
        self._tick(out, to)

    def _tick(self, out: Outcome, to: float) -> None:
        """Rules, then the ladders that hear of them."""
        out.alerts += self.engine.tick(to)
        self._tell(out)
        self.ladders.tick(to)

    def _turn(self, out: Outcome, changes: list[Change], begin: int | None) -> None:
        """Homes came into another mode: by this input, or (None) because its moment has come."""
        for change in changes:
            out.changes.append(change)
            out.alerts += self.engine.mode(change.home, change.mode, change.at, change.at if begin is None else begin)

    def _sensor(self, out: Outcome) -> None:
        frame = out.frame
        route = self.routes.get(frame.port)
        if route is None:
            out.bad = "no such port"
            return
        port, driver = route
        try:
            head = head_of(driver, frame.data)
            key, device = self._sender(port, head)
            secret = self.keys.get(device.name, "") if device else ""
            decoded = decode(driver, head, self.memories.get(key, {}), secret)
        except Undecoded:
            out.bad = "undecoded"
            self._keep(out)
            self._tell(out)
            return
        except BadFrame as error:
            out.bad = error.why
            return
        if not decoded.fresh:
            if device is not None or key in self.strangers:
                self._promise(driver, head, out)
            return
        if not (decoded.values or head.alarm):
            return  # nothing to say, as a polled node does all day: not worth its flash
        if device is None and not self._admit(key, head, out):
            return
        self._promise(driver, head, out)
        if driver.query is not None and self.memories.get(key, {}).get("boot") != decoded.memory.get("boot"):
            out.ask = (frame.port, driver.query(head.address), head.address)
        self._keep(out)
        self.memories[key] = decoded.memory
        self.dirty.add(key)
        name = device.name if device else head.address
        source = Source(name, head.boot, head.seq) if head.alarm else None
        at, n = frame.at, out.n
        for quantity, value, flags, index in decoded.values:
            point = f"{quantity}#{index + 1}" if index else quantity
            out.readings.append(Reading(name, point, quantity, value, at, flags, n, source))
        if device is not None:
            out.readings += self.batteries.feed(out.readings)
            self._feed(out, device.home)
        self._tell_sensor(out, name, device, source)

    def _sender(self, port: str, head: Head) -> tuple[tuple[str, str], Device | None]:
        """-> under which address its memory is kept, and the device if it is registered."""
        for address in (head.address, *head.also):
            device = self.devices.get((port, address))
            if device is not None:
                return (port, address), device
        return (port, head.address), None

    def _feed(self, out: Outcome, home: str) -> None:
        """Readings to the rules; buttons and doors to the ladders as well. "I am fine" is no call for help."""
        feed = self.engine.feed
        for reading in out.readings:
            self._turn(out, self.modes.feed(home, reading), out.n)
            if reading.quantity not in SIGNS:
                out.alerts += feed(reading)
                continue
            fine = self.ladders.buttons.is_fine(reading, home)
            out.alerts += feed(reading._replace(point="fine", quantity="fine") if fine else reading)
            self._tell(out)
            self.ladders.sense(reading, home, fine=fine)

    def _promise(self, driver: Driver, head: Head, out: Outcome) -> None:
        if head.alarm and driver.acknowledge is not None:
            out.acknowledge = (driver, head)
            out.urgent = True

    def _tell_sensor(self, out: Outcome, name: str, device: Device | None, source: Source | None) -> None:
        self._tell(out)
        told = any(source in alert.sources for alert in out.alerts if alert.n)
        if out.stranger or (source is not None and not told):
            home = device.home if device else ""
            registered = device is not None
            out.messages += self.teller.report(name, home, source, out.readings, self.now, registered=registered)
        if device is not None:
            out.messages += self.teller.state(name, device.home, out.readings, self.now)

    def _admit(self, key: tuple[str, str], head: Head, out: Outcome) -> bool:
        """A device nobody registered is shown, not dropped; beyond what memory and flash allow it is only counted."""
        known = key in self.strangers
        waits = max(self.calls, out.frame.at)
        if (known and not head.alarm) or (head.alarm and waits > out.frame.at + CALLS * CALL):
            out.bad = "unregistered"
            return False
        if not known:
            if len(self.strangers) >= STRANGERS:
                out.bad = "unregistered"
                return False
            out.stranger = key[1]
        if head.alarm:
            self.calls = waits + CALL
        self.strangers[key] = self.strangers.get(key, 0) + 1
        return True

    def _boot(self, out: Outcome) -> None:
        """The gateway came up: it heard nothing since the Frame before."""
        said = json.loads(out.frame.data)
        if not self.epoch:
            self.gateway = said["gateway"]
            self.teller.epoch = said["epoch"]
            self.engine = Engine(self.gateway, self.epoch)
        self.teller.life = said.get("life", "")
        self.ladders.name(self.epoch, self.teller.life, self.engine.civil)
        self.teller.offset, self.teller.synced = said["offset"], said["synced"]
        self._be_deaf(out, said.get("deaf", out.frame.at - self.now))
        self._keep(out)
        self.ladders.setting.note(self.now, "boot", life=self.teller.life, downtime=said.get("downtime"))
        self._tell_the_time(out)
        self._tell(out)

    def _clock(self, out: Outcome) -> None:
        """The wall clock moved, its quality changed, nobody listened for a while, or a deadline passed."""
        said = json.loads(out.frame.data)
        moved = abs(said["offset"] - self.teller.offset) > STEP or said["synced"] != self.teller.synced
        if said["deaf"]:
            self._be_deaf(out, said["deaf"])
        self._keep(out)
        if moved:
            self.teller.offset, self.teller.synced = said["offset"], said["synced"]
            self._tell_the_time(out)
        self._respond(out)
        if not (moved or said["deaf"] or out.alerts or out.changes or out.messages or out.entries):
            out.n = 0

    def _be_deaf(self, out: Outcome, seconds: float) -> None:
        """Nobody listened for so long; what was due before that is due all the same."""
        self.now, before = out.frame.at, out.frame.at - seconds
        self._advance(out, before)
        self.ladders.resume(out.frame.at, seconds)
        self.engine.deaf(seconds)

    def _tell_the_time(self, out: Outcome) -> None:
        """Rules for certain hours and days go by the site's own clock."""
        if self.site is not None:
            zone = self.site.gateway.timezone
            out.alerts += self.engine.wall(self.teller.offset, self.teller.synced, zone, self.now, out.n)
            self._turn(out, self.modes.look(self.now), out.n)

    def _config(self, out: Outcome) -> None:
        """Another site or other rules from here on; the data is the hash of its text."""
        self._keep(out)
        before = self.site
        self.use(out.frame.data.decode())
        out.alerts += self.configure(out.n)
        self._tell_the_time(out)
        if self.site is not None:
            for of in (untested, gone):
                for reading in of(before, self.site, self.now, out.n):
                    out.alerts += self.engine.feed(reading)
        self._tell(out)
        if before is not None and self.site is not None:
            out.messages += self.teller.config(self.site_hash, differences(before, self.site), self.now)

    def use(self, site_hash: str) -> None:
        """Take the site of that hash for the present one; the engine is told by ``configure``."""
        self.site_hash = site_hash
        self.site = site = self._read(site_hash)
        if site is None:
            return
        self.routes = routes(site)
        self.devices = {(joined(site, one.port, one.driver), one.address): one for one in site.devices.values()}
        self.strangers = {key: count for key, count in self.strangers.items() if key not in self.devices}
        self.teller.use(site)
        self.ladders.use(Directory.of(site), site.ladders, site.by_id, self.engine.civil, self.now)

    def _read(self, site_hash: str) -> Site | None:
        try:
            return _site_of(self.configs[site_hash])
        except (KeyError, Mistakes):
            return self._fallback

    def configure(self, n: int) -> list[Alert]:
        """Give the engine the present site's rules and devices."""
        if self.site is None:
            return []
        devices = self.site.devices.values()
        places = {device.name: Place(device.home, device.room, device.silent_after) for device in devices}
        alerts = self.engine.configure(self.site.rules, places, self.now, n, self.site.facts)
        self.modes.use(self.site.living, self.engine.civil, self.engine.unheard)
        self.modes.look(self.now)
        return alerts

    def _mode(self, out: Outcome) -> None:
        """A person says in which mode a home is."""
        self._keep(out)
        out.urgent = True
        if self.site is None:
            return
        teller, outcome = self.teller, self.ladders.outcome
        asked = mode_act.ask(out.frame.data, outcome, self.site, self.now, teller.offset, synced=teller.synced)
        out.refused = asked.refused
        if asked.said is not None:
            self._turn(out, self.modes.say(asked.home, asked.said), out.n)
        if asked.record:
            self.ladders.remember(asked.act_id, asked.refused, asked.meant)
            self.ladders.setting.note(self.now, "act", **asked.record)
        self._tell(out)
        out.messages += self.teller.reply(asked.act_id, asked.correlation, asked.refused, self.now)

    def _act(self, out: Outcome) -> None:
        """A person did something; the outcome, good or refused, is recorded once and answered each time."""
        self._keep(out)
        out.urgent = True

        def forget(home: str, actor: str, via: str) -> list[Alert]:
            """Somebody else lives there now."""
            self._turn(out, self.modes.say(home, Said(HOME, self.now, self.now, None, actor, via)), out.n)
            return self.engine.forget(home, self.now)

        parts = (self.ladders, self.teller, self.engine, forget)
        alerts, messages, out.refused = responder.do(*parts, out.frame.data, self.now, out.n)
        out.alerts += alerts
        self._tell(out)
        out.messages += messages

    def _channel(self, out: Outcome) -> None:
        """What became of a message to somebody. A report that is no news is not kept."""
        try:
            said = report(out.frame.data)
        except ValueError as error:
            out.bad = str(error)
            return
        if said.message not in self.ladders.post.sent:
            out.bad = "no such message"
            return
        self._keep(out)
        news = self.ladders.report(said, self.now)
        self._respond(out)
        if not (news or out.alerts or out.messages or out.entries):
            out.n = 0

    def _receipt(self, out: Outcome) -> None:
        """A platform has taken in a message of an alert: one more entry of its record."""
        said = json.loads(out.frame.data)
        alert = str(said["id"]).partition(".")[0]
        self._keep(out)
        self.ladders.setting.note(self.now, "accepted", alert=alert, message=said["id"], by=said["uplink"])
        self._respond(out)

    def _health(self, out: Outcome) -> None:
        """The gateway says how it is: Readings of one of its own parts."""
        said = json.loads(out.frame.data)
        self._keep(out)
        for quantity, value in said["values"].items():
            reading = Reading(said["device"], quantity, quantity, value, out.frame.at, (), out.n)
            out.readings.append(reading)
            out.alerts += self.engine.feed(reading)
        self._tell(out)

    def _tell(self, out: Outcome) -> None:
        """A message for each alert change not told yet; one that is only pending (n = 0) is no news."""
        while out.told < len(out.alerts):
            alert = out.alerts[out.told]
            out.told += 1
            if alert.n:
                out.urgent = True
                out.messages += responder.alert(self.ladders, self.teller, alert, self.now)
        while out.turned < len(out.changes):
            out.messages += self.teller.mode(out.changes[out.turned], self.now)
            out.turned += 1

    def _respond(self, out: Outcome) -> None:
        """Do what the ladders want, and what follows from that, until there is nothing left to do."""
        self._tell(out)
        self.ladders.tick(self.now)
        while made := self.ladders.made():
            out.entries += made.entries
            out.sound = out.sound or made.sound
            letters = responder.messages(made, self.teller, self.now)
            out.messages += letters
            out.urgent = out.urgent or bool(letters)
            out.alerts += responder.follow(made, self.engine, self.engine.feed, self.now, out.n)
            self._tell(out)
            self.ladders.tick(self.now)
