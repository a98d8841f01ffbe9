"""Figures by a command: each file here measures one thing, prints a table or ``--json``, takes ``--quick``.

ladder.py      kills during escalations, and a storm of 2,000 alerts: what people get
  sigkills.py      the same done to a real process by SIGKILL: what a web server and a mail server got
  escalations.py   homes, people and kills in virtual time
people.py      an alarm to the siren, and to a receiver of pushes, beside a full outbox and a dead channel
ledger.py      kills, cuts and stalls at random moments, and two ledgers that must agree
  faults.py    what is done to the gateway, the broker and the link
  killed.py    how far an alarm had come when its gateway was killed
latency.py     byte on the tty to siren command, and to the platform; beside it the floor
  floor.py     that floor: the same path as a bare script without a database
backlog.py     how long an alarm waits behind 100,000 queued telemetry messages
footprint.py   resident memory, and bytes written to disk a day
  flat.py        one flat's life on a clock that jumps
throughput.py  readings a second, CPU for them, start to first alert, replay
main_path.py   a sensor's message on a broker in the home to an alert at the platform's
bus.py         how well a shared line's time is used, and an alarm on it
ble.py         Bluetooth adverts a second over D-Bus, what they cost, none of ours lost
engine.py      how fast the rules alone fold
rules.py       how fast all packs fold, what they cost, how long a back-test takes
  ifs.py         the same rules as plain ifs
  bare.py        one object a sensor: what of the slope is the machine's own
  work.py        the operations of Python a reading takes, among few homes and many
estate.py      how late an alarm is on an estate while its state is written, and what that costs
fires.py       when the rules would have told of real fires
normal.py      which rules fire in recorded lives, a home and month
inactivity.py  how soon a person is missed, beside fixed times; how often for nothing
  cut.py       a recorded life, cut off at a moment
  silences.py  the rules it is compared with
  hindsight.py lines for it drawn with the whole recording known
decode.py      frames a second of each driver, beside the libraries in oracles.py
fuzz.py        mutated frames against each driver

traffic.py     frames for decode.py and fuzz.py
feeder.py      nodes as bytes on ptys, written as fast as wanted
figures.py     quantiles, tables, arguments
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
# A file that is run by its path puts this folder first among those that are searched, where it would hide a package
# of the same name: bench/rules.py the rules. Each file here imports something of this package before any other of ours.
sys.path[:] = [folder for folder in sys.path if not folder or Path(folder).resolve() != HERE.resolve()]
