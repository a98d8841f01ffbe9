"""A rule in plain sentences, in zh and en, made from what it does and not from what somebody wrote about it."""

from rules.clauses import Clause, clause, joined
from rules.conditions.guard import Guarded
from rules.nouns import ACTS, LADDERS, SEVERITIES
from rules.rule import Rule

_OTHERS = (
    "默认数值的依据（此处的数值由站点文件另定）",
    "Why the shipped numbers are as they are (these are the site's own)",
)


def explain(rule: Rule, chosen: bool = False, varied: bool = False) -> dict[str, list[str]]:
    """Language -> the sentences of a rule. ``chosen``: a site has it. ``varied``: its numbers are the site's own, and
    ``why`` is about those before."""
    told = [*_fires(rule), *([] if chosen else _optional(rule)), *_ends(rule), *_does(rule)]
    sentences = {"zh": [zh for zh, _ in told], "en": [en for _, en in told]}
    if rule.advice:
        sentences["zh"].append(f"应对：{rule.advice['zh']}")
        sentences["en"].append(f"What to do: {rule.advice['en']}")
    if rule.advice_at_home:
        sentences["zh"].append(f"对住户本人说：{rule.advice_at_home['zh']}")
        sentences["en"].append(f"Who lives there is told: {rule.advice_at_home['en']}")
    if rule.why:
        why = {language: " ".join(text.split()) for language, text in rule.why.items()}
        other_zh, other_en = _OTHERS if varied else ("数值依据", "Why these numbers")
        sentences["zh"].append(f"{other_zh}：{why['zh']}" if "zh" in why else f"{other_zh}（原文）：{why['en']}")
        sentences["en"].append(f"{other_en}: {why['en']}")
    return sentences


def _fires(rule: Rule) -> list[Clause]:
    plain = not (rule.when.seconds or rule.when.hold)  # else the times belong to all of it, the guard included
    guarded = rule.when.inner if plain and isinstance(rule.when.inner, Guarded) else None
    zh, en = clause(guarded.inner if guarded else rule.when)
    severity = SEVERITIES[rule.severity]
    fires = (f"触发条件：{zh}。", f"It fires when {en}.")
    told = [_head(rule, severity["zh"], severity["en"]), *_devices(rule), fires]
    if guarded is not None:
        zh, en = clause(guarded.guard)
        told.append((f"只在{' ' * zh[0].isdigit()}{zh}时有效。", f"It counts only {en}."))
    return told


def _optional(rule: Rule) -> list[Clause]:
    if not rule.optional:
        return []
    others = joined(list(rule.beside), "or") if rule.beside else ""
    zh, en = (f"，或与 {'、'.join(rule.beside)} 一同生效", f", or {others}") if others else ("", "")
    return [(f"默认不启用，站点文件点名后才生效{zh}。", f"It is off unless the site names it{en}.")]


def _head(rule: Rule, severity_zh: str, severity_en: str) -> Clause:
    alone = rule.per == "device"
    zh, en = ("每台设备单独判断", "at each device") if alone else ("每户判断一次", f"once for a {rule.per}")
    if rule.severity == "emergency":
        severity_zh, severity_en = f"{severity_zh}（事关生命）", f"{severity_en} (life is at stake)"
    told = f'"{rule.title["en"]}" is of severity {severity_en}, raised {en}.'
    return f"“{rule.title['zh']}”，级别：{severity_zh}，{zh}。", told


def _devices(rule: Rule) -> list[Clause]:
    told = []
    for names, zh, en in (
        (rule.picked.only, "只看这些设备", "It looks at these devices alone"),
        (rule.picked.without, "不看这些设备", "It does not look at these devices"),
    ):
        if names:
            any_zh, any_en = ("（* 代表任意字符）", " (* stands for any signs)") if "*" in "".join(names) else ("", "")
            told.append((f"{zh}：{'、'.join(names)}{any_zh}。", f"{en}: {', '.join(names)}{any_en}."))
    return told


def _ends(rule: Rule) -> list[Clause]:
    if rule.momentary:
        return [("它一直保持，直到有人复位。", "It stays until a person resets it.")]
    zh, en = "条件不再成立时", "as soon as that is no longer so"
    if rule.clear is not None:
        zh, en = clause(rule.clear)
        zh, en = f"{zh}{' ' * zh[-1].isdigit()}{'后' if rule.clear.seconds else '时'}", f"when {en}"
    if rule.latch:
        over = f"It is over {en}, yet the alarm stays until a person resets it."
        return [(f"{zh}危险解除，但告警保持，直到有人复位。", over)]
    return [(f"{zh}自动结束。", f"It ends by itself {en}.")]


def _does(rule: Rule) -> list[Clause]:
    told = []
    if rule.act:
        zh, en = "、".join(ACTS[act]["zh"] for act in rule.act), joined([ACTS[act]["en"] for act in rule.act])
        told.append((f"触发期间{zh}。", f"While it fires it {en}."))
    if not rule.ladder:
        en = "Nobody is told: it stands on the board and goes to the platform."
        told.append(("不通知任何人，只显示在看板上并上报平台。", en))
    else:
        words = LADDERS.get(rule.ladder, {"zh": rule.ladder, "en": rule.ladder})
        first_zh, first_en = ("先", "At first people") if rule.worse and rule.worse.ladder else ("", "People")
        en = f'{first_en} are told by the ladder "{words["en"]}".'
        told.append((f"{first_zh}按“{words['zh']}”流程通知相关的人。", en))
    if rule.worse:
        zh, en = (SEVERITIES[rule.worse.severity][language] for language in ("zh", "en"))
        words = LADDERS.get(rule.worse.ladder, {"zh": rule.worse.ladder, "en": rule.worse.ladder})
        then = (f"，并按“{words['zh']}”流程通知", f', and people are told by the ladder "{words["en"]}"')
        then_zh, then_en = then if rule.worse.ladder else ("", "")
        still = f"If there is still no change by then, it becomes {en}{then_en}."
        told.append((f"到时仍是如此则升级为：{zh}{then_zh}。", still))
    return told
