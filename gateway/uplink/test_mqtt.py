"""The uplink without a broker; with one: hil_tests/test_uplink.py."""

from gateway.clock import Clock
from gateway.hub.conftest import SITE
from gateway.inbox import Inbox
from gateway.store.message import Message
from gateway.store.outbox import Outbox
from gateway.uplink.anju import Profile
from gateway.uplink.mqtt import COMMAND, COMMANDS, Uplink


async def nothing(to: str, lane: int, after: int, limit: int) -> list[Message]:
    return []


def test_a_flood_of_commands_is_done_at_the_pace_that_flash_allows() -> None:
    time = 0.0
    clock = Clock(lambda: time, lambda: 1.8e9 + time, lambda: True)
    profile = Profile("estate", "gw-1", "e" * 16)
    uplink = Uplink(SITE.uplinks["platform"], profile, outbox=Outbox("platform", nothing), inbox=Inbox(), clock=clock)
    done = sum(uplink._has_time_for_a_command() for _ in range(5_000))
    assert COMMANDS <= done <= COMMANDS + 1
    time += 10 * COMMAND
    assert sum(uplink._has_time_for_a_command() for _ in range(5_000)) == 10
    time += 86_400
    assert COMMANDS <= sum(uplink._has_time_for_a_command() for _ in range(5_000)) <= COMMANDS + 1
