"""The help pages in Chinese: the first page, and the commands that run and watch a gateway."""

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    "Anju is a gateway for homes. It reads smoke, gas, door, motion and meter sensors and emergency buttons, "
    "decides on the spot whether somebody needs help, with or without the internet, sounds the siren, and "
    "relays every event to a platform over MQTT: none lost, none doubled, none disguised.":
    "Anju 是住户网关。它读取烟雾、燃气、门、人体活动、水电表等传感器和求助按钮，无论有无网络，都就地判断是否有"
    "人需要帮助，鸣响警号，并把每个事件经 MQTT 转给平台：不丢失，不重复，不掩盖。",
    "examples:": "示例：",
    "a simulated flat with its alarms, in this terminal": "在本终端演示一套模拟住宅和它的报警",
    "every mistake with file, line and remedy; changes nothing": "列出每处错误的文件、行号和改法，不做任何更改",
    "the gateway itself; systemd starts it so": "运行网关本身；systemd 就这样启动它",
    "which Bluetooth sensors are heard here, and what they say": "这里能收到哪些蓝牙传感器，它们说什么",
    "what captured frames say, one JSON object a line": "截获的报文说什么，每行一个 JSON 对象",
    "the stories in a rule file, in virtual time": "在虚拟时间中运行规则文件里的用例",
    "what the rules would have done in the months recorded": "在有记录的几个月里，这些规则会做什么",
    "the same alerts with the same ids, out of the journal": "从日志重放出同样的告警，编号也相同",
    "files:": "文件：",
    "the place: homes, ports, devices, outputs, uplinks (examples/site.toml)":
        "现场：住户、端口、设备、输出、平台（examples/site.toml）",
    "journal and outbox, where [store] path says, beside site.toml":
        "日志和待发消息；位置见 [store] path，默认在 site.toml 旁",
    "the shipped rules with their stories": "随附的规则及其用例",
    "exit status:": "退出码：",
    "done, or the answer is yes": "已完成，或答案为“是”",
    "the answer is no: mistakes found, a bad frame, a story failed, an event lost":
        "答案为“否”：有错误、有坏报文、用例未通过、有事件丢失",
    "the command was written wrongly": "命令写错",
    "could not run: a file or a port that cannot be opened, a site with mistakes":
        "无法运行：文件或端口打不开，站点文件有错误",
    "environment:": "环境变量：",
    "zh… for Chinese, anything else for English; --lang comes first": "zh 开头为中文，其余为英文；--lang 优先",
    "the names in password_env": "password_env 所写的名称",
    "passwords of uplinks, as site.toml says": "平台的密码，见 site.toml",
    "set by systemd: anju run reports that it is ready and alive": "由 systemd 设置：anju run 报告已就绪、仍在运行",
    "`anju COMMAND --help` tells more, with examples.": "`anju 命令 --help` 有详细说明和示例。",
    "show this help message and exit": "显示本说明后退出",
    "show program's version number and exit": "显示版本号后退出",
    "run the gateway": "运行网关",
    "find every mistake in a site file": "找出站点文件的全部错误",
    "is every home protected now?": "每一户现在都受保护吗？",
    "list open alerts, or answer one": "列出未结束的告警，或应答其中一条",
    "in which mode a home is": "住户处于什么状态",
    "test how people are reached": "测试能否联系到人",
    "forget what was learned of a home, open its gas valve": "忘记所学的住户习惯；打开燃气阀",
    "tell one alert from sensed to visited": "一条告警从探测到上门的全过程",
    "report a month by home": "按住户汇总的月报",
    "export or verify the record": "导出或核验记录",
    "how are the serial lines used?": "串行线路的使用情况",
    "fold a journal into its alerts": "从日志重放出告警",
    "show which devices are there": "查看有哪些设备",
    "register a device and test it": "登记一台设备并测试",
    "trigger sensors and sign them off": "逐个触发传感器并签字",
    "tell what a frame says": "解读一帧报文",
    "list drivers, or test one": "列出驱动，或测试一个驱动",
    "play a story in a simulated flat": "在模拟住宅中演示一段经过",
    "make up a household's days": "生成一户的模拟生活数据",
    "check, test and explain rules": "检查、测试、说明规则",
    "check ladders, or run their stories": "检查通知流程，或运行其用例",
    "say what rules would have done": "规则在历史数据上会有什么结果",
    "Run the gateway until it is told to stop (SIGTERM or Ctrl-C). It reads site.toml at its start and at each "
    "SIGHUP; with mistakes in it, it names them all and goes on by the site that was in use last, and does not "
    "start if there is none. A port, a broker or a disk that is not there keeps it from nothing: it says so once, "
    "tries again, and says once that it is back.":
    "运行网关，直到要求停止（SIGTERM 或 Ctrl-C）。启动时和每次收到 SIGHUP 时读取 site.toml；有错误时全部列出，按上次"
    "使用的站点继续运行；从未有过可用的站点时不启动。端口、消息代理或磁盘不可用不影响其他部分：报告一次，不断重试，"
    "恢复时再报告一次。",
    "output: a log on stderr, one line a happening; first the site, its store, ports and uplinks, and what is "
    'amiss. An alert stands there as "alert ID.N RULE DEVICE STATE (REASON)"; ID is what acknowledge and '
    "reset name.":
    '输出：日志写到 stderr，每件事一行；先是站点、存储、端口、平台和存在的问题。告警写作 "alert ID.N 规则 设备'
    ' 状态 (原因)"；受理和复位时写的就是这个 ID。',
    "exit status: 0 told to stop, 3 could not run (a mistake in the first site of all, another gateway runs with "
    "this store)": "退出码：0 按要求停止，3 无法运行（首次启动时站点文件有错误，或另一网关正在使用同一存储）",
    "language of what is said (by LANG)": "显示语言（默认按 LANG）",
    "the site file": "站点文件",
    "log more: each attempt, and what the MQTT client says": "日志更详细：每次尝试，以及 MQTT 客户端的输出",
    "Check a site file and every rule file that it names. All mistakes come at once, each with file, line and "
    "remedy. Nothing is changed, no port is opened. A warning (a tty that is not there now, a folder that "
    "cannot be written, a home without a device) does not fail the check.":
    "检查站点文件和它引用的全部规则文件，一次列出所有错误，每条带文件、行号和改法。不做任何更改，不打开端口。警"
    "告（串口暂时不在、文件夹不可写、住户没有设备）不算未通过。",
    "Of a sound file it says what differs from what the gateway runs with, and whether a reload is enough for "
    "that: only [gateway] id and site, and [store], need a restart.":
    "文件无误时，还说明它与运行中的网关有何不同、重新加载是否足够：只有 [gateway] 的 id、site 和 [store] 需要重"
    "启。",
    "output:": "输出：",
    "FILE:LINE: error: what is wrong (remedy: what to do)": "FILE:LINE: 错误：哪里不对（改法：怎么改）",
    "on stderr, and a summary on stdout": "写到 stderr，汇总写到 stdout",
    "what a gateway that runs with it would do otherwise, and what that takes: systemctl reload or restart":
        "网关按它运行会有什么不同，需要什么：systemctl reload 或 restart",
    'with --json one object a line on stdout: {"severity", "file", "line", "what", "remedy", "zh"};':
        '--json：stdout 每行一个对象：{"severity", "file", "line", "what", "remedy", "zh"}；',
    '"zh" is {"what", "remedy"} in Chinese, whatever --lang says': '"zh" 为中文的 {"what", "remedy"}，与 --lang 无关',
    "exit status: 0 no mistakes, 1 mistakes (a file that cannot be read is one)":
        "退出码：0 没有错误，1 有错误（文件读不出也算）",
    "one JSON object a line, for a script": "每行一个 JSON 对象，供脚本使用",
    "Is this home protected now, and if not, why and since when? For one home, or for all of them; then the "
    "lines and platforms that are down.":
    "这一户现在受保护吗？如果没有，为什么、从何时起？可查一户或全部；之后列出中断的线路和平台。",
    "The gateway is found by its site file: --site, else the variable ANJU_SITE, else site.toml here, else "
    "/etc/anju/site.toml. Its user, root and the group of [control] may ask it.":
    "按站点文件查找网关：先 --site，再变量 ANJU_SITE，再当前目录的 site.toml，最后 /etc/anju/site.toml。网关的"
    "运行用户、root 和 [control] 的用户组可以查询。",
    "open troubles, each with its owner": "未解决的故障及其负责人",
    "who is heard and not registered: a neighbour's sensor, or one to `anju add`":
        "听到但未登记的设备：邻居的传感器，或要用 `anju add` 登记的",
    'output: one line a home; under it what is wrong. With --json one object: {"gateway", "at", '
    '"durable", "uplinks", "ports", "homes": [{"home", "protected", "since", "why", '
    '"lesser", "alerts", "devices", "mode", "vigil"}]}; times are epoch seconds. ``vigil`` says when '
    "the person is asked whether all is well, and why; null without such a rule. With --strangers --json a "
    'list of {"port", "address", "driver"}; of a radio also "rssi_dbm", "ago_s", "adverts" and '
    "\"values\" (\"error\" where they can't be read), of a line or broker \"frames\".":
    '输出：每户一行，下面是问题。--json 为一个对象：{"gateway", "at", "durable", "uplinks", "ports", '
    '"homes": [{"home", "protected", "since", "why", "lesser", "alerts", "devices", "mode", '
    '"vigil"}]}；时间为 Unix 秒。vigil 说明何时会询问住户是否安好、为什么；没有此类规则时为 null。'
    '--strangers --json 为 {"port", "address", "driver"} 的列表；无线设备另有 "rssi_dbm"、"ago_s"、'
    '"adverts" 和 "values"（读不出时为 "error"），线路或代理上的设备另有 "frames"。',
    "exit status: 0 all that was asked about is protected, 1 something is not, 3 no gateway answers":
        "退出码：0 所查的都受保护，1 有未受保护的，3 没有网关应答",
    "a name of [homes] (all)": "[homes] 中的名称（默认全部）",
    "instead: open troubles, each with its owner": "改为列出：未解决的故障及其负责人",
    "instead: devices that are heard and not registered": "改为列出：听到但未登记的设备",
    "the site file of the gateway": "网关的站点文件",
    "the answer as JSON, for a script": "以 JSON 回答，供脚本使用",
}  # fmt: skip
