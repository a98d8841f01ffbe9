"""Rule files: TOML in, rules out, or every mistake at once; shipped packs by their names."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Literal, cast, get_args

from rules import script
from rules.alert import Severity
from rules.conditions import BESIDE, Held, read
from rules.conditions.among import Among
from rules.conditions.condition import parts
from rules.conditions.guard import Guarded, read_guard
from rules.conditions.value import Every, Leaf, Outside
from rules.document import Document, Mistake, Mistakes, Table, nearest, open_document
from rules.document import read as read_document
from rules.picked import ALL, picked_of
from rules.quantities import KNOWN, MOMENTARY, declared
from rules.rule import Rule, Words, Worse
from rules.sentence import Sentence

ACTS = ("siren", "strobe", "close-gas-valve", "close-water-valve", "release-doors")
"""What a rule may ask of the outputs."""
LANGUAGES = ("zh", "en")
MOST = 500
"""Rules of a file: nobody reads more, and each is held against each other."""
RESERVED = ("quantities", "story")
"""Keys at the top of a rule file that are no rules."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}(@[a-z0-9-]{1,30})?")


def packs() -> dict[str, str]:
    """The shipped rule files: name -> TOML text."""
    folder = files("rules").joinpath("packs")
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return {entry.name[:-5]: entry.read_text("utf-8") for entry in sorted(found, key=lambda entry: entry.name)}


@cache
def shipped_ids() -> frozenset[str]:
    """The names of the shipped rules, ``RULE@SET`` for each set of theirs too."""
    rules = [item for text in packs().values() for item in tomllib.loads(text).items() if item[0] not in RESERVED]
    sets = (f"{name}@{one}" for name, table in rules for one in table.get("sets", ()))
    return frozenset((*(name for name, _ in rules), *sets))


def load(sources: Iterable[str | Path]) -> list[Rule]:
    """The rules of packs (by name), of files, and single shipped ones; raises Mistakes with those of all of them.

    ``"water@zhenhai"`` is the pack with the numbers of Zhenhai, where a rule has such a set; its id says so.
    ``"water-24h@zhenhai"`` is that rule alone.
    """
    shipped = packs()
    rules: dict[str, Rule] = {}
    mistakes: list[Mistake] = []
    for source in sources:
        try:
            name, at, chosen = source.partition("@") if isinstance(source, str) else ("", "", "")
            pack = _pack(name, shipped)
            document = read_document(shipped[pack], f"{pack}.toml") if pack else opened(Path(source), shipped)
            if pack and at and not chosen:
                raise Mistakes([_no_set(name, document)])
            found = read_rules(document, chosen if pack else "")
            for rule in found if name in shipped or not pack else _one(name, chosen, found, document):
                if rule.id in rules:
                    what = Sentence('there is a rule "{rule}" already', rule=rule.id)
                    line = document.line(rule.id.partition("@")[0])
                    mistakes.append(Mistake(document.file, line, what, "rename or remove one of the two"))
                rules[rule.id] = rule
        except Mistakes as wrong:
            mistakes += wrong.mistakes
    if mistakes:
        raise Mistakes(mistakes)
    return list(rules.values())


def _pack(name: str, shipped: Mapping[str, str]) -> str | None:
    """The pack of this name, or that in which the rule of this name stands."""
    if name in shipped or name not in shipped_ids():
        return name if name in shipped else None
    return next(pack for pack, text in shipped.items() if name in tomllib.loads(text))


def _no_set(name: str, document: Document) -> Mistake:
    """Somebody forgot which of the sets, and would get the plain numbers."""
    tables = [table for table in document.data.values() if isinstance(table, dict)]
    if isinstance(table := document.data.get(name), dict):
        tables = [table]
    sets = {f"{name}@{one}" for table in tables for one in table.get("sets", ())}
    what = Sentence("{name}@ names no set of numbers", name=name)
    line = document.line(name) if name in document.data else 1
    return Mistake(document.file, line, what, Sentence("known here: {known}", known=sorted({name, *sets})))


def _one(name: str, chosen: str, found: Iterable[Rule], document: Document) -> list[Rule]:
    """Of these rules the one of this name, with the numbers of the set that was chosen."""
    one = [rule for rule in found if rule.id == (f"{name}@{chosen}" if chosen else name)]
    if not one:
        table = document.data[name]
        sets = table.get("sets", {}) if isinstance(table, dict) else {}
        what = Sentence("{name} has no set {chosen:.60}", name=name, chosen=chosen)
        raise Mistakes([Mistake(document.file, document.line(name), what, nearest(chosen, sets))])
    return one


