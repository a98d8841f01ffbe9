"""[voice] and [speakers.NAME]: what is said aloud in the homes; [answers] and [control]: where people answer.

[voice]             synthesiser = "espeak-ng" | "piper", model_zh and model_en (of piper), cache = "data/voice",
                    speed = 150 (words a minute), quiet = "21:00-07:00" (nothing below urgent is said then)
[speakers.NAME]     home, and either alsa = "plughw:CARD=Device" or file = "path"; language (the gateway's)
[answers]           listen = "127.0.0.1:8480", names = ["anju.lan"], public_url = "https://…": messages carry a link
[control]           group: the group that may talk to the gateway over its socket besides its own user
"""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from gateway.site.channels import web_address
from gateway.site.values import hours_of, name_of, path_of
from rules.document import Table
from rules.hours import Hours
from rules.sentence import Sentence

_NAME = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Voice:
    """How sentences become sound. ``speed`` in words a minute, ``quiet``: when nothing below urgent is said."""

    synthesiser: Literal["espeak-ng", "piper"]
    model_zh: Path | None
    model_en: Path | None
    cache: Path
    speed: int
    quiet: Hours | None


@dataclass(frozen=True, slots=True)
class Speaker:
    """Something in a home that speaks: an ALSA device, or a file that takes the sound."""

    name: str
    home: str
    alsa: str
    file: Path | None
    language: Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Answers:
    """The page on which people answer; ``host`` empty = there is none."""

    host: str
    port: int
    public_url: str
    names: tuple[str, ...] = ()
    """By which the page is asked for in the home's network, besides addresses; in lower case."""


def voice(table: Table, base: Path) -> Voice:
    """[voice] of a site file in folder ``base``."""
    engine = cast(Literal["espeak-ng", "piper"], table.text("synthesiser", "espeak-ng", ("espeak-ng", "piper")))
    models = path_of(table, "model_zh", base), path_of(table, "model_en", base)
    if engine == "piper" and models == (None, None):
        table.mistake("synthesiser", "piper needs a model", 'write model_zh = "….onnx", model_en, or both')
    return Voice(
        engine,
        *models,
        path_of(table, "cache", base, "data/voice") or base,
        table.whole("speed", 150, low=80, high=300),
        hours_of(table, "quiet"),
    )


def speaker(name: str, table: Table, homes: Collection[str], language: str, base: Path) -> Speaker:
    """One speaker from its table."""
    home = name_of(table, "home", homes, "homes")
    file = path_of(table, "file", base)
    alsa = table.text("alsa", "")
    if bool(alsa) == bool(file):
        table.mistake(
            "", "{table} has an ALSA device or a file, one of them", 'write alsa = "default"', table=table.name
        )
    if alsa.startswith("-") or any(ord(letter) < 33 for letter in alsa):
        table.mistake("alsa", "{alsa!r} is no ALSA device", "choose from `aplay -L`", alsa=alsa)
    return Speaker(name, home, alsa, file, cast(Literal["zh", "en"], table.text("language", language, ("zh", "en"))))


def answers(root: Table) -> Answers:
    """[answers]; without it there is no page."""
    there = "answers" in root
    table = root.table("answers")
    listen = table.text("listen", "127.0.0.1:8480")
    host, _, port = listen.rpartition(":")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
        if not port.isascii() or not 0 < int(port) < 65536:
            raise ValueError(port)
    except ValueError:
        table.mistake(
            "listen", '"{listen}" is no address with a port', 'write listen = "192.168.1.10:8480"', listen=listen
        )
        return Answers("", 0, "")
    if address.is_unspecified or address.is_global:
        what = Sentence("{address} is open to more than one local network", address=address)
        table.mistake("listen", what, "write this computer's address in the home's own network")
    public = web_address(table, "public_url", "")
    if public and not public.startswith("https://"):
        table.mistake("public_url", "a link that leaves the home needs https", 'write public_url = "https://…"')
    called = tuple(name.lower().rstrip(".") for name in table.texts("names"))
    if wrong := [name for name in called if not _NAME.fullmatch(name)]:
        table.mistake("names", '"{name:.60}" is no name of a computer', 'write names = ["anju.lan"]', name=wrong[0])
    return Answers(str(address) if there else "", int(port), public, called)
