"""`anju check`: the site file itself, then what the machine around it says. Opens no port and changes nothing.

What is only found here never keeps the gateway from starting: alarms must sound with a wrong certificate, too.
"""

import os
import stat
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from gateway.site.channels import Channel
from gateway.site.choice import idle
from gateway.site.keys import NoKey, read_key
from gateway.site.maps import doubts
from gateway.site.model import SerialPort, Site, Uplink
from gateway.site.overrated import overrated
from gateway.site.says import unsaid
from gateway.site.texts import load_document
from rules.document import Document, Mistake, Mistakes, nearest
from rules.sentence import Sentence

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Checked(NamedTuple):
    """What a check found: the site where it is sound, its mistakes, and what may be meant so."""

    site: Site | None
    errors: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]


def check(path: Path) -> Checked:
    """Check a site file and all that it names. Raises nothing for any content."""
    try:
        site, document = load_document(path)
    except Mistakes as found:
        return Checked(None, found.mistakes, ())
    errors, warnings = look(site, document)
    return Checked(None if errors else site, errors, warnings)


def look(site: Site, document: Document) -> tuple[tuple[Mistake, ...], tuple[Mistake, ...]]:
    """Compare a sound site with the machine -> errors, and warnings: what may be meant so, or come later."""
    errors = [mistake for uplink in site.uplinks.values() for mistake in _uplink(document, uplink)]
    errors += [mistake for channel in site.channels.values() for mistake in _channel(document, channel)]
    errors += _guests(document, site)
    errors += [*_no_ttys(document, site), *_same_tty(document, site)]
    warnings = [*_absent_ttys(document, site), *_variables(document, site), *_store(document, site)]
    warnings += [*_keys(document, site), *_libraries(document, site), *_radios(document, site)]
    warnings += [*_maps(document, site), *unsaid(document, site)]
    warnings += [*_left_out(document, site), *idle(document, site.rules), *_reached(document, site)]
    warnings += overrated(document, site)
    return tuple(errors), tuple(warnings)


def _uplink(document: Document, uplink: Uplink) -> Iterator[Mistake]:
    if uplink.password_file:
        yield from _secret(document, uplink.password_file, "uplinks", uplink.name, "password_file")
    for key in ("ca", "cert", "key") if uplink.tls else ():
        path = getattr(uplink.tls, key)
        if path and not path.is_file():
            line = document.line("uplinks", uplink.name, "tls", key)
            yield Mistake.of(
                document.file,
                line,
                "{path}: no such file",
                "put the {key} there, or correct the path",
                path=path,
                key=key,
            )


def _maps(document: Document, site: Site) -> Iterator[Mistake]:
    wanted = frozenset(quantity for rule in site.rules for quantity in rule.needs)
    for name, text in chain.from_iterable(kind.items() for kind in site.maps):
        yield from doubts(str(Path(document.file).parent / name), text, wanted)


def _guests(document: Document, site: Site) -> Iterator[Mistake]:
    """Third parties' drivers that can't be had, or that count on what a worker never does; all others are heard."""
    for name, card in site.guests.items():
        places = [("devices", one.name, "driver") for one in site.devices.values() if one.driver == name]
        line = document.line(*places[0]) if places else 1
        if card.get("broken"):
            what = Sentence('driver "{name}" does not start: {why}', name=name, why=Sentence(str(card["broken"])))
            yield Mistake.of(
                document.file, line, what, "see what `anju driver test {name}` says, or install it anew", name=name
            )
        if uncalled := list(card.get("uncalled", ())):
            what = Sentence(
                'driver "{name}" has {uncalled}: such functions are called of drivers that ship with Anju alone',
                name=name,
                uncalled=uncalled,
            )
            yield Mistake(document.file, line, what, "use a device that needs no answer and switches nothing")


def _channel(document: Document, channel: Channel) -> Iterator[Mistake]:
    if channel.secret_file:
        yield from _secret(document, channel.secret_file, "channels", channel.name, f"{channel.secret}_file")


def _libraries(document: Document, site: Site) -> Iterator[Mistake]:
    for channel in site.channels.values():
        if channel.type == "apprise" and find_spec("apprise") is None:
            line = document.line("channels", channel.name, "type")
            yield Mistake(document.file, line, "apprise is not installed", 'pip install "anju[apprise]"')


def _secret(document: Document, path: Path, *key: str) -> Iterator[Mistake]:
    line, word = document.line(*key), key[-1].removesuffix("_file")
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield Mistake.of(
            document.file,
            line,
            "{path}: {strerror}",
            "put the {word} there, or correct the path",
            path=path,
            strerror=Sentence(error.strerror or str(error)),
            word=word,
        )
        return
    if not stat.S_ISREG(mode):
        yield Mistake.of(
            document.file, line, "{path} is no file", "name a file that holds the {word}", path=path, word=word
        )
    elif mode & _OTHERS:
        what = Sentence(
            "{path} can be read by others than its owner (mode {mode:o})", path=path, mode=stat.S_IMODE(mode)
        )
        yield Mistake.of(document.file, line, what, "chmod 600 {path}", path=path)


def _ttys(site: Site) -> list[SerialPort]:
    return [port for port in site.lines.values() if port.path]


