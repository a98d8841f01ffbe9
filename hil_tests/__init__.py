"""The same questions asked of a simulated rig or of real hardware: ``pytest hil_tests [--rig rig.toml]``.

process.py    a program under test: its lines, and the signals it gets
record.py     a list that one thread fills while another waits for an entry
broker.py     Mosquitto: the real broker on a loopback port of its own, with or without TLS
link.py       Link: the network between gateway and broker, which can be cut, stalled or refused
wire.py       Wire: the line between node and gateway, which can be noisy or unplugged
node.py       Node: the sensor board's own firmware, as a process or behind a real console
gateway.py    Gateway: ``anju run`` as a process that can be killed and started again
platform.py   Platform: an independent subscriber that writes down all that arrives
ledger.py     what the nodes said against what the platform got: lost, doubled, out of order, unmarked
rig.py        all of them wired together, from nothing or from rig.toml
report.py     the one-page HTML report: requirement, what was done, figures, verdict
"""