def opened(path: Path, shipped: Iterable[str]) -> Document:
    """A rule file; what can only be meant as a pack's name is told so."""
    if str(path) == path.name and not path.suffix and not path.exists():
        name, _, chosen = path.name.partition("@")
        if name in shipped:
            what = Sentence("{chosen} is a set of numbers, no file of its own", chosen=chosen or path.name)
            raise Mistakes([Mistake(str(path), 1, what, Sentence("write {name}", name=name))])
        if name in shipped_ids():
            what = Sentence("{name} is a shipped rule, no file of its own", name=name)
            raise Mistakes([Mistake(str(path), 1, what, Sentence("write {name}", name=_pack(name, packs())))])
        what = Sentence('there is no pack "{name:.60}", nor such a file', name=name)
        raise Mistakes([Mistake(str(path), 1, what, nearest(name, [*shipped, *shipped_ids()]))])
    return open_document(path)


def check(text: str, file: str) -> list[Mistake]:
    """All mistakes of a rule file, its stories included; never raises."""
    try:
        read_rules(read_document(text, file))
    except Mistakes as found:
        return list(found.mistakes)
    return []


def read_rules(document: Document, chosen: str = "", *, sound: bool = True) -> list[Rule]:
    """The rules of one document, with the parameter set of this name where they have one; raises Mistakes.

    Without ``sound`` all that can be made of it, whatever is wrong: an earlier version found nothing wrong in it.
    """
    root = document.table()
    root.texts("quantities")
    stories = root.tables("story")
    rules: list[Rule | None] = []
    names, own = set[str](), set[str]()
    if sum(isinstance(value, dict) for value in document.data.values()) > MOST:
        raise Mistakes(
            [Mistake.of(document.file, 1, "more than {most} rules", "part them into several files", most=MOST)]
        )
    for name in [name for name, value in document.data.items() if name not in RESERVED and isinstance(value, list)]:
        root.known.add(name)
        root.mistake(name, '"{name}" is no list of tables', nearest(name, ["story"]), name=name)
    for name, table in root.named():
        own.add(name)
        if "@" in name:
            table.mistake("", '"{name}" is no name for a rule', "use a-z, 0-9 and -, for example [gas-leak]", name=name)
        rule = read_rule(name, table)
        for set_name, variant in table.variants("sets") if "sets" in table else ():
            other = read_rule(f"{name}@{set_name}", variant)
            names.add(set_name)
            rule = other if set_name == chosen else rule
        rules.append(rule)
    for table in stories:
        script.read(table, own | shipped_ids() if "rules" in table.data else own)
    if chosen and chosen not in names:
        root.mistake("", "no rule here has a set {chosen}", nearest(chosen, names), chosen=chosen)
    if sound:
        root.finish()
    return [rule for rule in rules if rule is not None and rule.severity in get_args(Severity)]


def read_rule(name: str, table: Table) -> Rule | None:
    """One rule from its table; mistakes are noted there."""
    if not _ID.fullmatch(name):
        table.mistake("", '"{name}" is no name for a rule', "use a-z, 0-9 and -, for example [gas-leak]", name=name)
    title = words(table, "title")
    severity = cast(Severity, table.text("severity", choices=get_args(Severity)))
    per = _per(table)
    when = _when(table, severity)
    clear = _clear(table, when)
    rule = {
        "latch": table.flag("latch", False),
        "optional": table.flag("optional", False),
        "act": table.texts("act", choices=ACTS),
        "ladder": table.text("ladder") if "ladder" in table else "",
        "cause": table.text("cause") if "cause" in table else "",
        "worse": _worse(table, severity, when),
        "discredits": _discredits(table, per),
        "beside": _beside(table),
        "picked": picked_of(table),
    }
    advice, at_home = (words(table, key) if key in table else None for key in ("advice", "advice_at_home"))
    why = _why(table) if "why" in table else {}
    if when is None:
        return None
    said = {"advice": advice, "advice_at_home": at_home, "why": why}
    made = Rule(name, title, severity, when, per, clear, **said, hash=_hash(table), **rule)  # type: ignore[arg-type]
    _judge(made, table)
    return made


def _per(table: Table) -> Literal["device", "home"]:
    if table.data.get("per") == "building":
        table.known.add("per")
        remedy = 'write per = "home": a stairwell is a home of its own, and what befalls several homes is told as one'
        table.mistake("per", "a building has no rules of its own", remedy)
        return "home"
    return cast(Literal["device", "home"], table.text("per", "device", ("device", "home")))


def _discredits(table: Table, per: str) -> tuple[str, ...]:
    if "discredits" not in table:
        return ()
    if per != "device":
        table.mistake("discredits", "a rule per home names no sensor that is faulty", 'write per = "device"')
    return table.some("discredits", KNOWN | declared(table.document.data))


