"""Control: what the gateway can be asked while it runs, over a unix socket beside the store (and by the platform).

server.py    the socket: one JSON object a line, bounded, for whoever may open the file
asker.py     who asks; session.py: sitting at this computer, or come to it from another one?
calls.py     what each call does: look at the state, or hand an act to the hub and wait until it stands
status.py    is this home protected now, and if not why and since when
watching.py  what devices say just now, strangers among them
past.py      what the record says: timelines, months, coverage
name.py      where the socket is
client.py    the other end, for the commands
"""
