"""What a timeline says, in English and in Chinese (zh-CN): all of it in this one table."""

from collections.abc import Mapping

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
    "anew": {"en": "the ladder begins anew ({why})", "zh": "通知流程重新开始（{why}）"},
    "listed": {"en": "on the list of the day of {to}", "zh": "列入 {to} 的当日清单"},
    "listed-nobody": {"en": "on the list of the day, which is nobody's", "zh": "列入当日清单，但无人接收"},
    "silent": {"en": "{to} can't be reached ({what})", "zh": "无法联系 {to}（{what}）"},
    "silenced": {"en": "silenced: nobody is told", "zh": "已静默，不通知任何人"},
    "no-test": {"en": "no test, but real ({why})", "zh": "不是测试，按真实报警处理（{why}）"},
}
"""What happened."""

TERMS: Mapping[str, str] = {
    "page": "报警", "question": "询问", "follow-up": "后续", "reminder": "提醒", "test": "测试", "digest": "清单",
    "firing": "报警", "cleared": "起因已消除", "resolved": "已结束", "pending": "待定",
    "first": "首次", "worse": "加重", "still": "持续", "reset": "复位", "sensor-lost": "传感器失联",
    "rule-removed": "规则已删除", "also": "又有迹象", "called-again": "再次呼叫",
    "resident": "住户", "carer": "照护人", "neighbour": "邻居", "property": "物业", "installer": "安装人员",
    "duty": "值班台",
    "acknowledge": "受理", "fine": "一切正常", "cancelled": "本人取消", "door": "开关门", "called": "按键呼叫",
    "hush": "消音", "silence": "静默", "confirm": "同意静默", "unsilence": "解除静默", "assign": "指派", "note": "备注",
    "visit": "上门", "walk-test": "步行测试", "home-reset": "清除住户数据", "open-valve": "开阀", "mode": "状态",
    "real": "真实", "false": "误报", "true": "是",
    "unconfirmed": "未确认", "failed": "失败", "refused": "拒绝",
    "siren": "警号", "strobe": "闪灯", "close-gas-valve": "关燃气阀", "close-water-valve": "关水阀",
    "release-doors": "打开门锁",
    "the walk-test is over": "步行测试已结束", "it burns on": "报警持续", "pressed again and again": "连续按键",
}  # fmt: skip
"""Words of the record in Chinese; in English they stand as they are."""


WORDED = frozenset({"what", "role", "state", "reason", "verb", "found", "why"})
"""Values that are words of the record."""


def say(key: str, /, **values: object) -> Both:
    """The sentence ``key`` in each language; the record's own words are said in that language, names aren't."""
    chinese = {name: TERMS.get(str(value), value) if name in WORDED else value for name, value in values.items()}
    return {
        "en": SENTENCES[key]["en"].format(**values).strip(),
        "zh": SENTENCES[key]["zh"].format(**chinese).strip(),
    }


def both(words: list[str]) -> Both:
    """A list of words of the record."""
    return {"en": ", ".join(words), "zh": "、".join(TERMS.get(word, word) for word in words)}
