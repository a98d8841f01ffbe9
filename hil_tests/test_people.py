"""Messages to people through a gateway that is killed: none lost, told again under the same name, none once answered."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from bench.feeder import Feeder
from firmware.lib import wire as codec
from gateway.control.client import ask
from gateway.control.name import socket_of
from gateway.sim.receivers import Post, Receiver, mailbox, receiver
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
    deadline = time.monotonic() + 10
    while "delivered" not in stages(path, alert):  # the receiver has it before the gateway hears that it has
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert ask(path, "act", verb="acknowledge", actor="wang", alert=alert)["ok"]
    mark = len(scene.desk.posts)
    scene.again()
    assert [post.said["kind"] for post in scene.desk.posts.all(mark) if post.said["kind"] == "page"] == []
    assert {"told", "delivered", "answered"} <= stages(path, alert)


def stages(path: Path, alert: str) -> set[str]:
    """What became of an alert so far."""
    return {moment["stage"] for moment in ask(path, "timeline", alert=alert)["result"]["moments"]}


CHANNELS = """
{scene}
ladders = {{files = ["own.toml"]}}
channels.push = {{type = "ntfy", url = "{url}"}}
channels.mail = {{type = "smtp", host = "127.0.0.1", port = {smtp}, from = "anju@example.org", tls = "none"}}
channels.chat = {{type = "apprise", url_file = "chat-url"}}
people.a = {{role = "property", channels = ["push"], addresses = {{push = "a"}}}}
people.b = {{role = "property", channels = ["mail"], addresses = {{mail = "b@example.org"}}}}
people.c = {{role = "property", channels = ["chat"], addresses = {{chat = "c"}}}}
"""
ONCE = """
[maintenance]
title = {zh = "维护", en = "Upkeep"}
answer = ["property"]
once = true
[[maintenance.steps]]
name = "all"
who = ["property", "carer"]
"""
NAMES = {"webhook", "ntfy", "smtp", "apprise"}


def test_by_each_channel_an_alarm_that_was_leaving_is_doubled_rather_than_lost_and_upkeep_the_other_way_round(
    tmp_path: Path,
) -> None:
    """Killed when every server has the messages, and has not yet said so."""
    with ExitStack() as stack:
        web, box = stack.enter_context(receiver()), stack.enter_context(mailbox())
        wire = stack.enter_context(Wire(tmp_path / "tty", "line", direct=True))
        base = SITE.format(folder=tmp_path, tty=wire.gateway_path, url=web.url)
        (tmp_path / "site.toml").write_text(CHANNELS.format(scene=base, url=web.url, smtp=box.port))
        (tmp_path / "own.toml").write_text(ONCE)
        (tmp_path / "chat-url").write_text(f"json://{web.url.partition('//')[2]}/chat")
        (tmp_path / "chat-url").chmod(0o600)

        def heard(what: str, after: int = 0, mails: int = 0) -> dict[str, str]:
            """Which channels told of it -> by what name, as far as the channel carries one."""
            found = {}
            for post in web.posts.all(after):
                way = "apprise" if post.path == "/chat" else "webhook" if post.key else "ntfy"
                if what in post.said.get("subject", post.said.get("title", "")):
                    found[way] = post.key
            for mail in box.mails.all(mails):
                if what in str(mail.message["Subject"]):
                    found["smtp"] = str(mail.message["Message-ID"])
            return found

        gateway = Gateway(tmp_path / "site.toml")
        stack.callback(gateway.stop)
        gateway.up()
        feeder = Feeder(wire.direct_fd, [1])
        for _ in feeder.listen(0.2):
            pass
        opened = [path.name for path in tmp_path.glob("anju.*") if path.stat().st_mode & 0o077]
        assert opened == [], "codes and the lives of residents stand there"
        web.hangs.set()
        box.hangs.set()
        for quantity in ("smoke", "battery_low"):
            feeder.write(feeder.frame(codec.ALARM, 1, [(codec.QUANTITIES[quantity][0], 0, 1)])[1])
        until(lambda: heard("Smoke").keys() == heard("Battery").keys() == NAMES)
        before, posts, mails = heard("Smoke"), len(web.posts), len(box.mails)
        gateway.kill()
        for there in (web, box):
            there.hangs.clear()
        web.let_go.set()
        gateway.up()
        until(lambda: heard("Smoke", posts, mails).keys() == NAMES)
        assert heard("Smoke", posts, mails) == before, "the same name: a server that looks at it knows a double"
        assert before["webhook"]
        assert before["smtp"]
        for _ in feeder.listen(1.0):
            pass
        assert heard("Battery", posts, mails) == {}


def until(true: Callable[[], bool], timeout: float = 20) -> None:
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
