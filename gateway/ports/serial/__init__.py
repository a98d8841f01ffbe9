"""Serial lines: one task owns one line, whatever is on it and however it is reached.

line.py       Line: opens its wire, finds it again, says how it is; listens, or lets turns be taken
open_line.py  OpenLine: what a line offers to those who listen or take turns on it
member.py     Member: a device on a line, as the line needs to know it
listening.py  Listening: what devices say by themselves
turns.py      Turns: asks each device when it is due, obeys orders in between
exchange.py   Exchanges: silence, the line set, a request, its answer, what comes late
babble.py     Babble: who speaks out of turn, and the pauses he leaves; pure
turn.py       Turn: one request and what is heard after it; pure
schedule.py   Schedule: who is asked next; pure
faults.py     Faults: what is wrong with a line, each told once and once when it is over; pure
figures.py    Figures: what a line and its devices did, for `anju bus`; pure
wire.py       Tty, Tcp, Remote: the ways to reach a line; the only user of pyserial
probe.py      Probe: one question to a line, for who looks what is on it
search.py     Search: each protocol's own way to find addresses
aside.py      what may hang in the kernel
telnet.py     what a serial server by RFC 2217 says and is told; pure
"""

from gateway.ports.serial.line import Line
from gateway.ports.serial.member import Member, members

__all__ = ["Line", "Member", "members"]
