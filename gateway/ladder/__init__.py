"""Ladder: from a firing alert to somebody who acts. Pure: no clock, no I/O; folded with everything else.

ladders.py    Ladders: alerts, acts, signs and reports in; messages, entries and deadlines out;
              parts.py is what they consist of
intake.py     what a change of an alert means for the incidents
registry.py   the open incidents, and which alert belongs to which; incident.py is one of them;
              past.py alerts that are over
climb.py      steps, answers, what begins anew, the list of the day
quiet.py      silences at work; silences.py says what one is; walks.py walk-tests
buttons.py    calls, "I am fine", doors, the hush of a siren
post.py       what is sent to whom by which channel, hand-on, digests; sent.py, codes.py, letter.py its parts
allowances.py which message may go now, what waits for a digest; budget.py is one addressee's
deeds.py      what each verb does; acts.py parses them, access.py says who may
policy.py     ladders as written in TOML; ladders/*.toml are shipped
people.py     who is meant by a step, and by which channels each is reached
waking.py     the gateway was away, and nobody knows for how long; renamed.py: homes are called otherwise
story.py      tests of ladders in virtual time; script.py: what a story says
page.py       one message to one person: its body in the outbox, and the sender's report on it
chain.py      the record: what was done, entry by entry, each sealed with the hash of the one before
saved.py      the ladders as rows of the checkpoint, and back
deadlines.py  what must be looked at when; made.py what must happen because of an input; words.py words all share
"""
