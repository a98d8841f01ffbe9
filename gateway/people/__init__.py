"""People: what a ladder decided to tell leaves here, by the channel that the ladder chose, and is reported back.

people.py    all of it made of one site and one state
sender.py    the outbox lane to ``people`` -> channels, each in threads of its own; reports as Frames of ``channel``
letter.py    what a message says to a person: where, what, since when, what to do, how to answer; words.py: its words
reach.py     a trouble that outcomes show: a person out of reach; monthly.py: the monthly test
quiet.py     when nothing below urgent is told
secret.py    what a channel keeps secret, read when it is needed
mail.py      SMTP · web.py ntfy and webhooks · chat.py all that apprise knows, in a process of its own (chatter.py)
threads.py   what may block for ever has a thread of its own
dial.py      a connection that ends whatever the server does
voice.py     the voice of the homes: a queue a home, the gravest first
spoken.py    what is said aloud, clip by clip; sounds.py: the synthesiser and its cache
"""
