"""`anju walk-test`: sensors are triggered, heard, and signed off, one or a whole home."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from gateway.cli.asking import WHERE, NoAnswer, actor, acts, answered, ask
from gateway.cli.command import NO, OK, Commands, command, could_not_run, dump, mistaken
from gateway.words import Language, printable, say

if TYPE_CHECKING:
    from gateway.site import Site

WALK = f"""\
Trigger sensors, in any order, and see them arrive: press a test button, use smoke, a magnet, water. While it lasts
their homes are in walk-test: sirens sound for two seconds and nobody is called. What counts is an alarm, its test
button, a press, an open door, motion; of a meter any word, of a thermometer with --any. Then site.toml says who tested
it, and what it was heard to say where nobody knows that of its kind (its promise: says = [...]); the walk-test ends
when nothing alarms any more. What alarms for three minutes counts as real, and so does a help button that is pressed
three times. Without a device: who isn't signed off.
{WHERE}"""
WALK_END = """\
examples:
  anju walk-test
  anju walk-test smoke-501 --as wang
  anju walk-test --home flat-501 --home flat-502
  anju walk-test --home flat-501 --tested-before --as wang
  anju walk-test smoke-501 --seconds 300 --json

output: what the sensor says, a line each; with --json one object a line, {"device", "values", "passed"}.

exit status: 0 heard and signed off (or nobody is left to be), 1 not heard in time, 3 no gateway answers
"""
PROOFS = (
    "smoke",
    "heat_alarm",
    "gas_alarm",
    "co_alarm",
    "flood",
    "test",
    "button",
    "tamper",
    "door_open",
    "window_open",
    "motion",
    "occupied",
    "vibration",
    "person_trapped",
)
"""What a sensor says when it was triggered."""
GRAVE = ("emergency", "urgent")
CALM, MARGIN = 300.0, 60.0
"""Seconds that a walk-test lasts beyond the waiting, so that a triggered detector can calm down; how long before it
counts as real nobody waits any longer."""
LOOK = 1.0


def add(commands: Commands) -> None:
    """`anju walk-test`."""
    walk = command(commands, "walk-test", answered(_walk), "trigger sensors and sign them off", WALK, WALK_END)
    walk.add_argument("device", nargs="*", metavar="DEVICE", help="names of [devices]; none: list who isn't signed off")
    walk.add_argument(
        "--home", action="append", default=[], metavar="HOME", help="all of a home that aren't signed off"
    )
    walk.add_argument("--tested-before", action="store_true", help="sign them off without a test, in your name")
    options(walk)


def options(made: argparse.ArgumentParser) -> None:
    """How a walk-test goes."""
    made.add_argument("--seconds", type=float, default=120.0, metavar="N", help="how long to wait for it (120)")
    made.add_argument("--any", action="store_true", help="any word of it counts, also one that shows no trigger")
    acts(made)


def _walk(arguments: argparse.Namespace) -> int:
    from gateway.control.client import find_site
    from gateway.site import load
    from rules.document import Mistakes

    path = find_site(arguments.site)
    try:
        site = load(path)
    except Mistakes as found:
        return mistaken(found, arguments.lang)
    if not (arguments.device or arguments.home):
        return _list(arguments, site)
    slip = next((home for home in arguments.home if home not in site.homes), None)
    if slip is not None:
        return could_not_run(say("walk-no-home", arguments.lang, home=slip), arguments.lang)
    pending = [one.name for one in site.devices.values() if one.home in arguments.home and not one.tested]
    names = list(dict.fromkeys((*arguments.device, *pending)))
    if not names:
        tell_person(arguments, "walk-home-all", home=", ".join(arguments.home))
        return OK
    if arguments.tested_before:
        return _sign(arguments, path, site, names, "walk-believed")
    return walk_test(arguments, path, names)


def _list(arguments: argparse.Namespace, site: "Site") -> int:
    """Who isn't signed off."""
    left = [one for one in site.devices.values() if not one.tested]
    for one in left:
        if arguments.json:
            print(dump({"device": one.name, "home": one.home, "room": one.room, "driver": one.driver}))
        else:
            print(printable(f"{one.name:<24} {one.home:<16} {one.room:<12} {one.driver}"))
    tell_person(arguments, "walk-left" if left else "walk-all", count=len(left))
    return NO if left else OK


def walk_test(arguments: argparse.Namespace, path: Path, names: Sequence[str], *, fresh: bool = False) -> int:
    """The walk-test of devices, in a walk-test of their homes; ended, however it ends.

    ``fresh``: the gateway takes them into use in it, so that nobody is called because they aren't tested yet.
    """
    from gateway.site import load
    from rules.document import Mistakes

    try:
        site = load(path)
    except Mistakes as found:
        return mistaken(found, arguments.lang)
    unknown = next((name for name in names if name not in site.devices), None)
    if unknown is not None:
        return could_not_run(say("walk-unknown", arguments.lang, device=unknown), arguments.lang)
    homes = sorted({site.devices[name].home for name in names} - {""})
    before = {home: _burning(arguments, home) for home in homes}
    try:
        for home in homes:
            _act(arguments, home, min(len(names) * arguments.seconds + CALM, 3600))
    except NoAnswer as none:
        if fresh and none.status == NO:  # who may add it may not test it: it is in use, and a trouble
            ask(arguments, "reload")
        raise
    try:
        if fresh:
            ask(arguments, "reload")
        return _hear_all(arguments, path, site, list(names), fresh)
    finally:
        for home, called in _called(path, site, homes):
            _end(arguments, called, before[home])


