"""What the machine around a site file says: ttys, keys, certificates, Bluetooth, who is left out."""

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    # surroundings.py, keys.py
    "the variable {variable} is not set here": "此处没有设置环境变量 {variable}",
    "the variable {variable}": "环境变量 {variable}",
    "{path}: {strerror}": "{path}：{strerror}",
    "{place} holds no key of hex digits": "{place} 中没有十六进制密钥",
    "{path}: no such file": "{path}：没有这个文件",
    "put the {key} there, or correct the path": "将 {key} 放到该处，或改正路径",
    'driver "{name}" does not start: {why}': "驱动“{name}”无法启动：“{why}”",
    "see what `anju driver test {name}` says, or install it anew":
        "运行 `anju driver test {name}` 查看原因，或重新安装",
    'driver "{name}" has {uncalled}: such functions are called of drivers that ship with Anju alone':
        "驱动“{name}”含有 {uncalled}：此类函数只对 Anju 自带的驱动调用",
    "use a device that needs no answer and switches nothing": "改用无需应答、不控制输出的设备",
    "apprise is not installed": "未安装 apprise",
    'pip install "anju[apprise]"': 'pip install "anju[apprise]"',
    "put the {word} there, or correct the path": "将 {word} 放到该处，或改正路径",
    "{path} is no file": "{path} 不是文件",
    "name a file that holds the {word}": "请指定存放 {word} 的文件",
    "{path} can be read by others than its owner (mode {mode:o})": "{path} 可被所有者以外的用户读取（权限 {mode:o}）",
    "chmod 600 {path}": "chmod 600 {path}",
    "put the key there as hex digits, or correct the place": "在该处写入十六进制密钥，或改正位置",
    "{key_file} can be read by others than its owner": "{key_file} 可被所有者以外的用户读取",
    "chmod 600 {key_file}": "chmod 600 {key_file}",
    "ports.{port} is the same tty as ports.{other}": "ports.{port} 与 ports.{other} 是同一个串口",
    "give each its own path": "各用不同的 path",
    "{path} is no tty": "{path} 不是串口",
    "choose from `ls /dev/serial/by-id`": "从 `ls /dev/serial/by-id` 中选择",
    "{path} is not there now": "{path} 目前不存在",
    "plug it in, or choose from `ls /dev/serial/by-id`": "接好设备，或从 `ls /dev/serial/by-id` 中选择",
    "`sudo usermod -aG dialout USER` for the user who runs the gateway, then log in again":
        "对运行网关的用户执行 `sudo usermod -aG dialout USER`，然后重新登录",
    "{path} may not be opened by this user": "当前用户无权打开 {path}",
    "set it where the gateway starts: for the service in /etc/anju/environment":
        "在网关启动的环境中设置；服务方式写在 /etc/anju/environment",
    "no device is in {home}, so what it says of rules counts nowhere": "{home} 没有设备，其中对规则的改动不起作用",
    "add one, or correct the name: {known}": "添加设备，或改正名称：{known}",
    "this list stands in place of that of {rule}, which looks at {names} now":
        "此列表取代了 {rule} 自带的列表，因此它现在也看 {names}",
    "name them there as well": "把它们也写进去",
    "{device} may be dead for {time} before anybody is told": "{device} 失联 {time} 后才会有人知道",
    "write a shorter silent_after, or remove it: {usual} is its driver's":
        "写更短的 silent_after，或删除：驱动的时限为 {usual}",
    "no device is in {home}": "{home} 没有设备",
    "add one, or remove it": "添加设备，或删除该户",
    "there is no home: nothing is watched": "没有住户：没有任何监测",
    "add [homes.NAME], a port, a device": "添加 [homes.NAME]、端口和设备",
    "there is no uplink: alarms are told to nobody outside": "没有 uplink：报警不会传到外部",
    "add [uplinks.NAME]": "添加 [uplinks.NAME]",
    "{person} is reached by no channel": "{person} 没有通知渠道",
    'write channels = ["…"], names of [channels.NAME]': '写上 channels = ["…"]，即 [channels.NAME] 的名称',
    "no person is told of an alarm in {home}": "{home} 报警时不会通知任何人",
    "name it in homes of a person": "写进某个人员的 homes",
    "{folder} cannot be written": "{folder} 不可写",
    "give the gateway's user a folder of its own": "为运行网关的用户准备专用文件夹",
    # ports/ble/ask.py
    "Bluetooth can't be asked: {why}": "无法查询蓝牙：“{why}”",
    "`sudo apt-get install bluez`, and start it": "执行 `sudo apt-get install bluez` 并启动服务",
    "there is no Bluetooth adapter now": "目前没有蓝牙适配器",
    "plug one in, or start the service: `bluetoothctl list`": "插上适配器，或启动服务：`bluetoothctl list`",
    "{adapters} is not there now": "{adapters} 目前不存在",
    "plug it in, or choose from `bluetoothctl list`": "插上适配器，或从 `bluetoothctl list` 中选择",
    "{adapters} can't scan passively: an alarm may be lost": "{adapters} 不能被动扫描：可能漏掉报警",
    "write `Experimental = true` under [General] in /etc/bluetooth/main.conf, then `sudo systemctl restart bluetooth`":
        "在 /etc/bluetooth/main.conf 的 [General] 下写 `Experimental = true`，然后 `sudo systemctl restart bluetooth`",
}  # fmt: skip
