"""The way to the platform.

anju.py    Profile ``anju``: topics and the bodies that belong to the connection itself
allowance.py how many commands are taken in
client.py  aiomqtt with refusals and limits
commands.py what a broker tells us
mqtt.py    Uplink: the connection, its status, what is asked and told on it
delivery.py Delivery: outbox lanes -> broker, and what becomes of each message
receipts.py what the platform says it has taken in
"""
