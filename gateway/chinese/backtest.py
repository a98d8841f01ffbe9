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
    "name the anju.db of a gateway, or recorded data as CSV": "请指定网关的 anju.db，或 CSV 记录数据",
    "name the store of a gateway that heard something": "请指定收到过数据的网关的存储文件",
}  # fmt: skip
