"""What each call of the control socket (and of the platform) does.

A call that looks at what concerns residents is recorded: an act ``look`` in the journal, one a minute for the same
caller and question. An act is handed to the hub like every other input, and answered when the disk has it.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from drivers.reading import Frame
from gateway import __version__
from gateway.clock import Clock
from gateway.control import status
from gateway.control.asker import Asker, Json, Wrong, asdict, in_chinese, text
from gateway.control.past import Past
from gateway.control.watching import LONGEST, Watching
from gateway.hub import mode_act
from gateway.hub.concern import concerned
from gateway.hub.fold import Fold
from gateway.hub.mode_act import Wanted
from gateway.hub.outcome import Outcome
from gateway.inbox import Inbox
from gateway.ladder.acts import Act, Refused, parse, plain
from gateway.site import Site
from gateway.site.people import AT_HOME

PATIENCE = 5.0
"""Seconds for an act to be done and written."""
SAME = 60.0
"""Seconds for which the same question of the same caller is one look in the journal."""
REMEMBERED = 256
"""Callers with their questions remembered for that."""


class Kept(Protocol):
    """The committer, as far as who waits for the disk must know it."""

    kept: int

    @property
    def durable(self) -> bool:
        """Whether the disk takes what it is given."""

    async def turn(self) -> None:
        """Wait until a batch was written, or could not be."""


@dataclass(eq=False, slots=True)
class Awaited:
    """An act that somebody waits for. ``n``: journal number, once it was done; ``why``: why it was refused; ``left``:
    what of it was not done."""

    data: bytes
    n: int = 0
    why: str = ""
    left: str = ""


class Calls:
    """All calls of one gateway."""

    def __init__(
        self,
        site: Site,
        fold: Fold,
        *,
        clock: Clock,
        inbox: Inbox,
        kept: Kept,
        parts: Callable[[], Json],
        lines: Callable[[], Json] = dict,
        strangers: Callable[[], Sequence[Json]] = tuple,
    ) -> None:
        self._site, self._fold, self._clock, self._inbox = site, fold, clock, inbox
        self._kept, self._parts, self._lines, self._strange = kept, parts, lines, strangers
        self._awaited: list[Awaited] = []
        """Who presses twice waits twice, for acts of the same name."""
        self._looked: dict[tuple[str, str], float] = {}
        self._past = Past(site, clock, fold.standing, fold.teller.dates)
        self._watching = Watching(fold)
        self.reload: Callable[[], Awaitable[str]] | None = None
        """Reads the site file again -> why it isn't taken into use, if it isn't."""
        self._calls: dict[str, Callable[[Json, Asker], Awaitable[Any]]] = {
            "ping": self._ping,
            "status": self._status,
            "alerts": self._alerts,
            "over": self._over,
            "act": self._act,
            "work": self._work,
            "timeline": self._timeline,
            "report": self._report,
            "bus": self._bus,
            "strangers": self._strangers,
            "heard": self._heard,
            "reload": self._reload,
        }

    def use(self, site: Site) -> None:
        """Answer for this site from now on."""
        self._site = site
        self._past = Past(site, self._clock, self._fold.standing, self._fold.teller.dates)

    async def line(self, line: bytes, asker: Asker) -> Json:
        """Answer a line of JSON; raises nothing for any bytes."""
        try:
            said = json.loads(line)
        except (ValueError, RecursionError) as error:
            return {"ok": False, "why": f"not JSON: {error}"}
        return await self.answer(said, asker)

    async def answer(self, said: object, asker: Asker) -> Json:
        """Answer a call; raises nothing, whatever was said."""
        try:
            if not isinstance(said, dict):
                raise Wrong("a call is a JSON object")
            call = said.get("call")
            if not isinstance(call, str) or call not in self._calls:
                raise Wrong(f"call is one of {', '.join(self._calls)}")
            return {"ok": True, "result": await self._calls[call](said, self._who(said, asker))}
        except (Wrong, Refused) as error:
            return {"ok": False, "why": str(error), **in_chinese(error)}

    async def ask(self, said: Json, via: str) -> Json:
        """Answer a platform's call: its desk's, or that of the actor it names."""
        return await self.answer(said, Asker("platform", "duty", via))

    async def do(self, said: Json, asker: Asker) -> None:
        """Let somebody do something; raises ValueError with the reason why not."""
        answer = await self.answer({"call": "act", **said}, asker)
        if not answer["ok"]:
            raise ValueError(answer["why"])

    def _who(self, said: Json, asker: Asker) -> Asker:
        """Whoever asks may say in whose name: what they did stands in the record with the way they came by."""
        actor, role = text(said, "actor") or asker.actor, text(said, "role") or asker.role
        if actor == asker.actor and asker.is_login:
            actor = next((one.name for one in self._site.people.values() if one.login == actor), actor)
        person = self._site.people.get(actor)
        return Asker(actor, person.role if person else role, asker.via)

    def _homes(self, said: Json, asker: Asker) -> list[str]:
        """The homes that are asked about, as far as they concern the asker."""
        home, person = text(said, "home"), self._site.people.get(asker.actor)
        if home and home not in self._site.homes:
            raise Wrong(f"there is no home {home!r}")
        allowed = person.homes if person and person.role in AT_HOME else tuple(self._site.homes)
        if home and home not in allowed:
            raise Wrong(f"{asker.actor} is not of {home}")
        return [home] if home else list(allowed)

    def look(self, what: str, homes: Sequence[str], asker: Asker) -> None:
        """Record that somebody looks at what concerns the residents of these homes."""
        now, key = self._clock.now(), (asker.actor, what)
        if now - self._looked.get(key, -SAME) < SAME:
            return
        self._looked[key] = now
        while len(self._looked) > REMEMBERED:
            del self._looked[next(iter(self._looked))]
        home = homes[0] if len(homes) < len(self._site.homes) else ""
        act_id = f"look-{secrets.token_hex(8)}"
        said = {"verb": "look", "what": what, "home": home, "act_id": act_id, **asdict(asker)}
        self._inbox.put(Frame("act", now, json.dumps(said, ensure_ascii=False, sort_keys=True).encode()))

    async def _ping(self, said: Json, asker: Asker) -> Json:
        gateway = self._site.gateway
        return {
            "gateway": gateway.id,
            "site": gateway.site,
            "version": __version__,
            "store": self._fold.epoch,
            "timezone": gateway.timezone,
            "config": self._fold.site_hash,
        }

    async def _heard(self, said: Json, asker: Asker) -> Json:
        """What devices say just now, after the n-th word, waiting ``seconds`` for one; without a number it begins."""
        n = said.get("since")
        if n is not None and (isinstance(n, bool) or not isinstance(n, int)):
            raise Wrong("since is the n of the last answer")
        seconds = said.get("seconds", LONGEST)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
            raise Wrong("seconds is how long to wait, 0 or more")
        self._no_resident(asker)
        self.look("heard", list(self._site.homes), asker)
        return await self._watching.since(n, self._clock.now(), seconds)

    async def _reload(self, said: Json, asker: Asker) -> Json:
        """Take a changed site.toml into use; says why if it can't be."""
        if self.reload is None:
            raise Wrong("this gateway was not started from a file")
        refused = await self.reload()
        if refused:
            raise Wrong(refused)
        return {"hash": self._site.hash}

    async def _status(self, said: Json, asker: Asker) -> Json:
        chosen, fold, now = self._homes(said, asker), self._fold, self._clock.now()
        self.look(f"status {text(said, 'home')}".strip(), chosen, asker)
        coverage = await self._past.coverage()
        shown = [{**one, "covered": coverage.get(one["home"])} for one in status.homes(fold, now, chosen)]
        return {
            **await self._ping(said, asker),
            "at": round(now + self._clock.offset, 3),
            "time_quality": "synced" if self._clock.synced else "unsynced",
            "durable": self._kept.durable,
            **self._parts(),
            "homes": shown,
        }

    async def _alerts(self, said: Json, asker: Asker) -> Json:
        chosen, fold = self._homes(said, asker), self._fold
        self.look(f"alerts {text(said, 'home')}".strip(), chosen, asker)
        shown = [
            {**status.told(alert, fold), **status.answer(alert.id, fold)}
            for alert in status.raised(fold)
            if set(concerned(alert, self._site)) & set(chosen) or not (alert.home or text(said, "home"))
        ]
        return {"timezone": self._site.gateway.timezone, "alerts": shown}

    async def _over(self, said: Json, asker: Asker) -> Json:
        """What ended of late, and may still be told of."""
        chosen = self._homes(said, asker)
        self.look(f"over {text(said, 'home')}".strip(), chosen, asker)
        return {"timezone": self._site.gateway.timezone, "over": status.over(self._fold, chosen)}

    async def _work(self, said: Json, asker: Asker) -> Json:
        """The work list: what is open and no alarm, each with its owner, the oldest of the gravest first."""
        chosen, fold = self._homes(said, asker), self._fold
        self.look(f"work {text(said, 'home')}".strip(), chosen, asker)
        listed = status.work(fold, chosen, whole=not text(said, "home"))
        return {"timezone": self._site.gateway.timezone, "work": listed}

    async def _timeline(self, said: Json, asker: Asker) -> Json:
        chosen, alert = self._homes(said, asker), text(said, "alert")
        self.look(f"timeline {alert}", chosen, asker)
        try:
            return await self._past.timeline(alert, chosen)
        except ValueError as error:
            raise Wrong(str(error)) from error

    async def _report(self, said: Json, asker: Asker) -> Json:
        chosen, month = self._homes(said, asker), text(said, "month")
        self.look(f"report {month}", chosen, asker)
        try:
            return await self._past.report(month, chosen)
        except ValueError as error:
            raise Wrong(str(error)) from error

    async def _bus(self, said: Json, asker: Asker) -> Json:
        """How the serial lines are used; not for those who live on one of them."""
        self._no_resident(asker)
        return {"lines": self._lines()}

    async def _strangers(self, said: Json, asker: Asker) -> Json:
        """Devices that are heard and that nobody registered; not for residents, for a neighbour's are among them."""
        self._no_resident(asker)
        return {"strangers": [*status.strangers(self._fold), *self._strange()]}

    def _no_resident(self, asker: Asker) -> None:
        person = self._site.people.get(asker.actor)
        if person and person.role in AT_HOME:
            raise Wrong(f"{asker.actor} has no business with what all homes say, the lines and the radio")

    async def _act(self, said: Json, asker: Asker) -> Json:
        """Do what a person does, once; raises Refused with the reason."""
        given = {key: value for key, value in plain(said).items() if key != "call"}
        given |= {"act_id": text(said, "act_id") or f"control-{secrets.token_hex(8)}", **asdict(asker)}
        given["proof"] = asker.via
        if text(said, "code") and not text(said, "actor"):
            given["actor"] = ""  # the code says who it is
        data = json.dumps(given, ensure_ascii=False, sort_keys=True).encode(errors="replace")
        port = "mode" if mode_act.is_about_a_mode(data) else "act"
        act = _PARSERS[port](data)
        mine = Awaited(data)
        self._awaited.append(mine)
        self._inbox.put(Frame(port, self._clock.now(), data))
        try:
            async with asyncio.timeout(PATIENCE):
                while not self._stands(mine):
                    await self._kept.turn()
        except TimeoutError:
            raise Wrong(f"not written within {PATIENCE:.0f} s; look what stands before you try again") from None
        finally:
            self._awaited.remove(mine)
        if mine.why:
            raise Refused(mine.why)
        came = status.waits(act, self._fold) | status.taken(act, self._fold)
        left = {"left": mine.left} if mine.left else {}
        return {"act_id": act.act_id, "durable": self._kept.durable, **came, **left}

    def _stands(self, one: Awaited) -> bool:
        return one.n > 0 and (one.n <= self._kept.kept or not self._kept.durable)

    def heard(self, out: Outcome) -> None:
        """A step of the hub: one of ours?"""
        self._watching.note(out, self._clock.now())
        if self._awaited and out.frame.port in _PARSERS and out.n:
            for one in self._awaited:
                if one.data == out.frame.data and not one.n:
                    one.n, one.why, one.left = out.n, out.refused, out.left


_PARSERS: Mapping[str, Callable[[bytes], Act | Wanted]] = {"act": parse, "mode": mode_act.parse}
"""Port of a Frame in which a person does something -> what it says."""
