"""[people.NAME]: whom an alert concerns, what they may do, and how they are reached.

title = "王芳"              default: the name; what others hear and read
role = "carer"              resident | carer | neighbour | property | installer | duty
homes = ["flat-501"]        a resident, carer or neighbour names them; of others all homes by default
language = "zh"             default: the gateway's
channels = ["sms", "mail"]  names of [channels.NAME], in the order in which they are tried
addresses = {sms = "+86…"}  what a channel needs to find this person: a number, an e-mail address, a topic
quiet = "22:00-07:00"       nothing below urgent is told in these hours
login = "wang"              the user name on this computer that is theirs alone: what it does, they did (default none)
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from gateway.site.channels import Channel
from gateway.site.values import hours_of, names
from rules.document import Table
from rules.hours import Hours
from rules.sentence import Sentence

Role = Literal["resident", "carer", "neighbour", "property", "installer", "duty"]
ROLES = ("resident", "carer", "neighbour", "property", "installer", "duty")
AT_HOME = frozenset({"resident", "carer", "neighbour"})
"""Roles that belong to certain homes."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is told of alerts and may act on them. ``quiet``: when only urgent things are told."""

    name: str
    title: str
    role: Role
    homes: tuple[str, ...]
    language: Literal["zh", "en"]
    channels: tuple[str, ...]
    addresses: Mapping[str, str]
    quiet: Hours | None
    login: str = ""
    """Their own user of this computer; empty = none, or one that several people share."""


def person(name: str, table: Table, homes: Collection[str], channels: Mapping[str, Channel], language: str) -> Person:
    """One person from its table."""
    role = cast(Role, table.text("role", choices=ROLES))
    if role in AT_HOME and "homes" not in table:
        table.mistake(
            "",
            '"homes" is missing in {table}',
            'write homes = ["…"]: a {role} belongs to some',
            table=table.name,
            role=role,
        )
    lives = names(table, "homes", Sentence("home"), homes) if "homes" in table else tuple(homes)
    chosen = names(table, "channels", Sentence("channel"), channels)
    return Person(
        name,
        table.text("title", name),
        role,
        lives,
        cast(Literal["zh", "en"], table.text("language", language, choices=("zh", "en"))),
        chosen,
        _addresses(table, [channels[one] for one in chosen if one in channels]),
        hours_of(table, "quiet"),
        table.text("login", ""),
    )


def _addresses(table: Table, chosen: Collection[Channel]) -> dict[str, str]:
    """Channel -> where it finds the person; each channel that needs an address has one."""
    inner = table.table("addresses")
    found = {}
    for channel in chosen:
        if channel.name in inner:
            found[channel.name] = _one_line(inner, channel.name)
        elif channel.needs_address:
            what = Sentence(
                'channel "{channel}" does not know where {table} is', channel=channel.name, table=table.name
            )
            table.mistake("addresses", what, 'write addresses = {{{channel} = "…"}}', channel=channel.name)
    return found


def _one_line(table: Table, key: str) -> str:
    text = table.text(key)
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        table.mistake(key, "{key} holds a control character", "write one line", key=key)
        return ""
    return text
