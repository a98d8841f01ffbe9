"""Sensors on a broker in the home.

broker.py   Broker: what sensors publish comes in as Frames, acknowledged when the store has it
client.py   Client: one connection; the only user of aiomqtt here
bulk.py     Bulk: how many of a broker's long lists are looked into; pure
"""

from gateway.ports.mqtt.broker import Broker

__all__ = ["Broker"]
