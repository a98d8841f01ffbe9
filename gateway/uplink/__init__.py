"""The way to the platform.

anju.py    Profile ``anju``: topics and the bodies that belong to the connection itself
allowance.py how many commands are taken in
client.py  aiomqtt with refusals and limits; mqtt.py and this are its only users
commands.py what a broker tells us
mqtt.py    Uplink: outbox lanes -> broker, confirmations, commands
"""
