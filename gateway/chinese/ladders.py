"""Ladder files and their stories; rule files as commands take them."""

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    'ladder "{ladder}" of {home} is already in {other}': "{home} 的通知流程“{ladder}”已在 {other} 中",
    'ladder "{ladder}" is already in {other}': "通知流程“{ladder}”已在 {other} 中",
    '"{name}" is no name for a ladder': "“{name}”不能作通知流程名",
    "use a-z, 0-9 and -, for example [life-safety]": "只用 a-z、0-9 和 -，如 [life-safety]",
    "ladder {name} has no step": "通知流程 {name} 没有步骤",
    "write a table [[{name}.steps]]": "写上表 [[{name}.steps]]",
    'two steps are called "{double}"': "有两个步骤名为“{double}”",
    "give each its own name": "各用不同的名称",
    "{key} means nothing without again": "没有 again 时 {key} 不起作用",
    'write again = "…", or remove {key}': '写上 again = "…"，或删除 {key}',
    '"who" is missing in {table}': "{table} 中缺少“who”",
    'write who = ["carer"]': '写成 who = ["carer"]',
    "role or person": "角色或人员",
    "write expect = [] if nobody must be told": "不应通知任何人时写成 expect = []",
    '"{said}" is no day and time': "“{said}”不是日期时间",
    'write starts = "mon 21:00"': '写成 starts = "mon 21:00"',
    "told: {message}": "已通知：{message}",
    "missing: {message}": "缺少：{message}",
    "not expected: {message}": "多出：{message}",
    "{person} was told nothing by {at}": "{at} 之前没有通知过 {person}",
    "{act} by {person} at {at} was refused: {why}": "{at} {person} 的 {act} 被拒绝：{why}",
    "{act} by {person} at {at} was not refused": "{at} {person} 的 {act} 未被拒绝",
    "no *.toml in this folder": "该文件夹中没有 *.toml",
    "name a ladder file, or a folder of them": "请指定通知流程文件或其文件夹",
    "{rule}: {what}": "{rule}：{what}",
    "name a rule file, or a folder of them": "请指定规则文件或其文件夹",
    "this is a site file": "这是站点文件",
    "write `anju check {file}`": "请用 `anju check {file}`",
}  # fmt: skip
