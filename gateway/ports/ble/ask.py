"""Ask bluetoothd how the radio is, for `anju check`: what is missing, and how to bring it. Changes nothing."""

import asyncio
from collections.abc import Iterator, Sequence

from gateway.ports.ble.bluez import Adapter, Bluez, NoBluez, why
from rules.sentence import Sentence

ANSWER = 2.0
"""Seconds that the answer may take: a gateway that starts has better things to do."""

SWITCH_ON = Sentence(
    "write `Experimental = true` under [General] in /etc/bluetooth/main.conf, then `sudo systemctl restart bluetooth`"
)
"""What brings passive scanning."""


def amiss(wanted: Sequence[str]) -> list[tuple[str, str, str]]:
    """(key of the port's table, what is amiss, what to do), for a port that wants these adapters, or all."""
    try:
        there = asyncio.run(_adapters())
    except (NoBluez, TimeoutError) as error:
        return [
            (
                "type",
                Sentence("Bluetooth can't be asked: {why}", why=why(error)),
                Sentence("`sudo apt-get install bluez`, and start it"),
            )
        ]
    return list(_amiss(wanted, there))


async def _adapters() -> list[Adapter]:
    async with asyncio.timeout(ANSWER), Bluez() as bluez:
        return list(bluez.adapters.values())


def _amiss(wanted: Sequence[str], there: Sequence[Adapter]) -> Iterator[tuple[str, str, str]]:
    names = {name for adapter in there for name in adapter[:2]}
    if not there:
        yield (
            "type",
            Sentence("there is no Bluetooth adapter now"),
            Sentence("plug one in, or start the service: `bluetoothctl list`"),
        )
    elif absent := [name for name in wanted if name not in names]:
        yield (
            "adapters",
            Sentence("{adapters} is not there now", adapters=absent),
            Sentence("plug it in, or choose from `bluetoothctl list`"),
        )
    ours = [adapter for adapter in there if not wanted or {adapter.name, adapter.address} & set(wanted)]
    if active := [adapter.name for adapter in ours if not adapter.passive]:
        yield "type", Sentence("{adapters} can't scan passively: an alarm may be lost", adapters=active), SWITCH_ON
