"""What is right word by word and probably not meant."""

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    "it watches each sensor alone, so one that is seldom used is taken for a silent home":
        "它单独看每个传感器，很少用到的传感器会被当成家中无活动",
    # lint.py
    "whenever {one} fires, {other} fires too, and tells the same people with the same severity":
        "{one} 触发时 {other} 也必然触发，且级别和通知对象相同",
    "keep one of them, or give them different severities or ladders": "只保留一条，或改用不同的级别或通知流程",
    "a condition asks for {names}, which the devices of the rule leave out":
        "条件要看 {names}，而规则的 devices 不包括它们",
    "name them there as well, or name devices in one of the two places":
        "在规则的 devices 里也写上，或只在一处写 devices",
    "it can't fire in {home}: no device there says {quantities}":
        "在 {home} 不会触发：该户没有设备上报 {quantities}",
    "it can't fire in {home}: no single device says {quantities}":
        "在 {home} 不会触发：没有一台设备同时上报 {quantities}",
    "it can't fire here: no single device says {quantities}": "在此不会触发：没有一台设备同时上报 {quantities}",
    'write per = "home"': '写 per = "home"',
    "it can't fire here: no device says {quantities}": "在此不会触发：没有设备上报 {quantities}",
    "add such a sensor, or leave the rule out": "加装这类传感器，或不用这条规则",
    "it takes {name} for silent after {silent}; it lives and may say nothing for {sleeps}":
        "{silent}未收到 {name} 即视为失联，而该设备正常时也可能 {sleeps}不上报",
    "write silent = true or a longer one, or give {name} another silent_after in the site file":
        "写成 silent = true 或更长的时间，或在站点文件中修改 {name} 的 silent_after",
    "no value makes all of these true at the same time": "没有任何值能同时满足这些条件",
    "each value makes one of these true": "任何值都会满足其中一个条件",
    "a while names {modes}, in which the while around it lets nothing count":
        "while 中写了 {modes}，而外层的 while 在该状态下不生效",
    "remove it there, or name it in both": "在该处删除，或两处都写上",
    "it is true because {event} doesn't come, and nothing shows that it would be heard":
        "{event} 未出现即为真，而没有任何数据能证明出现时收得到",
    "name what happens then: all = [{…}, {not = {…}}], or a state that is repeated":
        "写明此时发生了什么：all = [{…}, {not = {…}}]，或改用会重复上报的状态",
    "it is judged at {end}, when the hours of while are shut: nobody is told before they open next":
        "该条件在 {end} 判断，此时 while 的时段已过：要到时段再次开始才会通知",
    "remove hours, or let them begin at {end}": "删除 hours，或让时段从 {end} 开始",
    # plausible.py
    "{name} is true or false, never {value!r}": "{name} 只有 true 或 false，不会是 {value!r}",
    "write is = true or is = false": "写成 is = true 或 is = false",
    "{name} is a number, never {value!r}": "{name} 是数值，不会是 {value!r}",
    "write above, below, outside, or is = a number": "用 above、below、outside，或 is = 数值",
    "{name} is a text, no number": "{name} 是文本，不是数值",
    'write is = "…"': '写成 is = "…"',
    "{name} is true or false and counts as 1 or 0": "{name} 只有 true 或 false，按 1 或 0 计",
    "from {low:g} to {high:g}": "{low:g} 至 {high:g}",
    "{low:g} or more": "不小于 {low:g}",
    "{name} is {span}: no value passes this test": "{name} 的取值为 {span}，没有值能满足该条件",
    "{name} is {span}: each value passes this test": "{name} 的取值为 {span}，任何值都满足该条件",
    "move the limit": "调整限值",
    "no meter of a home passes {said} in {over}, {most:g} at the most":
        "户用表在 {over}内不会走 {said}，最多 {most:g}",
    "is it the right unit?": "单位是否正确？",
    "nearly every home uses less than {said} in {over}, so it fires nearly always":
        "绝大多数住户 {over}的用量都低于 {said}，规则几乎会一直触发",
    "{budget} is no silence: what a sensor only says again goes on twice a minute at most":
        "{budget}不算失联：传感器重复的内容每分钟最多转发两次",
    'write silent = true, for the budget of each device, or silent = "2m" or longer':
        '写成 silent = true（按各设备的上报期限），或 silent = "2m" 或更长',
}  # fmt: skip
