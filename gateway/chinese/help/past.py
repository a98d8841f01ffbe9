"""The help pages in Chinese: what was: a timeline, a month, the record, the lines, a journal."""

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    "Tell one alert from the first reading on: sensed, decided, acted, told, delivered, seen, answered, "
    "visited, each with its time and the seconds since the line before.":
    "从第一个读数起讲述一条告警：探测、判定、动作、通知、送达、已读、应答、上门，各有时间和距上一行的秒数。",
    "ALERT is the id of an alert or an incident, also one that is over, or its beginning.":
        "ALERT 是告警或事件的编号（已结束的也可），可只写开头几位。",
    "output, one line a moment: time, seconds since the one before, stage, what. With --json one object.":
        "输出：每个时刻一行：时间、距上一行的秒数、阶段、内容。--json 为一个对象。",
    "exit status: 0 told, 1 no such alert, 3 no gateway answers": "退出码：0 已列出，1 没有此告警，3 没有网关应答",
    "id of an alert or an incident, or its beginning": "告警或事件的编号，可只写开头几位",
    "Report a month by home: alerts, answers, visits and false visits, the share of the time in which the home "
    "was protected, batteries due.":
    "按住户汇总的月报：告警、应答、上门和误报、受保护时间的比例、待换的电池。",
    'The record is kept for 400 days. A month that goes on is reported up to now; "protected" counts from '
    "the record's first entry, and time in which the gateway was off counts as unprotected.":
    "记录保存 400 天。当月报到现在为止；受保护时间从第一条记录算起，网关关机的时间算未受保护。",
    "exit status: 0 reported, 1 refused, 2 no such month, 3 no gateway answers":
        "退出码：0 已报告，1 被拒绝，2 没有此月份，3 没有网关应答",
    "which month, by the site's own time": "月份，按站点时区",
    "for whom (text)": "格式（默认 text）",
    "The record of what persons and the gateway did about alerts: entries, each sealed with the one before.":
        "人员和网关对告警所做操作的记录：每条都与前一条锁定在一起。",
    "print the record of a store": "打印一个存储的记录",
    "find where a record was changed": "查出记录何处被改动",
    "Print the record of a store, one JSON object a line, as it is sealed. The file is only read. Without "
    "STORE it is that of the site file: --site, else the variable ANJU_SITE, else site.toml here, else "
    "/etc/anju/site.toml.":
    "打印一个存储的记录，每行一个 JSON 对象，保持原样。文件只读。不写 STORE 时取站点文件所指的：先 --site，再变"
    "量 ANJU_SITE，再当前目录的 site.toml，最后 /etc/anju/site.toml。",
    "exit status: 0 done, 3 could not run": "退出码：0 已完成，3 无法运行",
    "its file (that of the site)": "存储文件（默认为站点的）",
    "Verify that nothing in the record of a store was changed, dropped or added. Each entry holds the hash of "
    "the one before (BLAKE2b), the gateway's state holds the last one. A place where it breaks is named. "
    "Without STORE it is that of the site file: --site, else the variable ANJU_SITE, else site.toml here, else "
    "/etc/anju/site.toml.":
    "核验一个存储的记录没有被修改、删除或添加。每条都含前一条的校验值（BLAKE2b），最后一条的校验值保存在网关状"
    "态中；断开之处会列出。不写 STORE 时取站点文件所指的：先 --site，再变量 ANJU_SITE，再当前目录的 site.toml，"
    "最后 /etc/anju/site.toml。",
    "exit status: 0 whole, 1 broken (each place is said), 3 could not run":
        "退出码：0 完整，1 有断开（逐一列出），3 无法运行",
    "How are the serial lines used, and how does each device on them answer? A line's use is the share of the "
    "last minute for which bytes were on it. Of each device, since the gateway was started: turns it was "
    "given, answers, time-outs, damaged answers (checksum, length, another's), refusals, answers that came too "
    "late, and when it was last heard.":
    "串行线路占用如何，线路上各设备应答如何？占用是最近一分钟内有数据的时间比例。每台设备自网关启动以来：轮询、"
    "应答、超时、误码（校验、长度、他人的应答）、拒绝、迟到的应答，以及最近一次听到的时间。",
    'output: a table a line. With --json one object: {"lines": {LINE: {"up", "utilisation", '
    '"received", "sent", "orders", "devices": {DEVICE: {"turns", "answers", "timeouts", '
    '"errors", "refused", "late", "why", "heard_s"}}}}}; heard_s is how many seconds ago a device '
    "was heard, null for never.":
    '输出：每条线路一张表。--json 为一个对象：{"lines": {LINE: {"up", "utilisation", "received", '
    '"sent", "orders", "devices": {DEVICE: {"turns", "answers", "timeouts", "errors", '
    '"refused", "late", "why", "heard_s"}}}}}；heard_s 是多少秒前听到，从未听到为 null。',
    "exit status: 0 every line is up, 1 one is down, 3 no gateway answers, or there is no such line":
        "退出码：0 线路全部正常，1 有线路中断，3 没有网关应答，或没有此线路",
    "a name of [ports] (all)": "[ports] 中的名称（默认全部）",
    "Fold the journal of a store from its beginning and print each alert change, with the ids it had when it "
    "happened. The file is only read, also beside a gateway that runs; its last minute may still be in memory "
    "only.":
    "从头重放一个存储的日志，打印每次告警变化，编号与当时相同。文件只读，网关运行时也可；最近一分钟可能仍只在内"
    "存中。",
    "with the keys of sensors that encrypt, which no journal holds": "带上加密传感器的密钥，日志中没有密钥",
    "output, one line a change: gateway time (seconds since the store was made), severity, state, rule, "
    "HOME/DEVICE, reason, ID/N. A pending alert has N = 0: it was told to nobody. With --json one object a "
    "line.":
    "输出：每次变化一行：网关时间（自存储建立起的秒数）、级别、状态、规则、住户/设备、原因、ID/N。待定告警的 N "
    "为 0：没有通知任何人。--json 每行一个对象。",
    "the store's file, such as data/anju.db": "存储文件，如 data/anju.db",
    "the site file that says where devices' keys are": "含设备密钥所在位置的站点文件",
}  # fmt: skip
