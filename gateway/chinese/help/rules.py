"""The help pages in Chinese: rules, ladders, recorded and made-up data."""

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    "Play a story in a simulated flat: smoke in the kitchen, the siren, the link cut, gas while it is down, "
    "the link back. A sensor node's firmware, a broker and a platform run on this machine; no hardware is "
    "needed. At the end stands the ledger: events made, delivered, lost, doubled.":
    "在模拟住宅中演示一段经过：厨房冒烟，警号响起，断网，断网时燃气泄漏，网络恢复。传感器节点的固件、消息代理和"
    "平台都在本机运行，不需要硬件。最后给出账目：产生、送达、丢失、重复的事件数。",
    "go on until Ctrl-C": "一直演示，直到 Ctrl-C",
    "play the story once, plain lines (for a log or a screen reader)": "演示一遍，输出纯文本行（用于日志或读屏软件）",
    "more time to read after each step": "每一步之后留出更多阅读时间",
    "exit status: 0 every event arrived once, 1 one was lost or doubled, 3 could not run":
        "退出码：0 每个事件都恰好到达一次，1 有丢失或重复，3 无法运行",
    "play the story once and end": "演示一遍后结束",
    "plain lines instead of a live view": "输出纯文本行，不用实时画面",
    "time to read after each step, 0 to 60 (1.2)": "每一步之后的阅读时间，0 至 60 秒（默认 1.2）",
    "Make up data where there is no hardware.": "没有硬件时生成数据。",
    "days of one person's life, as CSV": "一个人若干天的生活，CSV 格式",
    "Days of one person's life as sensors tell of it: motion, the front door, a water meter of 10 litre steps, "
    "a kettle. The same seed is the same life. Rows have the shape that `anju backtest` reads, and go to "
    "standard output.":
    "传感器所见一个人的日常：活动、入户门、步长 10 升的水表、电水壶。同一 seed 得到同样的生活。各行格式与 "
    "`anju backtest` 所读的相同，写到标准输出。",
    "on day 30, counted from 0, nobody gets up after 10:00": "第 30 天（从 0 数起）10:00 之后无人起身",
    "output: ts,home,device,quantity,value; ts in seconds since the epoch, local time from Monday 5 January "
    "2026 on":
    "输出：ts,home,device,quantity,value；ts 为 Unix 秒，从当地时间 2026 年 1 月 5 日（周一）起",
    "exit status: 0 done, 2 wrong use": "退出码：0 已完成，2 用法错误",
    "which life (default: 1)": "哪一种生活（默认 1）",
    "how many days (default: 30)": "多少天（默认 30）",
    "its name in the rows (default: home-1)": "各行中的住户名（默认 home-1）",
    "the last sign of life": "最后一次活动迹象",
    "away on these days": "这些天外出",
    "Check rule files, run the stories in them, or say what a rule does. Without a PATH: the shipped rules.":
        "检查规则文件，运行其中的用例，或说明规则做什么。不写 PATH 时：随附的规则。",
    "the stories of the shipped rules": "随附规则的用例",
    "what a rule does, in plain words": "用平常话说明规则做什么",
    "all of them, with the reason for each number": "列出全部规则及每个数值的依据",
    "find every mistake in rule files": "找出规则文件的全部错误",
    "run the stories of rule files": "运行规则文件的用例",
    "say in plain words what a rule does": "用平常话说明规则做什么",
    "list rules with the reason for each number": "列出规则及每个数值的依据",
    "print the JSON Schema for editors": "打印供编辑器使用的 JSON Schema",
    "Check rule files: all mistakes at once, each with file, line and remedy. What is right word by word and "
    "probably not meant is a warning: a test that no value passes, limits that exclude each other, a rule that "
    "fires whenever another one does. With a site its own rules are checked, and those that can't fire there "
    "for want of a sensor are named.":
    "检查规则文件：一次列出所有错误，每条带文件、行号和改法。写法正确但可能不是本意的为警告：没有值能满足的条件"
    "、互相矛盾的限值、总与另一条同时触发的规则。带站点时检查该站点的规则，并列出因缺少传感器而不可能触发的规则"
    "。",
    "A PATH is a file, a folder whose *.toml are taken, or a shipped pack such as water. Output and --json are "
    "those of `anju check`.":
    "PATH 是文件、文件夹（取其中的 *.toml）或随附的规则包，如 water。输出和 --json 与 `anju check` 相同。",
    "exit status: 0 no mistakes, 1 mistakes": "退出码：0 没有错误，1 有错误",
    "file or folder (the shipped rules)": "文件或文件夹（默认随附的规则）",
    "check the rules of this site instead": "改为检查此站点的规则",
    "Run the stories of rule files. A story gives readings at moments and names the alert changes to expect; "
    "it runs in virtual time, days in milliseconds. At last stands how many conditions some story made true, "
    "and how many hours and modes (while) some story shut; --coverage names the others.":
    "运行规则文件的用例。用例给出各时刻的读数和预期的告警变化，在虚拟时间中运行，数天只需几毫秒。最后给出用例触"
    "及的条件数，以及被用例排除过的时段和状态（while）数；--coverage 列出其余的。",
    "A PATH is a file, a folder whose *.toml are taken, or a shipped pack such as water. With --json one "
    'object a line: {"story", "file", "line", "passed", "failures", "zh"}, where "zh" are the '
    'failures in Chinese; with --coverage then one for each condition that no story reached: {"uncovered", '
    '"rule", "file", "line", "zh"}':
    'PATH 是文件、文件夹（取其中的 *.toml）或随附的规则包，如 water。--json 每行一个对象：{"story", '
    '"file", "line", "passed", "failures", "zh"}，"zh" 为中文的失败说明；加 --coverage 时，再为每个'
    '没有用例触及的条件各一行：{"uncovered", "rule", "file", "line", "zh"}',
    "exit status: 0 all passed, 1 one failed, or a file has mistakes": "退出码：0 全部通过，1 有未通过的，或文件有错误",
    "name the conditions that no story reached": "列出没有用例触及的条件",
    "Say in plain Chinese and English what a rule looks for, what ends it, what it does, and why its numbers "
    "are as they are. The sentences are made from what the rule does, so they can't be out of date.":
    "用平常的中文和英文说明一条规则看什么、何时结束、做什么、数值为什么这样定。句子由规则本身生成，不会过时。",
    "RULE is the name of a rule. It is looked for in the files or folders named, or among the rules of the "
    "site, or among the shipped ones. With a site, a rule that has other numbers in some homes is told again "
    "for those, and homes in which it doesn't count are named. "
    'With --json an object a line: {"rule", "zh": ["…"], "en": ["…"]}, "homes" where it is for these alone, '
    '"not_in" where it is for all but these, and "off_in": the homes in which neither it nor a set of it counts':
    "RULE 是规则名，在所写的文件或文件夹、站点的规则或随附的规则中查找。带站点时，在某些住户数值不同的规则会另"
    "外说明，并列出它不生效的住户。"
    '--json 每行一个对象：{"rule", "zh": ["…"], "en": ["…"]}；"homes" 为只适用的住户，"not_in" 为不适用的住户，'
    '"off_in" 为该规则及其参数组都不生效的住户',
    "exit status: 0 done, 2 no such rule, 3 could not run (a file with mistakes)":
        "退出码：0 已完成，2 没有此规则，3 无法运行（文件有错误）",
    "its name, such as gas-leak": "规则名，如 gas-leak",
    "the rule as this site has it": "此站点中的这条规则",
    "List rules with what they look for, what ends them, what they do, and the reason for each of their "
    "numbers: a page in Markdown. A set of other numbers is listed below its rule, with what is otherwise.":
    "列出规则：看什么、何时结束、做什么、每个数值的依据，为一页 Markdown。另一组数值列在其规则之下，只写不同之"
    "处。",
    "A PATH is a file, a folder whose *.toml are taken, or a shipped pack such as water. Without one: the "
    "shipped rules.":
    "PATH 是文件、文件夹（取其中的 *.toml）或随附的规则包，如 water。不写时：随附的规则。",
    'With --json an object a line, sets of numbers too: {"rule", "pack", "title", "severity", "per", "optional", '
    '"latch", "ladder", "act", "zh": ["…"], "en": ["…"]}':
    '--json 每行一个对象，参数组也各占一行：{"rule", "pack", "title", "severity", "per", "optional", "latch", '
    '"ladder", "act", "zh": ["…"], "en": ["…"]}',
    "exit status: 0 done, 3 could not run (a file with mistakes)": "退出码：0 已完成，3 无法运行（文件有错误）",
    "file, folder or pack (the shipped rules)": "文件、文件夹或规则包（默认随附的规则）",
    "Print the JSON Schema of rule files: an editor that knows it (with taplo, say) completes words and tells "
    "what they mean.":
    "打印规则文件的 JSON Schema：支持它的编辑器（如使用 taplo）可补全关键字并说明含义。",
    "Then write this as the first line of a rule file: #:schema ./rules.schema.json":
        "然后把这一行写在规则文件的第一行： #:schema ./rules.schema.json",
    "exit status: 0 done": "退出码：0 已完成",
    "Check ladder files, or run the stories in them. A ladder says who is told of an alert, by which channel, "
    "how long to wait for an answer, and who comes next. Without a PATH: the shipped ladders.":
    "检查通知流程文件，或运行其中的用例。通知流程写明告警通知谁、用什么渠道、等多久应答、之后通知谁。不写 PATH "
    "时：随附的通知流程。",
    "the stories of the shipped ladders": "随附通知流程的用例",
    "docs/ladders.md tells every word. The people that a ladder names are looked up in the site: `anju check "
    "site.toml`.":
    "每个关键字见 docs/ladders.md。流程中写的人在站点文件中核对：`anju check site.toml`。",
    "find every mistake in ladder files": "找出通知流程文件的全部错误",
    "run the stories of ladder files": "运行通知流程文件的用例",
    "Check ladder files: all mistakes at once, each with file, line and remedy.":
        "检查通知流程文件：一次列出所有错误，每条带文件、行号和改法。",
    "A PATH is a file, or a folder whose *.toml are taken. Output and --json are those of `anju check`.":
        "PATH 是文件，或文件夹（取其中的 *.toml）。输出和 --json 与 `anju check` 相同。",
    "file or folder (the shipped ladders)": "文件或文件夹（默认随附的通知流程）",
    "Run the stories of ladder files. A story says what fires, who answers and what fails, and names each "
    "message to expect; it runs in virtual time, nights in milliseconds.":
    "运行通知流程文件的用例。用例写明什么报警、谁应答、什么失效，以及预期的每条消息；在虚拟时间中运行，一夜只需"
    "几毫秒。",
    'A PATH is a file, or a folder whose *.toml are taken. With --json one object a line: {"story", '
    '"file", "line", "passed", "failures", "zh"}; "zh" are the failures in Chinese':
    'PATH 是文件，或文件夹（取其中的 *.toml）。--json 每行一个对象：{"story", "file", "line", '
    '"passed", "failures", "zh"}；"zh" 为中文的失败说明',
    "Play recorded data through rules, and say what would have fired: months in seconds, through the same "
    "engine as the gateway's. DATA is CSV or gzipped CSV (header ts,home,device,quantity,value; ts in seconds "
    "since the epoch or ISO 8601, UTC; a state as true and false, 1 and 0, on and off), the anju.db of a "
    "gateway, or - for the standard input. Files and rows may come in any order. More than 2 million rows are put by "
    "on the disk, some 22 bytes each, in /var/tmp or TMPDIR.":
    "用规则回放记录的数据，说明会触发什么：几个月的数据只需几秒，引擎与网关相同。DATA 是 CSV 或 gzip 压缩的 CSV"
    "（表头 ts,home,device,quantity,value；ts 为 Unix 秒或 ISO 8601，UTC；状态写 true 和 false、1 和 0、on 和 "
    "off）、网关的 anju.db，或 - 表示标准输入。文件和行的顺序不限。超过 200 万行时暂存到磁盘（/var/tmp 或 TMPDIR），"
    "每行约 22 字节。",
    "Without a site all shipped rules run, the optional ones too; each home is its own, its mode is home, a "
    "device may be silent for two hours, or for twice as long as it is as a rule, and an alert that latches is "
    "taken for reset an hour after it was over.":
    "不带站点时运行全部随附规则，包括默认不启用的；各户独立，状态为在家，设备可静默两小时或其通常间隔的两倍，保"
    "持的告警在解除一小时后视为已复位。",
    "With a store the rules are those of its last site, and all else is as it was: devices, modes, restarts, "
    "the clock, what persons did. The same rules raise the same alerts. What persons could not reset, because "
    "the gateway never raised it, is taken for reset an hour after it was over. Where the beginning of the "
    "journal was dropped as too old, it starts with nothing heard and nothing learned.":
    "用存储时，规则取其最后的站点，其余如实：设备、状态、重启、时钟、人员操作。同样的规则得到同样的告警。网关当"
    "时没有发出、因而无人能复位的告警，在解除一小时后视为已复位。日志开头因过旧已删除时，从没有听到和学到任何内"
    "容开始。",
    "output: first what no rule can take as it was probably meant (a text for a number, a quantity that nobody "
    'knows, litres for cubic metres; "hints" in the summary). Then for each rule and home the number of '
    "alerts, alerts a home-month (30 days), the time in which it fired, and the first alerts with the readings "
    "that made them. Then the rules that never fired, those that count in modes that CSV can't tell, and those "
    'that look at something that nobody in the data says ("untried" and "deaf" in the summary). '
    'With --json one object a line, in the order of time: {"rule", "home", "device", "state", '
    '"at", "reason", "id", "since", "severity", "evidence"}, one line with the state "firing" each time that a rule '
    'fired; at last {"summary": {…}}. In "evidence" stand the readings that made it, as in docs/mqtt.md, and in '
    '"asked" what the rule asks of them (the limit, for how long, how much within how many seconds): enough to draw '
    'each alert from its own line. With --compare what the change from OLD to the rules adds and removes: {"change": '
    '"added", "rule", "home", "device", "at", "until", "evidence", "asked"}. '
    "Where OLD names some rules and --rules none, these alone are compared with those of the site, the store or the "
    "packs.":
    '输出：先是规则无法按原意使用的数据（应为数却是文字、没有规则认识的量、把升当作立方米；汇总中的 "hints"）'
    "。然后是每条规则、每户的告警次数、每户每月（30 天）次数、触发时间，以及最先几次告警和依据的读数。再列出从"
    '未触发的规则、只在 CSV 无法说明的状态下生效的规则，和数据中没有所需量的规则'
    '（汇总中的 "untried" 和 "deaf"）。--json 按时间每行一个对象：{"rule", "home", "device", '
    '"state", "at", "reason", "id", "since", "severity", "evidence"}，每触发一次有一行 "firing"；最后是 {"summary": '
    '{…}}。"evidence" 是作为依据的读数（见 docs/mqtt.md），"asked" 是规则对它们的要求（限值、持续时间、多少秒内多少'
    '量）：凭一行即可重画这次告警。--compare 给出从旧'
    '规则 OLD 到新规则增加和减少的：{"change": "added", "rule", "home", "device", "at", "until", '
    '"evidence", "asked"}。'
    "OLD 只写部分规则而没有 --rules 时，只把这些规则与站点、存储或规则包中的同名规则比较。",
    "Ctrl-C while it plays ends it after the homes that are done, and tells of these (\"missing\" in the summary: how "
    "many are not); Ctrl-C while it reads tells nothing.":
    "回放时按 Ctrl-C 即停止，只报告已完成的住户（汇总中的 \"missing\" 为未完成的户数）；读取时按 Ctrl-C 不作报告。",
    "exit status: 0 done, 2 the command was written wrongly, 3 could not run (a file with mistakes: each with "
    "its line), 130 interrupted":
    "退出码：0 已完成，2 命令写错，3 无法运行（文件有错误：逐行列出），130 已中断",
    "CSV, CSV.gz, anju.db, or -": "CSV、CSV.gz、anju.db 或 -",
    "rules to test: a file, a folder, a pack (water@zhenhai), a rule (water-24h@zhenhai); may be repeated":
        "要试的规则：文件、文件夹、规则包（water@zhenhai）或规则（water-24h@zhenhai）；可重复",
    "rules, devices and zone of this site file": "使用此站点文件的规则、设备和时区",
    "zone of hours and days (UTC, or the site's)": "小时和日期的时区（默认 UTC 或站点的）",
    "what changes since these; a site file too": "与这些相比有何变化；也可为站点文件",
    "draw the timeline": "画出时间线",
}  # fmt: skip
