"""All that the demo says to a person, in English and in Chinese (zh-CN)."""

from collections.abc import Mapping

from drivers.reading import Scalar
from gateway.sim.flat import PLANS
from gateway.words import Language

Words = Mapping[Language, str]

STORY: Mapping[str, Words] = {
    "begin": {
        "en": "Starting: three sensor nodes ({nodes}), a broker, a platform, the gateway.",
        "zh": "正在启动：三个传感器节点（{nodes}）、消息代理、平台和网关。",
    },
    "morning": {
        "en": "An ordinary morning: the door opens and closes, somebody walks by, the kitchen warms up.",
        "zh": "平常的早晨：门开了又关，有人走过，厨房渐渐暖和。",
    },
    "button": {
        "en": "In the bathroom somebody presses the emergency button.",
        "zh": "有人在卫生间按下了紧急按钮。",
    },
    "desk-takes-call": {
        "en": "The property desk has the call and takes it on; the acknowledgement goes back to the flat.",
        "zh": "物业值班室收到呼叫并接手，确认消息回到家里。",
    },
    "smoke": {
        "en": "Smoke in the kitchen! The siren sounds before anything is written or sent.",
        "zh": "厨房冒烟！警号先响，之后才写盘和上报。",
    },
    "smoke-over": {
        "en": "The pan is off the stove and the smoke is gone: the siren stops, the alarm waits for a person's reset.",
        "zh": "锅已离火，烟散了：警号停止，报警保持，等人来复位。",
    },
    "cut": {
        "en": "The link to the platform is cut. The flat goes on living; the gateway keeps what it can't send.",
        "zh": "与平台的网络断了。家里一切照常，发不出去的消息由网关保存。",
    },
    "stall": {
        "en": "The link goes dead without a word: nobody is told, what is sent now is lost on the way.",
        "zh": "网络悄悄失效：谁也没得到通知，此刻发出的消息都丢在途中。",
    },
    "gas": {
        "en": "Gas in the kitchen, with the link down! The siren sounds, the valve closes: no network is needed.",
        "zh": "断网时厨房燃气泄漏！警号响起，燃气阀关闭：这不需要网络。",
    },
    "offline-life": {
        "en": "Still no link. The alarm is on the disk and acknowledged to its sensor; the outbox fills.",
        "zh": "网络还没恢复。报警已写入磁盘并向传感器确认，待发消息在增加。",
    },
    "mend": {
        "en": "The link is back. The gateway tries again by itself; the alarm goes first, then the rest in order.",
        "zh": "网络恢复了。网关自动重连：先发报警，其余按顺序补发。",
    },
    "caught-up": {
        "en": "Everything has arrived, what is old is marked as replayed.",
        "zh": "全部送达，旧消息都带有补发标记。",
    },
    "hush": {
        "en": "The desk hushes the siren for a minute while the kitchen is aired. The alarm itself goes on.",
        "zh": "值班室让警号消音一分钟，厨房正在通风。报警本身仍然有效。",
    },
    "airing": {
        "en": "Airing: after a minute of clean air the gas alarm clears, and waits for a reset.",
        "zh": "正在通风：空气洁净满一分钟后燃气报警解除，等待复位。",
    },
    "resets": {"en": "The desk has looked at all three and resets them.", "zh": "值班室逐一核实，复位三条报警。"},
    "finish": {"en": "Waiting for the last messages, then the ledger.", "zh": "等待最后几条消息，然后对账。"},
    "stopping": {
        "en": "Stopping: the link comes back, the last messages go out.",
        "zh": "正在结束：恢复网络，发出剩余消息。",
    },
}

