"""The texts that make a Site up: site.toml and its rule files, from disk or out of one canonical JSON."""

import errno
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from drivers.driver import Driver
from drivers.guest import Card, stand_in
from gateway.guests.cards import cards
from gateway.ladder.policy import Ladder, shipped
from gateway.site.choice import choose
from gateway.site.keys import read_keys
from gateway.site.ladders import ladders, named
from gateway.site.maps import drivers
from gateway.site.model import Site
from gateway.site.says import slips
from gateway.site.tables import Parts, doubles, parts
from gateway.site.values import names
from rules import variant
from rules.document import Document, Mistake, Mistakes, Table, read
from rules.quantities import KNOWN
from rules.rule import Rule
from rules.rulefile import packs, read_rules
from rules.sentence import Sentence

_FORMAT = 1
"""Of the JSON. Another number is another way to read it."""
LONGEST = 1 << 20
"""Bytes of one file; more is no site and no rules, and /dev/zero has an end."""


class _Source(NamedTuple):
    """A site file, and where the texts of its rules come from."""

    file: str
    """As mistakes name it."""
    text: str
    base: Path
    packs: Mapping[str, str]
    ladders: Mapping[str, str]
    """The shipped ones: name -> text."""
    other: Callable[[str], str]
    """Name of a file as in the files of [rules], [registers], [topics] or [ladders] -> its text. Raises OSError
    or Mistakes."""
    guests: Callable[[Mapping[str, Any], Iterable[str]], Mapping[str, Card]]
    """(site.toml, drivers of ours) -> the cards of the third parties' drivers that it names."""


def load(path: Path) -> Site:
    """Read a site file, its other files and its devices' keys; raises Mistakes with all that is wrong in the files."""
    site = load_document(path)[0]
    return replace(site, keys=read_keys(site.devices.values()))


def load_document(path: Path, *, sound: bool = True) -> tuple[Site, Document]:
    """As `load`, and the document for further looks at its lines. Without ``sound`` what can be made of it: see
    `once_sound`."""
    try:
        text = _text_of(path)
    except OSError as error:
        what = error.strerror or str(error)
        raise Mistakes([Mistake(str(path), 1, what, "name a site file that can be read")]) from None
    other = lambda name: _some_text_of(path.parent / name)  # noqa: E731
    return _build(_Source(str(path), text, path.parent, packs(), shipped(), other, cards), sound=sound)


def loads(text: str, base: Path = Path()) -> Site:
    """Build a Site from `Site.text` alone; paths in it are relative to ``base``. Raises Mistakes."""
    return _build(_held(text, base))[0]


def once_sound(text: str, base: Path = Path()) -> tuple[Site, tuple[Mistake, ...]]:
    """As `loads`, of a site that was in use, and what is wrong with it by now: each version refuses more than the one
    before, and no home must lose its alarms by that.

    What is wrong is left out, or taken as it was. Raises Mistakes for a text of which nothing can be made.
    """
    try:
        return loads(text, base), ()
    except Mistakes as found:
        wrong = found
    try:
        site = _build(_held(text, base), sound=False)[0]
    except Exception as broken:  # whatever is left breaks on: what a person can mend is what was wrong with the whole
        raise wrong from broken
    if not site.devices:
        raise wrong
    return site, wrong.mistakes


def _held(text: str, base: Path) -> _Source:
    try:
        held = {"registers": {}, "topics": {}, "guests": {}, "ladders": {}, "ladder_files": {}, **json.loads(text)}
        if held["format"] != _FORMAT:
            raise ValueError(f"format {held['format']!r}, not {_FORMAT}")
        site, shipped_then = held["site"], dict(held["packs"])
        files = {**dict(held["files"]), **dict(held["registers"]), **dict(held["topics"]), **dict(held["ladder_files"])}
        ladders_then = dict(held["ladders"]) or shipped()
        guests: dict[str, Card] = dict(held["guests"])
        for card in guests.values():
            stand_in(card)
        texts = (site, *shipped_then.values(), *ladders_then.values(), *files.values())
        if not all(isinstance(one, str) for one in texts):
            raise ValueError("a text is no text")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Mistakes(
            [Mistake.of("site text", 1, "not the text of a site: {error}", "load site.toml again", error=error)]
        ) from None
    texts_of = (shipped_then, ladders_then, lambda name: files.get(name, ""), lambda *_: guests)
    return _Source("site.toml", site, base, *texts_of)


def _build(source: _Source, *, sound: bool = True) -> tuple[Site, Document]:
    """``sound``: any mistake is one too many."""
    document = read(source.text, source.file)
    root = document.table()
    mistakes: list[Mistake] = []
    registers = _files(root.table("registers"), Sentence("register map"), source)
    topics = _files(root.table("topics"), Sentence("map of topics"), source)
    own = drivers(_named(source, registers), _named(source, topics), mistakes)
    guests = dict(source.guests(document.data, own))
    own |= {name: stand_in(card) for name, card in guests.items()}
    found, own_rules = parts(root, source.base, own, KNOWN)
    doubles(root, found, own)
    if not sound:
        found = _standing(found, own)
    rules_table = root.table("rules")
    chosen, files = _chosen(rules_table, source)
    own_ladders = _files(root.table("ladders"), Sentence("ladder file"), source)
    known = ladders(_named(source, own_ladders), source.ladders, found, mistakes)
    tables: dict[str, Table] = {}
    read_ones = _rules(chosen, _named(source, files), known, mistakes, tables, sound)
    devices = {name: (device.home, device.protects) for name, device in found.devices.items()}
    slips(root, found.devices.values(), own.values(), read_ones)
    rules = choose(rules_table, own_rules, read_ones, tables, {ladder.name for ladder in known}, devices)
    try:
        root.finish()
    except Mistakes as wrong:
        mistakes += wrong.mistakes
    if mistakes and sound:
        raise Mistakes(mistakes)
    said = {"format": _FORMAT, "site": source.text, "packs": chosen, "files": files}
    also = {"registers": registers, "topics": topics, "guests": guests}
    also |= {"ladders": source.ladders, "ladder_files": own_ladders}
    text = canonical(said | {kind: texts for kind, texts in also.items() if texts})
    return Site(*found, rules, text, hashlib.sha256(text.encode()).hexdigest()[:16], known, own, guests), document


