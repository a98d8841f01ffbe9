"""Recorded data and stores that can't be back-tested."""

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    "there is no reading in it": "其中没有读数",
    "name recorded data: ts,home,device,quantity,value": "请指定记录数据：ts,home,device,quantity,value",
    "a line of {longest} bytes or more": "一行达到 {longest} 字节或更长",
    "name recorded data, a reading a line": "请指定记录数据，每行一个读数",
    "save the file as CSV in UTF-8": "将文件另存为 UTF-8 编码的 CSV",
    "damaged or cut short: {error}": "已损坏或不完整：“{error}”",
    "copy the file again": "重新复制该文件",
    "name the anju.db of a gateway, copied with its anju.db-wal, or recorded data as CSV":
        "请指定网关的 anju.db（复制时连同 anju.db-wal），或 CSV 记录数据",
    "the file is named twice": "同一文件写了两次",
    "name it once: each reading would count twice": "只写一次，否则每个读数会算两遍",
    "the standard input is closed": "标准输入已关闭",
    "packed by {program}, or a spreadsheet": "由 {program} 压缩的文件，或电子表格",
    "unpack it, or save it as CSV; gzip is read as it is": "先解压，或另存为 CSV；gzip 可直接读取",
    "name the store of a gateway that heard something": "请指定收到过数据的网关的存储文件",
}  # fmt: skip
