"""What is told of a driver on trial (gateway/guests/trial.py), and of a line that can't be opened, in Chinese."""

from collections.abc import Mapping

DRIVERS: Mapping[str, str] = {
    # drivers/captures.py
    "{frame}, whole: reads {said}, expected {meant}": "{frame} 整帧：读出 {said}，应为 {meant}",
    "{frame}, byte by byte: reads {said}, expected {meant}": "{frame} 逐字节：读出 {said}，应为 {meant}",
    "{frame}, glued: reads {said}, expected {meant}": "{frame} 粘连：读出 {said}，应为 {meant}",
    "{frame}, bit {n} flipped: reads {said}, expected only {meant}":
        "{frame} 第 {n} 位翻转：读出 {said}，应只有 {meant}",
    "{frame}, cut after {n} bytes: reads {said}, expected only {meant}":
        "{frame} 在 {n} 字节后截断：读出 {said}，应只有 {meant}",
    "{frame}, after noise {noise}: reads {said}, expected only {meant}":
        "{frame} 前有杂讯 {noise}：读出 {said}，应只有 {meant}",
    "{frame}: refused for {why}, not for {meant}": "{frame}：拒绝的原因是 {why}，应为 {meant}",
    "{name}: keeps {n} bytes of noise": "{name}：保留了 {n} 字节杂讯",
    # gateway/guests/trial.py
    "it ends the process": "它结束了进程",
    "raises {error}: {why}; only BadFrame is allowed": "抛出 {error}：{why}；只允许抛出 BadFrame",
    "a call took {ms} ms; the gateway waits for 200 ms": "一次调用用了 {ms} 毫秒；网关只等 200 毫秒",
    "no captured frames: write {name} beside it, or into frames/": "没有截获的报文：请在旁边或 frames/ 中写 {name}",
    "{right} frames that are read and {refused} that are refused; at least {one} and {other} are needed":
        "可读的报文 {right} 帧，被拒绝的 {refused} 帧；至少需要 {one} 帧和 {other} 帧",
    "{name} is called of drivers of ours alone": "只有随附的驱动才会被调用 {name}",
    "a rule file that speaks of it has to say: quantities = {names}": "用到它的规则文件须写：quantities = {names}",
    "{call} didn't end within {seconds} s": "{call} 在 {seconds} 秒内没有结束",
    "{frame}: no answer": "{frame}：没有回答",
    "{frame}: address {address} is not one in lower case of 1 to 128 characters":
        "{frame}：地址 {address} 须为小写，1 至 128 个字符",
    "{frame}: kind is {kind}, no whole number": "{frame}：kind 为 {kind}，不是整数",
    "{frame}: values are no list of at most {most}": "{frame}：values 须为列表，最多 {most} 项",
    "{frame}: the memory has more than {most} entries": "{frame}：memory 超过 {most} 项",
    "{frame}: memory {name} is no number and no text": "{frame}：memory 中的 {name} 既不是数也不是文本",
    "{frame}: a value is quantity, value, flags, nth": "{frame}：一个值须含 quantity、value、flags、nth",
    "{frame}: {quantity} is no quantity: a-z, 0-9 and _, the unit at its end":
        "{frame}：{quantity} 不是测量项：用 a-z、0-9 和 _，末尾为单位",
    "{frame}: flags of {quantity} are not at most 4 short texts": "{frame}：{quantity} 的 flags 须为短文本，最多 4 个",
    "{frame}: {name} is {value}: neither true or false, a finite number, nor a short text":
        "{frame}：{name} 为 {value}：须为 true 或 false、有限的数或短文本",
    # what cannot be opened
    "{path}: [Errno 2] could not open port {port}: {error}":
        "{path}：没有这个串口：检查接线，或用 `ls /dev/serial/by-id` 查看",
    "{path}: [Errno 13] could not open port {port}: {error}": "{path}：没有权限打开：把用户加入 dialout 组",
    "{path}: [Errno {number}] could not open port {port}: {error}": "{path}：打不开：“{error}”",
    "the system's D-Bus: {error}": "系统 D-Bus 不可用：“{error}”",
}  # fmt: skip
"""The values stand in it already: each is found by its template, the first that fits."""

ASKED: Mapping[str, str] = {
    "refused": "拒绝", "whole": "整帧", "byte by byte": "逐字节", "bit flipped": "翻转位", "truncated": "截断",
    "after noise": "杂讯之后", "glued": "粘连", "bounded": "有界", "rubbish": "乱码", "handed on": "交给网关",
}  # fmt: skip
"""Question -> Chinese."""
