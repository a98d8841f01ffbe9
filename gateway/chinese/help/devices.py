"""The help pages in Chinese: devices and drivers."""

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    "Show which devices are there: who they are, what they say, how well they are heard.":
        "查看有哪些设备：是什么，说什么，信号如何。",
    "everything that sensors broadcast here, for ten seconds": "十秒内这里传感器广播的全部内容",
    "who is on this line, by five protocols": "用五种协议查询线路上有谁",
    "`anju scan COMMAND --help` tells more, with examples.": "`anju scan 命令 --help` 有详细说明和示例。",
    "listen to what sensors broadcast over Bluetooth LE": "监听传感器的蓝牙广播",
    "look who is on a serial line": "查询串行线路上有谁",
    "Listen to what sensors broadcast over Bluetooth LE. In a terminal the table is live. Senders that no "
    "driver knows, such as phones and lamps, are only counted, unless --all. The gateway may go on running "
    "meanwhile.":
    "监听传感器的蓝牙广播。在终端中表格实时更新。没有驱动认识的发送者（如手机、灯具）只计数，--all 才列出。网关"
    "可以同时运行。",
    "with the site's names and keys": "使用站点中的名称和密钥",
    "output, one line a sender: its address, what it is believed to be, its name (in the site, else as it "
    "says), strength in dBm (-50 is near, below -90 is too far), seconds since it was heard, values. With "
    "--json one object a sender:":
    "输出：每个发送者一行：地址、可能的类型、名称（站点中的，否则为它自报的）、信号强度 dBm（-50 为近，低于 "
    "-90 为太远）、几秒前听到、读数。--json 每个发送者一个对象：",
    '"error" says why nothing can be read: an encrypted sensor needs its key in site.toml.':
        '"error" 说明为什么读不出：加密的传感器需在 site.toml 中写密钥。',
    "exit status: 0 a sensor was heard, 1 none was, 3 there is no Bluetooth here":
        "退出码：0 听到传感器，1 没有听到，3 这里没有蓝牙",
    "how long (10)": "监听多久（默认 10 秒）",
    "hci0 or an address (all)": "hci0 或地址（默认全部）",
    "a site file: its names, and its keys to decrypt with": "站点文件：用其中的名称，并用其中的密钥解密",
    "also senders that no driver knows": "也列出没有驱动认识的发送者",
    "Look who is on a serial line: our own nodes by listening, and Modbus, DL/T 645, CJ/T 188 and M-Bus "
    "devices by each protocol's own questions for an address, at the speeds that they usually have, what is "
    "quick and usual first. Nothing is changed on the line. With somebody found it takes a minute, on a dumb "
    "line three: say what you know. All units at all speeds are asked only if you name the speeds. A gateway "
    "that runs holds its lines: stop it, or scan before it starts.":
    "查询串行线路上有谁：自有节点靠监听；Modbus、DL/T 645、CJ/T 188 和 M-Bus 设备按各协议查询地址，用常见速率，"
    "常见而快的在前。不改变线路上任何设置。有设备应答时约一分钟，没有应答的线路约三分钟：已知的请写明。只有写明"
    "速率才会查遍所有地址。运行中的网关占用线路：请先停止它，或在启动前扫描。",
    "output, one line a device: driver, address, speed, values. What driver a Modbus device needs is a guess "
    "by the register maps that fit: all that do are named, look into its manual. With --json one object a "
    "device:":
    "输出：每台设备一行：驱动、地址、速率、读数。Modbus 设备用哪个驱动是按相符的寄存器表推测的：相符的都列出，"
    "请查阅设备手册。--json 每台设备一个对象：",
    "exit status: 0 a device was found, 1 none was, 3 the line can't be opened, 130 ended by Ctrl-C":
        "退出码：0 找到设备，1 没有找到，3 线路打不开，130 被 Ctrl-C 中断",
    "a tty, a URL, or a name of [ports] with --site": "串口、URL，或（带 --site 时）[ports] 中的名称",
    "only this one; may come again (all)": "只用此协议；可重复（默认全部）",
    "only at this speed": "只用此速率",
    "of Modbus (1-247)": "Modbus 地址（1-247）",
    "a site file: its names, and its register maps": "站点文件：用其中的名称和寄存器表",
    "Register a device: its table is written into site.toml, whose comments stay, the running gateway takes it "
    "into use, and a walk-test follows (see anju walk-test --help). What isn't said by an option is asked for, "
    "in a terminal; there the senders that nobody registered are shown as they speak. Until it is signed off "
    "it is a trouble.":
    "登记一台设备：把它写入 site.toml（注释保留），运行中的网关即时启用，然后进行步行测试（见 anju walk-test "
    "--help）。在终端中，选项没有写明的会逐项询问，并实时列出未登记的发送者。签字之前列为故障。",
    "exit status: 0 added (and signed off, unless --later), 1 not heard, or refused; 2 something is not said "
    "and nobody is there to ask; 3 no gateway answers, or site.toml has mistakes: then nothing was written":
    "退出码：0 已添加（并已签字，--later 除外），1 没有收到或被拒绝；2 有内容未写明且无人可问；3 没有网关应答，"
    "或 site.toml 有错误：此时没有写入任何内容",
    "its name in site.toml, such as smoke-501": "在 site.toml 中的名称，如 smoke-501",
    "a name of [ports]": "[ports] 中的名称",
    "what it is (its port's)": "设备类型（默认为端口的驱动）",
    "as on its label, or as anju scan shows it": "标签上的地址，或 anju scan 所示",
    "where it is": "安装位置",
    "no walk-test now: a trouble until there was one": "现在不做步行测试：测试之前列为故障",
    "how long to wait for it (120)": "等待多久（默认 120 秒）",
    "any word of it counts, also one that shows no trigger": "收到它的任何数据都算，不要求触发",
    "Trigger sensors, in any order, and see them arrive: press a test button, use smoke, a magnet, water. "
    "While it lasts their homes are in walk-test: sirens sound for two seconds and nobody is called. What "
    "counts is an alarm, its test button, a press, an open door, motion; of a meter any word, of a thermometer "
    "with --any. Then site.toml says who tested it, and what it was heard to say where nobody knows that of its "
    "kind (its promise: says = [...]); the walk-test ends when nothing alarms any more. What alarms for three "
    "minutes counts as real, and so does a help button that is pressed three times. Without a device: who isn't "
    "signed off.":
    "逐个触发传感器（顺序不限），确认网关收到：按测试按钮，或用烟、磁铁、水。测试期间，所属住户处于测试中：警号"
    "只响两秒，不通知任何人。报警、测试按钮、按键、开门、有人活动都算触发；表计收到任何数据即可，温度计须加 "
    "--any。之后 site.toml 记下测试人；此类设备上报什么无从预知时，也记下收到的测量项（says = [...]，即承诺）。"
    "报警全部恢复后测试结束。持续三分钟的报警按真实报警处理，连按三次求助按钮"
    "也是。不写设备时：列出未签字的。",
    'output: what the sensor says, a line each; with --json one object a line, {"device", "values", '
    '"passed"}.':
    '输出：传感器的读数，每个一行；--json 每行一个对象：{"device", "values", "passed"}。',
    "exit status: 0 heard and signed off (or nobody is left to be), 1 not heard in time, 3 no gateway answers":
        "退出码：0 已收到并签字（或全部已签字），1 没有及时收到，3 没有网关应答",
    "names of [devices]; none: list who isn't signed off": "[devices] 中的名称；不写则列出未签字的",
    "all of a home that aren't signed off": "一户中所有未签字的",
    "sign them off without a test, in your name": "不测试，以您的名义签字",
    "Decode frames of one kind of device. HEX is a whole frame as it came off the wire, or several; spaces are "
    "allowed. With - each line of the standard input is one HEX. DRIVER is the name of a shipped or installed "
    "driver (anju driver list), or a file: a module of your own (thermo.py), a register or topic map "
    "(my-detector.toml).":
    "解读一类设备的报文。HEX 是线路上收到的一帧或多帧完整报文，可有空格。写 - 则从标准输入逐行读取 HEX。DRIVER "
    "是随附或已安装驱动的名称（`anju driver list`），或文件：自己的模块（thermo.py）、寄存器表或主题表（"
    "my-detector.toml）。",
    "A Modbus answer doesn't name its registers: write the request in front of it. An advert is its body, "
    "without the sender; --address names it. For a driver of sensors on a broker a line may be TOPIC PAYLOAD, "
    "as `mosquitto_sub -v` prints it, with the topic below the driver's base.":
    "Modbus 应答不含寄存器地址：请把请求写在前面。蓝牙广播只写内容，不含发送者，用 --address 写明。消息代理上传"
    "感器的驱动，每行可写“主题 内容”，与 `mosquitto_sub -v` 的输出相同，主题从驱动的基础主题之下写起。",
    "output, one object a line for each frame:": "输出，每帧一个对象：",
    '{"error": "…"} for a bad one. The second of several like values is called temperature_c#2.':
        '{"error": "…"} 表示坏报文。同类的第二个值写作 temperature_c#2。',
    '"repeated": true marks a repetition of an earlier frame, which the gateway takes for no news.':
        '"repeated": true 表示重复之前的报文，网关不作为新数据。',
    "with --text, to read at a glance:": "--text 便于阅读：",
    "exit status: 0 all decoded, 1 a bad frame, 2 no such driver": "退出码：0 全部解读，1 有坏报文，2 没有此驱动",
    "kind of device, such as node, or a .py or .toml file": "设备类型，如 node；或 .py、.toml 文件",
    "the frame, or - for one HEX a line from the standard input": "报文；写 - 则从标准输入逐行读取 HEX",
    "key of devices that encrypt": "加密设备的密钥",
    "sender of a frame that does not carry it": "报文不含发送者时，写明发送者",
    "words in place of JSON": "用文字代替 JSON",
    "Which drivers there are, and whether one of your own is sound. README.md tells how a driver is written.":
        "有哪些驱动，自己写的驱动是否可靠。驱动的写法见 README.md。",
    "which drivers there are": "有哪些驱动",
    "test a driver by its captured frames": "用截获的报文测试驱动",
    "Which drivers there are: those of this distribution, and those that other packages bring by the "
    "entry-point group anju.drivers. These run in a process of their own, and are loaded here to see whether "
    "they can be.":
    "有哪些驱动：随附的，以及其他软件包通过入口组 anju.drivers 提供的。后者在单独的进程中运行，此处会加载以检查"
    "能否使用。",
    "output, one line a driver: name, link (serial, advert, mqtt), seconds of silence after which a device is "
    'lost, package. With --json one object a line: {"name", "link", "silent_after", "package", '
    '"error"}':
    "输出：每个驱动一行：名称、连接方式（serial、advert、mqtt）、多少秒无数据视为失联、软件包。--json 每行一个"
    '对象：{"name", "link", "silent_after", "package", "error"}',
    "exit status: 0 all can be loaded, 1 one can't": "退出码：0 全部可加载，1 有不能加载的",
    "Put a driver to the test: its captured frames whole, byte by byte, glued, cut short, behind noise, with "
    "every bit flipped; then rubbish; then what the gateway asks of it. PATH is a module (thermo.py), a "
    "register or topic map (my-detector.toml), a folder of them, or the name of an installed driver. Its "
    "frames are NAME.toml beside it or in frames/, NAME being the driver's.":
    "检验驱动：截获的报文整帧、逐字节、粘连、截断、前有杂讯、逐位翻转；再用乱码；最后检验网关对驱动的要求。"
    "PATH 是模块（thermo.py）、寄存器表或主题表（my-detector.toml）、存放它们的文件夹，或已安装驱动的名称。报文"
    "在其旁边或 frames/ 中的 NAME.toml 里，NAME 为驱动名。",
    "output, a paragraph a driver; the first thing that is wrong is named with its frame. With --json one "
    'object a line: {"name", "place", "passed", "failed", "asked", "slowest_ms", "notes"}':
    '输出：每个驱动一段；第一个错误连同报文列出。--json 每行一个对象：{"name", "place", "passed", '
    '"failed", "asked", "slowest_ms", "notes"}',
    "exit status: 0 all passed, 1 one failed, 3 there is no driver to test":
        "退出码：0 全部通过，1 有未通过的，3 没有可测试的驱动",
    "a module, a map, a folder, or the name of an installed driver": "模块、表、文件夹，或已安装驱动的名称",
}  # fmt: skip
