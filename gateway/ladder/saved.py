"""Saved: the ladders as rows of the checkpoint, and back.

Keys: ``i:INCIDENT`` open · ``o:INCIDENT`` over, its end not told everywhere · ``p:ALERT`` over · ``s:MESSAGE`` ·
``b:ADDRESSEE`` its allowance · ``post`` · ``quiet`` · ``buttons`` · ``acts`` · ``chain`` the record's head · ``times``.
"""

from collections.abc import Mapping
from typing import Any

from gateway.ladder.budget import Budget
from gateway.ladder.chain import Head
from gateway.ladder.incident import Incident
from gateway.ladder.parts import Parts
from gateway.ladder.past import Over, read
from gateway.ladder.sent import Sent


def whole(ladders: Parts) -> dict[str, object]:
    """The rows that there is one of each."""
    post = ladders.post
    codes = {"codes": post.codes.row(), "wrong": dict(post.codes.wrong)}
    return {
        "post": {"n": post.letters.n, **codes, "silent": sorted(post.silent)},
        "quiet": ladders.quiet.row() | ladders.walks.row(),
        "buttons": ladders.buttons.row(),
        "acts": {"done": _done(ladders), "visits": _copy(ladders.visits)},
        "chain": list(ladders.setting.chain.head),
        "times": [ladders.swept, {name: list(one) for name, one in ladders.climb.listed.items()}],
    }


def _done(ladders: Parts) -> list[list[str]]:
    """Each act's name, outcome, meaning, and what was left of it if anything; older rows have no meaning."""
    left = {act: [text] for act, text in ladders.left.items()}
    return [[act, outcome, ladders.meant.get(act, ""), *left.get(act, [])] for act, outcome in ladders.done.items()]


def _copy(visits: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """As it is now: the rows of the next call are compared with it."""
    return {rule: dict(found) for rule, found in visits.items()}


def load(ladders: Parts, rows: Mapping[str, Any]) -> list[str]:
    """Fill new Ladders; returns the keys of rows that can't be read."""
    bad: list[str] = []
    incidents: list[Incident] = []
    over: list[Incident] = []
    past: dict[str, Over] = {}
    for key, row in rows.items():
        try:
            if key.startswith(("i:", "o:")):
                (incidents if key.startswith("i:") else over).append(Incident.of(row))
            elif key.startswith("p:"):
                past[key[2:]] = read(row)
            else:
                _load(ladders, key, row)
        except (ValueError, TypeError, LookupError, AttributeError):
            bad.append(key)
    ladders.registry.load(incidents, over)
    ladders.registry.past.load(past)
    return bad


def _load(ladders: Parts, key: str, row: Any) -> None:
    kind, _, name = key.partition(":")
    post = ladders.post
    if kind == "s":
        post.sent[name] = Sent.of(row)
    elif kind == "b":
        post.allowances.budgets[name] = Budget.of(row)
    elif kind == "post":
        post.letters.n = int(row["n"])
        post.silent = set(map(str, row["silent"]))
        post.codes.load(row["codes"])
        post.codes.wrong = {str(way): float(until) for way, until in row.get("wrong", {}).items()}
    elif kind == "quiet":
        ladders.quiet.load(row)
        ladders.walks.load(row)
    elif kind == "buttons":
        ladders.buttons.load(row)
    elif kind == "acts":
        visits = row["visits"].items()
        ladders.visits = {str(rule): {str(what): int(n) for what, n in some.items()} for rule, some in visits}
        ladders.done = {str(act): str(outcome) for act, outcome, *_ in row["done"]}
        ladders.meant = {str(act): str(meant[0]) for act, _, *meant in row["done"] if meant and meant[0]}
        ladders.left = {str(act): str(more[1]) for act, _, *more in row["done"] if len(more) > 1}
    elif kind == "chain":
        n, sealed = row
        ladders.setting.chain.head = Head(int(n), str(sealed))
    elif kind == "times":
        swept, listed = row
        ladders.swept = float(swept)
        ladders.climb.listed = {str(ladder): [str(one[0]), float(one[1]), one[2]] for ladder, one in listed.items()}
    else:
        raise ValueError("no row of the ladders")
