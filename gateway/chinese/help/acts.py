"""The help pages in Chinese: what persons do: alerts, modes, people, homes."""

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    "List the open alerts of the running gateway, the gravest first, or do something about one of them.":
        "列出运行中网关的未结束告警，最严重的在前；或处理其中一条。",
    "what is open, and who has answered": "有哪些未结束，谁已应答",
    "somebody takes it on": "有人受理",
    "ends a latched alert whose cause is over": "起因已消除的保持告警，予以复位",
    "the siren is quiet for ten minutes, all else goes on": "警号消音十分钟，其余照常",
    "somebody was there: real, false or test; also when it is over":
        "有人到过现场：real 属实，false 误报，test 测试；结束后也可记录",
    "what ended within two weeks": "两周内已结束的",
    "another person agrees to a silence of life-safety": "第二人同意静默生命安全报警",
    "ALERT is an id as the list shows it, or its beginning.": "ALERT 是列表中的编号，可只写开头几位。",
    "exit status: 0 done, 1 refused (the reason is said), 2 written wrongly, 3 no gateway answers":
        "退出码：0 已完成，1 被拒绝（说明原因），2 命令写错，3 没有网关应答",
    "those that ended within two weeks, the last one first": "两周内已结束的，最近的在前",
    "somebody takes an alert on": "受理一条告警",
    "end a latched alert whose cause is over": "复位起因已消除的保持告警",
    "write something down about an alert": "给告警写备注",
    "say who sees to an alert": "指定由谁处理告警",
    "record what a visit found": "记录上门结果",
    "quiet the siren of a home, nothing else": "让一户的警号消音，其余不变",
    "the resident is fine: ends a question": "住户安好：结束询问",
    "alarms of a home sound for 2 s and reach nobody": "测试一户：报警只响 2 秒，不通知任何人",
    "suppress alerts for a while, in advance, with a reason": "预先静默一段时间，写明原因",
    "end a silence now": "立即结束静默",
    "a person agrees to a silence of life-safety; it begins when two have": "同意静默生命安全报警；两人同意后生效",
    "Somebody takes an alert on.": "受理一条告警。",
    "who does it: a name of [people], or yours": "由谁操作：[people] 中的名称，默认为您的登录名",
    "as what, for somebody whom site.toml does not name (property)":
        "以什么身份（site.toml 未列出的人；默认 property 物业）",
    "id of an open alert, or its beginning": "未结束告警的编号，或其开头几位",
    "End a latched alert whose cause is over.": "复位起因已消除的保持告警。",
    "Write something down about an alert.": "给告警写备注。",
    "id of an alert that is open, or was within two weeks": "未结束或两周内告警的编号",
    "Say who sees to an alert.": "指定由谁处理告警。",
    "a name of [people]": "[people] 中的名称",
    "Record what a visit found.": "记录上门结果。",
    "real, false, test, or away: nobody is in": "real 属实，false 误报，test 测试，away 无人在家",
    "what it was": "情况说明",
    "away for so long: 7d; else a day": "外出多久，如 7d；默认一天",
    "Quiet the siren of a home, nothing else.": "让一户的警号消音，其余不变。",
    "a name of [homes]": "[homes] 中的名称",
    "such as 5m; 0 ends it": "如 5m；0 为结束消音",
    "The resident is fine: ends a question.": "住户安好：结束询问。",
    "Alarms of a home sound for 2 s and reach nobody.": "测试一户：报警只响 2 秒，不通知任何人。",
    "Suppress alerts for a while, in advance, with a reason.": "预先静默一段时间，写明原因。",
    "one open alert …": "一条未结束的告警……",
    "… or all of a device": "……或一台设备的全部告警",
    "… or all of a home": "……或一户的全部告警",
    "… or all of a rule; there, beside one of these": "……或一条规则的全部告警，可与前两者之一合用",
    "such as 2h": "如 2h",
    "why: it is shown beside the silence": "原因：与静默一同显示",
    "life-safety too: at most an hour, and two persons must agree, each proven: see docs/people.md":
        "也静默生命安全报警：最长一小时，须两人同意并各自证明身份，见 docs/people.md",
    "End a silence now.": "立即结束静默。",
    "its id, as `anju alerts silence` said it": "编号，`anju alerts silence` 给出",
    "A person agrees to a silence of life-safety; it begins when two have.": "同意静默生命安全报警；两人同意后生效。",
    "its id; with a login of your own": "编号；须用本人的登录名",
    "of the message that asked you: it says who you are": "请求消息中的应答码：它表明您是谁",
    "In which mode is a home: home, away, night, maintenance or hospital? Or put it into one. Rules go by it: "
    "nobody is missed at home while in hospital. Each mode but home ends by itself; away and hospital also end "
    "when a door, motion or a button shows that somebody is back, unless the home is armed.":
    "住户处于什么状态：home 在家、away 外出、night 夜间、maintenance 维护、hospital 住院；也可设置状态。规则据"
    "此判断：住院的人不会因家中没有动静而报警。除在家外，各状态到时自动结束；外出和住院在门、活动或按钮表明有人"
    "回来时也结束，已布防的除外。",
    "every home and its mode": "每户及其状态",
    "for three days": "三天",
    "for 14 days, if no other time is said": "不写时间为 14 天",
    "by the clock of the site's zone": "按站点时区的时间",
    "from 60 s later on doors, windows and motion are an alarm": "60 秒后起，门、窗、有人活动即报警",
    "somebody is there; ends and disarms all else": "有人在家；结束其他状态并撤防",
    "home, away, night, maintenance or hospital": "home 在家、away 外出、night 夜间、maintenance 维护、hospital 住院",
    "such as 3d or 90m": "如 3d 或 90m",
    'such as "2026-10-08 18:00"': '如 "2026-10-08 18:00"',
    "with away and night: intruders are an alarm": "用于 away 和 night：有人闯入即报警",
    "Test how people are reached.": "测试能否联系到人。",
    "everybody gets a test message by each of their channels": "每个人的每个联系渠道都收到一条测试消息",
    "send a test message": "发送测试消息",
    "Send a test message to a person, or to all of them: part of commissioning, and sent by itself once a "
    "month. What became of it stands in the record; somebody who cannot be reached is a trouble.":
    "向一人或所有人发送测试消息：调试时使用，之后每月自动发送一次。结果写入记录；联系不上的人列为故障。",
    "exit status: 0 sent, 1 refused (the reason is said), 2 written wrongly, 3 no gateway answers":
        "退出码：0 已发送，1 被拒绝（说明原因），2 命令写错，3 没有网关应答",
    "a name of [people] (everybody)": "[people] 中的名称（默认所有人）",
    "Forget what was learned of a home, or let gas in again.": "忘记所学的住户习惯，或重新开启燃气阀。",
    "forget what was learned of a home": "忘记所学的住户习惯",
    "let gas in again, being there": "人在现场，重新开启燃气阀",
    "Forget what was learned of a home, its modes and silences included: somebody moved, or died. Alerts that "
    "are open stay.":
    "忘记所学的住户习惯，包括状态和静默：用于住户搬走或去世。未结束的告警保留。",
    "why; it stands in the record": "原因，写入记录",
    "Open the gas valve of a home again: for somebody who is there and smells no gas. Refused while an alert "
    "keeps it shut, and for whoever asks from afar. A valve that opens by hand only is opened by hand.":
    "重新开启一户的燃气阀：仅限人在现场且没有闻到燃气味时。仍有告警要求关阀时拒绝，远程请求也拒绝。只能手动开启"
    "的阀门请手动开启。",
    "exit status: 0 the valve is told to open, 1 refused (the reason is said), 2 written wrongly, 3 no gateway "
    "answers":
    "退出码：0 已命令阀门开启，1 被拒绝（说明原因），2 命令写错，3 没有网关应答",
}  # fmt: skip
