"""What a back-test found: a table for a person, one JSON object a line for a script."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from drivers.reading import Reading
from gateway.backtest.outcome import Outcome
from gateway.words import Language, columns, padded, say
from rules.alert import Alert
from rules.asked import Asked, asks
from rules.compare import Change
from rules.rule import Rule
from rules.tally import Spell, Tally

HOMES = 10
"""Of a rule that are listed; the others are summed up."""
EXAMPLES = 2
"""Of a rule in a home that are listed."""
HINTS = 20
"""Things probably meant otherwise that are listed."""
CHANGES = 5
"""Spells of a rule, added or removed, that are listed."""

Object = dict[str, object]


def lines(outcome: Outcome, lang: Language) -> Iterator[str]:
    """The report in words."""
    since, until = (f"{_local(at, outcome.zone):%Y-%m-%d %H:%M}" for at in outcome.span)
    counts = {"rows": outcome.rows, "homes": outcome.test.homes, "rules": len(outcome.rules)}
    yield say("backtest-head", lang, since=since, until=until, months=outcome.test.months, **counts)
    if outcome.missing:
        yield say("backtest-missing", lang, homes=outcome.missing)
    if outcome.zoneless:
        yield say("backtest-zoneless", lang, ts=outcome.zoneless, zone=outcome.zone.key)
    hints = outcome.hints
    yield from (say(f"backtest-{hint.kind}", lang, **hint._asdict()) for hint in hints[:HINTS])
    if len(hints) > HINTS:
        yield say("backtest-more", lang, count=len(hints) - HINTS)
    yield ""
    if outcome.compared is not None:
        yield from _comparison(outcome, outcome.compared, lang)
        return
    tallies = outcome.test.tallies()
    yield from _tallies(outcome, tallies, lang)
    fired = {tally.rule for tally in tallies}
    deaf = outcome.deaf()
    idle = dict.fromkeys(rule.id for rule in outcome.rules if rule.id not in fired)
    untried = [rule for rule in outcome.untried() if rule not in deaf]
    quiet = [rule for rule in idle if rule not in {*deaf, *untried}]
    if quiet:
        yield say("backtest-quiet", lang, rules=", ".join(quiet))
    if untried:
        yield say("backtest-untried", lang, rules=", ".join(untried))
    if deaf:
        yield say("backtest-deaf", lang, rules=", ".join(deaf))


def _tallies(outcome: Outcome, tallies: Sequence[Tally], lang: Language) -> Iterator[str]:
    totals = {total.rule: total for total in outcome.test.totals()}
    names = {rule.id: rule.title[lang] for rule in outcome.rules}
    for rule in dict.fromkeys(tally.rule for tally in tallies):
        total, of_rule = totals[rule], [tally for tally in tallies if tally.rule == rule]
        homes = {"homes": total.homes, "all": outcome.test.homes, "lasting": lasting(total.seconds)}
        yield f"{rule}  {names[rule]}"
        monthly = _rate(total.monthly, outcome.test.months)
        yield "  " + say("backtest-total", lang, alerts=total.alerts, monthly=monthly, **homes)
        of_rule.sort(key=lambda tally: -tally.alerts)
        width = max(columns(tally.home) for tally in of_rule[:HOMES])
        for tally in of_rule[:HOMES]:
            monthly = _rate(tally.monthly, tally.alerts / tally.monthly if tally.monthly else 0.0)
            told = say("backtest-home", lang, alerts=tally.alerts, monthly=monthly,
                       lasting=lasting(tally.seconds), longest=lasting(tally.longest))  # fmt: skip
            yield f"    {padded(tally.home, width)}  {told}"
            yield from (f"      {_example(spell, outcome.zone, lang)}" for spell in tally.examples[:EXAMPLES])
        if len(of_rule) > HOMES:
            yield "    " + say("backtest-more-homes", lang, homes=len(of_rule) - HOMES)
        yield ""


def _comparison(outcome: Outcome, compared: Sequence[Change], lang: Language) -> Iterator[str]:
    months, names = outcome.test.months, {rule.id.partition("@")[0]: rule.title[lang] for rule in outcome.rules}
    if not compared:
        yield say("backtest-same", lang)
    for change in compared:
        was, now = (_rate(count / (months or 1.0), months) for count in (change.before, change.after))
        counts = {"added": len(change.added), "removed": len(change.removed), "kept": change.kept}
        yield "  ".join(filter(None, (change.rule, names.get(change.rule))))
        yield "  " + say("backtest-change", lang, before=change.before, after=change.after, was=was, now=now, **counts)
        for sign, spells in (("+", change.added), ("-", change.removed)):
            yield from (f"    {sign} {spell.home}  {_example(spell, outcome.zone, lang)}" for spell in spells[:CHANGES])
            if len(spells) > CHANGES:
                yield f"    {sign} " + say("backtest-more", lang, count=len(spells) - CHANGES)
        yield ""


def _rate(monthly: float, months: float) -> str:
    """Alerts a home-month; of less than a day nobody can tell."""
    return f"{monthly:.2f}" if months >= 1 / 30 else "?"


def _example(spell: Spell, zone: tzinfo, lang: Language) -> str:
    length = lasting(spell.until - spell.since) if spell.ended else say("backtest-open", lang)
    evidence = "; ".join(piece(reading, zone) for reading in spell.evidence)
    words = (f"{_local(spell.since, zone):%Y-%m-%d %H:%M:%S}", length, spell.device, evidence)
    return "  ".join(filter(None, words))


def piece(reading: Reading, zone: tzinfo) -> str:
    """One reading of the evidence, and when."""
    value = f"{reading.value:.6g}" if isinstance(reading.value, float) else f"{reading.value}".lower()
    return f"{reading.device} {reading.point} {value} @ {_local(reading.at, zone):%m-%d %H:%M:%S}"


def _local(at: float, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(at, zone)


def lasting(seconds: float) -> str:
    """A duration in two units: 3d 4h, 12m 30s."""
    whole = round(seconds)
    for unit, size, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "m", 60), ("m", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size}{unit} {rest}{smaller}" if rest else f"{whole // size}{unit}"
    return f"{whole}s"


def objects(outcome: Outcome) -> Iterator[Object]:
    """The report for a script: each change, or with old rules what was added and removed; then a summary."""
    if outcome.compared is None:
        yield from (_change(alert, outcome.rules) for alert in outcome.alerts)
    for change in outcome.compared or ():
        sides = (("added", change.added, outcome.rules), ("removed", change.removed, outcome.old))
        for word, spells, rules in sides:
            for spell in spells:
                yield {"change": word, **_spell(spell), "asked": _asked(spell.rule, spell.home, spell.evidence, rules)}
    yield {"summary": _summary(outcome)}


def _change(alert: Alert, rules: Sequence[Rule]) -> Object:
    """One change, with all that it takes to draw it: what was said, and while it comes or fires what the rule asks."""
    told: Object = {"rule": alert.rule, "home": alert.home, "device": alert.device, "state": alert.state,
                    "at": alert.at, "reason": alert.reason, "id": alert.id, "since": alert.since,
                    "severity": alert.severity, "evidence": _evidence(alert.evidence)}  # fmt: skip
    if alert.state not in ("pending", "firing"):
        return told
    return {**told, "asked": _asked(alert.rule, alert.home, alert.evidence, rules)}


def _asked(name: str, home: str, evidence: Sequence[Reading], rules: Sequence[Rule]) -> list[Asked]:
    """By the numbers of this home; the gateway's own parts are in none."""
    named = [rule for rule in rules if rule.id == name]
    of_home = [rule for rule in named if rule.counts_in(home)] or named
    return asks(of_home[0], evidence)


