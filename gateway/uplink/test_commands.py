"""What a broker tells us, without one; the uplink with one: hil_tests/test_uplink.py."""

from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.uplink.anju import Profile
from gateway.uplink.commands import COMMAND, COMMANDS, Commands


def test_a_flood_of_commands_is_done_at_the_pace_that_flash_allows() -> None:
    time = 0.0
    clock = Clock(lambda: time, lambda: 1.8e9 + time, lambda: True)
    commands = Commands("platform", Profile("estate", "gw-1", "e" * 16), Inbox(), clock)
    done = sum(commands._has_time() for _ in range(5_000))
    assert COMMANDS <= done <= COMMANDS + 1
    time += 10 * COMMAND
    assert sum(commands._has_time() for _ in range(5_000)) == 10
    time += 86_400
    assert COMMANDS <= sum(commands._has_time() for _ in range(5_000)) <= COMMANDS + 1
