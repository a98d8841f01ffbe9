"""Messages to people through a gateway that is killed: none lost, told again under the same name, none once answered."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from bench.feeder import Feeder
from firmware.lib import wire as codec
from gateway.control.client import ask
from gateway.control.name import socket_of
from gateway.sim.receivers import Post, Receiver, receiver
from gateway.sim.wire import Wire
from hil_tests.gateway import Gateway

SITE = """
gateway = {{id = "gw-1", site = "estate", language = "en"}}
store = {{path = "{folder}/anju.db"}}
homes.flat = {{title = "Flat 501"}}
ports.line = {{type = "serial", path = "{tty}", driver = "node"}}
devices.kitchen = {{home = "flat", room = "kitchen", port = "line", address = "00000001", silent_after = "1d"}}
channels.desk = {{type = "webhook", url = "{url}"}}
people.wang = {{role = "carer", homes = ["flat"], channels = ["desk"]}}
"""


class Scene(NamedTuple):
    folder: Path
    gateway: Gateway
    feeder: Feeder
    desk: Receiver

    def smoke(self) -> None:
        self.feeder.write(self.feeder.frame(codec.ALARM, 1, [(codec.QUANTITIES["smoke"][0], 0, 1)])[1])

    def page(self, after: int) -> Post:
        return self.desk.posts.wait(lambda post: post.said["kind"] == "page", 15, after=after)

    def again(self) -> None:
        """Killed, and started again at once."""
        self.gateway.restart()
        for _ in self.feeder.listen(0.2):
            pass


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        desk = stack.enter_context(receiver())
        wire = stack.enter_context(Wire(tmp_path / "tty", "line", direct=True))
        said = {"folder": tmp_path, "tty": wire.gateway_path, "url": desk.url}
        (tmp_path / "site.toml").write_text(SITE.format(**said))
        gateway = Gateway(tmp_path / "site.toml")
        stack.callback(gateway.stop)
        gateway.up()
        feeder = Feeder(wire.direct_fd, [1])
        for _ in feeder.listen(0.2):
            pass
        yield Scene(tmp_path, gateway, feeder, desk)


def test_a_message_that_was_leaving_when_the_gateway_died_leaves_again_and_an_answered_one_does_not(
    scene: Scene,
) -> None:
    scene.desk.hangs.set()
    scene.smoke()
    first = scene.page(0)
    mark = len(scene.desk.posts)
    scene.gateway.kill()
    scene.desk.hangs.clear()
    scene.desk.let_go.set()
    scene.gateway.up()
    assert scene.page(mark).said["id"] == first.said["id"]
    path = socket_of(scene.folder / "anju.db")
    alert = next(one for one in ask(path, "alerts")["result"]["alerts"] if one["rule"] == "smoke")["alert"]
    assert ask(path, "act", verb="acknowledge", actor="wang", alert=alert)["ok"]
    mark = len(scene.desk.posts)
    scene.again()
    assert [post.said["kind"] for post in scene.desk.posts.all(mark) if post.said["kind"] == "page"] == []
    timeline = ask(path, "timeline", alert=alert)["result"]["moments"]
    assert {"told", "delivered", "answered"} <= {moment["stage"] for moment in timeline}