def _summary(outcome: Outcome) -> Object:
    since, until = outcome.span
    test = outcome.test
    rules = {
        total.rule: {"alerts": total.alerts, "homes": total.homes, "per_home_month": round(total.monthly, 4),
                     "seconds": round(total.seconds, 3)}
        for total in test.totals()
    }  # fmt: skip
    homes = [
        {"rule": tally.rule, "home": tally.home, "alerts": tally.alerts, "per_home_month": round(tally.monthly, 4),
         "seconds": round(tally.seconds, 3), "longest": round(tally.longest, 3),
         "examples": [_spell(spell) for spell in tally.examples]}
        for tally in test.tallies()
    ]  # fmt: skip
    hints = [hint._asdict() for hint in outcome.hints]
    told: Object = {
        "readings": outcome.rows, "homes": test.homes, "home_months": round(test.months, 4), "from": since,
        "until": until, "zoneless": outcome.zoneless or None, "missing": outcome.missing, "hints": hints,
        "rules": rules, "by_home": homes,
        "untried": outcome.untried(), "deaf": outcome.deaf(),
    }  # fmt: skip
    if outcome.compared is None:
        return told
    compared = {change.rule: {"before": change.before, "after": change.after, "added": len(change.added),
                              "removed": len(change.removed)} for change in outcome.compared}  # fmt: skip
    return {**told, "compared": compared}


def _spell(spell: Spell) -> Object:
    return {"rule": spell.rule, "home": spell.home, "device": spell.device, "at": spell.since,
            "until": spell.until if spell.ended else None, "evidence": _evidence(spell.evidence)}  # fmt: skip


def _evidence(said: Iterable[Reading]) -> list[Object]:
    return [{"device": one.device, "point": one.point, "value": one.value, "at": one.at} for one in said]