def _beside(table: Table) -> tuple[str, ...]:
    """A name that no rule has would leave it off everywhere, and nobody would know."""
    names = table.texts("beside") if "beside" in table else ()
    known = {*table.document.data, *shipped_ids()} - set(RESERVED)
    for missing in [name for name in names if name not in known]:
        table.mistake("beside", "there is no rule {missing}", nearest(missing, known), missing=missing)
    return names


def _when(table: Table, severity: Severity) -> Held | None:
    if "when" not in table:
        table.mistake("", '"when" is missing in {table}', 'write when = {quantity = "…", is = true}', table=table.name)
        return None
    when = read(table.table("when"))
    if "while" not in table:
        return when
    guard = read_guard(table.table("while"), severity in ("emergency", "urgent"))
    return when and Held(Guarded(guard, when), 0.0)


def _clear(table: Table, when: Held | None) -> Held | None:
    if "clear" not in table:
        return None
    about = {quantity for leaf in when.leaves() for quantity in leaf.needs()} if when else set()
    clear = read(table.table("clear"), about.pop() if len(about) == 1 else None)
    if clear is None:
        return None
    test, picked = (clear.inner.inner, clear.inner.picked) if isinstance(clear.inner, Among) else (clear.inner, ALL)
    if not isinstance(test, Leaf):
        beside = test.word or next(key for key in BESIDE if key in table.table("clear"))
        table.mistake("clear", "{word} can't clear an alert", "write clear = {below = …}, above or is", word=beside)
        return None
    if test.momentary:
        table.mistake(
            "clear",
            "{quantity} is an event, no state that could clear",
            "name another quantity",
            quantity=test.quantity,
        )
    for leaf in when.leaves() if when else ():
        if isinstance(leaf, Leaf) and leaf.quantity == test.quantity and leaf.clashes(test):
            remedy: str = "move one of the limits"
            if isinstance(leaf, Outside):
                low, high = f"{leaf.low:g}", f"{leaf.high:g}"
                remedy = Sentence("write clear = {{inside = [{low}, {high}]}}, or narrower", low=low, high=high)
            table.mistake("clear", "one value both raises and clears this alert", remedy)
    return Held(Every(test, picked), clear.seconds)


def _worse(table: Table, severity: Severity, when: Held | None) -> Worse | None:
    if "worse" not in table:
        return None
    inner = table.table("worse")
    said = cast(Severity, inner.text("severity", choices=get_args(Severity)))
    ladder = inner.text("ladder") if "ladder" in inner else ""
    if when is not None and not any(leaf.worsens for leaf in when.leaves()):
        table.mistake("worse", "this condition is never worse than true", "make a second rule of it")
    grave = get_args(Severity)
    if severity in grave and said in grave and grave.index(said) >= grave.index(severity):
        what = "worse is {said}, not graver than {severity}"
        graver = grave[: grave.index(severity)]
        remedy = Sentence("name a graver severity: {graver}", graver=graver) if graver else "remove worse"
        table.mistake("worse", what, remedy, said=said, severity=severity)
    return Worse(said, ladder)


def _judge(rule: Rule, table: Table) -> None:
    """What is right word by word and wrong as a whole."""
    named = rule.clear is not None and isinstance(rule.clear.inner, Every) and bool(rule.clear.inner.picked)
    if rule.per == "device" and (named or any(isinstance(part, Among) for part in parts(rule.when))):
        what = "a rule per device looks at one device at a time, so none can be named within when or clear"
        table.mistake("when", what, 'write per = "home", or devices beside when')
    if not rule.momentary:
        return
    quantity = sorted(rule.needs.keys() & MOMENTARY)
    if not rule.latch:
        table.mistake(
            "latch" if "latch" in table else "", "{quantity} is over at once", "write latch = true", quantity=quantity
        )
    if rule.clear is not None:
        table.mistake(
            "clear",
            "{quantity} is over at once, nothing can clear it",
            "remove clear; a person resets it",
            quantity=quantity,
        )


def _why(table: Table) -> Words:
    """One text, or one in each language."""
    return words(table, "why") if isinstance(table.data["why"], dict) else {"en": table.text("why")}


def words(table: Table, key: str) -> Words:
    """A text in each language: ``{zh = "…", en = "…"}``."""
    inner = table.table(key)
    if key not in table.data:
        table.mistake(
            "", '"{key}" is missing in {table}', 'write {key} = {{zh = "…", en = "…"}}', key=key, table=table.name
        )
        return dict.fromkeys(LANGUAGES, "")
    return {language: inner.text(language) for language in LANGUAGES}


def _hash(table: Table) -> str:
    unsaid = ("title", "advice", "advice_at_home", "why", "sets", "optional", "cause", "beside")
    said = {key: value for key, value in table.data.items() if key not in unsaid}
    return blake2b(json.dumps(said, sort_keys=True, default=str).encode(), digest_size=8).hexdigest()
