"""What argparse says around the help pages, and of a command that is written wrongly, in Chinese."""

from collections.abc import Mapping

FRAME: Mapping[str, str] = {
    "positional arguments": "参数",
    "options": "选项",
    "commands": "命令",
    "usage: ": "用法：",
}

WRONG: Mapping[str, str] = {
    "argument {name}: invalid choice: {value} (choose from {known})": "{name} 不能是 {value}（可用：{known}）",
    "argument {name}: invalid int value: {value}": "{name} 必须是整数，现为 {value}",
    "argument {name}: invalid float value: {value}": "{name} 必须是数值，现为 {value}",
    "argument {name}: expected one argument": "{name} 后面缺少值",
    "argument {name}: expected at least one argument": "{name} 后面至少要有一个值",
    "argument {name}: ignored explicit argument {value}": "{name} 不带值，现为 {value}",
    "argument {name}: not allowed with argument {other}": "{name} 不能与 {other} 同用",
    "argument {name}: {value} is no duration such as {one} or {other}":
        "{name} 必须是时长，如 {one}、{other}，现为 {value}",
    "argument {name}: {value} is no time such as {one}": "{name} 必须是时间，如 {one}，现为 {value}",
    "argument {name}: {value} is not between 0 and 60 seconds": "{name} 必须在 0 至 60 秒之间，现为 {value}",
    "argument {name}: not hexadecimal": "{name} 不是十六进制",
    "argument {name}: a unit, or two with - between, of 1 to 247":
        "{name} 写一个地址，或用 - 连接的两个地址，范围 1 至 247",
    "argument {name}: more than 0, and not more than a day": "{name} 必须大于 0，不超过一天",
    "the following arguments are required: {names}": "缺少参数：{names}",
    "one of the arguments {names} is required": "以下参数须写一个：{names}",
    "unrecognized arguments: {names}": "多余或未知的参数：{names}",
    "ambiguous option: {option} could match {known}": "{option} 不明确，可能是：{known}",
}  # fmt: skip
"""By the first that fits: see `rules.sentence.Catalogue`."""
