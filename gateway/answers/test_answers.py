"""The answer page as a browser and as an attacker sees it, over a real socket."""

import asyncio
import random
import re
import string
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.answers import http, page
from gateway.answers.html import STYLE, Shown
from gateway.answers.http import Request
from gateway.answers.link import LIFE, key_of, opened, sign
from gateway.answers.page import Found, Page
from gateway.clock import Clock
from gateway.site import Answers

KEY = b"k" * 32
PUBLIC = "https://anju.example.org"
POST_HEAD = b"POST /look HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"


class Door:
    """A page with one alarm behind the code 4711."""

    def __init__(self, public: str = "") -> None:
        self.acts: list[Mapping[str, str]] = []
        self.refuse, self.asks, self.ends = "", True, True
        self.seen: list[str] = []
        self.waiting = 0
        self.waits: asyncio.Event | None = None
        config = Answers("127.0.0.1", 0, public, ("anju.lan",))
        self.page = Page(config, "zh", KEY, clock=Clock(), find=self._find, act=self._act, seen=self.seen.append)

    def _find(self, code: str) -> Found | None:
        if code != "4711":
            return None
        shown = [Shown("紧急报警", "烟雾 <b>", "501 室、厨房", "03:12", "请立即撤离。")]
        return Found("wang", lambda language: shown, "王芳" if self.acts and self.ends else "", ("acknowledge", "fine") if self.asks else ("acknowledge",))

    async def _act(self, said: Mapping[str, str]) -> None:
        self.waiting += 1
        if self.waits is not None:
            await self.waits.wait()
        if self.refuse:
            raise ValueError(self.refuse)
        self.acts.append(said)

    async def raw(self, data: bytes) -> bytes:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.page.http.port)
        except ConnectionRefusedError:
            return b""
        with suppress(OSError):
            writer.write(data)
            if data:
                writer.write_eof()
        try:
            return await asyncio.wait_for(reader.read(), 5)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def get(self, path: str, *headers: str) -> tuple[int, str]:
        return _split(await self.raw("\r\n".join([f"GET {path} HTTP/1.1", "Host: 192.168.1.10", *headers, "", ""]).encode()))

    async def post(self, path: str, fields: Mapping[str, str], *headers: str) -> tuple[int, str]:
        body = urlencode(fields)
        head = ["Host: 192.168.1.10", "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        return _split(await self.raw("\r\n".join([f"POST {path} HTTP/1.1", *head, *headers, "", body]).encode()))


def _split(data: bytes) -> tuple[int, str]:
    head, _, body = data.decode().partition("\r\n\r\n")
    assert "content-security-policy: default-src 'none'" in head.lower()
    return int(head.split()[1]), body


@asynccontextmanager
async def door(public: str = "") -> AsyncIterator[Door]:
    there = Door(public)
    task = asyncio.create_task(there.page.http.run())
    async with asyncio.timeout(5):
        while not there.page.http.port:
            await asyncio.sleep(0.001)
    yield there
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_code_leads_to_the_alarm_and_a_button_answers_it() -> None:
    async with door() as there:
        status, asked = await there.get("/")
        assert status == 200
        assert "应答码" in asked
        status, shown = await there.post("/look", {"code": "4711"})
        assert status == 200
        for part in ("烟雾 &lt;b&gt;", "501 室、厨房", "03:12", "请立即撤离。", "尚无人应答"):
            assert part in shown
        assert there.acts == []
        assert there.seen == ["4711"]
        status, done = await there.post("/answer", {"code": "4711", "verb": "acknowledge", "lang": "en"})
        assert status == 200
        assert "Thank you" in done
        assert there.acts == [{"verb": "acknowledge", "code": "4711", "actor": "wang", "via": "page"}]


async def test_whose_word_ends_nothing_is_not_told_that_the_others_rely_on_them() -> None:
    """A resident's, of a fire: the others go on being called."""
    async with door() as there:
        there.ends = False
        for language, relied, recorded in (("en", "The others are told", "others are called all the same"), ("zh", "已告知其他人", "仍会继续通知其他人")):
            _, done = await there.post("/answer", {"code": "4711", "verb": "acknowledge", "lang": language})
            assert relied not in done
            assert recorded in done
        assert len(there.acts) == 2


async def test_what_is_refused_is_said_on_the_page() -> None:
    async with door() as there:
        there.refuse = "it is over already"
        status, shown = await there.post("/answer", {"code": "4711", "verb": "acknowledge"})
        assert status == 200
        assert 'role="alert"' in shown
        assert "it is over already" in shown
        assert (await there.post("/answer", {"code": "4711", "verb": "reset"}))[0] == 400
        there.refuse, there.asks = "", False
        assert "fine" not in (await there.post("/look", {"code": "4711"}))[1]
        assert (await there.post("/answer", {"code": "4711", "verb": "fine"}))[0] == 400


async def test_get_changes_nothing_whatever_it_asks() -> None:
    async with door(PUBLIC) as there:
        token = there.page.link("4711", "abc.p1").rpartition("/")[2]
        for path in (
            "/",
            "/look?code=4711",
            "/answer?code=4711&verb=acknowledge",
            f"/a/{token}",
            f"/a/{token}?verb=fine",
        ):
            await there.get(path)
            await there.raw(f"HEAD {path} HTTP/1.1\r\nHost: 192.168.1.10\r\n\r\n".encode())
        assert there.acts == []
        assert there.seen == []


async def test_a_link_shows_the_alarm_and_its_button_answers_under_one_name() -> None:
    async with door(PUBLIC) as there:
        link = there.page.link("4711", "abc.p1")
        assert link.startswith(f"{PUBLIC}/a/")
        token = link.rpartition("/")[2]
        assert "烟雾" in (await there.get(f"/a/{token}", "X-Forwarded-For: 1.2.3.4"))[1]
        for _ in range(2):
            assert (await there.post("/answer", {"token": token, "verb": "acknowledge"}))[0] == 200
        assert len({said["act_id"] for said in there.acts}) == 1, "twice is once: acts with one name are done once"
        assert there.acts[0]["via"] == "link"
        assert (await there.get("/a/" + token[:-2] + "xx"))[0] == 404
        assert (await there.get("/a/" + token.swapcase()))[0] == 404


async def test_from_outside_a_code_alone_is_not_enough() -> None:
    async with door(PUBLIC) as there:
        for header in ("X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4", "Via: 1.1 proxy"):
            assert (await there.post("/look", {"code": "4711"}, header))[0] == 403
            assert (await there.get("/", header))[0] == 404
        body = "POST /look HTTP/1.1\r\nHost: anju.example.org\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        assert b" 403 " in await there.raw(f"{body}Content-Length: 9\r\n\r\ncode=4711".encode())


async def test_another_sites_form_answers_nothing() -> None:
    async with door() as there:
        fields = {"code": "4711", "verb": "acknowledge"}
        assert (await there.post("/answer", fields, "Sec-Fetch-Site: cross-site"))[0] == 403
        assert there.acts == []


async def test_who_guesses_codes_is_slowed_down_and_links_still_answer() -> None:
    async with door(PUBLIC) as there:
        statuses = [(await there.post("/look", {"code": f"{code}"}))[0] for code in range(1000, 1020)]
        assert statuses[: page.WRONG] == [404] * page.WRONG
        assert statuses[-5:] == [429] * 5
        assert (await there.post("/look", {"code": "4711"}))[0] == 429
        token = there.page.link("4711", "abc.p1").rpartition("/")[2]
        assert (await there.post("/answer", {"token": token, "verb": "fine"}))[0] == 200


async def test_one_device_that_guesses_locks_out_itself_and_many_are_slowed_down_together(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with door(PUBLIC) as there:

        async def look(peer: str, code: str) -> int:
            return (await there.page.answer(Request("POST", "/look", {}, {"code": code}, {"host": "127.0.0.1"}, peer))).status

        mine = [await look("10.0.0.66", "1000") for _ in range(500)]
        assert mine.count(404) <= page.WRONG + 1
        assert await look("10.0.0.5", "4711") == 200, "the neighbour still reads her alarm"
        theirs = [await look(f"10.0.1.{n}", "1000") for n in range(200)]
        assert theirs.count(404) <= page.ALL + 1
        assert len(there.page._wrong_until) <= page.ALL + 2
        assert "too many wrong codes, the last from 10.0.0.66" in caplog.text
        assert 2 <= caplog.text.count("too many wrong codes") <= 6, "said, and not for each of them"


HOSTILE = [
    b"\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET http://evil/ HTTP/1.1\r\n\r\n",
    b"PUT / HTTP/1.1\r\n\r\n",
    b"GET /" + b"a" * 2000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 9000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"POST /look HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /look HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    b"POST /look HTTP/1.1\r\nContent-Length: 5000\r\n\r\n",
    b"POST /look HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
    b"POST /look HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 40\r\n\r\ncode=4711",
    b"POST /look HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=%",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: 192.168.1.10\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: [\r\n\r\n",
    b"GET //[ HTTP/1.1\r\nHost: 192.168.1.10\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]


async def test_hostile_bytes_get_an_error_or_nothing_and_the_page_lives_on() -> None:
    async with door() as there:
        for data in HOSTILE:
            answer = await there.raw(data)
            assert not answer or 400 <= int(answer.split()[1]) < 600 or b"Host: [" in data, data
        assert (await there.get("/"))[0] == 200
        assert there.acts == []


async def test_an_address_that_is_taken_is_tried_again_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(http, "AGAIN", 0.01)
    async with door() as first:
        port = first.page.http.port
        second = Door()
        second.page.http.port = port
        task = asyncio.create_task(second.page.http.run())
        await asyncio.sleep(0.1)
        assert caplog.text.count("no answer page") == 1
    async with asyncio.timeout(5):
        while b" 200 " not in await second.raw(b"GET / HTTP/1.1\r\nHost: 192.168.1.10\r\n\r\n"):
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


SEEDS = [
    b"GET /?lang=en HTTP/1.1\r\nHost: 192.168.1.10\r\nAccept-Language: zh\r\n\r\n",
    b"GET /a/abc.def?lang=zh HTTP/1.1\r\nHost: anju.example.org\r\n\r\n",
    b"POST /answer HTTP/1.1\r\nHost: 192.168.1.10\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\ncode=4711",
]


async def test_a_thousand_damaged_requests_raise_nothing() -> None:
    dice, there, answered = random.Random(11), Door(PUBLIC), 0
    for _ in range(1_000):
        data = bytearray(dice.choice(SEEDS))
        for _ in range(dice.randrange(1, 6)):
            place = dice.randrange(len(data) + 1)
            data[place : place + dice.randrange(3)] = dice.choice(
                [dice.randbytes(3), b"[", b"%", b"\r\n", b":", b"//", b""]
            )
        reader = asyncio.StreamReader(limit=http.HEAD)
        reader.feed_data(bytes(data))
        reader.feed_eof()
        with suppress(http.Bad, asyncio.IncompleteReadError):
            await there.page.answer(await http.read(reader, "peer"))
            answered += 1
    assert 100 < answered < 1_000


async def test_connections_that_say_nothing_keep_nobody_out_not_even_behind_the_same_proxy() -> None:
    async with door() as there:
        held = [await asyncio.open_connection("127.0.0.1", there.page.http.port) for _ in range(3 * http.EACH)]
        for _, writer in held:
            writer.write(b"GET / HTTP/1.1\r\n")
        for _ in range(20):
            assert (await there.get("/"))[0] == 200
        assert len(there.page.http._places._taken) <= http.EACH
        for _, writer in held:
            writer.close()


async def test_who_is_being_answered_gives_way_to_nobody() -> None:
    async with door() as there:
        there.waits = asyncio.Event()
        fields = {"code": "4711", "verb": "acknowledge"}
        asked = [asyncio.create_task(there.post("/answer", fields)) for _ in range(http.EACH)]
        async with asyncio.timeout(5):
            while there.waiting < http.EACH:
                await asyncio.sleep(0.001)
        assert (await there.get("/"))[0] == 503
        there.waits.set()
        assert {status for status, _ in await asyncio.gather(*asked)} == {200}
        assert (await there.get("/"))[0] == 200


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\nHost:", POST_HEAD + b"Content-Length: 40\r\n\r\ncode="])
async def test_half_a_request_is_hung_up_on_soon(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SOON", 0.1)
    async with door() as there:
        reader, writer = await asyncio.open_connection("127.0.0.1", there.page.http.port)
        writer.write(said)
        assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.close()


OURS = ["127.0.0.1", "192.168.1.10:8480", "[fe80::1]:8480", "localhost:8480", "Anju.LAN", "anju.lan.:8480"]
THEIRS = ["", "evil.example", "evil.example:8480", "localhost.evil.example", "anju.lan.evil.example", "1.2.3.4.evil.example",
          "xanju.lan", "[evil.example]", "anju.example.org.evil.example"]  # fmt: skip


async def test_a_page_elsewhere_whose_name_leads_here_reads_and_answers_nothing() -> None:
    async with door(PUBLIC) as there:
        token = there.page.link("4711", "abc.p1").rpartition("/")[2]
        form = {"code": "4711", "token": token, "verb": "acknowledge"}
        for host in THEIRS:
            for request in (
                Request("GET", "/", {}, {}, {"host": host}, "10.0.0.5"),
                Request("GET", f"/a/{token}", {}, {}, {"host": host}, "10.0.0.5"),
                Request("POST", "/answer", {}, form, {"host": host}, "10.0.0.5"),
            ):
                assert (await there.page.answer(request)).status == 421, host
        assert there.acts == []
        for host in OURS:
            assert (await there.page.answer(Request("GET", "/", {}, {}, {"host": host}, "10.0.0.5"))).status == 200, host
        public = Request("GET", f"/a/{token}", {}, {}, {"host": "anju.example.org"}, "10.0.0.5")
        assert (await there.page.answer(public)).status == 200


class Outline(HTMLParser):
    """What a screen reader and a keyboard find on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_pages_are_whole_for_screen_readers_and_keyboards(language: str) -> None:
    async with door() as there:
        pages = [
            (await there.get(f"/?lang={language}"))[1],
            (await there.post("/look", {"code": "0000", "lang": language}))[1],
            (await there.post("/look", {"code": "4711", "lang": language}))[1],
            (await there.post("/answer", {"code": "4711", "verb": "fine", "lang": language}))[1],
        ]
    for text in pages:
        found = Outline(text)
        assert found.all("html")[0]["lang"] == ("zh-CN" if language == "zh" else "en")
        assert len(found.all("h1")) == len(found.all("main")) == len(found.all("title")) == 1
        assert "user-scalable" not in text
        assert not found.all("script")
        ids = {attributes.get("id") for _, attributes in found.tags}
        labels = {one["for"] for one in found.all("label")}
        for field in found.all("input"):
            assert field["type"] == "hidden" if "type" in field else field["id"] in labels
            assert set((field.get("aria-describedby") or "").split()) <= ids
    assert 'role="alert"' in pages[1]
    assert "aria-invalid=true" in pages[1]


def test_colours_have_the_contrast_of_aaa_in_both_schemes() -> None:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: str, other: str) -> float:
        high, low = sorted((light(one), light(other)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    schemes = [dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in STYLE.split("@media")[:2]]
    checked = 0
    for colours in schemes:
        for name in ("ink", "soft", "press", "wrong"):
            assert contrast(colours[name], colours["page"]) >= 7, name
            checked += 1
        assert contrast(colours["press"], colours["on"]) >= 7
        assert contrast(colours["line"], colours["page"]) >= 3
    assert checked == 8
    assert "px" not in re.sub(r"(border|outline|outline-offset|viewport)[^;]*;", "", STYLE), (
        "sizes follow the reader's text"
    )


def test_a_token_is_good_for_a_day_and_for_its_key_alone() -> None:
    token = sign(KEY, "4711", "abc.p7", 1000.0)
    assert opened(KEY, token, 1000.0 + LIFE - 1) == "4711"
    assert opened(KEY, token, 1000.0 + LIFE + 1) == ""
    assert opened(b"x" * 32, token, 1000.0) == ""


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300) | st.text(string.ascii_letters + "._-=", max_size=80))
def test_no_text_is_a_token(text: str) -> None:
    assert opened(KEY, text, 0.0) == ""


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    key = key_of(tmp_path / "data/anju.key")
    assert key_of(tmp_path / "data/anju.key") == key
    assert (tmp_path / "data/anju.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "file").touch()
    assert len(key_of(tmp_path / "file/anju.key")) == 32
