"""A platform's receipts: an alarm that nobody took in is a trouble, and over when it was."""

import json
from collections.abc import AsyncIterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.store.message import ALARM, STATE, Message
from gateway.uplink.receipts import BEFORE, MOST, WAIT, Receipts


class Desk:
    """A platform that confirms by hand, and time by hand."""

    def __init__(self) -> None:
        self.at = 100.0
        self.inbox = Inbox()
        self.receipts = Receipts("platform", self.inbox, Clock(steady=lambda: self.at))
        self.at = 0.0

    def deliver(self, name: str, kind: str = "alert", lane: int = ALARM, topic: str = "event") -> None:
        body = json.dumps({"kind": kind, "id": name}).encode()
        self.receipts.delivered(Message("platform", lane, 1, topic, body, 0.0))

    def said(self) -> list[Any]:
        self.receipts.look()
        frames = self.inbox.take(9)
        bodies = [(frame.port, json.loads(frame.data)) for frame in frames]
        return [body["id"] if port == "receipt" else body["values"]["receipt_missing"] for port, body in bodies]


def test_an_alarm_that_is_not_confirmed_in_time_is_a_trouble_until_it_is() -> None:
    desk = Desk()
    desk.deliver("a.1")
    desk.at += WAIT - 1
    assert desk.said() == []
    desk.at += 1
    assert desk.said() == [True]
    desk.at += 100
    assert desk.said() == []
    desk.receipts.hear(b'{"id": "a.1"}')
    assert desk.said() == ["a.1", False]


def test_one_that_the_platform_lost_is_given_up_after_a_day_as_a_restart_would() -> None:
    desk = Desk()
    desk.deliver("a.1")
    desk.at += WAIT
    assert desk.said() == [True]
    desk.at += BEFORE
    assert desk.said() == [False], "a trouble that nothing can end is read by nobody"
    desk.receipts.hear(b'{"id": "a.1"}')
    assert desk.said() == []


def test_a_platform_that_confirms_in_time_is_no_news_but_for_the_record() -> None:
    desk = Desk()
    desk.deliver("a.1")
    desk.deliver("b.1", "page")
    desk.receipts.hear(b'{"ids": ["b.1", "a.1", "unknown", 3]}')
    desk.receipts.hear(b'{"id": "a.1"}')
    desk.at += 100
    assert desk.said() == ["b.1", "a.1"]


def test_only_alarms_are_waited_for_and_not_endlessly_many() -> None:
    desk = Desk()
    for kind, lane, topic in (("alert", STATE, "event"), ("act", ALARM, "event"), ("reply", ALARM, "reply")):
        desk.deliver("x", kind, lane, topic)
    desk.at += 100
    assert desk.said() == []
    for number in range(MOST + 50):
        desk.deliver(f"{number}.1")
    assert len(desk.receipts._awaited) == MOST


@given(
    st.binary(max_size=300) | st.text().map(str.encode) | st.sampled_from([b"[" * 5000, b'{"ids": {"a": 1}}', b"[1]"])
)
def test_no_bytes_break_it(body: bytes) -> None:
    desk = Desk()
    desk.deliver("a.1")
    desk.receipts.hear(body)
    assert desk.said() == []


class Damaged:
    """A store of which some pages lost bits that its own check doesn't miss."""

    async def delivered(self, to: str, lane: int, since: float) -> list[tuple[Message, float]]:
        whole = [json.dumps({"id": name, "kind": "alert"}).encode() for name in ("b.1", "c.1")]
        bodies = [b'{"id": "a.1"', b"[]", b'{"kind": "alert"}', *whole]
        return [(Message(to, lane, n, "event", body, since), since) for n, body in enumerate(bodies)]

    async def recorded(self, since: float) -> AsyncIterator[bytes]:
        for body in (b"\xff", b"3", b'{"kind": "accepted", "message": "c.1"}'):
            yield body


async def test_bits_lost_in_the_store_keep_no_platform_waiting() -> None:
    desk = Desk()
    await desk.receipts.begin(Damaged())
    assert list(desk.receipts._awaited) == ["b.1"]
