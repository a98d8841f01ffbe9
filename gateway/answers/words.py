"""What the answer page says, in English and in Chinese (zh-CN): all of it in this one table."""

from collections.abc import Mapping

from gateway.words import Language

WORDS: Mapping[str, Mapping[Language, str]] = {
    "heading": {"en": "Answer an alarm", "zh": "应答报警"},
    "ask": {
        "en": "Type in the answer code of your message. Nothing happens before you press a button on the next page.",
        "zh": "请输入消息中的应答码。在下一页按下按钮之前，不会执行任何操作。",
    },
    "code": {"en": "Answer code", "zh": "应答码"},
    "code-hint": {"en": "four digits, for example 4711", "zh": "四位数字，例如 4711"},
    "look": {"en": "Show the alarm", "zh": "查看报警"},
    "wrong": {
        "en": "Error: no open alarm has this code. Look at your message again; the newest one counts.",
        "zh": "错误：没有与此应答码对应的未结束报警。请核对最新消息中的应答码。",
    },
    "slow": {
        "en": "Error: too many wrong codes. Wait a minute, then try again.",
        "zh": "错误：输错次数过多，请一分钟后再试。",
    },
    "old-link": {
        "en": "Error: this link is no longer good. Type in the code of your newest message.",
        "zh": "错误：此链接已失效，请输入最新消息中的应答码。",
    },
    "what": {"en": "What happened", "zh": "发生了什么"},
    "where": {"en": "Where", "zh": "地点"},
    "since": {"en": "Since", "zh": "时间"},
    "do": {"en": "What to do", "zh": "请这样做"},
    "answered": {"en": "{who} has answered already.", "zh": "{who} 已应答。"},
    "nobody": {"en": "Nobody has answered yet.", "zh": "尚无人应答。"},
    "do-acknowledge": {"en": "I see to it", "zh": "我来处理"},
    "do-fine": {"en": "All is well", "zh": "一切正常"},
    "done-acknowledge": {
        "en": "Thank you. The others are told that you see to it.",
        "zh": "谢谢。已告知其他人由您处理。",
    },
    "done-noted": {
        "en": "Thank you. It is recorded; the others are called all the same.",
        "zh": "谢谢。已记录；仍会继续通知其他人。",
    },
    "done-fine": {"en": "Thank you. It is recorded that all is well.", "zh": "谢谢。已记录：一切正常。"},
    "silence": {"en": "Alarms are to be silenced", "zh": "申请静默报警"},
    "silence-advice": {
        "en": "For {minutes} minutes nobody would be called. Agree only if you know who asks, and somebody watches.",
        "zh": "{minutes} 分钟内将不会通知任何人。仅在您认识申请人且有人看守时确认。",
    },
    "do-confirm": {"en": "I agree: silence them", "zh": "我同意静默"},
    "done-confirm": {"en": "Thank you. It is recorded that you agree.", "zh": "谢谢。已记录您同意。"},
    "refused": {"en": "Error: it was not done: {why}", "zh": "错误：未执行：{why}"},
    "again": {"en": "Answer another alarm", "zh": "应答其他报警"},
    "other": {"en": "中文", "zh": "English"},
}


def say(key: str, language: Language, /, **values: object) -> str:
    """The sentence ``key`` in ``language`` with ``values`` put in."""
    return WORDS[key][language].format(**values)
