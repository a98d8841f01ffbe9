"""Words that nobody knows and the nearest known ones, letters that only look right, and signs that nobody sees."""

import difflib
import unicodedata
from collections.abc import Iterable

from rules.nouns import BUTTONS, DAYS, MODES, NOUNS, SEVERITIES
from rules.sentence import Sentence

_MANY = 40
"""Words that somebody still reads through."""
_MEANT = "\n\t\u200c\u200d"
"""Such signs that a text may need: of several lines, of Persian, of an emoji made of several."""


_ELSEWHERE = {
    "expr": "when", "trigger": "when", "triggers": "when", "condition": "when", "conditions": "when",
    "keep_firing_for": "hold", "annotations": "advice", "message": "advice", "description": "why", "summary": "title",
    "alias": "title", "name": "title", "priority": "severity", "labels": "severity",
    "critical": "emergency", "page": "emergency", "high": "urgent", "error": "urgent", "medium": "warning",
    "low": "notice", "info": "notice", "none": "notice",
    "greater_than": "above", "gt": "above", "threshold": "above", "less_than": "below", "lt": "below",
    "between": "inside",
    "state": "is", "equals": "is", "eq": "is", "to": "is", "value": "is", "or": "any", "and": "all", "unless": "not",
    "count": "times", "duration": "for", "window": "within", "sensor": "quantity", "type": "quantity",
    "entity_id": "devices", "device_id": "devices", "device": "devices", "action": "act", "actions": "act",
    "time": "hours", "weekday": "days", "weekend": "free", "weekdays": "workday", "month": "dates",
    "months": "dates", "season": "dates", "date": "dates", "exclude": "except_devices",
    "vacation": "away", "sleep": "night", "armed_away": "away", "armed_night": "night",
}  # fmt: skip
"""What Prometheus and Home Assistant call it -> our word."""
_CHINESE = {
    **{words["zh"]: name for table in (SEVERITIES, MODES, DAYS, BUTTONS) for name, words in table.items()},
    **{noun.zh: name for name, noun in NOUNS.items() if name not in ("gas_m3", "button")},
    "烟雾": "smoke", "燃气": "gas_alarm", "一氧化碳": "co_ppm", "水浸": "flood", "门磁": "door_open", "门": "door_open",
    "窗": "window_open", "人体": "motion", "红外": "motion", "按钮": "button", "用水": "water_m3", "用电": "energy_kwh",
    "物业": "property", "住户": "resident", "邻居": "neighbour", "家属": "carer", "照护人": "carer",
    "安装人员": "installer", "值班": "duty", "警告": "warning", "离家": "away", "周末": "free",
    "标题": "title", "级别": "severity", "条件": "when", "建议": "advice", "原因": "why", "持续": "for",
    "高于": "above", "低于": "below", "设备": "devices", "时间": "hours",
    "日期": "dates", "月份": "dates", "季节": "dates", "状态": "mode",
    "通知": "ladder", "动作": "act",
}  # fmt: skip
"""What somebody writes who knows what the words say in Chinese -> our word."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy for a word that isn't known: the nearest one, what other systems mean by it, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, 1)
    meant = _ELSEWHERE.get(word) or _CHINESE.get(word)
    if meant in names:
        return Sentence('did you mean "{meant}"?', meant=meant)
    if close:
        foreign = _foreign(word) if close[0].isascii() else ()
        if foreign:
            return Sentence('did you mean "{meant}"? ({foreign})', meant=close[0], foreign=foreign)
        return Sentence('did you mean "{meant}"?', meant=close[0])
    if len(names) > _MANY:
        some = difflib.get_close_matches(word, names, 8, 0.0)
        return Sentence("known here, among {number}: {some}", number=len(names), some=some)
    return Sentence("known here: {known}", known=names) if names else Sentence("nothing is known here: remove it")


def _foreign(word: str) -> list[str]:
    """Of an English word, the letters that look like Latin ones and aren't, each with its name."""
    signs = [sign for sign in dict.fromkeys(word) if not sign.isascii()]
    named = [(sign, unicodedata.name(sign, f"U+{ord(sign):04X}")) for sign in signs[:3]]
    return [Sentence('"{sign}" is {name}', sign=sign, name=name) for sign, name in named]


def unseen(text: str) -> str:
    """The first sign of a text that shows nothing, or turns the order of the others round: "U+202E"; "" for none."""
    for sign in text:
        if sign not in _MEANT and unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp"):
            return f"U+{ord(sign):04X}"
    return ""
