"""The floor for latency.py: tty to siren and to MQTT as a bare script. No database, no rules, no home, no promises.

``python bench/floor.py TTY HOST PORT``: every alarm frame sets the relay of its node and is published at QoS 1.
"""

import json
import os
import select
import socket
import sys

import paho.mqtt.client as paho
import serial
from paho.mqtt.enums import CallbackAPIVersion

from drivers import node


def main(path: str, host: str, port: str) -> None:
    """Until killed."""
    client = paho.Client(CallbackAPIVersion.VERSION2, "floor")
    client.connect(host, int(port))
    end = client.socket()
    assert isinstance(end, socket.socket)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.loop_start()
    tty = serial.Serial(path, 115200, timeout=0)
    client.publish("floor/status", json.dumps({"online": True}), qos=1)
    rest = b""
    number = 0
    while select.select([tty], [], []):
        frames, rest = node.cut(rest + os.read(tty.fileno(), 65536))
        for frame in frames:
            head = node.head(frame)
            decoded = node.decode(head, {})
            if head.alarm:
                value = next(iter(decoded.values))
                number += 1
                os.write(tty.fileno(), node.switch(head.address, 1, bool(value.value), number))
                source = {"device": f"node-{int(head.address, 16)}", "boot": head.boot, "seq": head.seq}
                client.publish("floor/event", json.dumps({"sources": [source], value.quantity: value.value}), qos=1)


if __name__ == "__main__":
    main(*sys.argv[1:4])