def _standing(found: Parts, drivers: Mapping[str, Driver]) -> Parts:
    """Without the devices whose home, port or driver isn't there, and the outputs that they switch: nothing else of the
    gateway looks for that."""
    ports = {name: one if one.driver in drivers else replace(one, driver="") for name, one in found.ports.items()}
    devices = {
        name: one
        for name, one in found.devices.items()
        if one.home in found.homes and one.port in ports and one.driver in drivers
    }
    outputs = {
        name: one
        for name, one in found.outputs.items()
        if one.home in found.homes and (not one.device or one.device in devices)
    }
    return found._replace(ports=ports, devices=devices, outputs=outputs)


def _chosen(table: Table, source: _Source) -> tuple[dict[str, str], dict[str, str]]:
    """[rules] -> the texts of its packs and of its files."""
    wanted = names(table, "packs", Sentence("pack"), source.packs) if "packs" in table else sorted(source.packs)
    files = _files(table, Sentence("rule file"), source)
    return {name: source.packs[name] for name in wanted if name in source.packs}, files


def _files(table: Table, noun: str, source: _Source) -> dict[str, str]:
    """The files that a table names -> their texts."""
    files = {}
    for index, name in enumerate(table.texts("files")):
        try:
            files[name] = source.other(name)
        except Mistakes as wrong:
            table.mistakes += wrong.mistakes
        except OSError as error:
            line = table.document.line(*table.path, "files", index)
            what = Sentence("{noun} {name!r}: {why}", noun=noun, name=name, why=Sentence(error.strerror or str(error)))
            table.mistakes.append(Mistake(source.file, line, what, "correct the path, it is relative to this file"))
    return files


def _named(source: _Source, files: Mapping[str, str]) -> dict[str, str]:
    """Files as mistakes name them."""
    return {str(source.base / name): text for name, text in files.items()}


def _rules(
    packs: Mapping[str, str],
    own: Mapping[str, str],
    ladders: Iterable[Ladder],
    mistakes: list[Mistake],
    tables: dict[str, Table],
    sound: bool,
) -> tuple[Rule, ...]:
    """The texts of packs (by name) and of own files (by path), read in this order -> their rules.

    A rule is named once in all of them; ``tables`` takes theirs, by id.
    """
    rules: list[Rule] = []
    files: dict[str, str] = {}
    texts = {f"rules/packs/{name}.toml": text for name, text in packs.items()}
    for file, text in [*texts.items(), *own.items()]:
        try:
            document, found = _pack(text, file, sound) if file in texts else _file(text, file, sound)
        except Mistakes as wrong:
            mistakes += wrong.mistakes
            continue
        mistakes += named(found, document, ladders) if ladders else ()
        for rule in found:
            other = files.setdefault(rule.id, file)
            if other != file:
                what = Sentence('rule "{rule}" is already in {other}', rule=rule.id, other=other)
                mistakes.append(Mistake(file, document.line(rule.id), what, "rename or remove one of them"))
        rules += found
        tables |= variant.tables(document)
    return tuple(rules)


def _file(text: str, file: str, sound: bool) -> tuple[Document, Sequence[Rule]]:
    """A rule file of the site; raises Mistakes, also those of its stories."""
    document = read(text, file)
    return document, read_rules(document, sound=sound)


@lru_cache(maxsize=32)
def _pack(text: str, file: str, sound: bool) -> tuple[Document, Sequence[Rule]]:
    """A pack, read once in the life of a process, without its stories: they are for who changes the pack.

    Stories are most of its text. Reading the shipped packs took 0.05 s of each start and reload on a PC.
    """
    whole = read(text, file)
    document = replace(whole, data={key: value for key, value in whole.data.items() if key != "story"})
    return document, tuple(read_rules(document, sound=sound))


def _some_text_of(path: Path) -> str:
    """As ``_text_of``, of a file that says something: an empty one is one that a full disk cut short, or that is being
    written right now, and without its rules nobody is protected by them."""
    text = _text_of(path)
    if not text.strip():
        raise Mistakes([Mistake(str(path), 1, "the file is empty", "write it again, or take it out of files")])
    return text


def _text_of(path: Path) -> str:
    """The text of a file; raises OSError if it can't be read, Mistakes if it is no UTF-8."""
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "the path holds a NUL character")
    with path.open("rb") as file:
        data = file.read(LONGEST + 1)
    if len(data) > LONGEST:
        remedy = "name several files where there is a list of files; give some homes of a site file to another gateway"
        raise Mistakes([Mistake.of(str(path), 1, "longer than {longest} bytes", remedy, longest=LONGEST)])
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")  # Windows' editors put a mark in front
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Mistakes([Mistake(str(path), line, "not UTF-8", "save the file as UTF-8")]) from None


def canonical(value: object) -> str:
    """The one JSON of a value: a text of a site is known by its hash."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
