"""Refusals of a gateway in the reader's language. What it answers is English, for scripts and platforms to compare."""

import re
from collections.abc import Mapping

from gateway.words import Language

CHINESE: Mapping[str, str] = {
    "{0} was not put into mode away: somebody was heard there after the visit": "{0} 未设为外出：上门之后那里又有动静",
    "{0} was not put into mode away: somebody put it into another one": "{0} 未设为外出：已有人设定为其他状态",
    "an act is a JSON object": "操作须是 JSON 对象",
    "a call is a JSON object": "请求须是 JSON 对象",
    "not JSON: {0}": "不是 JSON：{0}",
    "act_id and actor are needed": "缺少 act_id 和 actor",
    "verb is one of {0}": "verb 须为以下之一：{0}",
    "role is one of {0}": "role 须为以下之一：{0}",
    "found is one of {0}": "found 须为以下之一：{0}",
    "mode is one of {0}": "mode 须为以下之一：{0}",
    "call is one of {0}": "call 须为以下之一：{0}",
    "{0} is a text of at most {1} characters": "{0} 须为不超过 {1} 个字符的文本",
    "{0} holds half a character": "{0} 含有不完整的字符",
    "seconds is a number from 0 to {0}": "seconds 须为 0 到 {0} 的数",
    "{0} is a number of seconds": "{0} 须为秒数",
    "armed is true or false": "armed 须为 true 或 false",
    "a home is armed in mode {0}": "仅在以下状态可布防：{0}",
    "{0} lasts {1} h at the most, and never until the past": "{0} 最长 {1} 小时，且不能早于现在",
    "nobody set the gateway's clock: say seconds in place of until": "网关时钟未校准：请用 seconds 代替 until",
    "{0} needs {1}": "{0} 缺少 {1}",
    "{0} ({1}) may not {2}; allowed: {3}": "{0}（{1}）无权执行“{2}”；允许：{3}",
    "no such home": "没有这个住户",
    "there is no home {0}": "没有住户 {0}",
    "{0} is not of {1}": "{0} 不属于 {1}",
    "no such rule": "没有这条规则",
    "no such device": "没有这台设备",
    "no such person": "没有这个人",
    "no such open alert": "没有这个未结束的告警",
    "there is no alert {0}": "没有告警 {0}",
    "{0} may be each of {1}": "{0} 可能是其中任何一个：{1}",
    "it is over already": "已经结束",
    "it has not begun to fire": "尚未触发",
    "its condition is still true by its sensor's last word; replace a burnt one, or take it from site.toml":
        "起因仍未消除（以传感器最后的报告为准）；传感器若已损毁，请更换，或从 site.toml 中删去",
    "its condition is not over yet": "起因尚未消除",
    "too many wrong codes came this way; wait a minute, or name the alert instead":
        "错误的应答码过多：请等一分钟，或直接写明告警",
    "no message has this code": "没有带此应答码的消息",
    "this code was given to somebody else": "此应答码属于他人",
    "this code is not about this silence: there is no such one": "此应答码与该静默无关：没有这个静默",
    "{0} was sent {1} test messages within the last minute": "一分钟内已向 {0} 发送 {1} 条测试消息",
    "only somebody who is there may open a gas valve": "只有在现场的人才能打开燃气阀",
    "this home has no gas valve that the gateway could open: [outputs] names none":
        "该户没有网关可打开的燃气阀：[outputs] 中未列出",
    "an alert keeps this valve shut; reset it first": "有告警使该阀保持关闭：请先复位",
    "there are {0} silences already; end one first": "已有 {0} 个静默：请先解除一个",
    "{0} silences wait for a second person already; let one of them be confirmed, or end it":
        "已有 {0} 个静默在等第二人同意：请先确认或解除一个",
    "there is no such silence": "没有这个静默",
    "a silence has an end: seconds is greater than 0": "静默必须有期限：seconds 须大于 0",
    "life-safety may be silenced for {0} seconds at the most": "生命安全报警最长静默 {0} 秒",
    "this silence waits for nobody": "该静默无需等待同意",
    "who confirms must be proven: by the code of their message, or by a login of their own":
        "同意者须证明身份：用本人消息中的应答码，或本人的登录名",
    "a second person must confirm it": "须由第二个人同意",
    "since is the n of the last answer": "since 须为上次应答的 n",
    "seconds is how long to wait, 0 or more": "seconds 须为等待的秒数，0 或更大",
    "this gateway was not started from a file": "该网关不是由文件启动的",
    "{0} has no business with what all homes say, the lines and the radio": "{0} 无权查看所有住户、线路和无线的数据",
    "not written within {0} s; look what stands before you try again": "{0} 秒内未写入：重试前请先查看现状",
    "{0}: no gateway answers there; is `anju run` up?": "{0}：没有网关应答；`anju run` 在运行吗？",
    "{0}: you may not ask this gateway; its user and the group of [control] may":
        "{0}：您无权访问该网关；其运行用户和 [control] 所列用户组可以",
    "{0}: the gateway does not answer within {1} s": "{0}：网关 {1} 秒内没有应答",
    "{0}: what answers there is no gateway": "{0}：应答的不是网关",
    "{0}: what answers there is no gateway: {1}": "{0}：应答的不是网关：{1}",
    "{0} is no site file: {1}": "{0} 不是站点文件：{1}",
}  # fmt: skip
"""What a gateway says -> the same in Chinese; numbers in braces stand for what is put in."""

