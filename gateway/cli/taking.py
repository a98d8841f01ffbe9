"""What it takes to bring a changed site file into use: said by `anju check` of the gateway that runs with it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import in_words
from gateway.words import say

if TYPE_CHECKING:
    from gateway.site import Site

SHOWN = 20
"""Changes that are named; more are counted."""


def tell_taking(arguments: argparse.Namespace, site: "Site") -> None:
    """Say what differs from what the gateway runs with, and whether a reload is enough."""
    from gateway.site.difference import differences, obstacle

    lang, old = arguments.lang, running(site, arguments.site.parent)
    if old is None:
        print(say("taken-unasked", lang, store=site.store.path))
        return
    why, news = obstacle(old, site), differences(old, site)
    if not (why or news):
        print(say("taken-same", lang))
        return
    for one in news[:SHOWN]:
        print(say(f"taken-{one.what}", lang, what=" ".join(filter(None, (one.kind, one.name, one.home)))))
    if len(news) > SHOWN:
        print(say("taken-more", lang, count=len(news) - SHOWN))
    print(say("taken-restart", lang, why=in_words(why, lang)) if why else say("taken-reload", lang))


def running(site: "Site", base: Path) -> "Site | None":
    """The site with which the gateway of this store runs now, its paths from ``base``; None where none answers us."""
    import asyncio

    from gateway.control.client import NoGateway, ask
    from gateway.control.name import socket_of
    from gateway.site import once_sound
    from gateway.store.look import config
    from rules.document import Mistakes

    try:
        answer = ask(socket_of(site.store.path), "ping")
        text = asyncio.run(config(site.store.path, str(answer["result"]["config"])))
        return once_sound(text, base)[0]
    except (NoGateway, ValueError, LookupError, TypeError, Mistakes):
        return None
