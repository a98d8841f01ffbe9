"""The way to the platform.

anju.py   Profile ``anju``: topics and the bodies that belong to the connection itself
mqtt.py   Uplink: outbox lanes -> broker, confirmations, commands; the only user of aiomqtt
"""
