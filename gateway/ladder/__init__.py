"""Ladder: from a firing alert to somebody who acts. Pure: no clock, no I/O; folded with everything else.

people.py     who there is: persons, their roles in which homes, the channels that reach them
acts.py       what persons do: the verbs, parsed from the Frames of port ``act``
access.py     who may do what, in one place, for the control socket and the platform's commands alike
page.py       one message to one person: its body in the outbox, and the sender's report on it
"""
