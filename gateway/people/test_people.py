"""What leaves by the channels, seen from the other end: a receiver of posts as ntfy is, and a real mail server."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.ladder.page import WHAT, Report, report
from gateway.people import dial
from gateway.people import sender as sending
from gateway.people.letter import Desk, write
from gateway.people.secret import Refused
from gateway.people.sender import Sender
from gateway.people.words import WORDS
from gateway.sim.receivers import Mailbox, Receiver, mailbox, receiver
from gateway.site import Site, load
from gateway.store.message import ALARM, STATE, Message
from gateway.store.outbox import Outbox

TOML = """
gateway = {{id = "gw-1", site = "estate", language = "zh"}}
homes.flat = {{title = "5 号楼 501 室"}}
channels.push = {{type = "ntfy", url = "{push}", token_env = "PUSH_TOKEN"}}
channels.dead = {{type = "webhook", url = "{dead}"}}
channels.mail = {{type = "smtp", host = "127.0.0.1", port = {smtp}, from = "anju@example.org", tls = "none"}}
channels.chat = {{type = "apprise", url_env = "CHAT_URL"}}
channels.wrong = {{type = "apprise", url_env = "WRONG_URL"}}
[people.wang]
title = "王芳"
role = "carer"
homes = ["flat"]
channels = ["push", "mail", "chat", "dead", "wrong"]
addresses = {{push = "anju-wang", mail = "wang@example.org", chat = "a/b"}}
[people.nobody-reaches]
role = "duty"
[people.lee]
role = "property"
language = "en"
quiet = "22:00-06:00"
channels = ["push"]
addresses = {{push = "anju-lee"}}
"""
NOON = 1_790_000_000.0


def page(n: int = 1, **more: object) -> dict[str, Any]:
    return {
        "id": f"abc.p{n}",
        "kind": "page",
        "once": False,
        "incident": "b5e915f424053b78",
        "alert": "b5e915f424053b78",
        "rule": "smoke",
        "to": "wang",
        "channel": "push",
        "severity": "emergency",
        "home": "flat",
        "home_title": "5 号楼 501 室",
        "room": "厨房",
        "title": {"zh": "烟雾报警", "en": "Smoke"},
        "advice": {"zh": "请立即撤离。", "en": "Leave now."},
        "since": NOON - 5,
        "time_quality": "synced",
        "at": NOON,
        "answer": {"code": "4711"},
        "told": ["物业值班"],
        **more,
    }


class Bench:
    """A sender on an outbox that is filled by hand; its reports are what the hub would fold."""

    def __init__(self, site: Site) -> None:
        self.clock = Clock(wall=lambda: NOON + 1, synced=lambda: True)
        self.inbox, self.unwanted = Inbox(), set[str]()
        self.outbox = Outbox("people", self._read)
        self.outbox.begin([], more=False)
        self.durable, self.hastened = True, 0
        self.written: list[tuple[str, int, int]] = []
        self.sender = Sender(
            site,
            outbox=self.outbox,
            inbox=self.inbox,
            clock=self.clock,
            disk=self,
            voice=self,
            wanted=lambda id_: id_ not in self.unwanted,
            link=lambda body: "",
            page="http://192.168.1.10:8480",
        )
        self.spoken: list[str] = []
        self.troubles: list[dict[str, Any]] = []
        self.rows: list[Message] = []
        self._n = 0

    async def _read(self, to: str, lane: int, after: int, limit: int) -> list[Message]:
        return [one for one in self.rows if one.lane == lane and one.n > after]

    def hasten(self) -> None:
        self.hastened += 1
        self.written += self.outbox.take_done()

    def done(self) -> list[tuple[str, int, int]]:
        """What was marked done, on the disk or to be written."""
        done, self.written = [*self.written, *self.outbox.take_done()], []
        return done

    async def turn(self) -> None:
        await asyncio.sleep(0)

    async def say(self, home: str, body: object) -> None:
        if home != "flat":
            raise Refused("no speaker")
        self.spoken.append(home)

    def tell(self, body: dict[str, Any], lane: int = ALARM) -> Message:
        self._n += 1
        message = Message("people", lane, self._n, "people", json.dumps(body).encode(), self.clock.now())
        self.rows.append(message)
        self.outbox.release([message])
        return message

    async def reports(self, count: int) -> list[tuple[str, str, str]]:
        """(message, state, why) of so many reports."""
        said: list[Report] = []
        async with asyncio.timeout(10):
            while len(said) < count:
                await asyncio.sleep(0.002)
                for frame in self.inbox.take(100):
                    if frame.port == "channel":
                        said.append(report(frame.data))
                    else:
                        self.troubles.append(json.loads(frame.data))
        assert len(said) == count
        return [(one.message, one.state, one.why) for one in said]


@pytest.fixture(scope="module")
def push() -> Iterator[Receiver]:
    with receiver() as there:
        yield there


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mailbox() as there:
        yield there


@asynccontextmanager
async def bench(folder: Path, push: Receiver, box: Mailbox, dead: str = "http://127.0.0.1:1") -> AsyncIterator[Bench]:
    text = TOML.format(push=push.url, dead=dead, smtp=box.port)
    (folder / "site.toml").write_text(text, encoding="utf-8")
    there = Bench(load(folder / "site.toml"))
    task = asyncio.create_task(there.sender.run())
    yield there
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch, push: Receiver) -> None:
    monkeypatch.setenv("PUSH_TOKEN", "tk_secret")
    monkeypatch.setenv("CHAT_URL", f"json://{push.url.partition('//')[2]}/chat/{{to}}")
    monkeypatch.setenv("WRONG_URL", "no such thing")
    push.status = 200


async def test_a_push_says_what_where_since_when_what_to_do_and_how_to_answer(
    tmp_path: Path, push: Receiver, box: Mailbox
) -> None:
    async with bench(tmp_path, push, box) as there:
        seen = len(push.posts)
        message = there.tell(page())
        assert await there.reports(1) == [("abc.p1", "delivered", "")]
        post = push.posts.all(seen)[0]
        assert post.token == "Bearer tk_secret"
        assert post.said["topic"] == "anju-wang"
        assert post.said["priority"] == 5
        assert post.said["title"] == "紧急报警：烟雾报警——5 号楼 501 室、厨房"
        for part in ("烟雾报警", "厨房", "请立即撤离。", "物业值班", "4711", "192.168.1.10:8480"):
            assert part in post.said["message"], part
        assert there.done() == [("people", ALARM, message.n)]


async def test_a_mail_is_written_in_its_readers_language(tmp_path: Path, push: Receiver, box: Mailbox) -> None:
    async with bench(tmp_path, push, box) as there:
        seen = len(box.mails)
        there.tell(page(2, channel="mail"))
        assert await there.reports(1) == [("abc.p2", "delivered", "")]
        mail = box.mails.all(seen)[0]
        assert mail.to == ("wang@example.org",)
        assert "烟雾报警" in str(mail.message["Subject"])
        assert mail.message["Importance"] == "high"
        box.knows = set()
        there.tell(page(3, channel="mail"))
        assert (await there.reports(1))[0][1] == "refused"
        box.knows = None
        there.tell(page(4, to="lee"))
        assert await there.reports(1) == [("abc.p4", "delivered", "")]
        said = push.posts.all()[-1].said
        assert said["title"] == "EMERGENCY: Smoke – 5 号楼 501 室, 厨房"
        assert "Leave now." in said["message"]


async def test_apprise_reaches_what_its_url_names(tmp_path: Path, push: Receiver, box: Mailbox) -> None:
    async with bench(tmp_path, push, box) as there:
        seen = len(push.posts)
        there.tell(page(5, channel="chat"))
        assert await there.reports(1) == [("abc.p5", "delivered", "")]
        post = push.posts.all(seen)[0]
        assert post.path == "/chat/a%2Fb"
        assert "烟雾报警" in post.said["title"]
        there.tell(page(6, channel="wrong"))
        assert (await there.reports(1))[0][1:] == ("refused", "apprise does not understand the channel's URL")


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "delivered"), (204, "delivered"), (301, "refused"), (403, "refused"), (429, "failed"), (500, "failed")],
)
async def test_what_a_server_answers_is_what_is_reported(
    tmp_path: Path, push: Receiver, box: Mailbox, status: int, state: str
) -> None:
    async with bench(tmp_path, push, box) as there:
        push.status, seen = status, len(push.posts)
        there.tell(page())
        found = await there.reports(1)
        assert found[0][1] == state
        assert "tk_secret" not in str(found)
        assert len(push.posts) == seen + 1, "a redirect must not be followed"


@pytest.mark.parametrize("lesser", [{"severity": "warning"}, {"kind": "follow-up", "news": {"what": "resolved"}}])
async def test_a_call_for_help_waits_behind_no_lesser_message_of_its_channel(
    tmp_path: Path, box: Mailbox, lesser: dict[str, Any]
) -> None:
    """A list for fifty people is leaving by a slow gateway of short messages."""
    with receiver() as slow:
        slow.hangs.set()
        async with bench(tmp_path, slow, box) as there:
            for n in range(20):
                there.tell(page(n, **lesser), ALARM if "news" in lesser else STATE)
            async with asyncio.timeout(5):
                while len(slow.posts) < sending.AT_ONCE - 1:
                    await asyncio.sleep(0.002)
            there.tell(page(99, title={"zh": "起火"}))
            async with asyncio.timeout(2):
                while not any("起火" in str(post.said) for post in slow.posts.all()):
                    await asyncio.sleep(0.002)
            assert len(slow.posts) <= sending.AT_ONCE
            slow.hangs.clear()
            slow.let_go.set()
            assert {state for _, state, _ in await there.reports(21)} == {"delivered"}, "and all the others come after"


async def test_what_a_server_says_of_itself_moves_no_terminal(tmp_path: Path, push: Receiver, box: Mailbox) -> None:
    async with bench(tmp_path, push, box) as there:
        push.answer = json.dumps({"errcode": "\x1b[2J1\nWARNING smoke"}).encode()
        there.tell(page())
        ((_, state, why),) = await there.reports(1)
        push.answer = b"{}"
        assert (state, why.isprintable()) == ("failed", True)
        assert "WARNING smoke" in why


async def test_a_channel_that_hangs_delays_no_other(
    tmp_path: Path, push: Receiver, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TOO_LATE", 0.3)
    monkeypatch.setattr(sending, "PATIENCE", 0.3)
    with receiver() as dead:
        dead.hangs.set()
        async with bench(tmp_path, push, box, dead.url) as there:
            for n in range(10, 60):
                there.tell(page(n, channel="dead"))
            began = there.clock.now()
            there.tell(page(99))
            assert await there.reports(1) == [("abc.p99", "delivered", "")]
            assert there.clock.now() - began < 1.0
            failed = await there.reports(50)
            assert {state for _, state, _ in failed} == {"failed"}
            assert len({name for name, _, _ in failed}) == 50
            assert len(dead.posts) <= sending.AT_ONCE
            dead.let_go.set()


async def test_a_network_that_is_gone_is_a_failure_and_each_message_leaves_the_outbox(
    tmp_path: Path, push: Receiver, box: Mailbox
) -> None:
    async with bench(tmp_path, push, box) as there:
        for n in range(5):
            there.tell(page(n, channel="dead"))
        found = await there.reports(5)
        assert {state for _, state, _ in found} == {"failed"}
        assert "refused" in found[0][2]
        assert len(there.done()) == 5


async def test_what_nobody_wants_any_more_is_not_sent(tmp_path: Path, push: Receiver, box: Mailbox) -> None:
    async with bench(tmp_path, push, box) as there:
        there.unwanted.add("abc.p1")
        seen = len(push.posts)
        there.tell(page(1))
        there.tell(page(2))
        assert [name for name, _, _ in await there.reports(1)] == ["abc.p2"]
        assert len(push.posts) == seen + 1
        assert len(there.done()) == 2


async def test_what_is_better_lost_than_doubled_is_marked_before_it_leaves(
    tmp_path: Path, push: Receiver, box: Mailbox
) -> None:
    async with bench(tmp_path, push, box) as there:
        message = there.tell(page(1, once=True), STATE)
        push.posts.listen(lambda post: there.spoken.append(f"{there.hastened} {message in there.outbox.underway()}"))
        await there.reports(1)
        assert there.spoken == ["1 False"]


async def test_that_an_alarm_was_told_is_on_the_disk_before_the_minute_is_over(
    tmp_path: Path, push: Receiver, box: Mailbox
) -> None:
    """A gateway that is killed again and again must not call the neighbour each time it comes up."""
    async with bench(tmp_path, push, box) as there:
        there.tell(page(1), STATE)
        await there.reports(1)
        assert there.hastened == 0
        there.tell(page(2))
        await there.reports(1)
        assert there.hastened == 1


async def test_a_home_is_spoken_to_and_one_without_a_speaker_says_so(
    tmp_path: Path, push: Receiver, box: Mailbox
) -> None:
    async with bench(tmp_path, push, box) as there:
        there.tell(page(1, to="home:flat", channel="voice"))
        there.tell(page(2, to="home:attic", channel="voice"))
        there.tell(page(3, to="nobody"))
        assert sorted(await there.reports(3)) == [
            ("abc.p1", "seen", ""),
            ("abc.p2", "refused", "no speaker"),
            ("abc.p3", "refused", "site.toml names no such person or channel"),
        ]


async def test_quiet_hours_hold_back_what_is_below_urgent(tmp_path: Path, push: Receiver, box: Mailbox) -> None:
    async with bench(tmp_path, push, box) as there:  # it is 22:13
        there.tell(page(1, to="lee", severity="warning"))
        there.tell(page(2, to="lee", severity="urgent"))
        assert sorted(await there.reports(2)) == [("abc.p1", "refused", "quiet hours"), ("abc.p2", "delivered", "")]


async def test_a_clock_that_nobody_set_makes_nobodys_quiet_hours(tmp_path: Path, push: Receiver, box: Mailbox) -> None:
    async with bench(tmp_path, push, box) as there:
        there.clock.synced = False
        there.tell(page(1, to="lee", severity="warning"))
        assert await there.reports(1) == [("abc.p1", "delivered", "")]


async def test_who_is_reached_by_no_channel_is_a_trouble_until_a_message_arrives(
    tmp_path: Path, push: Receiver, box: Mailbox
) -> None:
    async with bench(tmp_path, push, box) as there:
        push.status = 500
        there.tell(page(1, to="lee", incident="", severity="urgent"))
        await there.reports(1)
        push.status = 200
        there.tell(page(2, to="lee", incident="", severity="urgent"))
        await there.reports(1)
        await asyncio.sleep(0.01)
        there.troubles += [json.loads(frame.data) for frame in there.inbox.take(9)]
    assert [(one["device"], one["values"]) for one in there.troubles] == [
        ("gateway:nobody-reaches", {"channel_missing": True}),
        ("gateway:lee", {"channel_missing": True}),
        ("gateway:lee", {"channel_missing": False}),
    ]


async def test_bodies_that_are_none_go_by_and_harm_nothing(tmp_path: Path, push: Receiver, box: Mailbox) -> None:
    odd: list[Any] = [
        {},
        [],
        None,
        3,
        {"id": 3, "to": []},
        {**page(7), "title": 3, "since": "x", "told": 1, "answer": []},
    ]
    async with bench(tmp_path, push, box) as there:
        for body in odd:
            there.tell(body)
        there.tell(page(8))
        async with asyncio.timeout(5):
            while len(there.written) + len(there.outbox.done) < len(odd) + 1:
                await asyncio.sleep(0.002)
        assert "abc.p8" in str([frame.data for frame in there.inbox.take(100)])


DESK = Desk("gw-1", "Asia/Shanghai", "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_late_message_says_so_first(language: Any) -> None:
    letter = write(page(), language, DESK, NOON + 3600)
    assert letter.text.splitlines()[0] in ("(from 22:13, sent late)", "(22:13 的消息，延迟发送)")
    assert "22:13" in letter.subject
    assert "late" not in write(page(), "en", DESK, NOON + 5).text


@pytest.mark.parametrize("kind", ["page", "question", "follow-up", "reminder", "test", "digest"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_kind_of_message_is_a_sentence(kind: str, language: Any) -> None:
    letter = write(page(kind=kind, items=[page()], more=3), language, DESK, NOON)
    assert letter.subject
    assert letter.text
    assert "{" not in letter.subject + letter.text
    assert "None" not in letter.text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("what", ["silence-asked", "silence-asked-calls", "silence-ends"])
def test_a_reminder_about_a_silence_speaks_of_no_alarm(language: Any, what: str) -> None:
    body = {"id": "a.p1", "kind": "reminder", "to": "wang", "at": NOON, "time_quality": "synced", "answer": {"code": "4711"}}
    letter = write({**body, "news": {"what": what, "who": "陈", "text": "Flat 1 · sanding"}}, language, DESK, NOON)
    assert "?" not in letter.subject + letter.text
    assert "？" not in letter.subject + letter.text
    assert "sanding" in letter.text
    assert "4711" in letter.text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("what", ["walk-test", "walk-test-over"])
def test_a_walk_test_is_announced_in_words_of_its_own(language: Any, what: str) -> None:
    body = {"id": "a.p1", "kind": "reminder", "to": "chen", "at": NOON, "time_quality": "synced", "answer": {}}
    said = {**body, "news": {"what": what, "who": "王" if what == "walk-test" else "", "text": "30"}}
    letter = write(said, language, DESK, NOON)
    assert not {"?", "？"} & set(letter.subject + letter.text)
    assert letter.text.count("\n") == 0
    assert ("30" in letter.text) == ("王" in letter.text) == (what == "walk-test")


def test_each_piece_of_news_has_its_words() -> None:
    texts = set()
    for what in WHAT:
        for language in ("zh", "en"):
            news = {"what": what, "who": "王芳", "text": "toast"}
            texts.add(write(page(kind="follow-up", news=news), language, DESK, NOON).text.splitlines()[0])
    assert len(texts) == 2 * len(WHAT) >= 20


def test_all_words_are_in_both_languages_with_the_same_values() -> None:
    import string

    for key, words in WORDS.items():
        named = [{name for _, name, _, _ in string.Formatter().parse(words[lang]) if name} for lang in ("zh", "en")]
        assert named[0] == named[1], key
    assert len(WORDS) >= 40


def test_apprise_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, gateway.people.sender; sys.exit(any(name.startswith('apprise') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": "."}).returncode == 0


async def test_a_server_that_says_a_letter_now_and_then_holds_no_place_for_days(
    tmp_path: Path, push: Receiver, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dial, "WHOLE", 0.3)
    ended = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 ")
        await reader.read()
        ended.set()
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server, bench(tmp_path, push, box, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as there:
        there.tell(page(1, channel="dead"))
        assert [one[:2] for one in await there.reports(1)] == [("abc.p1", "failed")]
        await asyncio.wait_for(ended.wait(), 5)