def _called(path: Path, site: "Site", homes: Sequence[str]) -> list[tuple[str, str]]:
    """Each of these homes of a site, and all names under which its walk-test may go on: that of the home where its
    devices are now goes with it."""
    from gateway.site import load
    from rules.document import Mistakes

    try:
        fresh = load(path)
    except Mistakes:  # not taken into use
        return [(home, home) for home in homes]
    mine = [one for one in site.devices.values() if one.home in homes and one.name in fresh.devices]
    moved = {(one.home, fresh.devices[one.name].home): None for one in mine}
    stayed = {(home, home): None for home in homes if home in fresh.homes}
    return list(stayed | moved)


def _hear_all(arguments: argparse.Namespace, path: Path, site: "Site", left: list[str], fresh: bool) -> int:
    """Sign off each as soon as it was heard, in whatever order; the waiting begins anew with each."""
    from gateway.site.says import promise

    told, heard = "", {name: set[str]() for name in left}
    for one in overhear(arguments, arguments.seconds, left):
        if left and told != (told := ", ".join(left)):
            tell_person(arguments, "walk-trigger", device=told, seconds=arguments.seconds)
        if one is not None:
            heard[one["device"]] |= one["values"].keys()
        if one is None or not _passes(arguments, site, one, several=len(left) > 1):
            continue
        name = one["device"]
        left.remove(name)
        own = site.devices[name]
        words = heard[name] if own.protects and (fresh or not own.says) else ()
        says = promise(site.drivers[own.driver], words, own.says)
        if (done := _sign(arguments, path, site, [name], "walk-signed", {name: says} if says else {})) != OK:
            return done
    for device in left:
        tell_person(arguments, "walk-not-heard", device=device, seconds=arguments.seconds)
    return NO if left else OK


def _sign(
    arguments: argparse.Namespace,
    path: Path,
    site: "Site",
    names: Sequence[str],
    word: str,
    says: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> int:
    """Write down who tested them, and what they said, and have that taken into use."""
    from gateway.clock import wall_time
    from gateway.site.edit import sign
    from rules.document import Mistakes

    on = datetime.fromtimestamp(wall_time(), ZoneInfo(site.gateway.timezone)).date().isoformat()
    try:
        sign(path, names, actor(arguments), on, says)
    except Mistakes as found:
        return mistaken(found, arguments.lang)
    ask(arguments, "reload")
    tell_person(arguments, word, device=", ".join(names), by=actor(arguments))
    return OK


def _passes(arguments: argparse.Namespace, site: "Site", one: Mapping[str, Any], *, several: bool) -> bool:
    """Show what a sensor says -> whether that proves it."""
    name, values = str(one["device"]), one["values"]
    says = site.drivers[site.devices[name].driver].says
    passed = arguments.any or (says is not None and not says.intersection(PROOFS)) or _proves(values)
    if arguments.json:
        print(dump({"device": name, "values": values, "passed": passed}), flush=True)
    else:
        who = f"{name}: " if several else ""
        said = "  ".join(f"{point}={value}" for point, value in values.items())
        print(printable(f"  {who}{said}"), flush=True)
    return passed


def _proves(values: Mapping[str, Any]) -> bool:
    """Whether it was triggered."""
    named = {point.partition("#")[0]: value for point, value in values.items()}
    return any(named.get(quantity) not in (None, False) for quantity in PROOFS)


def overhear(
    arguments: argparse.Namespace, seconds: float, of: list[str] | None = None
) -> Iterator[Mapping[str, Any] | None]:
    """What devices say, as they say it, for so long, and None when nobody does for the moment.

    ``of``: of these devices alone, until none is left; whenever one is taken out the time begins anew.
    """
    from gateway.clock import boot_time

    end, n = boot_time() + seconds, ask(arguments, "heard")["n"]
    yield None
    while boot_time() < end and (of is None or of):
        said = ask(arguments, "heard", since=n, seconds=max(0.0, end - boot_time()))
        n = said["n"]
        for one in said["heard"]:
            if of is None:
                yield one
            elif one["device"] in of and one["values"]:
                count = len(of)
                yield one
                end = boot_time() + seconds if len(of) < count else end
        yield None


def _burning(arguments: argparse.Namespace, home: str) -> set[str]:
    """The alarms of a home whose cause is not over."""
    shown = [one for one in ask(arguments, "alerts", home=home)["alerts"] if not one["device"].startswith("gateway")]
    return {one["alert"] for one in shown if one["state"] == "firing" and one["severity"] in GRAVE}


def _end(arguments: argparse.Namespace, home: str, before: set[str]) -> None:
    """End the walk-test of a home once nothing of it burns: what still does then is no test, and calls people."""
    from time import sleep

    from gateway.clock import boot_time
    from gateway.ladder.silences import BURNS

    limit, said = boot_time() + BURNS - MARGIN, False
    while _burning(arguments, home) - before:
        if boot_time() > limit:
            tell_person(arguments, "walk-still", home=home, seconds=MARGIN)
            return
        if not said:
            tell_person(arguments, "walk-calm")
        said = True
        sleep(LOOK)
    _act(arguments, home, 0)


def _act(arguments: argparse.Namespace, home: str, seconds: float) -> None:
    """Begin or end the walk-test of a home. One who may not is told so, and nothing is tested."""
    ask(arguments, "act", verb="walk-test", home=home, seconds=seconds, actor=actor(arguments), role=arguments.role)


def tell_person(arguments: argparse.Namespace, key: str, **values: object) -> None:
    """To a person; a script gets objects alone."""
    lang: Language = arguments.lang
    if not arguments.json:
        print(say(key, lang, **values), flush=True)
