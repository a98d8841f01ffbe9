"""All that reaches people and lets them answer, made of one site and one state, and what of it runs by itself."""

import json
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any

from gateway.answers.find import find
from gateway.answers.link import key_of
from gateway.answers.page import Page
from gateway.clock import Clock
from gateway.control.asker import Asker
from gateway.control.calls import Calls
from gateway.hub.fold import Fold
from gateway.inbox import Inbox
from gateway.ladder.sent import FINAL, Sent
from gateway.ladder.words import HOME
from gateway.people.letter import Body, word
from gateway.people.monthly import Monthly
from gateway.people.sender import Disk, Sender, outcome
from gateway.people.voice import Voices
from gateway.site import Site
from gateway.store.outbox import Outbox


class People:
    """Channels, voices, the answer page and the monthly test of one gateway."""

    def __init__(
        self, site: Site, fold: Fold, calls: Calls, *, outbox: Outbox, inbox: Inbox, clock: Clock, disk: Disk
    ) -> None:
        self._site, self._fold, self._calls = site, fold, calls
        self._inbox, self._clock = inbox, clock
        self.page = Page(
            site.answers,
            site.gateway.language,
            _key(site),
            clock=clock,
            find=lambda code: find(fold, code),
            act=self._act,
            seen=self._seen,
        )
        self.voices = Voices(site, clock=clock, inbox=inbox, open=self._is_open, standing=self._standing)
        self.sender = Sender(
            site,
            outbox=outbox,
            inbox=inbox,
            clock=clock,
            disk=disk,
            voice=self.voices,
            wanted=fold.ladders.wanted,
            link=self._link,
            page=self.page.address,
        )
        self._monthly = Monthly(site.gateway.timezone, clock, inbox)
        self._monthly.use(site.gateway.timezone, anybody=bool(site.people))

    def use(self, site: Site) -> None:
        """The people, channels, speakers and page of this site from now on; what is under way goes on."""
        self._site = site
        self.page.use(site.answers, site.gateway.language, _key(site))
        self.voices.use(site)
        self.sender.use(site, self.page.address)
        self._monthly.use(site.gateway.timezone, anybody=bool(site.people))

    def jobs(self) -> Mapping[str, Callable[[], Coroutine[Any, Any, None]]]:
        """What runs by itself: name -> how. A reload may give any of them something to do."""
        return {
            "people": self.sender.run,
            "voice": self.voices.run,
            "answers": self.page.http.run,
            "monthly test": self._monthly.run,
        }

    def _is_open(self, body: Body) -> bool | None:
        """Whether the home says it again; not now, while its cause is over and nobody has looked."""
        incident = self._fold.ladders.registry.find(word(body, "incident"))
        if incident is None or incident.rests or all(one.state == "resolved" for one in incident.pieces.values()):
            return False
        if word(body, "kind") == "question":
            return incident.asking
        return True if any(one.state == "firing" for one in incident.pieces.values()) else None

    def _standing(self) -> Iterator[tuple[str, Body]]:
        """What the homes were told and nobody has answered: who killed this gateway has not put the fire out."""
        post = self._fold.ladders.post
        told: dict[tuple[str, tuple[str, ...]], Sent] = {}
        for sent in post.sent.values():
            if sent.to.startswith(f"{HOME}:") and sent.kind in ("page", "question") and sent.state in FINAL:
                told[sent.to, sent.incidents] = sent
        for sent in told.values():
            incidents = [one for id_ in sent.incidents if (one := self._fold.ladders.registry.find(id_)) is not None]
            body = json.loads(post.letters.body(sent, incidents, self._clock.now())) if incidents else {}
            if body and self._is_open(body) is not False:
                yield sent.to.partition(":")[2], body

    def _link(self, body: Body) -> str:
        answer = body.get("answer")
        code = word(answer, "code") if isinstance(answer, Mapping) else ""
        return self.page.link(code, word(body, "id"))

    def _seen(self, code: str) -> None:
        """Somebody looked at what a code is about: their messages of it are seen."""
        post = self._fold.ladders.post
        known = post.codes.known.get(code)
        for sent in list(post.sent.values()) if known else ():
            if known and sent.to == known.to and set(sent.incidents) & set(known.incidents) and sent.state != "seen":
                self._inbox.put(outcome(self._clock.now(), sent.id, sent.to, sent.channel, "seen"))

    async def _act(self, said: Mapping[str, str]) -> None:
        via = said["via"]
        given = {key: value for key, value in said.items() if key != "via"}
        await self._calls.do(given, Asker(said["actor"], "", via))


def _key(site: Site) -> bytes:
    """By which links are signed; nobody needs one without a public address."""
    return key_of(site.store.path.with_suffix(".key")) if site.answers.public_url else b""