SAID: Mapping[str, Words] = {
    "title": {"en": "Anju demo", "zh": "安居演示"},
    "round": {"en": "round {round}", "zh": "第 {round} 轮"},
    "link-up": {"en": "link up", "zh": "网络正常"},
    "link-down": {"en": "LINK CUT", "zh": "网络中断"},
    "online": {"en": "gateway online", "zh": "网关在线"},
    "offline": {"en": "gateway offline", "zh": "网关离线"},
    "now": {"en": "Now", "zh": "现在"},
    "sensors": {"en": "Sensors", "zh": "传感器"},
    "heard": {"en": "heard", "zh": "上次"},
    "ago": {"en": "{seconds} s", "zh": "{seconds} 秒"},
    "alerts": {"en": "Alerts", "zh": "告警"},
    "no-alerts": {"en": "none", "zh": "无"},
    "outputs": {"en": "Outputs", "zh": "动作"},
    "outbox": {"en": "Outbox", "zh": "待发"},
    "waiting": {"en": "wait", "zh": "等待"},
    "underway": {"en": "sent", "zh": "途中"},
    "arrived": {"en": "there", "zh": "送达"},
    "platform": {"en": "Platform received", "zh": "平台收到"},
    "replayed": {"en": "replayed", "zh": "补发"},
    "telemetry": {"en": "{room}: {values}", "zh": "{room}：{values}"},
    "made": {"en": "sensor in the {room}: {values} (frame {seq})", "zh": "{room}传感器：{values}（帧 {seq}）"},
    "siren-on": {"en": "the siren sounds", "zh": "警号响起"},
    "siren-off": {"en": "the siren is silent", "zh": "警号停止"},
    "valve-on": {"en": "the gas valve is shut", "zh": "燃气阀已关"},
    "valve-off": {"en": "the gas valve is open", "zh": "燃气阀打开"},
    "report": {"en": "heard from {room}: {values}", "zh": "收到{room}：{values}"},
    "reply": {"en": "the gateway answers: done", "zh": "网关答复：已执行"},
    "refused": {"en": "the gateway answers: refused, {why}", "zh": "网关答复：拒绝，{why}"},
    "act": {"en": "{actor} {verb}", "zh": "{actor}{verb}"},
    "micropython": {"en": "MicroPython", "zh": "MicroPython"},
    "cpython": {
        "en": "CPython, because there is no MicroPython here",
        "zh": "CPython，因为这里没有 MicroPython",
    },
    "needs": {
        "en": 'anju: the demo needs {names}: python3 -m pip install "anju[demo]"',
        "zh": 'anju: 演示需要 {names}：python3 -m pip install "anju[demo]"',
    },
    "busy": {"en": "anju: another demo runs in {folder}", "zh": "anju: {folder} 中已有演示在运行"},
    "broke": {"en": "The story broke off: {why}", "zh": "演示中断：{why}"},
    "ended": {"en": "the process or task of {who} ended by itself", "zh": "{who} 自行退出"},
    "interrupted": {"en": "interrupted", "zh": "已中断"},
    "opening": {"en": "opening the stage", "zh": "正在准备"},
}

LEDGER: Mapping[str, Words] = {
    "events": {
        "en": "Events    made {made} · delivered {delivered} · lost {lost} · doubled {doubled} · out of order "
        "{disordered} · wrongly marked {mismarked}",
        "zh": "事件　产生 {made} · 送达 {delivered} · 丢失 {lost} · 重复 {doubled} · 乱序 {disordered}"
        " · 标记错误 {mismarked}",
    },
    "messages": {
        "en": "Messages  {messages} with telemetry · {replayed} replayed · {repeated} came twice"
        " · {missing} passed over · {overtaken} alarms late · {malformed} malformed",
        "zh": "消息　含遥测共 {messages} 条 · 补发 {replayed} · 重收 {repeated} · 缺号 {missing}"
        " · 报警落后 {overtaken} · 格式错误 {malformed}",
    },
    "siren": {"en": "Sensor to siren", "zh": "传感器到警号"},
    "platform": {"en": "Sensor to platform, link up", "zh": "传感器到平台（网络正常）"},
    "figures": {
        "en": "{what}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {max:.1f} ms (of {count})",
        "zh": "{what}：p50 {p50:.1f} 毫秒，p99 {p99:.1f} 毫秒，最大 {max:.1f} 毫秒（{count} 次）",
    },
    "recovery": {
        "en": "Link back to first alarm at the platform: {seconds} s",
        "zh": "网络恢复到平台收到首条报警：{seconds} 秒",
    },
    "fault": {"en": "  {kind}: {what}", "zh": "  {kind}：{what}"},
    "files": {"en": "To look at: {files}", "zh": "可以查看：{files}"},
    "ok": {"en": "Every event arrived once, in order and marked.", "zh": "每个事件都恰好送达一次，顺序和标记正确。"},
    "bad": {
        "en": "NOT every event arrived once, in order and marked.",
        "zh": "并非每个事件都恰好送达一次且顺序、标记正确。",
    },
    "nothing": {"en": "No event was made yet.", "zh": "还没有产生任何事件。"},
    "unfinished": {"en": "The story was not played to its end.", "zh": "演示没有播放完。"},
}

