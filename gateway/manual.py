"""The help pages of the command: what --help prints, and nothing else."""

TOP = """\
Anju is a gateway for homes. It reads smoke, gas, door, motion and meter sensors and emergency buttons,
decides on the spot whether somebody needs help, with or without the internet, sounds the siren, and
relays every event to a platform over MQTT: none lost, none doubled, none disguised.
"""

TOP_END = """\
examples:
  anju demo                              a simulated flat with its alarms, in this terminal
  anju check site.toml                   every mistake with file, line and remedy; changes nothing
  anju run --site site.toml              the gateway itself; systemd starts it so
  anju decode node - < captured.txt      what captured frames say, one JSON object a line
  anju rules test my-rules.toml          the stories in a rule file, in virtual time
  anju replay data/anju.db --json        the same alerts with the same ids, out of the journal

files:
  site.toml                              the place: homes, ports, devices, outputs, uplinks (examples/site.toml)
  data/anju.db                           journal and outbox, where [store] path says, beside site.toml
  rules/packs/*.toml                     the shipped rules with their stories

exit status:
  0  done, or the answer is yes
  1  the answer is no: mistakes found, a bad frame, a story failed, an event lost
  2  the command was written wrongly
  3  could not run: a file or a port that cannot be opened, a site with mistakes

environment:
  LC_ALL, LC_MESSAGES, LANG              zh… for Chinese, anything else for English; --lang comes first
  the names in password_env              passwords of uplinks, as site.toml says
  NOTIFY_SOCKET, WATCHDOG_USEC           set by systemd: anju run reports that it is ready and alive

`anju COMMAND --help` tells more, with examples.
"""

RUN = """\
Run the gateway until it is told to stop (SIGTERM or Ctrl-C). It reads site.toml once; with a mistake in it, it
names them all and does not start. A port, a broker or a disk that is not there keeps it from nothing: it says so
once, tries again, and says once that it is back.
"""
RUN_END = """\
examples:
  anju run --site /etc/anju/site.toml
  anju check /etc/anju/site.toml && systemctl restart anju

output: a log on stderr, one line a happening; first the site, its store, ports and uplinks, and what is amiss.
An alert stands there as "alert ID.N RULE DEVICE STATE (REASON)"; ID is what acknowledge and reset name.

exit status: 0 told to stop, 3 could not run (a mistake in the site, another gateway runs with this store)
"""

CHECK = """\
Check a site file and every rule file that it names. All mistakes come at once, each with file, line and
remedy. Nothing is changed, no port is opened. A warning (a tty that is not there now, a folder that cannot be
written, a home without a device) does not fail the check.
"""
CHECK_END = """\
examples:
  anju check site.toml
  anju check site.toml --json | jq -r '.what'

output:
  FILE:LINE: error: what is wrong (remedy: what to do)        on stderr, and a summary on stdout
  with --json one object a line on stdout: {"severity", "file", "line", "what", "remedy"}

exit status: 0 no mistakes, 1 mistakes (a file that cannot be read is one)
"""

REPLAY = """\
Fold the journal of a store from its beginning and print each alert change, with the ids it had when it
happened. The file is only read, also beside a gateway that runs; its last minute may still be in memory only.
"""
REPLAY_END = """\
examples:
  anju replay data/anju.db
  anju replay data/anju.db --json | jq -r 'select(.state == "firing") | .rule'

output, one line a change: gateway time (seconds since the store was made), severity, state, rule, HOME/DEVICE,
reason, ID/N. A pending alert has N = 0: it was told to nobody.
With --json one object a line.

exit status: 0 done, 3 could not run
"""

DECODE = """\
Decode frames of one kind of device. HEX is a whole frame as it came off the wire, or several; spaces are
allowed. With - each line of the standard input is one HEX.
"""
DECODE_END = """\
examples:
  anju decode node '000c0103d4c3b2a11aaa988b0301010233032509010535549c4b00'
  anju decode node - < captured.txt | jq .readings.temperature_c

output, one object a line for each frame:
  {"driver": "node", "address": "a1b2c3d4", "readings": {"temperature_c": 23.41}}
  {"error": "…"} for a bad one. The second of several like values is called temperature_c#2.
  "repeated": true marks a repetition of an earlier frame, which the gateway takes for no news.

exit status: 0 all decoded, 1 a bad frame, 2 no such driver
"""

DEMO = """\
Play a story in a simulated flat: smoke in the kitchen, the siren, the link cut, gas while it is down, the link back. A
sensor node's firmware, a broker and a platform run on this machine; no hardware is needed. At the end stands the
ledger: events made, delivered, lost, doubled.
"""
DEMO_END = """\
examples:
  anju demo                    go on until Ctrl-C
  anju demo --once --plain     play the story once, plain lines (for a log or a screen reader)

exit status: 0 every event arrived once, 1 one was lost or doubled, 3 could not run
"""

RULES = "Check rule files, or run the stories in them. Without a PATH: the shipped rules."
RULES_END = """\
examples:
  anju rules check my-rules.toml
  anju rules test                        the stories of the shipped rules
"""

RULES_CHECK = "Check rule files: all mistakes at once, each with file, line and remedy."
RULES_CHECK_END = """\
examples:
  anju rules check
  anju rules check my-rules.toml /etc/anju/rules --json

A PATH is a file, or a folder whose *.toml are taken. Output and --json are those of `anju check`.

exit status: 0 no mistakes, 1 mistakes
"""

RULES_TEST = """\
Run the stories of rule files. A story gives readings at moments and names the alert changes to expect; it runs in
virtual time, days in milliseconds.
"""
RULES_TEST_END = """\
examples:
  anju rules test
  anju rules test my-rules.toml --json | jq 'select(.passed | not)'

A PATH is a file, or a folder whose *.toml are taken.
With --json one object a line: {"story", "file", "line", "passed", "failures"}

exit status: 0 all passed, 1 one failed, or a file has mistakes
"""
