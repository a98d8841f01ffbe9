"""What drivers say of a map that an installer wrote, and of an address that they can't ask; the exact ones first."""

from collections.abc import Mapping

OTHERS: Mapping[str, str] = {
    # ladder/chain.py
    "entry {n} is missing": "缺少第 {n} 条",
    "the record ends at {n}, the gateway wrote {wrote}": "记录止于第 {n} 条，而网关写到第 {wrote} 条",
    "entry {n} is not the one that the gateway wrote": "第 {n} 条不是网关所写的那一条",
    "entry {n} is unreadable": "第 {n} 条无法读取",
    "entry {n} says that it is {number}": "第 {n} 条自称是第 {number} 条",
    "entry {before} was changed, or entry {n} put in its place": "第 {before} 条被改过，或第 {n} 条被换过",
    # drivers/modbus_map.py
    "name must be small letters, digits and -, at most 32": "name 只用小写字母、数字和 -，最多 32 个字符",
    "silent_after must be 1 second … 366 days, in seconds": "silent_after 须为 1 秒至 366 天，以秒计",
    "every must be 0.05 seconds … 7 days, in seconds": "every 须为 0.05 秒至 7 天，以秒计",
    "a map needs tables [[value]]": "须有表 [[value]]",
    "more than {most} values": "超过 {most} 个值",
    "the value ends behind the last register": "该值超出最后一个寄存器",
    "value and condition don't fit one read of {most}": "值与条件一次读不完，一次最多 {most}",
    "only_if looks at a register, but this function reads bits": "only_if 针对寄存器，而该功能码读的是位",
    "only a bit can be inverted: give bit, or mask of one": "只有位可以取反：写 bit，或单个位的 mask",
    "{key} is for registers; functions 1 and 2 read single bits": "{key} 只用于寄存器；功能码 1 和 2 读单个位",
    "{key} needs a type u16, u32 or u64": "{key} 要求 type 为 u16、u32 或 u64",
    "give bit or mask, not both": "bit 和 mask 只写一个",
    "quantity must be a name such as gas_lel_pct, or give states": "quantity 须为 gas_lel_pct 这样的名称，或写 states",
    "{quantity} is true or false: give bit, mask or states": "{quantity} 只有 true 或 false：写 bit、mask 或 states",
    "a bit has no scale and no offset": "位没有 scale 和 offset",
    "give states, or a quantity: states name theirs": "states 和 quantity 只写一个：states 自带测量项",
    "states need whole numbers": "states 须用整数",
    "a state is a whole number": "状态须为整数",
    "a state is {normal} or some of {known}": "状态须为 {normal}，或以下若干项：{known}",
    'no state is "{normal}"': "没有“{normal}”状态",
    "give is or is_not: a list of numbers": "写 is 或 is_not：数值列表",
    # drivers/topic_map.py
    "unknown key": "未知的键",
    "name must be a-z 0-9 - _": "name 只用 a-z 0-9 - _",
    "silent_after must be seconds, from 1 to a year": "silent_after 以秒计，从 1 秒至一年",
    "write 1 … {most} tables [[value]]": "写 1 至 {most} 个表 [[value]]",
    "quantity must be a name of a-z 0-9 _": "quantity 只用 a-z 0-9 _",
    "{key} must be a list of words or numbers": "{key} 须为文本或数值的列表",
    "words must be a table of {known}": "words 须为表，值可用 {known}",
    'path must be a text such as "battery.percent"': 'path 须为文本，如 "battery.percent"',
    'topic must be levels with at least one {address}, such as "house/{address}/state"':
        'topic 的各级中至少有一级 {address}，如 "house/{address}/state"',
    # drivers/table.py
    "{key} is missing": "缺少 {key}",
    "{key} must be a number up to {most}": "{key} 须为不超过 {most} 的数值",
    "{key} must be true or false": "{key} 须为 true 或 false",
    "{key} must be one of {known}": "{key} 须为以下之一：{known}",
    "{key} must be a text": "{key} 须为文本",
    "{key} must be a list of numbers, as sent": "{key} 须为数值列表，按设备发送的原值",
    "{key} must be a table": "{key} 须为表",
    "{key} must be a number": "{key} 须为数值",
    "{key} must be {low} … {high}": "{key} 须为 {low} 至 {high}",
    # gateway/backtest/again.py, store/
    "{path} is not a journal: {error}": "{path} 不是网关的存储文件：“{error}”",
    "{path}: number {n} of the journal can't be read: {error}": "{path}：第 {n} 条记录无法读取：“{error}”",
    "{path}: the beginning of the journal can't be read: {error}": "{path}：开头的记录无法读取：“{error}”",
    "{path}: {what} can't be read: {error}": "{path}：{what} 无法读取：“{error}”",
    "{path}: the journal begins at number {n}; its beginning was dropped as too old":
        "{path}：记录从第 {n} 条开始，更早的已因过期删除",
    "number {n} of the journal can't be read: {error}": "第 {n} 条记录无法读取：“{error}”",
    "{path} holds no record: {error}": "{path} 中没有记录：“{error}”",
    # guests/, ports/ble/survey.py
    "no package brings it": "没有软件包提供该驱动",
    "{package} can't be imported: {error}": "{package} 无法导入：“{error}”",
    "{package}: {value} is no drivers.driver.Driver": "{package}：{value} 不是 drivers.driver.Driver",
    '{package}: the driver calls itself "{name}", its entry point "{point}"':
        "{package}：驱动自称“{name}”，而入口点名为“{point}”",
    "{name} holds {number} drivers: {known}": "{name} 含有 {number} 个驱动：{known}",
    "{path}: no drivers.driver.Driver is in it, such as DRIVER = Driver(…)":
        "{path}：其中没有 drivers.driver.Driver，如 DRIVER = Driver(…)",
    "{path}: neither a folder nor a .py or .toml file": "{path}：不是文件夹，也不是 .py 或 .toml 文件",
    "{path}: no such file": "{path}：没有这个文件",
    "{path} holds captured frames: name the module or the map that they belong to":
        "{path} 是采集的报文：请指定其所属的模块或映射表",
    "there is no Bluetooth adapter that is switched on": "没有已开启的蓝牙适配器",
    "no such adapter": "没有这个适配器",
    # addresses
    "address {address} is no unit 1 … 247": "地址 {address} 不是 1 至 247 的站号",
    "address {address} is not {number} hex digits": "地址 {address} 不是 {number} 位十六进制数",
    "address {address} is not {number} digits": "地址 {address} 不是 {number} 位数字",
    "address {address} stands for several meters: f is any digit; write this one's own number":
        "地址 {address} 代表多块表（f 为任意数字）：请写该表自己的表号",
    "address {address} is neither 0 … 254 nor 8 or 16 hex digits":
        "地址 {address} 既不是 0 至 254，也不是 8 或 16 位十六进制数",
}  # fmt: skip
