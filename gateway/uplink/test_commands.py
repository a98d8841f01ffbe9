"""What a broker tells us, without one; the uplink with one: hil_tests/test_uplink.py."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.ladder.acts import VERBS, parse
from gateway.uplink.allowance import AGAIN, ANSWERS, BURST, EVERY, OF_ONE, Allowances
from gateway.uplink.anju import Profile
from gateway.uplink.commands import BIGGEST, QUESTIONS, REFUSALS, Commands


class Ear:
    """Commands whose time is told."""

    def __init__(self) -> None:
        self.time, self.inbox = 0.0, Inbox()
        clock = Clock(lambda: self.time, lambda: 1.8e9 + self.time, lambda: True)
        self.commands = Commands("platform", Profile("estate", "gw-1", "e" * 16), self.inbox, clock)

    def hear(self, **said: object) -> bool:
        """A command -> whether it was taken in."""
        self.commands.hear(COMMAND_TOPIC, json.dumps({"act_id": "x", "actor": "wu", **said}).encode(), retained=False)
        return bool(self.inbox.take(9))

    async def refusals(self) -> list[dict[str, object]]:
        """What is said to those that were not."""
        return [json.loads(await self.commands.refusal()) for _ in range(len(self.commands._refusals))]


def test_a_flood_of_commands_is_done_at_the_pace_that_flash_allows() -> None:
    ear = Ear()
    assert sum(ear.hear(verb="note") for _ in range(5_000)) == BURST
    ear.time += 10 * EVERY
    assert sum(ear.hear(verb="note") for _ in range(5_000)) == 10
    ear.time += 86_400
    assert sum(ear.hear(verb="note") for _ in range(5_000)) == BURST


async def test_no_flood_of_anything_else_keeps_an_answer_out_and_who_is_refused_hears_so() -> None:
    ear = Ear()
    verbs = [verb for verb in (*VERBS, "mode", "dance", "") if verb not in ANSWERS]
    for n in range(6_000):
        ear.hear(verb=verbs[n % len(verbs)], act_id=f"n{n}", correlation=f"c{n}")
    assert all(ear.hear(verb=verb, alert="a") for verb in sorted(ANSWERS))
    for n in range(6_000):
        ear.hear(verb="acknowledge", alert="a", act_id=f"a{n}")
    assert ear.hear(verb="acknowledge", alert="b"), "nor one of answers about another alarm"
    said = await ear.refusals()
    assert len(said) == REFUSALS
    assert said[-1] == {"kind": "refused", "act_id": "a5999", "call": "", "correlation": "", "ok": False,
                        "why": "too many commands: try again in 60 s"}  # fmt: skip
    ear.time += AGAIN
    assert ear.hear(verb="acknowledge", alert="a")


async def test_what_is_too_long_or_asks_too_much_is_refused_in_words() -> None:
    ear = Ear()
    ear.commands.hear(COMMAND_TOPIC, bytes(BIGGEST + 1), retained=False)
    for _ in range(QUESTIONS + 1):
        ear.hear(call="status", correlation="17")
    for hostile in ({"act_id": ["x"], "correlation": {"y": 1}}, {"act_id": "z" * 9_000, "call": 7}):
        for _ in range(BURST + 1):
            ear.hear(verb="note", **hostile)
    why = [(one["why"], one["correlation"], len(str(one["act_id"]))) for one in await ear.refusals()]
    assert why[:2] == [
        ("a command has at most 16384 bytes", "", 0),
        ("too many questions wait for their answer: try again", "17", 1),
    ]
    assert why[-1] == ("too many commands: try again in 5 s", "", 200)


@given(st.lists(st.tuples(st.sampled_from(["acknowledge", "note", "reset"]), st.text(max_size=2), st.floats(0, 90))))
def test_the_answers_that_are_let_in_never_wear_the_flash_out(heard: list[tuple[str, str, float]]) -> None:
    allowances, now, taken, about = Allowances(), 0.0, 0, Counter[str]()
    for verb, alert, later in heard * 5:
        now += later
        if not allowances.take({"verb": verb, "alert": alert}, now, question=False):
            taken += 1
            about[alert] += verb in ANSWERS
    assert taken <= 2 * (BURST + now / EVERY + 1)
    assert all(count <= OF_ONE + now / AGAIN + 1 for alert, count in about.items())


def heard(body: bytes) -> Frame:
    """What the hub is given of a command."""
    inbox = Inbox()
    Commands("platform", Profile("estate", "gw-1", "e" * 16), inbox, Clock()).hear(COMMAND_TOPIC, body, retained=False)
    (frame,) = inbox.take(9)
    return frame


COMMAND_TOPIC = Profile("estate", "gw-1", "e" * 16).topic("command")


def test_however_deep_a_command_is_nested_nothing_of_that_reaches_the_hub() -> None:
    accepted = 0
    for depth in range(1, 2_000, 7):
        body = b'{"act_id":"x","verb":"open-valve","actor":"eve","via":"page","x":' + b"[" * depth + b"]" * depth + b"}"
        said = heard(body).data
        if said:
            accepted += 1
            assert json.loads(said)["x"] == []
            assert json.loads(said)["via"] == "platform: page"
    assert accepted > 50, "how deep a Python reads is its own"
    assert heard(b"[" * 500 + b"]" * 500).data == b"[]"


def test_a_platform_that_asks_all_the_time_may_still_take_an_alarm_on() -> None:
    inbox = Inbox()
    commands = Commands("platform", Profile("estate", "gw-1", "e" * 16), inbox, Clock())
    for _ in range(5_000):
        commands.hear(COMMAND_TOPIC, b'{"call":"status"}', retained=False)
    assert commands.refused > 4_000
    commands.hear(COMMAND_TOPIC, b'{"act_id":"x","verb":"acknowledge","actor":"wu","alert":"a"}', retained=False)
    assert [frame.port for frame in inbox.take(9)] == ["act"]


@pytest.mark.parametrize("via", ["socket root", " socket root", "\u200bpage", "\nremote socket x", "link"])
def test_no_platform_s_word_looks_like_a_way_of_ours(via: str) -> None:
    body = json.dumps({"act_id": "x", "verb": "note", "actor": "eve", "alert": "a", "text": "t", "via": via}).encode()
    assert parse(heard(body).data).via.startswith("platform: ")