def _keys(document: Document, site: Site) -> Iterator[Mistake]:
    """A device without its key is deaf, but the others are not."""
    for device in site.devices.values():
        line = document.line("devices", device.name, "key_env" if device.key_env else "key_file")
        try:
            read_key(device)
        except NoKey as error:
            yield Mistake(document.file, line, error.why, "put the key there as hex digits, or correct the place")
            continue
        if device.key_file and stat.S_IMODE(device.key_file.stat().st_mode) & _OTHERS:
            what = Sentence("{key_file} can be read by others than its owner", key_file=device.key_file)
            yield Mistake.of(document.file, line, what, "chmod 600 {key_file}", key_file=device.key_file)


def _radios(document: Document, site: Site) -> Iterator[Mistake]:
    """What bluetoothd says of the adapters that a site wants."""
    for port in site.radios.values():
        from gateway.ports.ble.ask import amiss  # with D-Bus: only where there is a radio

        for key, what, remedy in amiss(port.adapters):
            yield Mistake(document.file, document.line("ports", port.name, key), what, remedy)


def _same_tty(document: Document, site: Site) -> Iterator[Mistake]:
    """Two names of one tty, such as a by-id link and the tty itself; equal names are found in the file."""
    first: dict[str, str] = {}
    for port in _ttys(site):
        other = first.setdefault(os.path.realpath(port.path), port.name)
        if other != port.name:
            what = Sentence("ports.{port} is the same tty as ports.{other}", port=port.name, other=other)
            yield Mistake(document.file, document.line("ports", port.name, "path"), what, "give each its own path")


def _no_ttys(document: Document, site: Site) -> Iterator[Mistake]:
    for port in _ttys(site):
        if os.path.exists(port.path) and not stat.S_ISCHR(os.stat(port.path).st_mode):
            line = document.line("ports", port.name, "path")
            yield Mistake.of(
                document.file, line, "{path} is no tty", "choose from `ls /dev/serial/by-id`", path=port.path
            )


def _absent_ttys(document: Document, site: Site) -> Iterator[Mistake]:
    for port in _ttys(site):
        line = document.line("ports", port.name, "path")
        if not os.path.exists(port.path):
            remedy = "plug it in, or choose from `ls /dev/serial/by-id`"
            yield Mistake.of(document.file, line, "{path} is not there now", remedy, path=port.path)
        elif not os.access(port.path, os.R_OK | os.W_OK):
            remedy = "`sudo usermod -aG dialout USER` for the user who runs the gateway, then log in again"
            yield Mistake.of(document.file, line, "{path} may not be opened by this user", remedy, path=port.path)


def _variables(document: Document, site: Site) -> Iterator[Mistake]:
    named = {("uplinks", one.name, "password_env"): one.password_env for one in site.uplinks.values()}
    named |= {("channels", one.name, f"{one.secret}_env"): one.secret_env for one in site.channels.values()}
    for key, variable in named.items():
        if variable and variable not in os.environ:
            remedy = "set it where the gateway starts: for the service in /etc/anju/environment"
            yield Mistake.of(
                document.file, document.line(*key), "the variable {variable} is not set here", remedy, variable=variable
            )


def _left_out(document: Document, site: Site) -> Iterator[Mistake]:
    """A site that watches nothing or tells nobody is sound, but seldom meant."""
    watched = {device.home for device in site.devices.values()}
    data: Any = document.data
    for home in site.homes:
        if home not in watched:
            line = document.line("homes", home)
            if watched and "rules" in data["homes"][home]:
                what = "no device is in {home}, so what it says of rules counts nowhere"
                remedy = "add one, or correct the name: {known}"
                yield Mistake.of(document.file, line, what, remedy, home=home, known=nearest(home, watched))
            else:
                yield Mistake.of(document.file, line, "no device is in {home}", "add one, or remove it", home=home)
    if not site.homes:
        yield Mistake(document.file, 1, "there is no home: nothing is watched", "add [homes.NAME], a port, a device")
    if not site.uplinks:
        yield Mistake(document.file, 1, "there is no uplink: alarms are told to nobody outside", "add [uplinks.NAME]")


def _reached(document: Document, site: Site) -> Iterator[Mistake]:
    """Where people are named, each who isn't a resident has a channel, and each home somebody who is reached."""
    for person in site.people.values():
        if not person.channels and person.role not in ("resident", "installer"):
            line = document.line("people", person.name)
            remedy = 'write channels = ["…"], names of [channels.NAME]'
            yield Mistake.of(document.file, line, "{person} is reached by no channel", remedy, person=person.name)
    reached = {home for person in site.people.values() if person.channels for home in person.homes}
    for home in site.homes if site.people else ():
        if home not in reached:
            what = Sentence("no person is told of an alarm in {home}", home=home)
            yield Mistake(document.file, document.line("homes", home), what, "name it in homes of a person")


def _store(document: Document, site: Site) -> Iterator[Mistake]:
    """The folder need not be there yet: then its nearest parent must let us make it."""
    folder = site.store.path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        line = document.line("store", "path")
        yield Mistake.of(
            document.file,
            line,
            "{folder} cannot be written",
            "give the gateway's user a folder of its own",
            folder=folder,
        )
