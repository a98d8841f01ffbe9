"""What a broker tells us, without one; the uplink with one: hil_tests/test_uplink.py."""

import json

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.uplink.anju import Profile
from gateway.uplink.commands import COMMAND, COMMANDS, Commands


def test_a_flood_of_commands_is_done_at_the_pace_that_flash_allows() -> None:
    time = 0.0
    clock = Clock(lambda: time, lambda: 1.8e9 + time, lambda: True)
    commands = Commands("platform", Profile("estate", "gw-1", "e" * 16), Inbox(), clock)
    done = sum(commands._has_time("command") for _ in range(5_000))
    assert COMMANDS <= done <= COMMANDS + 1
    time += 10 * COMMAND
    assert sum(commands._has_time("command") for _ in range(5_000)) == 10
    time += 86_400
    assert COMMANDS <= sum(commands._has_time("command") for _ in range(5_000)) <= COMMANDS + 1


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
