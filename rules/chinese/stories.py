"""Stories: what is wrong with one, and how it failed; recorded data."""

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    '"{device:.60}" says nothing in this story, so nothing of it is missed':
        "“{device:.60}”在此用例中没有上报，因此也没有数据缺失",
    "{key} goes from a number to a number, with every": "{key} 从一个数变到另一个数，须与 every 同用",
    "write every, until and {key} = [12, 12.5]": "写 every、until 和 {key} = [12, 12.5]",
    # scene.py, script.py
    "the story has no date": "用例没有日期",
    'write starts = "2026-10-01 08:00"': '写成 starts = "2026-10-01 08:00"',
    '"{said:.40}" is no day and time': "“{said:.40}”不是日期时间",
    'write starts = "mon 21:00", or "2026-10-01 21:00"': '写成 starts = "mon 21:00" 或 "2026-10-01 21:00"',
    "there is no rule {missing}": "没有规则 {missing}",
    '"expect" is missing': "缺少“expect”",
    "write expect = [] if nothing must happen": "不应有告警时写成 expect = []",
    "{rule} doesn't play in this story": "{rule} 不在本用例的规则中",
    "this step says {kinds}": "本步骤同时写了 {kinds}",
    "this step says nothing": "本步骤没有内容",
    "mode home lasts until another one comes": "home 状态持续到下一个状态为止",
    "remove for": "删除 for",
    "{device} says nothing": "{device} 没有上报内容",
    "add a quantity and its value, such as smoke = true": "加上测量项和值，如 smoke = true",
    'no driver gives "{key}"': "没有驱动提供“{key}”",
    'it belongs to every: write every = "5m"': '须与 every 合用：写上 every = "5m"',
    '"{said}" is no jump of the clock': "“{said}”不是时钟跳变",
    'write clock = "+3h", "-1d" or "lost"': '写成 clock = "+3h"、"-1d" 或 "lost"',
    "that is more than {most} readings": "读数超过 {most} 个",
    "write a longer every, or an earlier until": "加大 every，或提前 until",
    # story.py, stage.py: the two that stand one below the other are equally wide
    "expected: {change}": "应有：{change}",
    "came:     {alert}": "实际：{alert}",
    "not expected: {alert}": "多出：{alert}",
    "all that came:": "全部告警变化：",
    "  {alert}": "  {alert}",
    "{change} ({evidence})": "{change}（依据：{evidence}）",
    "{change} {reason}": "{change} {reason}",
    "{what} at {at}": "{at} {what}",
    "the reset of {rule} at {at} was not refused": "{at} 对 {rule} 的复位未被拒绝",
    "the reset of {rule} at {at} was refused: {why}": "{at} 对 {rule} 的复位被拒绝：{why}",
    # recording.py
    "the header is {head}": "表头是 {head}",
    "write {header}": "写成 {header}",
    "write {header}, and a point in numbers": "写成 {header}，数字中用小数点",
    "write commas between the columns, and a point in numbers": "各列之间用逗号，数字中用小数点",
    "no CSV: {error}": "不符合 CSV 格式：{error}",
    "close the quotes, save the file as CSV": "补上后引号，另存为 CSV 文件",
    "{row} is no reading": "{row} 不是读数",
    "write ts in seconds since the epoch, or as 2026-01-31T12:00:00Z":
        "ts 写成 Unix 时间（秒），或 2026-01-31T12:00:00Z",
    "write ts in seconds, not in milliseconds": "ts 的单位是秒，不是毫秒",
    "write a ts from 1900 to 2100": "ts 须在 1900 年至 2100 年之间",
    "write a value": "写上数值",
    "write a value of {longest} characters or fewer": "值不超过 {longest} 个字符",
    "leave out the line: no number is no reading": "删除本行：没有数值就不是读数",
    "write names of 1 to {longest} characters": "名称须为 1 至 {longest} 个字符",
    "a device of more than {most_points} quantities: columns may have changed places":
        "一台设备超过 {most_points} 种量：可能有列写错了位置",
    "a home of more than {most_devices} devices: write one home in each home's place":
        "一户超过 {most_devices} 台设备：home 列应写各户自己的名称",
    "remove what a clock that was not set has written": "删除时钟未校准时写入的数据",
    "{row} can't be taken": "无法采用 {row}",
    "more than {most_rows:,} rows of one home": "一户超过 {most_rows:,} 行",
    "test its months one by one: awk -F, 'NR == 1 || $1 >= FROM && $1 < UNTIL' FILE":
        "逐月测试：awk -F, 'NR == 1 || $1 >= FROM && $1 < UNTIL' FILE（FROM、UNTIL 为起止时间）",
    "no room in {folder} to put by what was read: {why}": "{folder} 没有空间暂存已读的数据：{why}",
    "make room, or name another folder in the environment's TMPDIR":
        "腾出空间，或用环境变量 TMPDIR 指定另一个文件夹",
    "{home!r} is one home too many": "住户 {home!r} 超出户数上限",
    "no name of a home": "没有住户名",
    "write up to {most_homes:,} homes of up to {longest} characters":
        "最多 {most_homes:,} 户，住户名不超过 {longest} 个字符",
}  # fmt: skip
