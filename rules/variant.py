"""Variants: a rule with other numbers for one site or one home, without a copy of it.

Only what the rule says already may be said otherwise: a value of the same kind, within a factor of a hundred, so that
litres in place of cubic metres are found; besides the devices that it looks at may be named (picked.py), and what
residents are told. In a list of conditions the first one is "1": ``when.any.1.below = 15``.
"""

from collections.abc import Iterator, Mapping

from rules.document import Document, Mistake, Table, duration, nearest
from rules.picked import KEYS as DEVICES
from rules.rule import Rule
from rules.rulefile import RESERVED, read_rule
from rules.sentence import Sentence

FAR = 100.0
"""A number that differs by more than this factor is a mistake of the unit."""
FIXED = ("per", "sets")
"""What a variant can't change: it would be another rule."""
_KINDS = {bool: Sentence("true or false"), str: Sentence("a text"), list: Sentence("a list"), dict: Sentence("a table")}


def tables(document: Document) -> dict[str, Table]:
    """The tables of a sound document's rules by id; ``RULE@SET`` for each of its named parameter sets."""
    found: dict[str, Table] = {}
    root = document.table()
    root.known |= set(RESERVED)
    for name, table in root.named():
        found[name] = table
        for set_name, variant in table.variants("sets") if "sets" in table else ():
            found[f"{name}@{set_name}"] = variant
    return found


def vary(name: str, base: Table, own: Table) -> tuple[Rule | None, Table]:
    """The rule of this name as ``base`` says it, with the values of ``own`` in their place; and its table.

    Mistakes are noted in ``own``, each in its line there.
    """
    own.known |= own.data.keys()
    before = len(own.mistakes)
    merged = _merged(base.data, own.data, own, ())
    table = Table(base.document, base.path, merged, [])
    if len(own.mistakes) > before:
        return None, base
    rule = read_rule(name, table)
    for mistake in table.mistakes:
        own.mistakes.append(Mistake(own.document.file, own.line(), mistake.what, mistake.remedy))
    return (None if table.mistakes else rule), table


def _merged(
    base: Mapping[str, object], own: Mapping[str, object], table: Table, path: tuple[str, ...]
) -> dict[str, object]:
    merged = dict(base)
    for key, value in own.items():
        here = (*path, key)
        if key in (*DEVICES, "advice_at_home") and not path:
            merged[key] = value
        elif key not in base or (not path and key in FIXED):
            known = [one for one in (*base, *(DEVICES if not path else ())) if path or one not in FIXED]
            remedy: str = nearest(key, known)
            if deeper := list(_deeper(base, key, path)):
                remedy = Sentence("write {path}", path=", ".join(deeper))
            _note(table, here, Sentence('there is no "{path}" to be changed', path=".".join(here)), remedy)
        else:
            merged[key] = _instead(base[key], value, table, here)
    return merged


def _deeper(base: Mapping[str, object], key: str, path: tuple[str, ...]) -> Iterator[str]:
    """Where else the rule says a key: within a list of conditions, whose first one is 1."""
    for name, value in base.items() if path else ():
        inner = value if isinstance(value, list) else []
        for number, one in enumerate(inner, 1):
            here = (*path, name, str(number))
            if isinstance(one, dict):
                yield from [".".join((*here, key))] if key in one else _deeper(one, key, here)


def _instead(before: object, value: object, table: Table, path: tuple[str, ...]) -> object:
    if isinstance(before, dict) and isinstance(value, dict):
        return _merged(before, value, table, path)
    if isinstance(before, list) and isinstance(value, dict):
        numbered = {str(number): one for number, one in enumerate(before, 1)}
        return list(_merged(numbered, value, table, path).values())
    if isinstance(before, list) and isinstance(value, list) and any(isinstance(one, dict) for one in before):
        kept = Sentence("{path} is a list of conditions, and stays as it is", path=".".join(path))
        _note(table, path, kept, Sentence("change single numbers: {path}.1.… = …", path=".".join(path)))
        return before
    what = _wrong(before, value)
    if what:
        _note(
            table,
            path,
            Sentence("{path}: {what}", path=".".join(path), what=what),
            Sentence("as the rule says it: {before}", before=_said(before)),
        )
    return value


def _wrong(before: object, value: object) -> str:
    """What is wrong with a value in place of another one; "" for nothing."""
    old, new = _size(before), _size(value)
    if old is not None and new is not None:
        if old and not old / FAR <= new <= old * FAR:
            return Sentence(
                "{value} in place of {before} is more than {far:.0f} times off; is it the right unit?",
                value=_said(value),
                before=_said(before),
                far=FAR,
            )
        return ""
    if type(before) is not type(value) or old is not None or new is not None:
        kind = _KINDS.get(type(before), Sentence("of another kind"))
        if old is not None:
            kind = Sentence("a number, or a duration")
        said = f'"{_said(value)}"' if isinstance(value, str) else _said(value)
        return Sentence("{value} is not {kind}", value=said, kind=kind)
    return ""


def _size(value: object) -> float | None:
    """A number, or a duration in seconds."""
    try:
        return duration(value) if not isinstance(value, int | float) or isinstance(value, bool) else abs(float(value))
    except ValueError:
        return None


def _said(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{text:.60}"


def _note(table: Table, path: tuple[str, ...], what: str, remedy: str) -> None:
    line = table.document.line(*table.path, *path)
    table.mistakes.append(Mistake(table.document.file, line, what, remedy))
