"""Teller: which messages an input makes, and under which numbers.

It holds all that the numbers of messages depend on, so that a fold over the same Frames gives the same messages.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from drivers.reading import Reading, Scalar, Source
from gateway.dates import Dates
from gateway.hub import messages as words
from gateway.hub.modes import Change
from gateway.hub.standing import Standing
from gateway.ladder.acts import Act
from gateway.ladder.chain import Head
from gateway.site import Site
from gateway.site.difference import Difference
from gateway.store.message import ALARM, LANES, STATE, TELEMETRY, Message
from rules.alert import Alert
from rules.asked import Asked, asks

HEALTH = frozenset({"battery_pct", "battery_low", "firmware", "output_on", "tamper", "fault"})
"""Of a device's state, what leaves the home by default: when it changes."""
REGISTERS = frozenset(
    {"water_m3", "hot_water_m3", "gas_m3", "volume_m3", "heat_kwh", "energy_kwh", "energy_export_kwh", "energy_net_kwh"}
)
"""Of these, one value a civil day leaves by default. Door, motion, climate and the like only if a home shares them."""
CHANGES = 50
"""Changes of a site told one by one."""


class Teller:
    """Numbers per lane, and what each device's platform already knows."""

    def __init__(self, standing: Standing, epoch: str = "") -> None:
        self._standing = standing
        self.epoch = epoch
        self.life = ""
        """Drawn at each boot: one that no disk remembers may have used the numbers that come next, so ids name it."""
        self.seqs = [0] * len(LANES)
        self.offset = 0.0
        self.synced = False
        self.told: dict[str, dict[str, Scalar]] = {}
        self.dates = Dates()
        self.dirty: set[str] = set()
        """Devices whose row in ``told`` changed since the last checkpoint."""
        self.use(None)

    def use(self, site: Site | None) -> None:
        """Speak of this site from now on."""
        self._site = site
        self._zone = ZoneInfo(site.gateway.timezone) if site else UTC
        self._titles = {name: rule.title for name, rule in site.by_id.items()} if site else {}
        self._share = {name: frozenset(home.share) for name, home in site.homes.items()} if site else {}

    def devices(self) -> list[str]:
        """Devices of which something may be known outside the home."""
        return list(self.told)

    def whole(self, device: str) -> dict[str, Scalar]:
        """The present values of a device, as far as they may leave the home."""
        known = self._site.devices.get(device) if self._site else None
        may = HEALTH | self._share.get(known.home, frozenset()) if known else HEALTH
        return {point: value for point, value in self.told.get(device, {}).items() if point.partition("#")[0] in may}

    def home_of(self, device: str) -> str:
        """Its home; empty for one that the site doesn't know."""
        known = self._site.devices.get(device) if self._site else None
        return known.home if known else ""

    def alert(self, alert: Alert, now: float, incident: str, *, test: bool = False, anew: str = "") -> list[Message]:
        """A change of an alert, dated as the change itself is; one of a walk-test is no alarm to anybody. ``anew``: the
        same change is told once more, for this reason."""
        device = self._site.devices.get(alert.device) if self._site else None
        stamp = self._stamp(STATE if test else words.lane_of(alert), alert.at)
        title: Mapping[str, str] = self._titles.get(alert.rule, {})
        since = self.dates.wall(alert.since)
        room, kind = device.room if device else "", "walk-test" if test else "alert"
        asked = self._asked(alert) if alert.state == "firing" else []
        body = words.alert_body(stamp, alert, since, room, title, incident, kind, asked, anew)
        return self._post(stamp, now, "event", body)

    def _asked(self, alert: Alert) -> list[Asked]:
        """What its rule asks of what is its evidence, by the numbers of this home."""
        found = [rule for rule in self._site.rules if rule.id == alert.rule] if self._site else []
        return next((asks(rule, alert.evidence) for rule in found if rule.counts_in(alert.home)), [])

    def report(
        self,
        device: str,
        home: str,
        source: Source | None,
        readings: Iterable[Reading],
        now: float,
        *,
        registered: bool,
    ) -> list[Message]:
        """A frame that was acknowledged but changed no alert, or the first word of an unregistered device."""
        rest = {
            "device": device,
            "home": home,
            "registered": registered,
            "sources": words.sources([source] if source else []),
            "values": words.values(readings),
        }
        return self._message(ALARM if source else STATE, "event", "report", "", rest, now)

    def page(self, page: words.Json, now: float) -> list[Message]:
        """A ladder has come to the platform's duty desk."""
        lane = ALARM if page["severity"] in ("emergency", "urgent") else STATE
        since = self.dates.epoch(float(str(page["gateway_since"])))
        rest = {key: value for key, value in page.items() if key != "gateway_since"} | {"since": since}
        return self._message(lane, "event", "page", "", rest, now)

    def merged(self, whole: words.Json, now: float) -> list[Message]:
        """The same in many homes of a building: their incidents are one from now on."""
        lane = ALARM if whole["severity"] in ("emergency", "urgent") else STATE
        return self._message(lane, "event", "merged", "", whole, now)

    def act(self, act: Act, incidents: Sequence[str], head: Head, now: float) -> list[Message]:
        """What a person did, with the hash of its entry in the record."""
        rest: dict[str, object] = {
            "verb": act.verb,
            "actor": act.actor,
            "role": act.role,
            "via": act.via,
            "alert": act.alert,
            "incident": incidents[0] if incidents else "",
            "incidents": list(incidents),
            "home": act.home,
            "entry": {"n": head.n, "hash": head.hash},
        }
        more = ("device", "rule", "silence", "person", "found", "what", "reason", "text", "seconds", "life_safety")
        rest |= {name: value for name in more if (value := getattr(act, name))}
        return self._message(ALARM, "event", "act", act.act_id, rest, now)

    def mode(self, change: Change, now: float) -> list[Message]:
        """A home came into another mode."""
        mode = change.mode
        stamp = self._stamp(STATE, change.at)
        rest = {
            "home": change.home,
            "mode": mode.name,
            "was": change.was,
            "until": None if mode.until is None else round(mode.until + stamp.offset, 3),
            "armed": mode.armed_at is not None,
            "cause": change.cause,
            "actor": change.actor,
            "via": change.via,
        }
        return self._post(stamp, now, "event", words.body(stamp, "mode", "", rest))

    def home(self, home: str, at: float, now: float) -> list[Message]:
        """Something else is true of whether a home is protected; dated as the change itself is."""
        stamp = self._stamp(STATE, at)
        return self._post(stamp, now, f"home/{home}", words.body(stamp, "home", "", self.stands(home)))

    def homes(self) -> list[str]:
        """All homes of the site."""
        return list(self._standing.homes)

    def stands(self, home: str) -> words.Json:
        """Whether a home is protected, and if not why and since when; which batteries are due."""
        standing, offset = self._standing, self.offset
        since = standing.since(home)
        causes, known = standing.homes.get(home), self._site.homes.get(home) if self._site else None
        return {
            "home": home,
            "title": known.title if known else "",
            "building": known.building if known else "",
            "present": causes is not None,
            "protected": causes == {},
            "since": None if since is None else self.dates.epoch(since),
            "why": [
                {
                    "cause": key,
                    "rule": cause.rule,
                    "device": cause.device,
                    "since": self.dates.epoch(cause.since),
                    "gateway_since": round(cause.since, 3),
                }
                for key, cause in sorted((causes or {}).items(), key=lambda item: (item[1].since, item[0]))
            ],
            "batteries": [
                {"device": device, "due": round(due + offset, 3)} for device, due in standing.due(home).items()
            ],
        }

    def gap(self, seconds: float | None, cause: str, now: float) -> list[Message]:
        """The gateway did not listen for so long, until now; None: nobody can know for how long."""
        told = None if seconds is None else round(seconds, 3)
        return self._message(STATE, "event", "gap", "", {"seconds": told, "cause": cause}, now)

    def answered(self, answer: words.Json, now: float) -> list[Message]:
        """Somebody answered an incident, by whatever way."""
        return self._message(STATE, "event", "answered", "", answer, now)

    def config(self, site_hash: str, changes: Sequence[Difference], now: float) -> list[Message]:
        """The site changed."""
        told = [one._asdict() for one in changes[:CHANGES]]
        rest = {"hash": site_hash, "changes": told, "more": max(0, len(changes) - CHANGES)}
        return self._message(STATE, "event", "config", "", rest, now) if changes else []

    def reply(self, act_id: str, correlation: str, refused: str, now: float, left: str = "") -> list[Message]:
        """The answer to an act that came from a platform; an empty ``refused`` means done, but for what is ``left``."""
        rest = {"act_id": act_id, "correlation": correlation, "ok": not refused, "why": refused}
        rest |= {"left": left} if left else {}
        return self._message(ALARM, "reply", "reply", "", rest, now)

    def state(self, device: str, home: str, readings: Iterable[Reading], now: float) -> list[Message]:
        """What leaves the home of a device's values: its health, a register a day, and what the home shares."""
        made: list[Message] = []
        for lane, topic, values in self._news(device, self._share.get(home, frozenset()), readings):
            rest = {"device": device, "home": home, "values": values}
            made += self._message(lane, f"{topic}/{device}", "state", "", rest, now)
        return made

    def _news(
        self, device: str, share: frozenset[str], readings: Iterable[Reading]
    ) -> list[tuple[int, str, dict[str, Scalar]]]:
        health: dict[str, Scalar] = {}
        meter: dict[str, Scalar] = {}
        shared: dict[str, Scalar] = {}
        for reading in readings:
            quantity, point, value = reading.quantity, reading.point, reading.value
            if quantity in share:
                shared[point] = value
                self._is_new(device, point, value)
            elif quantity in HEALTH and self._is_new(device, point, value):
                health[point] = value
            elif quantity in REGISTERS and self._is_new(device, f"day of {point}", self._day(reading.at)):
                meter[point] = value
        news = ((STATE, "state", health), (TELEMETRY, "meter", meter), (TELEMETRY, "state", shared))
        return [one for one in news if one[2]]

    def _is_new(self, device: str, key: str, value: Scalar) -> bool:
        row = self.told.setdefault(device, {})
        if row.get(key) == value:
            return False
        row[key] = value
        self.dirty.add(device)
        return True

    def _day(self, at: float) -> str:
        return datetime.fromtimestamp(at + self.offset, self._zone).date().isoformat()

    def _message(self, lane: int, topic: str, kind: str, id_: str, rest: words.Json, now: float) -> list[Message]:
        stamp = self._stamp(lane, now)
        return self._post(stamp, now, topic, words.body(stamp, kind, id_, rest))

    def _stamp(self, lane: int, at: float) -> words.Stamp:
        self.seqs[lane] += 1
        return words.Stamp(self.epoch, self.life, lane, self.seqs[lane], at, self.offset, self.synced)

    def _post(self, stamp: words.Stamp, now: float, topic: str, body: bytes) -> list[Message]:
        uplinks = self._site.uplinks if self._site else ()
        return [Message(to, stamp.lane, stamp.n, topic, body, now) for to in uplinks]
