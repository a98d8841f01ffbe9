"""What a timeline says, in English and in Chinese (zh-CN): all of it in this one table."""

from collections.abc import Mapping

from gateway.refusals import TERMS, translated
from gateway.words import Language

Both = Mapping[Language, str]

STAGES: Mapping[str, Both] = {
    "sensed": {"en": "sensed", "zh": "感知"},
    "decided": {"en": "decided", "zh": "判定"},
    "acted": {"en": "acted", "zh": "执行"},
    "told": {"en": "told", "zh": "通知"},
    "handed": {"en": "handed", "zh": "转交"},
    "delivered": {"en": "delivered", "zh": "送达"},
    "seen": {"en": "seen", "zh": "已读"},
    "failed": {"en": "failed", "zh": "失败"},
    "refused": {"en": "refused", "zh": "拒绝"},
    "accepted": {"en": "accepted", "zh": "平台已收"},
    "answered": {"en": "answered", "zh": "应答"},
    "visited": {"en": "visited", "zh": "上门"},
}
"""What a moment is."""

SENTENCES: Mapping[str, Both] = {
    "sensed": {"en": "{device} {point} = {value}", "zh": "{device} {point} = {value}"},
    "alert": {"en": "{rule} {where} {state} ({reason})", "zh": "{rule} {where} {state}（{reason}）"},
    "told": {"en": "{to} by {channel} ({what})", "zh": "{to}，经 {channel}（{what}）"},
    "way": {"en": "{to} by {channel}", "zh": "{to}，经 {channel}"},
    "way-why": {"en": "{to} by {channel}: {why}", "zh": "{to}，经 {channel}：{why}"},
    "answered": {"en": "{actor} ({role}) by {via}: {what}", "zh": "{actor}（{role}），经 {via}：{what}"},
    "accepted": {"en": "{message} by {by}", "zh": "{message}，由 {by}"},
    "refused": {"en": "{verb} of {actor} by {via}: {why}", "zh": "{actor} 的{verb}，经 {via}：{why}"},
    "visited": {"en": "{actor} by {via}: {found} {text}", "zh": "{actor}，经 {via}：{found} {text}"},
    "act": {"en": "{verb}, {actor} by {via} {text}", "zh": "{verb}，{actor}，经 {via} {text}"},
    "begun": {"en": "an incident begins: {cause} {home}", "zh": "事件开始：{cause} {home}"},
    "joined": {"en": "part of an open incident", "zh": "并入已有事件"},
    "merged": {"en": "one thing in {homes} homes {building}", "zh": "{building} {homes} 户同一事件"},
    "over": {"en": "the incident is over ({reason})", "zh": "事件结束（{reason}）"},
    "step": {"en": "step {step} of round {round}: {to}", "zh": "第 {round} 轮，{step}：{to}"},
    "step-nobody": {
        "en": "step {step} of round {round}: there is nobody to tell",
        "zh": "第 {round} 轮，{step}：没有可通知的人",
    },
    "skipped": {"en": "step {step} of round {round} is not for now", "zh": "第 {round} 轮，{step}：此时不适用"},
    "ended": {"en": "the ladder has come to its end", "zh": "通知流程已走完"},
    "moved": {"en": "it is in {home} from now on", "zh": "从现在起位于{home}"},
    "anew": {"en": "the ladder begins anew ({why})", "zh": "通知流程重新开始（{why}）"},
    "listed": {"en": "on the list of the day of {to}", "zh": "列入 {to} 的当日清单"},
    "listed-nobody": {"en": "on the list of the day, which is nobody's", "zh": "列入当日清单，但无人接收"},
    "silent": {"en": "{to} can't be reached ({what})", "zh": "无法联系 {to}（{what}）"},
    "silenced": {"en": "silenced: nobody is told", "zh": "已静默，不通知任何人"},
    "no-test": {"en": "no test, but real ({why})", "zh": "不是测试，按真实报警处理（{why}）"},
}
"""What happened."""

WORDED = frozenset({"what", "role", "state", "reason", "verb", "found", "why"})
"""Values that are words of the record."""


def say(key: str, /, **values: object) -> Both:
    """The sentence ``key`` in each language; the record's own words are said in that language, names aren't."""
    chinese = {name: translated(str(value), "zh") if name in WORDED else value for name, value in values.items()}
    return {
        "en": SENTENCES[key]["en"].format(**values).strip(),
        "zh": SENTENCES[key]["zh"].format(**chinese).strip(),
    }


def both(words: list[str]) -> Both:
    """A list of words of the record."""
    return {"en": ", ".join(words), "zh": "、".join(TERMS.get(word, word) for word in words)}
