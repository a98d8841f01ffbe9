"""The only package that touches the world: ttys, disk, network, people. Imports drivers and rules.

In the order in which data passes (a file that outgrows 300 lines becomes a folder of the same name):

lives.py     the lives of a gateway in one process: boot, one after the other, an end by signal
app.py       one life: opens everything, runs it, closes in reverse; ways.py: its ports
crew.py      ports, uplinks and other parts under their supervisors; reload.py: a changed site.toml while they run
site/        site.toml -> Site (homes, ports, devices, outputs, uplinks, rules); every mistake with file, line, remedy
clock.py     the only reader of time: never goes back, reports jumps, carries time quality (synced or not)
dates.py     at which time on the wall a moment of gateway time was; pure
guests/      third parties' drivers, each in a process of its own
ports/       serial lines, Bluetooth, brokers in the home: each an async stream of Frames
places.py    how many connections a listener serves at once, shared out fairly
inbox.py     the one bounded queue from the ports to the hub
hub/         Frame -> Readings -> Alerts -> one commit; the only consumer
ladder/      alert life after raising: incidents, ladders, silences, the record of what was done; pure
store/       SQLite: journal, outbox, checkpoints; the only user of aiosqlite
outputs.py   siren, gas valve, door release: act before the disk and the network
control/     the unix socket: status, alerts and acts for who may open it
people/      messages to persons: channels, letters, reports of what became of them
uplink/      MQTT: outbox lanes -> broker, receipts, commands
answers/     a small page in the home's own network on which people answer
history/     what the record tells afterwards: one alert, one month; pure
backtest/    what rules would have done with recorded data, for people
broker.py    how any broker is reached: password, certificates
health.py    a Frame that says how a part of the gateway is; machine.py how the machine under it is
loglines.py  what others say, as lines of a log that steer nothing
systemd.py   tells the watchdog that the hub's loop turns
sim/         simulated homes: what demo, tests and rigs use in place of hardware
cli/         thin commands: decode.py and opening.py for two of them, words.py what they say,
             refusals.py what a gateway refuses, in Chinese
chinese/     mistakes and stories in Chinese
"""

__version__ = "0.1.0"
