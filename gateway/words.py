"""What the commands say to a person, in English and in Chinese (zh-CN): all of it in this one table.

Log lines stay English, like the keys of the files they speak of. What a mistake, a story or a help page says stands in
gateway/chinese and rules/chinese, by the English sentence itself.
"""

import unicodedata
from collections.abc import Mapping
from typing import Literal

from rules.nouns import SEVERITIES

Language = Literal["zh", "en"]

WORDS: Mapping[str, Mapping[Language, str]] = {
    "error": {"en": "error", "zh": "错误"},
    "warning": {"en": "warning", "zh": "警告"},
    "remedy": {"en": "remedy", "zh": "改法"},
    "mistake": {
        "en": "{file}:{line}: {severity}: {what} (remedy: {remedy})",
        "zh": "{file}:{line}: {severity}：{what}（改法：{remedy}）",
    },
    "site-sound": {
        "en": "{path}: no mistakes. Homes: {homes}, devices: {devices}, outputs: {outputs}, rules: {rules}.",
        "zh": "{path}：没有错误。住户 {homes}，设备 {devices}，输出 {outputs}，规则 {rules}。",
    },
    "taken-unasked": {
        "en": "No gateway answers at {store}. A running one takes changes by a reload (systemctl reload anju);"
        " [gateway] id and site, and [store], need a restart.",
        "zh": "{store} 处没有网关应答。运行中的网关重新加载即可（systemctl reload anju）；"
        "[gateway] 的 id、site 和 [store] 需重启。",
    },
    "taken-same": {"en": "The gateway runs with exactly this.", "zh": "网关正按此运行。"},
    "taken-added": {"en": "  new: {what}", "zh": "  新增：{what}"},
    "taken-removed": {"en": "  gone: {what}", "zh": "  删除：{what}"},
    "taken-changed": {"en": "  changed: {what}", "zh": "  更改：{what}"},
    "taken-more": {"en": "  … and {count} more", "zh": "  ……另有 {count} 项"},
    "taken-reload": {
        "en": "A reload is enough: systemctl reload anju (or SIGHUP). What didn't change goes on.",
        "zh": "重新加载即可：systemctl reload anju（或 SIGHUP），未更改的部分不受影响。",
    },
    "taken-restart": {
        "en": "This needs a restart, a reload refuses it ({why}): systemctl restart anju.",
        "zh": "需要重启，重新加载会被拒绝（{why}）：systemctl restart anju。",
    },
    "ladders-sound": {"en": "Ladders: {ladders}. No mistakes.", "zh": "通知流程 {ladders} 条，没有错误。"},
    "rules-sound": {"en": "Rules: {rules}. No mistakes.", "zh": "规则 {rules} 条，没有错误。"},
    "mistakes": {"en": "Mistakes: {errors}. Warnings: {warnings}.", "zh": "错误 {errors} 处，警告 {warnings} 处。"},
    "passed": {"en": "passed", "zh": "通过"},
    "failed": {"en": "FAILED", "zh": "未通过"},
    "stories": {"en": "Stories: {stories}. Failed: {failed}.", "zh": "用例 {stories} 个，未通过 {failed} 个。"},
    "list-same": {"en": "the same numbers.", "zh": "数值相同。"},
    "coverage": {"en": "Conditions reached: {reached} of {whole}.", "zh": "用例触及条件 {reached} 个，共 {whole} 个。"},
    "uncovered": {"en": "no story reaches: {clause}", "zh": "没有用例触及：{clause}"},
    "no-stories": {"en": "There is no story to run.", "zh": "没有可运行的用例。"},
    "alerts": {"en": "Alert changes: {alerts}.", "zh": "告警变化 {alerts} 条。"},
    "bad-frame": {"en": "not a frame of {driver}: {why}", "zh": "不是 {driver} 的报文：{why}"},
    "not-hex": {"en": "not hexadecimal: {text!r}", "zh": "不是十六进制：{text!r}"},
    "repeated": {"en": "said before", "zh": "重复"},
    "no-frame": {"en": "there are no bytes to decode", "zh": "没有可解码的字节"},
    "no-driver": {
        "en": "no driver is named {name!r}; known: {known}",
        "zh": "没有名为 {name!r} 的驱动；已有：{known}",
    },
    "no-driver-there": {"en": "{path}: no driver is there", "zh": "{path}：没有驱动"},
    "driver-broken": {"en": "CAN'T BE LOADED: {why}", "zh": "无法加载：{why}"},
    "driver-asked": {"en": "asked: {asked}", "zh": "已检验：{asked}"},
    "driver-slowest": {"en": "slowest call: {ms:.1f} ms of 200 ms", "zh": "最慢一次：{ms:.1f} 毫秒，上限 200 毫秒"},
    "driver-note": {"en": "note", "zh": "注意"},
    "firing": {"en": "firing", "zh": "报警中"},
    "cleared": {"en": "not sensed any more, to be checked and reset", "zh": "现已探测不到，待确认后复位"},
    "no-alerts": {"en": "There is no open alert.", "zh": "没有未结束的告警。"},
    "none-over": {"en": "No alert ended within two weeks.", "zh": "两周内没有已结束的告警。"},
    "visited": {"en": "visited", "zh": "已上门"},
    "gateway-itself": {"en": "the gateway", "zh": "网关"},
    "taken": {"en": "{actor} took it on at {at} ({via})", "zh": "{actor} 已于 {at} 受理（{via}）"},
    "silenced-until": {"en": "silenced until {at}: nobody is told", "zh": "已静默至 {at}，不通知任何人"},
    "not-taken": {"en": "nobody has answered", "zh": "无人应答"},
    "since": {"en": "since {at}", "zh": "自 {at}"},
    "since-about": {"en": "since about {at} (the clock was not set)", "zh": "约自 {at}（时钟未校准）"},
    "done": {"en": "Done: {act}.", "zh": "已完成：{act}。"},
    "silence-scope": {
        "en": "silence one ALERT, or else a --device or a --home, a --rule, or a --rule there",
        "zh": "请指定一个 ALERT；或 --device、--home、--rule，--rule 可与前两者之一合用",
    },
    "but": {"en": "But {left}.", "zh": "但 {left}。"},
    "not-ended": {
        "en": "It is recorded; the others are called all the same: whoever lives there does not end this alone.",
        "zh": "已记录；仍会继续通知其他人：仅凭住户本人应答不会结束报警。",
    },
    "silence-second": {"en": "It still waits for a second person.", "zh": "尚需第二人同意。"},
    "silence-begun": {"en": "The silence has begun.", "zh": "静默已开始。"},
    "silence-is": {"en": "Its id is {id}.", "zh": "编号 {id}。"},
    "silence-waits": {
        "en": "It begins when two persons agree, within ten minutes, each by the code they were sent or by their own "
        "login. Its id is {id}.",
        "zh": "十分钟内须有两人各凭本人收到的应答码或本人登录名同意后才生效。编号 {id}。",
    },
    "done-volatile": {
        "en": "Done: {act}. The disk takes nothing: a power cut would undo it.",
        "zh": "已完成：{act}。存储不可用，断电后会丢失。",
    },
    "refused": {"en": "not done: {why}", "zh": "未执行：{why}"},
    "protected": {"en": "protected", "zh": "受保护"},
    "not-protected": {"en": "NOT PROTECTED", "zh": "未受保护"},
    "not-protected-since": {"en": "NOT PROTECTED since {at}", "zh": "未受保护，自 {at}"},
    "armed": {"en": "armed", "zh": "已布防"},
    "until": {"en": "until {at}", "zh": "至 {at}"},
    "which-mode": {"en": "say which home and which mode", "zh": "请写明住户和状态"},
    "many-alerts": {
        "en": "{given!r} is not one open alert; these are: {known}",
        "zh": "{given!r} 不是唯一的未结束告警；现有：{known}",
    },
    "none": {"en": "none", "zh": "无"},
    "memory-only": {"en": "The disk takes nothing: all is in memory.", "zh": "存储不可用：数据仅在内存中。"},
    "uplink-up": {"en": "platform {name}: connected", "zh": "平台 {name}：已连接"},
    "uplink-down": {"en": "platform {name}: NOT CONNECTED", "zh": "平台 {name}：未连接"},
    "line-up": {"en": "line {name}: up, used {share} %", "zh": "线路 {name}：正常，占用 {share} %"},
    "no-line": {"en": "there is no line {name!r}: {known}", "zh": "没有名为 {name!r} 的线路：{known}"},
    "device": {"en": "device", "zh": "设备"},
    "never": {"en": "never", "zh": "从未"},
    "bus-turns": {"en": "turns", "zh": "轮询"},
    "bus-answers": {"en": "answers", "zh": "应答"},
    "bus-timeouts": {"en": "time-outs", "zh": "超时"},
    "bus-errors": {"en": "damaged", "zh": "误码"},
    "bus-refused": {"en": "refused", "zh": "拒绝"},
    "bus-late": {"en": "late", "zh": "迟到"},
    "bus-heard": {"en": "heard", "zh": "最近"},
    "port-down": {"en": "line {name}: DOWN", "zh": "线路 {name}：中断"},
    "no-rule": {"en": "there is no rule {name!r}: {known}", "zh": "没有名为 {name!r} 的规则：{known}"},
    "rule-off": {
        "en": '{name} is a shipped rule that counts nowhere in this site: write also = ["{base}"], or choose its pack',
        "zh": '{name} 是随附的规则，此站点没有启用：写上 also = ["{base}"]，或在 packs 中选用它所在的规则包',
    },
    "in-homes": {"en": "({homes})", "zh": "（{homes}）"},
    "in-other-homes": {"en": "(all homes but {homes})", "zh": "（{homes} 以外的住户）"},
    "off-in": {"en": "{rule} doesn't count in: {homes}", "zh": "{rule} 不生效的住户：{homes}"},
    "no-zone": {
        "en": "there is no time zone {name!r}; write one such as {known}",
        "zh": "没有时区 {name!r}；请写成 {known} 这样",
    },
    "backtest-missing": {
        "en": "Interrupted: {homes} homes more were not played, and nothing is told of them.",
        "zh": "已中断：另有 {homes} 户没有回放，以下不含这些住户。",
    },
    "backtest-bar": {"en": "back-test", "zh": "回测"},
    "backtest-head": {
        "en": "Readings: {rows:,}. Homes: {homes}. {since} to {until} ({months:.1f} home-months). Rules: {rules}.",
        "zh": "读数 {rows:,} 条，住户 {homes}，{since} 至 {until}（{months:.1f} 户月），规则 {rules} 条。",
    },
    "backtest-zoneless": {
        "en": "Times without a zone are UTC, not {zone}: {ts!r}. Write them with theirs, as 2026-01-31T12:00:00+08:00.",
        "zh": "没有时区的时间按 UTC 读取，而不是 {zone}：{ts!r}。请写明时区，如 2026-01-31T12:00:00+08:00。",
    },
    "backtest-litres": {
        "en": "Of {home}, {device} moves {quantity} by {value} as a rule: if these are litres, divide them by 1,000.",
        "zh": "{home} 的 {device}：{quantity} 通常一次走 {value}，像是升；若是，请除以 1000。",
    },
    "backtest-coarse": {
        "en": "Of {home}, {device} counts {quantity} in steps of {value}:"
        " a rule about less fires though something is used.",
        "zh": "{home} 的 {device}：{quantity} 每步 {value}；用量限值比这更小的规则，即使有用量也会触发。",
    },
    "backtest-stranger": {
        "en": "No rule knows {quantity} ({readings:,} readings, first of {device} in {home}).",
        "zh": "没有规则认识 {quantity}（{readings:,} 条读数，最先来自 {home} 的 {device}）。",
    },
    "backtest-near": {
        "en": "No rule knows {quantity} ({readings:,} readings, first of {device} in {home}): is it {value}?",
        "zh": "没有规则认识 {quantity}（{readings:,} 条读数，最先来自 {home} 的 {device}）：是不是 {value}？",
    },
    "backtest-number": {
        "en": "{readings:,} readings of {quantity} are no numbers, first {value!r} of {device} in {home}:"
        " write numbers with a point, leave out what is unknown.",
        "zh": "{quantity} 有 {readings:,} 条读数不是数，最先是 {home} 的 {device} 的 {value!r}："
        "请写带小数点的数，未知的不写。",
    },
    "backtest-truth": {
        "en": "{readings:,} readings of {quantity} are neither true nor false, first {value!r} of {device} in {home}:"
        " write true or false, leave out what is unknown.",
        "zh": "{quantity} 有 {readings:,} 条读数既非 true 也非 false，最先是 {home} 的 {device} 的 {value!r}："
        "请写 true 或 false，未知的不写。",
    },
    "backtest-total": {
        "en": "alerts: {alerts} ({monthly} a home-month), homes: {homes} of {all}, fired for {lasting}",
        "zh": "告警 {alerts} 次，每户每月 {monthly} 次，{all} 户中 {homes} 户；共 {lasting}",
    },
    "backtest-home": {
        "en": "alerts: {alerts} ({monthly} a month), fired for {lasting}, the longest {longest}",
        "zh": "告警 {alerts} 次，每月 {monthly} 次，共 {lasting}，最长 {longest}",
    },
    "backtest-open": {"en": "not over yet", "zh": "未结束"},
    "backtest-more-homes": {"en": "… and {homes} more homes (--json)", "zh": "……另有 {homes} 户（--json）"},
    "backtest-more": {"en": "… and {count} more (--json)", "zh": "……另有 {count} 次（--json）"},
    "backtest-quiet": {"en": "Never fired: {rules}", "zh": "从未触发：{rules}"},
    "backtest-untried": {
        "en": "Not tried, for here each home is in mode home all the time, and not armed: {rules}",
        "zh": "未试验（此处各户始终为在家状态且未布防）：{rules}",
    },
    "backtest-deaf": {"en": "Nothing to judge by in these data: {rules}", "zh": "数据中没有所需的量：{rules}"},
    "backtest-change": {
        "en": "alerts: {before} -> {after} ({was} -> {now} a home-month): {added} added, {removed} removed,"
        " {kept} kept",
        "zh": "告警 {before} -> {after} 次（每户每月 {was} -> {now}）：新增 {added}，消失 {removed}，保留 {kept}",
    },
    "backtest-same": {"en": "Neither these rules nor the old ones fired.", "zh": "新旧规则都没有触发。"},
    "plot-title": {"en": "Back-test, {since} to {until}", "zh": "回测，{since} 至 {until}"},
    "plot-told": {
        "en": "Homes: {homes}. Alerts: {alerts}. Each line is a rule that fired, each bar the time it did.",
        "zh": "住户 {homes}，告警 {alerts} 次。每户每台设备中触发过的每条规则占一行，横条为触发的时间。",
    },
    "plot-compared": {
        "en": "{homes} homes, {added} alerts added, {removed} removed, {kept} kept",
        "zh": "{homes} 户，新增告警 {added} 次，消失 {removed} 次，保留 {kept} 次",
    },
    "plot-added": {"en": "added", "zh": "新增"},
    "plot-removed": {"en": "removed", "zh": "消失"},
    "plot-kept": {"en": "kept", "zh": "保留"},
    "plot-heard": {"en": "readings came", "zh": "有读数"},
    "plot-lead": {"en": "was coming", "zh": "触发前依据"},
    "plot-bar": {
        "en": "{rule}, {home} {device}: {since}, {length}",
        "zh": "{rule}，{home} {device}：{since}，{length}",
    },
    "plot-more": {"en": "… and {lanes} more lines, not drawn", "zh": "……另有 {lanes} 行未画出"},
    "scan-address": {"en": "address", "zh": "地址"},
    "scan-driver": {"en": "driver", "zh": "驱动"},
    "scan-name": {"en": "name", "zh": "名称"},
    "scan-dbm": {"en": "dBm", "zh": "dBm"},
    "scan-ago": {"en": "s", "zh": "秒"},
    "scan-values": {"en": "values", "zh": "读数"},
    "add-missing": {"en": "not said: {keys}", "zh": "缺少：{keys}"},
    "add-written": {"en": "{device} stands in {path} now.", "zh": "{device} 已写入 {path}。"},
    "add-name": {"en": "its name, such as smoke-501", "zh": "名称，如 smoke-501"},
    "add-port": {"en": "its port", "zh": "端口"},
    "add-address": {"en": "its address", "zh": "地址"},
    "add-home": {"en": "its home", "zh": "住户"},
    "add-room": {"en": "its room", "zh": "房间"},
    "add-listening": {
        "en": "Let it speak now (press its button). Listening for {seconds:.0f} s …",
        "zh": "请让设备发送数据（如按其按钮），监听 {seconds:.0f} 秒……",
    },
    "add-nobody": {"en": "Nobody unregistered was heard.", "zh": "没有听到未登记的设备。"},
    "add-which": {"en": "which of them (a number, or nothing)", "zh": "选择哪一个（序号，可留空）"},
    "walk-unknown": {"en": "site.toml has no device {device!r}", "zh": "site.toml 中没有设备 {device!r}"},
    "walk-no-home": {"en": "site.toml has no home {home!r}", "zh": "site.toml 中没有住户 {home!r}"},
    "walk-home-all": {
        "en": "All sensors of {home} are signed off; name one to test it again.",
        "zh": "{home} 的所有传感器均已签字；如需重新测试，请写出传感器名称。",
    },
    "walk-trigger": {
        "en": "Trigger {device} now: its test button, smoke, a magnet. Waiting for {seconds:.0f} s …",
        "zh": "请现在触发 {device}：按测试按钮、施烟或用磁铁。等待 {seconds:.0f} 秒……",
    },
    "walk-not-heard": {
        "en": "{device} was not heard as it should within {seconds:.0f} s: it stays a trouble.",
        "zh": "{seconds:.0f} 秒内未收到 {device} 的触发：仍为故障。",
    },
    "walk-calm": {
        "en": "Waiting until nothing of it sounds any more …",
        "zh": "等待报警恢复……",
    },
    "walk-still": {
        "en": "Something still alarms in {home}: in {seconds:.0f} s that counts as a real alarm.",
        "zh": "{home} 仍有报警：{seconds:.0f} 秒后将按真实报警处理。",
    },
    "walk-left": {
        "en": "{count} not signed off: anju walk-test --home HOME",
        "zh": "{count} 个未签字：anju walk-test --home 住户",
    },
    "walk-all": {"en": "All sensors are signed off.", "zh": "所有传感器均已签字。"},
    "walk-believed": {
        "en": "{device}: signed off by {by}, who answers for an earlier test.",
        "zh": "{device}：由 {by} 按以往测试签字并负责。",
    },
    "walk-signed": {"en": "{device} was heard; signed off by {by}.", "zh": "已收到 {device}，由 {by} 签字确认。"},
    "scan-doing": {
        "en": "asking: {what}; the rest takes {left:.0f} s at the most",
        "zh": "正在询问：{what}；最多还需 {left:.0f} 秒",
    },
    "scan-nobody": {"en": "Nobody answers on this line.", "zh": "线路上没有设备应答。"},
    "scan-also": {"en": "(or {drivers})", "zh": "（或 {drivers}）"},
    "scan-several": {"en": "several answer at once: ask them one by one", "zh": "多台设备同时应答：请逐台接入"},
    "scan-held": {
        "en": "a gateway or another program holds this line: stop it for the scan",
        "zh": "线路被网关或其他程序占用：扫描前请先停止它",
    },
    "scan-deaf": {
        "en": "{why} (remedy: `sudo apt-get install bluez`, plug an adapter in, `bluetoothctl power on`)",
        "zh": "{why}（改法：`sudo apt-get install bluez`，插上适配器，`bluetoothctl power on`）",
    },
    "scan-others": {
        "en": "Senders that no driver knows: {count} (--all shows them)",
        "zh": "没有驱动认识的发送者：{count} 个（--all 显示）",
    },
    "scan-active": {
        "en": "passive scanning is off, so each sender is heard once in 10 s: docs/bluetooth.md",
        "zh": "被动扫描未开启，每个发送者 10 秒只收到一次：见 docs/bluetooth.md",
    },
    "ago": {"en": "{seconds} s ago", "zh": "{seconds} 秒前"},
    "no-strangers": {
        "en": "Every device that is heard is registered.",
        "zh": "收到的设备都已登记。",
    },
    "no-work": {"en": "Nothing is to be done.", "zh": "没有待办事项。"},
    "covered": {"en": "({share:.1f} % of this month)", "zh": "（本月 {share:.1f} %）"},
    "no-month": {
        "en": "{month!r} is no month; write --month 2026-11",
        "zh": "{month!r} 不是月份；写成 --month 2026-11",
    },
    "record-sound": {
        "en": "The record is whole: entries {first} to {last}.",
        "zh": "记录完整：第 {first} 至 {last} 条。",
    },
    "record-empty": {"en": "The record is empty.", "zh": "记录为空。"},
    "record-broken": {"en": "entry {n}: {what}", "zh": "第 {n} 条：{what}"},
    "could-not-run": {"en": "could not run: {why}", "zh": "无法运行：{why}"},
}


def say(key: str, language: Language, /, **values: object) -> str:
    """The sentence ``key`` in ``language`` with ``values`` put in, on one line of a terminal."""
    said = {name: printable(value) if isinstance(value, str) else value for name, value in values.items()}
    return WORDS[key][language].format(**said)


def severity(name: str, language: Language) -> str:
    """The word for how grave an alert is; one that is not known stays as it is."""
    return SEVERITIES[name][language] if name in SEVERITIES else name


def printable(text: str) -> str:
    """It with each sign that isn't seen as its number: what a file or a sensor says must not steer a terminal."""
    if text.isprintable():
        return text
    return "".join(_shown(sign) for sign in text)


def _shown(sign: str) -> str:
    unseen = sign not in "\u200c\u200d" and unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return sign.encode("unicode_escape").decode() if unseen else sign


def language(environ: Mapping[str, str]) -> Language:
    """The reader's language by LC_ALL, LC_MESSAGES and LANG, the first that is set: zh* is Chinese, others English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def padded(text: str, width: int) -> str:
    """It in so many columns, the rest of them blank behind it; before it where ``width`` is negative."""
    space = " " * (abs(width) - columns(text))
    return text + space if width > 0 else space + text
