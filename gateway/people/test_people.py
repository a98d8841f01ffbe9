"""What leaves by the channels, seen from the other end: a receiver of posts as ntfy is, and a real mail server."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.people import dial
from gateway.people import sender as sending
from gateway.people.conftest import bench, page
from gateway.sim.receivers import Mailbox, Receiver, receiver
from gateway.store.message import ALARM, STATE


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
        assert post.said["title"] == "紧急：烟雾报警——5 号楼 501 室、厨房"
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
