"""The answer page as a browser sees it, over a real socket."""

import re
import string
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.answers.conftest import KEY, PUBLIC, door
from gateway.answers.html import STYLE
from gateway.answers.link import LIFE, key_of, opened, sign


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