TERMS: Mapping[str, str] = {
    "page": "报警", "question": "询问", "follow-up": "后续", "reminder": "提醒", "test": "测试", "digest": "清单",
    "firing": "报警", "cleared": "已探测不到", "resolved": "已结束", "pending": "待定",
    "first": "首次", "worse": "加重", "still": "持续", "reset": "复位", "sensor-lost": "传感器失联",
    "rule-removed": "规则已删除", "also": "又有迹象", "called-again": "再次呼叫", "moved": "地点更正",
    "resident": "住户", "carer": "照护人", "neighbour": "邻居", "property": "物业", "installer": "安装人员",
    "duty": "值班台",
    "acknowledge": "受理", "fine": "一切正常", "cancelled": "本人取消", "door": "开关门", "called": "按键呼叫",
    "hush": "消音", "silence": "静默", "confirm": "同意静默", "unsilence": "解除静默", "assign": "指派", "note": "备注",
    "visit": "上门", "walk-test": "步行测试", "home-reset": "清除住户数据", "open-valve": "开阀", "mode": "设置状态",
    "real": "属实", "false": "误报", "away": "外出", "true": "是",
    "unconfirmed": "未确认", "failed": "失败", "refused": "拒绝",
    "siren": "警号", "strobe": "闪灯", "close-gas-valve": "关燃气阀", "close-water-valve": "关水阀",
    "release-doors": "打开门锁",
    "the walk-test is over": "步行测试已结束", "it burns on": "报警持续", "pressed again and again": "连续按键",
}  # fmt: skip
"""Words of acts and of the record in Chinese; in English they stand as they are."""

WORDS: Mapping[str, str] = {
    "everybody": "所有人",
    "not in the same role in all homes that this is about": "各户角色不同",
}
"""What is put in and is no name."""


def translated(why: str, language: Language) -> str:
    """A refusal, or a word of the record, in the reader's language; what isn't known stays as it is."""
    if language == "en":
        return why
    if why in TERMS:
        return TERMS[why]
    for pattern, chinese in _PATTERNS:
        if (found := pattern.fullmatch(why)) is not None:
            return chinese.format(*map(_put_in, found.groups()))
    return why


def _put_in(text: str) -> str:
    """A list of words of the record is said in words; names stay."""
    words = text.split(", ")
    if all(word in TERMS for word in words):
        return "、".join(TERMS[word] for word in words)
    return WORDS.get(text, text)


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.+)".join(map(re.escape, re.split(r"\{\d\}", english))), re.DOTALL)


_PATTERNS = [(_pattern(english), chinese) for english, chinese in CHINESE.items()]
