"""What a site can't take away: of rules that save lives, and of those that tell that nobody is protected.

A number may suit a home better. What would be another way to switch such a rule off is a mistake: a limit beyond any
value, or twice as far as the rule's own; a wait of minutes; other conditions; devices left out; nothing that sounds.
"""

from collections.abc import Mapping

from rules.conditions.condition import Condition, parts
from rules.conditions.held import Held
from rules.conditions.silent import Silent
from rules.conditions.times import Times
from rules.conditions.trend import Trend
from rules.conditions.value import Above, Is
from rules.document import Table, nearest
from rules.nouns import how_long
from rules.picked import Picked
from rules.plausible import doubtful
from rules.rule import Rule
from rules.sentence import Sentence

WATCHMEN = frozenset(
    {"sensor-silent", "sensor-faulty", "not-supervised", "port-down", "line-stalled", "driver-fault", "output-fault"}
)
"""Rules without which a home would stand there as protected by sensors that are dead."""
LOOSER = 2.0
"""So many times the rule's own limit at the most: 10 %LEL of gas may become 20, where EN 50194-1 demands an alarm."""
LONGER, MINUTE = 10.0, 60.0
"""So many times its own wait at the most, or a minute."""
HEARD = frozenset({"siren", "strobe"})
"""What wakes somebody."""


def keep_grave(rule: Rule, own: Table) -> None:
    """Note what would make of a rule that saves lives another one."""
    if rule.severity != "emergency":
        return
    for key, value in (("severity", "emergency"), ("latch", True)):
        if own.data.get(key, value) != value and getattr(rule, key) == value:
            own.mistake(key, "{rule} saves lives, its {key} can't be changed", "remove it", rule=rule.id, key=key)
    act = own.data.get("act")
    if isinstance(act, list) and HEARD.intersection(rule.act) and not HEARD.intersection(map(str, act)):
        own.mistake(
            "act", "{rule} saves lives, and nothing would be heard or seen of it", "keep siren or strobe", rule=rule.id
        )


def keep_sharp(before: Rule, rule: Rule, own: Table) -> None:
    """Note with what a rule that saves lives, or watches the sensors, would fire hardly ever, too late, or at something
    else."""
    if before.severity != "emergency" and before.id not in WATCHMEN:
        return
    saves = before.id not in WATCHMEN
    for part in parts(rule.when):
        if wrong := doubtful(part):
            own.mistake("", Sentence("{rule} saves lives, and {what}", rule=rule.id, what=wrong[0]), wrong[1])
            return
    old, new = list(parts(before.when)), list(parts(rule.when))
    if [_about(part) for part in old] != [_about(part) for part in new]:
        what = "{rule} saves lives, its conditions can't be others"
        if not saves:
            what = "{rule} tells who isn't protected, its conditions can't be others"
        own.mistake("when", what, "change single numbers, as when.any.1.above", rule=rule.id)
        return
    for was, now in zip(old, new, strict=True):
        if wrong := _blunter(was, now):
            what = Sentence(
                "{rule} saves lives, and {what}" if saves else "{rule} tells who isn't protected, and {what}",
                rule=rule.id, what=wrong[0],
            )  # fmt: skip
            own.mistake("when", what, wrong[1])


def _about(part: Condition) -> tuple[type[Condition], str]:
    return type(part), getattr(part, "quantity", "")


def _blunter(was: Condition, now: Condition) -> tuple[str, str] | None:
    """How far a condition is from what it was, if that is too far, and the remedy."""
    if isinstance(was, Is) and isinstance(now, Is):
        if missing := [value for value in was.values if value not in now.values]:
            said = str(missing[0]).lower() if isinstance(missing[0], bool) else str(missing[0])
            what = Sentence("{quantity} = {value} would raise nothing", quantity=was.quantity, value=said)
            return what, Sentence("remove it")
        return None
    pair = [
        (one.limit, one.quantity) if isinstance(one, Above) else (one.amount, one.quantity)
        for one in (was, now)
        if isinstance(one, Above | Trend)
    ]
    if len(pair) == 2 and pair[1][0] > pair[0][0] * LOOSER:
        what = Sentence(
            "{value:g} of {quantity} is more than twice its {before:g}",
            value=pair[1][0], quantity=pair[0][1], before=pair[0][0],
        )  # fmt: skip
        return what, Sentence("{most:g} at the most", most=pair[0][0] * LOOSER)
    if isinstance(was, Trend | Times) and isinstance(now, Trend | Times) and now.seconds * LOOSER < was.seconds:
        what = Sentence("{time} is short for so much to happen", time=how_long(now.seconds))
        return what, Sentence("{most} at the least", most=how_long(was.seconds / LOOSER))
    if isinstance(was, Times) and isinstance(now, Times) and now.count > was.count * LOOSER:
        what = Sentence("{count} times is more than twice its {before}", count=now.count, before=was.count)
        return what, Sentence("{most:g} at the most", most=was.count * LOOSER)
    if isinstance(was, Silent) and isinstance(now, Silent):
        most = (was.budget or 0.0) * LOOSER
        if was.budget and (now.budget or 0.0) > most:
            what = Sentence("{time} is long to wait", time=how_long(now.budget or 0.0))
            return what, Sentence("{most} at the most", most=how_long(most))
        if set(was.of) - set(now.of):
            return Sentence("fewer sensors would be missed"), Sentence("remove it")
    if isinstance(was, Held) and isinstance(now, Held):
        most = max(was.seconds * LONGER, MINUTE)
        if now.seconds > most:
            what = Sentence("{time} is long to wait", time=how_long(now.seconds))
            return what, Sentence("{most} at the most", most=how_long(most))
    return None


def keep_devices(rule: Rule, own: Table, devices: Mapping[str, bool]) -> None:
    """Note devices that aren't there, and those without which a rule that saves lives would protect less."""
    said: dict[str, tuple[str, ...]] = {"devices": rule.picked.only, "except_devices": rule.picked.without}
    for key in said.keys() & own.data.keys():
        value = own.data[key]
        said[key] = tuple(name for name in value if isinstance(name, str)) if isinstance(value, list) else ()
        for name in said[key]:
            if not any(device in Picked((name,)) for device in devices):
                own.mistake(key, 'there is no device "{name:.60}"', nearest(name, devices), name=name)
                return
    picked = Picked(*said.values())
    watches = rule.id in WATCHMEN
    for name, protects in devices.items() if watches or rule.severity == "emergency" else ():
        if protects and name in rule.picked and name not in picked:
            key = next(key for key in said if key in own.data)
            remedy = "let it look at {name}, or write protects = false for it if nobody's life rests on it"
            what = "{rule} saves lives, and {name} protects"
            if watches:
                what = "without {rule} nobody would be told that {name} protects nobody"
            own.mistake(key, what, remedy, rule=rule.id, name=name)
            return