STATES: Mapping[str, Words] = {
    "pending": {"en": "pending", "zh": "待定"},
    "firing": {"en": "FIRING", "zh": "报警中"},
    "cleared": {"en": "cleared", "zh": "待复位"},
    "resolved": {"en": "resolved", "zh": "已结束"},
    "acknowledged": {"en": "taken on", "zh": "已接手"},
}
VERBS: Mapping[str, Words] = {
    "acknowledge": {"en": "takes it on", "zh": "接手"},
    "reset": {"en": "resets it", "zh": "复位"},
    "hush": {"en": "hushes the siren", "zh": "消音"},
}
LANES: Mapping[str, Words] = {
    "alarm": {"en": "alarm", "zh": "报警"},
    "state": {"en": "state", "zh": "状态"},
    "telemetry": {"en": "telemetry", "zh": "遥测"},
}
QUANTITIES: Mapping[str, tuple[Words, Words]] = {
    "smoke": ({"en": "no smoke", "zh": "无烟"}, {"en": "SMOKE", "zh": "有烟"}),
    "gas_alarm": ({"en": "no gas", "zh": "无燃气"}, {"en": "GAS", "zh": "燃气"}),
    "door_open": ({"en": "door shut", "zh": "门关"}, {"en": "door open", "zh": "门开"}),
    "motion": ({"en": "no motion", "zh": "无人动"}, {"en": "motion", "zh": "有人动"}),
    "flood": ({"en": "dry", "zh": "无水"}, {"en": "WATER", "zh": "有水"}),
}
"""What a boolean says when it is false, and when it is true."""
UNITS: Mapping[str, str] = {
    "gas_lel_pct": "{:.1f}%LEL",
    "temperature_c": "{:.1f}°C",
    "humidity_pct": "{:.0f}%RH",
}
DESK = "duty-desk"
"""Who acts for the platform in the story."""
ACTORS: Mapping[str, Words] = {DESK: {"en": "Duty desk", "zh": "值班室"}}
BUTTONS: Words = {"en": "button pressed", "zh": "按钮按下"}


ALARMING = frozenset({"smoke", "gas_alarm", "flood"})
ORDER = (*QUANTITIES, *UNITS, "button")
"""In which a person reads the values of one sensor."""
ROOMS: Mapping[str, Words] = {plan.device: plan.room for plan in PLANS}
Values = Mapping[str, Scalar]


def say(table: Mapping[str, Words], key: str, lang: Language, /, **values: object) -> str:
    """The sentence ``key`` of one table with ``values`` put in."""
    return table[key][lang].format(**values)


def reading(point: str, value: Scalar, lang: Language) -> str:
    """One value as a person reads it; empty for what is of no interest here."""
    if point in QUANTITIES:
        return QUANTITIES[point][bool(value)][lang]
    if point in UNITS and isinstance(value, int | float):
        return UNITS[point].format(value)
    return BUTTONS[lang] if point == "button" else ""


def readings(values: Values, lang: Language) -> str:
    """Several values in one line."""
    return " · ".join(filter(None, (reading(point, values[point], lang) for point in ORDER if point in values)))


def room(device: str, lang: Language) -> str:
    """Where a device stands; its own name if nobody said so."""
    return ROOMS[device][lang] if device in ROOMS else device
