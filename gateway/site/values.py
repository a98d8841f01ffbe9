"""The kinds of values that several tables of site.toml hold: names, paths, hosts, secrets, hours of the day."""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from rules.document import Mistake, Table, nearest
from rules.hours import Hours
from rules.sentence import Sentence

LONGEST_NAME = 64
"""Characters. A topic holds three names; MQTT's own limit of 65,535 bytes is far."""

_NO_TOPIC = re.compile(r"[/+#\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|^\s|\s$|^\Z")
"""What MQTT 5 (section 4.7) gives a meaning in a topic, or advises against (1.5.4), and space that nobody sees."""
_NO_HOST = re.compile(r"[\s/@\x00-\x1f]|^\Z")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def path_of(table: Table, key: str, base: Path, default: str = "") -> Path | None:
    """A path relative to the site file; None if there is none."""
    text = table.text(key, default)
    if "\0" in text:
        table.mistake(key, "{key} holds a NUL character", "write a path", key=key)
        return None
    return base / text if text else None


def name_of(table: Table, key: str, known: Iterable[str], kind: str) -> str:
    """A text that must be the name of another table; "" if it is not."""
    name = table.text(key)
    if not name or name in known:
        return name
    remedy = nearest(name, known) if known else Sentence("write a table [{kind}.{name}]", kind=kind, name=name)
    table.mistake(key, 'there is no {key} "{name}"', remedy, key=key, name=name)
    return ""


def names(table: Table, key: str, noun: str, known: Collection[str]) -> tuple[str, ...]:
    """A list of names, each of them known; mistakes stand in the line of their own item."""
    found = table.texts(key)
    for index, name in enumerate(found):
        if name not in known:
            line = table.document.line(*table.path, key, index)
            what = Sentence('there is no {noun} "{name}"', noun=noun, name=name)
            table.mistakes.append(Mistake(table.document.file, line, what, nearest(name, known)))
    return found


def topic_name(table: Table, key: str, name: str) -> None:
    """A name that stands in an MQTT topic."""
    if _NO_TOPIC.search(name):
        table.mistake(key, "{name!r} cannot stand in an MQTT topic", "use no / + # and no space at its ends", name=name)
    elif len(name) > LONGEST_NAME:
        table.mistake(
            key,
            "{name!r:.20} is longer than {longest_name} characters",
            "choose a shorter name",
            name=name,
            longest_name=LONGEST_NAME,
        )


def host_of(table: Table) -> str:
    """The key ``host``: a name or an address, nothing else."""
    host = table.text("host")
    if host and _NO_HOST.search(host):
        table.mistake(
            "host", "host is more than a host", "write only a name or an address, without user, path or mqtt://"
        )
    return host


def secret(table: Table, base: Path, word: str) -> tuple[Path | None, str]:
    """Where a password, a token or a URL is found: ``WORD_file`` or ``WORD_env``.

    One that stands in the file itself is never repeated, not even in the mistake.
    """
    if word in table:
        remedy = Sentence(
            "write {word}_file (readable by its owner only) or {word}_env, and change that {word}", word=word
        )
        table.mistake(word, "a {word} must not stand in this file", remedy, word=word)
    path, variable = path_of(table, f"{word}_file", base), table.text(f"{word}_env", "")
    if path and variable:
        table.mistake(f"{word}_env", "a {word} has one place, not two", "remove {word}_file or {word}_env", word=word)
    return path, variable


def hours_of(table: Table, key: str) -> Hours | None:
    """``"22:00-07:00"``, on every day; None if the key isn't there. They may pass midnight."""
    if key not in table:
        return None
    found = _HOURS.fullmatch(table.text(key))
    if not found:
        table.mistake(key, "{key} is no span of hours", 'write {key} = "22:00-07:00"', key=key)
        return None
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if start == end:
        table.mistake(key, "{key} begins where it ends", 'write {key} = "22:00-07:00", or remove it', key=key)
    return Hours(start, end)


def unique(root: Table, kind: str, key: str, values: Mapping[str, object]) -> None:
    """Note each table of a kind whose value another one has already."""
    first: dict[object, str] = {}
    for name, value in values.items():
        other = first.setdefault(value, name)
        if value and other != name:
            what = Sentence(
                "{kind}.{name} has the same {key} as {kind}.{other}", kind=kind, name=name, key=key, other=other
            )
            line = root.document.line(kind, name, key)
            root.mistakes.append(Mistake.of(root.document.file, line, what, "give each its own {key}", key=key))
