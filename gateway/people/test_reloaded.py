"""A changed site.toml takes channels, voices, the page and the socket's group into use, and loses nothing under way."""

import asyncio
import grp
import os
import socket
import stat
from pathlib import Path
from typing import Any

from gateway.control.conftest import TOML, Running, running
from gateway.hub.conftest import say
from gateway.reload import Reload
from gateway.sim.receivers import Receiver, receiver

LADDER = """
[life-safety]
title = {zh = "报警", en = "Alarm"}
answer = ["carer", "property"]
[[life-safety.steps]]
name = "carer"
who = ["home", "carer"]
wait = "1h"
"""


class File:
    """The site file of a running gateway."""

    def __init__(self, folder: Path, gateway: Running) -> None:
        self.path, self._gateway = folder / "site.toml", gateway
        self._reload = Reload(self.path)
        self._reload.attach(gateway.app)

    async def say(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")
        running = asyncio.create_task(self._reload.run())
        assert await self._reload.now() == ""
        running.cancel()
        await self._gateway.until(lambda: not self._gateway.app.inbox)


def toml(folder: Path, url: str, more: str = "") -> str:
    (folder / "own.toml").write_text(LADDER, encoding="utf-8")
    own = TOML.replace("http://127.0.0.1:9", url)
    return f'{own}\n[ladders]\nfiles = ["own.toml"]\n{more}'


def pages(desk: Receiver) -> list[dict[str, Any]]:
    return [post.said for post in desk.posts.all() if "topic" in post.said]


async def test_a_message_that_is_leaving_leaves_once_and_the_next_one_goes_the_new_way(tmp_path: Path) -> None:
    with receiver() as old, receiver() as new:
        old.hangs.set()
        async with running(tmp_path, toml=toml(tmp_path, old.url)) as gateway:
            file, post = File(tmp_path, gateway), gateway.app.booted.fold.ladders.post
            await gateway.smoke()
            await gateway.until(lambda: len(pages(old)) == 1)
            await file.say(toml(tmp_path, new.url))
            (sent,) = [one for one in post.sent.values() if one.to == "wang"]
            assert sent.state not in ("delivered", "failed", "refused")
            old.hangs.clear()
            old.let_go.set()
            await gateway.until(lambda: post.sent[sent.id].state == "delivered")
            gateway.hear(say("ALARM", 2, gas_alarm=1))
            await gateway.until(lambda: len(pages(new)) == 1)
            assert len(pages(old)) == 1


async def test_a_person_and_a_channel_that_are_new_are_told_of_what_is_open(tmp_path: Path) -> None:
    with receiver() as desk:
        without = toml(tmp_path, "http://127.0.0.1:9").replace('channels = ["push"]\naddresses = {push = "wang"}', "")
        async with running(tmp_path, toml=without) as gateway:
            file = File(tmp_path, gateway)
            alert = await gateway.smoke()
            await file.say(toml(tmp_path, desk.url))
            gateway.hear(say("ALARM", 3, co_alarm=1))
            await gateway.until(lambda: len(pages(desk)) >= 1)
            assert gateway.app.booted.fold.ladders.registry.find(alert) is not None


async def test_speakers_come_and_go_while_something_is_said(tmp_path: Path) -> None:
    with receiver() as desk:
        speaker = '[speakers.hall]\nhome = "flat"\nfile = "hall.wav"\n'
        async with running(tmp_path, toml=toml(tmp_path, desk.url)) as gateway:
            file, ladders = File(tmp_path, gateway), gateway.app.booted.fold.ladders
            await file.say(toml(tmp_path, desk.url, speaker))
            await gateway.smoke()
            await gateway.until(lambda: any(one.state == "seen" for one in ladders.post.sent.values()))
            assert (tmp_path / "hall.wav").stat().st_size > 10_000
            (tmp_path / "hall.wav").unlink()
            await file.say(toml(tmp_path, desk.url, speaker.replace("hall.wav", "other.wav")))
            gateway.hear(say("ALARM", 2, gas_alarm=1))
            await gateway.until(lambda: (tmp_path / "other.wav").exists())
            await file.say(toml(tmp_path, desk.url))
            voices = gateway.app.people.voices
            assert voices._mouths == {}
            assert "voice" in gateway.app.crew.names("")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def asked(port: int, line: bytes = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(line)
    data = await reader.read()
    writer.close()
    return data


def page_at(folder: Path, desk: Receiver, port: int) -> str:
    return toml(folder, desk.url, f'[answers]\nlisten = "127.0.0.1:{port}"\n')


async def test_the_page_moves_and_who_is_being_answered_is_answered(tmp_path: Path) -> None:
    with receiver() as desk:
        one, two = free_port(), free_port()
        async with running(tmp_path, toml=toml(tmp_path, desk.url)) as gateway:
            file = File(tmp_path, gateway)
            await file.say(page_at(tmp_path, desk, one))
            await gateway.until(lambda: gateway.app.people.page.address.endswith(str(one)))
            async with asyncio.timeout(5):
                while True:
                    try:
                        assert b"200 OK" in await asked(one)
                        break
                    except ConnectionRefusedError:
                        await asyncio.sleep(0.01)
            reader, writer = await asyncio.open_connection("127.0.0.1", one)
            writer.write(b"GET / HTTP/1.1\r\nHost: 127")  # slow to say what they want
            await asyncio.sleep(0.05)
            await file.say(page_at(tmp_path, desk, two))
            writer.write(b".0.0.1\r\n\r\n")
            assert b"200 OK" in await reader.read()
            writer.close()
            async with asyncio.timeout(5):
                while True:
                    try:
                        assert b"200 OK" in await asked(two)
                        break
                    except ConnectionRefusedError:
                        await asyncio.sleep(0.01)
            await gateway.smoke()
            await gateway.until(lambda: len(pages(desk)) == 1)
            assert f":{two}" in pages(desk)[0]["message"]


async def test_the_socket_is_opened_to_another_group_and_shut_again(tmp_path: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    with receiver() as desk:
        async with running(tmp_path, toml=toml(tmp_path, desk.url)) as gateway:
            file, path = File(tmp_path, gateway), gateway.app.control.path
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            await file.say(toml(tmp_path, desk.url, f'[control]\ngroup = "{group}"\n'))
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            await file.say(toml(tmp_path, desk.url, '[control]\ngroup = "no-such-group"\n'))
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            await file.say(toml(tmp_path, desk.url))
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_the_other_clock_of_a_site_is_that_of_letters_too(tmp_path: Path) -> None:
    with receiver() as desk:
        async with running(tmp_path, toml=toml(tmp_path, desk.url)) as gateway:
            file = File(tmp_path, gateway)
            await file.say(toml(tmp_path, desk.url).replace('language = "en"', 'language = "en"\ntimezone = "UTC"'))
            assert gateway.app.people.sender._desk.zone == "UTC"
