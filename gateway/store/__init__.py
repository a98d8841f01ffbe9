"""The gateway's memory on disk; the only user of aiosqlite.

message.py   Message and the three lanes
schema.py    the tables and how to open a file of them
store.py     Store: one connection, one writer, one transaction a batch; eviction
record.py    the record of alerts, acts and messages, sealed entry by entry
look.py      a look into somebody else's store
outbox.py    Outbox: the windows in memory through which the uplinks see their lanes
disk.py      whether the disk takes files
vital.py     the second small file: what must survive the loss of the database
salvage.py   setting a broken database aside and reading what can still be read
"""
