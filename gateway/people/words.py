"""What a message says to a person, in English and in Chinese (zh-CN): all of it in this one table."""

from collections.abc import Mapping

from gateway.words import Language

WORDS: Mapping[str, Mapping[Language, str]] = {
    "subject": {"en": "{severity}: {title} – {place}", "zh": "{severity}：{title}——{place}"},
    "late": {"en": "from {at}, sent late", "zh": "{at} 的消息，延迟发送"},
    "what": {"en": "{title} in {place}, since {since}.", "zh": "{place}：{title}，自 {since}。"},
    "what-cleared": {
        "en": "{title} in {place}, since {since}. It isn't sensed any more; that doesn't mean that it is safe.",
        "zh": "{place}：{title}，自 {since}。现已探测不到，但不代表安全。",
    },
    "clock": {"en": "The gateway's clock was not set: times may be wrong.", "zh": "网关时钟未校准，时间可能不准。"},
    "do": {"en": "What to do there: {advice}", "zh": "现场请这样做：{advice}"},
    "beside": {"en": "Also in this home: {what}.", "zh": "同一住户还有：{what}。"},
    "building": {"en": "{building}: ", "zh": "{building}："},
    "many-homes": {"en": "{homes} homes", "zh": "{homes} 户"},
    "told": {"en": "Also told: {who}.", "zh": "同时已通知：{who}。"},
    "again": {"en": "Nobody has answered yet; this is call {round}.", "zh": "尚无人应答，这是第 {round} 次通知。"},
    "code": {"en": "Your answer code: {code}.", "zh": "应答码：{code}。"},
    "by-page": {
        "en": "Answer in the home's own network at {page} with this code.",
        "zh": "在家中网络打开 {page} 并输入应答码。",
    },
    "by-consent": {
        "en": "Whoever says this code agrees to it in your name: tell nobody unless you do.",
        "zh": "说出此码即代表您同意；若不同意，请勿告诉任何人。",
    },
    "by-link": {"en": "Answer here: {link}", "zh": "点此应答：{link}"},
    "by-desk": {"en": "Or tell the duty desk the code.", "zh": "也可告知值班台应答码。"},
    "by-button": {
        "en": "Or tell the duty desk the code. In the home hold a button down if all is well; a short press is a call.",
        "zh": "也可告知值班台应答码。家中平安请长按任一按钮；按一下则为呼救。",
    },
    "question": {
        "en": "{title} in {place}, since {since}. Is everything all right?",
        "zh": "{place}：{title}，自 {since}。一切还好吗？",
    },
    "answered-subject": {"en": "Answered", "zh": "已应答"},
    "fine-subject": {"en": "All well", "zh": "平安"},
    "cancelled-subject": {"en": "Taken back", "zh": "已取消"},
    "resolved-subject": {"en": "Over", "zh": "已解除"},
    "visited-subject": {"en": "Visited", "zh": "已到场"},
    "test-subject": {"en": "Test message of the gateway {gateway}", "zh": "网关 {gateway} 测试消息"},
    "test": {
        "en": "This is a test. Nothing has happened. An alarm will reach you in this way.",
        "zh": "这是测试消息，没有发生任何事情。报警时您将以此方式收到通知。",
    },
    "reminder-subject": {"en": "A silence of alarms", "zh": "报警静默"},
    "walk-test-subject": {"en": "Alarms are being tested", "zh": "正在测试报警"},
    "digest-subject": {"en": "To do: {count}", "zh": "待办 {count} 项"},
    "alarms-subject": {
        "en": "{severity}: {title} – {place}, and {more} more",
        "zh": "{severity}：{title}——{place}，另有 {more} 项",
    },
    "alarms": {"en": "Open alarms and troubles:", "zh": "未解决的报警和故障："},
    "digest": {"en": "Open troubles:", "zh": "未解决的故障："},
    "item": {"en": "- {title} – {place}, since {since}", "zh": "- {title}——{place}，自 {since}"},
    "more": {"en": "… and {count} more.", "zh": "……另有 {count} 项。"},
    "answered": {"en": "{who} has answered and sees to it.", "zh": "{who} 已应答并正在处理。"},
    "fine": {"en": "{who} says that all is well.", "zh": "{who} 表示一切正常。"},
    "cancelled": {"en": "The call for help was taken back at once by its own button.", "zh": "呼救已由本人按键取消。"},
    "called-again": {"en": "Help was called for again.", "zh": "再次呼救。"},
    "also": {"en": "Now also: {text}.", "zh": "现在还有：{text}。"},
    "also-again": {"en": "It was sensed again.", "zh": "再次探测到。"},
    "moved": {
        "en": "It is not in {text} but in {place}: the place that was told before is wrong.",
        "zh": "地点更正：不在{text}，而在{place}。此前通知的地点有误。",
    },
    "worse": {"en": "It has become worse.", "zh": "情况加重。"},
    "cleared": {
        "en": "It isn't sensed any more. That doesn't mean that it is safe: somebody has to check, then reset it.",
        "zh": "现已探测不到，但不代表安全：需有人确认安全后复位。",
    },
    "resolved": {"en": "It is over.", "zh": "已解除。"},
    "visited": {"en": "{who} was there. Found: {text}.", "zh": "{who} 已到场，结果：{text}。"},
    "found-real": {"en": "real", "zh": "属实"},
    "found-false": {"en": "a false alarm", "zh": "误报"},
    "found-test": {"en": "a test", "zh": "测试"},
    "found-away": {"en": "nobody, they are away", "zh": "无人在家，已外出"},
    "nobody": {"en": "Nobody has answered. Please act.", "zh": "无人应答，请立即处理。"},
    "assigned": {"en": "{who} asks you to see to this.", "zh": "{who} 请您处理。"},
    "silence-asked": {
        "en": "{who} asks for alarms about life to be silenced ({text}): of smoke, gas or CO there nobody would hear."
        " Calls for help by button still reach everybody. Two persons must agree.",
        "zh": "{who} 申请静默生命安全报警（{text}）：期间该处的烟雾、燃气、一氧化碳报警不会通知任何人，"
        "按钮求助仍会通知所有人。需两人同意。",
    },
    "silence-asked-calls": {
        "en": "{who} asks for calls for help to be silenced ({text}): whoever presses the button there would reach"
        " nobody. Two persons must agree.",
        "zh": "{who} 申请静默求助呼叫（{text}）：期间在该处按求助按钮不会通知任何人。需两人同意。",
    },
    "silence-ends": {"en": "A silence ends soon ({text}).", "zh": "静默即将结束（{text}）。"},
    "walk-test": {
        "en": "{who} tests the alarms of this home, for {text} minutes at the most. They sound briefly and call nobody."
        " Who needs help presses a button three times, or calls 120 (ambulance) or 119 (fire).",
        "zh": "{who} 正在测试本户报警，最长 {text} 分钟。期间报警只短响，不通知任何人。"
        "需要帮助时请连按按钮三次，或拨打120（急救）、119（火警）。",
    },
    "walk-test-over": {
        "en": "The test of the alarms is over: alarms are real again.",
        "zh": "报警测试已结束，此后报警均为真实报警。",
    },
    "voice-moved": {
        "en": "The alarm that was told here is not in this home but in another one.",
        "zh": "刚才播报的报警不在本户，而在另一户。",
    },
    "voice-walk-test": {
        "en": "The alarms of this home are being tested. They call nobody. Who needs help presses a button three"
        " times.",
        "zh": "正在测试本户报警，期间不通知任何人。需要帮助时请连按按钮三次。",
    },
    "voice-attention": {"en": "Attention!", "zh": "请注意！"},
    "voice-question": {"en": "Are you all right?", "zh": "您还好吗？"},
    "voice-fine": {
        "en": "If you are fine, hold the button down. If you need help, press it once.",
        "zh": "如果您没事，请长按按钮；如果需要帮助，请按一下。",
    },
    "voice-told": {"en": "have been told.", "zh": "已收到通知。"},
    "voice-telling": {"en": "Help is being called.", "zh": "正在通知救助人员。"},
    "voice-test": {"en": "This is a test. Nothing has happened.", "zh": "这是测试，没有发生任何事情。"},
    "gateway": {"en": "the gateway", "zh": "网关"},
    "comma": {"en": ", ", "zh": "、"},
}


def say(key: str, language: Language, /, **values: object) -> str:
    """The sentence ``key`` in ``language`` with ``values`` put in."""
    return WORDS[key][language].format(**values)
