"""Frame -> Readings -> Alerts -> one commit: the middle of the house.

fold.py        Fold: handle(frame) -> Outcome, pure; what replay calls
state.py       State: all that is known, and the site it goes by
steps.py       what Frames of all ports have in common: deadlines first, then what follows is told
sensors.py     a sensor's Frame: its sender, what it is promised, whom its Readings concern
strangers.py   devices that nobody registered, as far as memory and flash allow
special.py     Frames that no sensor sent: boot, clock, config, health, act, mode, channel, receipt
outcome.py     Outcome: what one Frame led to
steady.py      what a device that is asked each second says, and nobody needs to hear
routes.py      which driver reads a Frame, and what it is lent
standing.py    which homes are protected now, and if not why and since when; concern.py: whom a trouble concerns
modes.py       in which mode each home is, and why; said.py: what is remembered; presence.py: is somebody in?
mode_act.py    what a person says about a home's mode
untested.py    readings that a changed site makes: sensors nobody triggered yet; gone.py: people it names no longer;
               moved_in.py: homes of another name in which others live
responder.py   what the ladders make, put where it belongs
batteries.py   when each battery will be flat, by the trend of its days
teller.py      which messages an input makes, and under which numbers
messages.py    what an alert, a report or a state looks like to a platform
checkpoint.py  the Fold as rows, and back
loop.py        Hub: the only consumer of the inbox; outputs first, then the open batch, then the committer
committer.py   Committer: the open batch, when it is written; the one writer
due.py         Checkpoints: when the next one is due, and which part goes with a batch
open.py        Open: a batch before it is written, and what is promised when it is
jams.py        Jams: which calls that say nothing new are written together
promises.py    Promises: messages leave and alarms are answered once the disk has them
storage.py     Storage: whether the disk takes what is written, and the trouble that says so
room.py        Room: what is done when the disk gets full
snapshot.py    Snapshot: the whole state as rows, and the vital file
sheets.py      Sheets: the two copies of the checkpoint, written in slices
boot.py        checkpoint + fold of the journal, and what to do when the database is broken
booted.py      Booted: what booting found
catchup.py     what the vital file knows after a life whose disk took nothing
suspects.py    Frames at which the fold broke
replay.py      a journal folded again
"""
