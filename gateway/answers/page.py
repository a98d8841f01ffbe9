"""What the page does: a code or a link leads to the alarm it is about, a button answers it. GET changes nothing.

Codes have four digits and are typed in the home's own network: whoever types too many wrong ones waits.
"""

import ipaddress
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit

from gateway.answers import html
from gateway.answers.http import Answer, Http, Request
from gateway.answers.link import opened, sign
from gateway.answers.words import say
from gateway.clock import Clock
from gateway.site import Answers
from gateway.words import Language

log = logging.getLogger(__name__)

WRONG, ALL = 10, 40
"""Wrong codes that may be typed at once, by one address and by all together; after that one in AGAIN seconds: of 9,000
codes an hour tries 60. One device that guesses must not keep everybody else from answering an alarm."""
AGAIN = 60.0
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers by which a proxy says that somebody asks from outside: there a code of four digits is not enough."""
STRANGE = "Ask for this page by the address in your message. A name needs names = […] under [answers] in site.toml.\n"
_CODE = re.compile(r"[0-9]{4}", re.ASCII)


class Found(NamedTuple):
    """What a code is about."""

    to: str
    """Who was given the code."""
    shown: Callable[[Language], list[html.Shown]]
    answered: str
    """Who has answered already."""
    verbs: tuple[str, ...] = ("acknowledge",)
    """What may be answered, the likeliest first: acknowledge; fine, where it asks whether the resident is well;
    confirm, where it is a silence that waits for a second person."""


class Page:
    """The page of one gateway.

    ``find`` looks a code up; ``act`` does what a button says, or raises ValueError; ``seen`` hears of each code whose
    alarm somebody looked at (by POST).
    """

    def __init__(
        self,
        config: Answers,
        language: Language,
        key: bytes,
        *,
        clock: Clock,
        find: Callable[[str], Found | None],
        act: Callable[[Mapping[str, str]], Awaitable[None]],
        seen: Callable[[str], None],
    ) -> None:
        self._config, self._language, self._key = config, language, key
        self._clock, self._find, self._act, self._seen = clock, find, act, seen
        self._wrong_until: dict[str, float] = {}
        """Address -> when its wrong codes are forgotten; "" stands for all together."""
        self.http = Http(config.host, config.port, self.answer)

    def use(self, config: Answers, language: Language, key: bytes) -> None:
        """The address and the names of this site from now on; codes and links that were given stay good."""
        before, self._config = self._config, config
        self._language, self._key = language, key
        if (before.host, before.port) != (config.host, config.port):
            self.http.move(config.host, config.port)

    def link(self, code: str, message: str) -> str:
        """The link for a message; empty where nobody outside could open it."""
        if not (code and self._config.public_url):
            return ""
        return f"{self._config.public_url}/a/{sign(self._key, code, message, self._now())}"

    @property
    def address(self) -> str:
        """Where the page is, for people in the home's network."""
        host = f"[{self.http.host}]" if ":" in self.http.host else self.http.host
        return f"http://{host}:{self.http.port}" if self.http.host else ""

    def _now(self) -> float:
        return self._clock.now() + self._clock.offset

    async def answer(self, request: Request) -> Answer:
        """Answer one request."""
        if not self._is_ours(request):
            return Answer(STRANGE, 421, "text/plain; charset=utf-8")
        language = self._language_of(request)
        if request.method == "POST":
            return await self._post(request, language)
        if request.path == "/style.css":
            return Answer(html.STYLE, kind="text/css; charset=utf-8")
        if request.path == "/" and not self._is_outside(request):
            return Answer(html.ask(language))
        if request.path.startswith("/a/"):
            return self._linked(request.path.removeprefix("/a/"), language)
        return Answer("Not Found", 404, "text/plain")

    def _language_of(self, request: Request) -> Language:
        said = request.form.get("lang") or request.query.get("lang") or ""
        wished = request.headers.get("accept-language", "").lower()
        if said in ("zh", "en"):
            return "zh" if said == "zh" else "en"
        if wished.startswith(("zh", "en")):
            return "zh" if wished.startswith("zh") else "en"
        return self._language

    def _linked(self, token: str, language: Language) -> Answer:
        found = self._find(opened(self._key, token, self._now()))
        if found is None:
            return Answer(html.ask(language, say("old-link", language)), 404)
        return _alarm(found, language, {"token": token})

    async def _post(self, request: Request, language: Language) -> Answer:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return Answer("Forbidden", 403, "text/plain")
        if request.path not in ("/look", "/answer"):
            return Answer("Not Found", 404, "text/plain")
        token = request.form.get("token", "")
        if not token and self._is_outside(request):
            return Answer("Forbidden", 403, "text/plain")
        if not token and self._is_slow(request.peer):
            return Answer(html.ask(language, say("slow", language)), 429, headers=("Retry-After: 60",))
        code = opened(self._key, token, self._now()) if token else request.form.get("code", "").strip()
        found = self._find(code) if _CODE.fullmatch(code) else None
        if found is None:
            if not token:
                self._note_wrong(request.peer)
            return Answer(html.ask(language, say("old-link" if token else "wrong", language)), 404)
        hidden = {"token": token} if token else {"code": code}
        self._seen(code)
        if request.path == "/look":
            return _alarm(found, language, hidden)
        return await self._do(request, found, code, token, language)

    def _is_outside(self, request: Request) -> bool:
        """Whether it came by the public address: a code is for those in the home's own network."""
        public = urlsplit(self._config.public_url).hostname or ""
        return any(name in request.headers for name in FORWARDED) or bool(public and _host(request) == public)

    def _is_ours(self, request: Request) -> bool:
        """Whether it was meant for us. A page elsewhere can have a name of its own lead here, and would then read
        this one as its own (DNS rebinding); an address leads nowhere else."""
        host = _host(request)
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return host in ("localhost", urlsplit(self._config.public_url).hostname, *self._config.names)
        return True

    def _is_slow(self, peer: str) -> bool:
        now, until = self._clock.now(), self._wrong_until
        return until.get(peer, now) > now + WRONG * AGAIN or until.get("", now) > now + ALL * AGAIN

    def _note_wrong(self, peer: str) -> None:
        """As many addresses are remembered as ALL lets in."""
        now = self._clock.now()
        self._wrong_until = {one: until for one, until in self._wrong_until.items() if until > now}
        for one in (peer, ""):
            was_slow = self._is_slow(peer)
            self._wrong_until[one] = self._wrong_until.get(one, now) + AGAIN
            if self._is_slow(peer) and not was_slow:
                log.warning("answer page: too many wrong codes%s, the last from %s", "" if one else " of all", peer)

    async def _do(self, request: Request, found: Found, code: str, token: str, language: Language) -> Answer:
        verb = request.form.get("verb", "")
        if verb not in found.verbs:
            return Answer("Bad Request", 400, "text/plain")
        said = {"verb": verb, "code": code, "actor": found.to, "via": "link" if token else "page"}
        if token:  # one act a link and verb: pressed twice, it is done once
            said["act_id"] = f"link-{sha256(f'{token} {verb}'.encode()).hexdigest()[:24]}"
        try:
            await self._act(said)
        except ValueError as error:
            hidden = {"token": token} if token else {"code": code}
            wrong = say("refused", language, why=error)
            return _alarm(found, language, hidden, wrong)
        after = self._find(code)  # a resident's word may end nothing: nobody must rely on it who thinks it does
        noted = verb == "acknowledge" and after is not None and not after.answered
        return Answer(html.done(language, "noted" if noted else verb))


def _host(request: Request) -> str:
    """The name by which it was asked, in lower case and without the port."""
    host = request.headers.get("host", "").lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")


def _alarm(found: Found, language: Language, hidden: Mapping[str, str], wrong: str = "") -> Answer:
    return Answer(html.alarm(language, found.shown(language), found.answered, found.verbs, hidden, wrong))
