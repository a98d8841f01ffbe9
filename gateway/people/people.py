"""All that reaches people and lets them answer, made of one site and one state, and what of it runs by itself."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from gateway.answers.find import find
from gateway.answers.link import key_of
from gateway.answers.page import Page
from gateway.clock import Clock
from gateway.control.asker import Asker
from gateway.control.calls import Calls
from gateway.hub.fold import Fold
from gateway.inbox import Inbox
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
        key = key_of(site.store.path.with_suffix(".key")) if site.answers.public_url else b""
        self.page = Page(
            site.answers,
            site.gateway.language,
            key,
            clock=clock,
            find=lambda code: find(fold, code),
            act=self._act,
            seen=self._seen,
        )
        self.voices = Voices(site, clock=clock, inbox=inbox, open=self._is_open)
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

    def use(self, site: Site) -> None:
        """The people and channels of this site from now on; speakers and the page are those of the start."""
        self._site = site
        self.sender.use(site)

    def jobs(self) -> Mapping[str, Callable[[], Coroutine[Any, Any, None]]]:
        """What runs by itself: name -> how."""
        jobs = {"people": self.sender.run}
        if self._site.speakers:
            jobs["voice"] = self.voices.run
        if self._site.answers.host:
            jobs["answers"] = self.page.http.run
        if self._site.people:
            jobs["monthly test"] = self._monthly.run
        return jobs

    def _is_open(self, body: Body) -> bool:
        incident = self._fold.ladders.registry.find(word(body, "incident"))
        return incident is not None and not incident.rests

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
