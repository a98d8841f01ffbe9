"""How long until somebody hears: from an alarm's bytes on the tty to the siren's command, and to a receiver of pushes.

``python -m bench.people [--alarms 100] [--queued 20000]``. The line is a pty whose far end is held here, the receiver
(as ntfy is) stands in this process, so all moments are taken by one clock. The platform can't be reached: its outbox is
full. Beside the channel that works a second person's channel takes every message and answers none.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.feeder import Feeder, name
from bench.figures import arguments, show, spread
from firmware.lib import wire as codec
from gateway.control.client import ask
from gateway.control.name import socket_of
from gateway.sim.receivers import Receiver, receiver
from gateway.sim.wire import Wire
from hil_tests.gateway import Gateway

NODE = 1
SITE = """
gateway = {{id = "gw-bench", site = "bench", language = "en"}}
store = {{path = "{folder}/anju.db"}}
homes.flat = {{share = ["temperature_c"]}}
ports.line = {{type = "serial", path = "{tty}", driver = "node"}}
devices.{node} = {{home = "flat", room = "kitchen", port = "line", address = "{address:08x}", silent_after = "1d"}}
outputs.siren = {{home = "flat", kind = "siren", device = "{node}", line = 1}}
uplinks.platform = {{type = "mqtt", host = "127.0.0.1", port = 1}}
channels.push = {{type = "ntfy", url = "{push}"}}
channels.dead = {{type = "webhook", url = "{dead}"}}
people.wang = {{role = "carer", homes = ["flat"], channels = ["push"], addresses = {{push = "wang"}}}}
people.desk = {{role = "property", channels = ["dead"]}}
"""


@contextmanager
def stage(folder: Path) -> Iterator[tuple[Feeder, Receiver]]:
    """A gateway with one node, one channel that works and one that hangs."""
    with ExitStack() as stack:
        push, dead = stack.enter_context(receiver()), stack.enter_context(receiver())
        dead.hangs.set()
        wire = stack.enter_context(Wire(folder / "tty", "line", direct=True))
        feeder = Feeder(wire.direct_fd, [NODE])
        said = {"folder": folder, "tty": wire.gateway_path, "push": push.url, "dead": dead.url}
        (folder / "site.toml").write_text(SITE.format(**said, node=name(NODE), address=NODE))
        gateway = Gateway(folder / "site.toml")
        stack.callback(gateway.stop)
        gateway.up()
        if not any(down.kind == codec.QUERY for down in feeder.listen(10)):
            raise TimeoutError("the gateway asks nothing on its line")
        yield feeder, push


def fill(feeder: Feeder, count: int) -> None:
    """So many messages for a platform that isn't there."""
    code, steps = codec.QUANTITIES["temperature_c"]
    for number in range(count):
        feeder.write(feeder.frame(codec.READING, NODE, [(code, 0, (1000 + number % 500) * steps // 100)])[1])
    for _ in feeder.listen(1.0):
        pass


def alarm(feeder: Feeder, push: Receiver, on: int) -> float:
    """Smoke, or its end -> when the frame was written."""
    _, data = feeder.frame(codec.ALARM, NODE, [(codec.QUANTITIES["smoke"][0], 0, on)])
    at = time.monotonic()
    feeder.write(data)
    return at


def switched(feeder: Feeder, on: int) -> float:
    """When the siren was told so."""
    for down in feeder.listen(10):
        command = codec.command(down.body)
        if down.kind == codec.SWITCH and command is not None and command[1] == on:
            return down.at
    raise TimeoutError("no command for the siren in 10 s")


def end_it(folder: Path, feeder: Feeder, push: Receiver) -> None:
    """The smoke is gone, and somebody resets the alarm."""
    alarm(feeder, push, 0)
    switched(feeder, 0)
    path = socket_of(folder / "anju.db")
    for told in ask(path, "alerts")["result"]["alerts"]:
        if told["rule"] == "smoke":
            ask(path, "act", verb="reset", alert=told["alert"], actor="desk")


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--alarms", type=int, default=100)
    parser.add_argument("--queued", type=int, default=20_000, help="messages that wait for the platform")
    said = parser.parse_args()
    if said.quick:
        said.alarms, said.queued = 5, 500
    sirens: list[float] = []
    pushes: list[float] = []
    with tempfile.TemporaryDirectory() as name_, stage(Path(name_)) as (feeder, push):
        fill(feeder, said.queued)
        for _ in range(said.alarms):
            mark = len(push.posts)
            at = alarm(feeder, push, 1)
            sirens.append(switched(feeder, 1) - at)
            post = push.posts.wait(lambda one: "Smoke" in str(one.said.get("title")), 10, after=mark)
            pushes.append(post.at - at)
            end_it(Path(name_), feeder, push)
            for _ in feeder.listen(0.05):
                pass
        waiting = ask(socket_of(Path(name_) / "anju.db"), "status")["result"]["uplinks"]["platform"]["waiting"]
    rows = [{"way": "siren's command", **spread(sirens)}, {"way": "first bytes at a receiver", **spread(pushes)}]
    show(said, f"from the alarm's bytes on the tty, with {waiting} waiting for the platform and a dead channel", rows)


if __name__ == "__main__":
    main()
