"""What a month's report says, in English and in Chinese (zh-CN): all of it in this one table."""

from collections.abc import Mapping

from gateway.words import Language
from rules.nouns import SEVERITIES

WORDS: Mapping[str, Mapping[Language, str]] = {
    "of": {"en": "Report of {month}", "zh": "{month} 月报"},
    "about": {
        "en": "Site {site}, gateway {gateway}, as of {at}",
        "zh": "小区 {site}，网关 {gateway}，截至 {at}",
    },
    "home": {"en": "home", "zh": "住户"},
    "all": {"en": "all homes", "zh": "合计"},
    **{f"alerts_{name}": {"en": word["en"], "zh": word["zh"]} for name, word in SEVERITIES.items()},
    "answered": {"en": "answered", "zh": "已应答"},
    "answer_s": {"en": "median time to the answer", "zh": "应答时间中位数"},
    "visits": {"en": "visits", "zh": "上门"},
    "visits_false": {"en": "of these for nothing", "zh": "其中误报"},
    "covered": {"en": "protected", "zh": "受保护时间"},
    "batteries": {"en": "batteries due", "zh": "待换电池"},
    "sums": {
        "en": "{homes} homes, protected {covered} of the time. {alarms} emergency and urgent alerts, {visits} visits,"
        " {false} of them for nothing.",
        "zh": "共 {homes} 户，受保护时间 {covered}。紧急和重要告警 {alarms} 次，"
        "上门 {visits} 次，其中误报 {false} 次。",
    },
    "building": {
        "en": "{building}: {homes} homes, protected {covered} of the time, {alarms} emergency and urgent alerts,"
        " {visits} visits",
        "zh": "{building}：{homes} 户，受保护时间 {covered}，紧急和重要告警 {alarms} 次，上门 {visits} 次",
    },
    "unnamed": {"en": "other homes", "zh": "其他住户"},
    "wide": {
        "en": "{at}  {what}: {homes} homes of {building} at once",
        "zh": "{at}  {what}：{building} {homes} 户同时发生",
    },
    "alarms": {"en": "Emergency and urgent alerts", "zh": "紧急和重要告警"},
    "none": {"en": "none", "zh": "无"},
    "bare": {"en": "When homes were not protected", "zh": "未受保护的时间"},
    "changes": {"en": "Batteries to be changed", "zh": "需更换的电池"},
    "quiet": {"en": "Nothing happened in: {homes}", "zh": "以下住户本月无事件：{homes}"},
    "when": {"en": "when", "zh": "时间"},
    "what": {"en": "what", "zh": "事件"},
    "where": {"en": "where", "zh": "位置"},
    "answer": {"en": "answered after", "zh": "应答用时"},
    "found": {"en": "found", "zh": "上门结果"},
    "why": {"en": "why", "zh": "原因"},
    "hours": {"en": "hours", "zh": "小时"},
    "by": {"en": "by", "zh": "最迟"},
    "gateway": {
        "en": "The gateway started {starts} times and did not listen for {off} hours{unknown}.",
        "zh": "网关启动 {starts} 次，未监听 {off} 小时{unknown}。",
    },
    "unknown": {
        "en": "; after {count} of these starts nobody knows for how long it was off",
        "zh": "；其中 {count} 次启动前的停机时长无法确定",
    },
    "means": {
        "en": "Protected: each sensor of the home was heard in its time and sound, sirens and valves followed, nothing"
        " about life was silenced, no walk-test ran, and the gateway was on. A sensor that fell silent counts from when"
        " it was heard last. Causes may overlap.",
        "zh": "受保护：该户每个传感器按时在线且正常，警号和阀门可动作，没有静默生命安全报警，没有步行测试，"
        "网关在运行。传感器失联的时间从最后一次收到数据算起。各原因的时间可能重叠。",
    },
    "page": {"en": "Printed from the gateway's sealed record.", "zh": "根据网关的防篡改记录生成。"},
    "found-real": {"en": "real", "zh": "属实"},
    "found-false": {"en": "false alarm", "zh": "误报"},
    "found-test": {"en": "test", "zh": "测试"},
    "found-away": {"en": "away", "zh": "外出"},
    "cause-gateway-off": {"en": "Gateway off", "zh": "网关停机"},
    "cause-no-device": {"en": "No sensor", "zh": "没有传感器"},
    "cause-silenced": {"en": "Silenced", "zh": "已静默"},
    "cause-walk-test": {"en": "Walk-test", "zh": "步行测试"},
    "minutes": {"en": "{minutes:.1f} min", "zh": "{minutes:.1f} 分钟"},
    "itself": {"en": "the gateway", "zh": "网关"},
}


def say(key: str, language: Language, /, **values: object) -> str:
    """The sentence ``key`` in ``language`` with ``values`` put in."""
    return WORDS[key][language].format(**values)
