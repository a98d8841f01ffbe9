"""The same questions asked of a simulated rig or of real hardware: ``pytest hil_tests [--rig rig.toml]``.

The simulated pieces stand in gateway/sim, with their own tests; here is what a rig adds:

broker.py     Mosquitto: the real broker on a loopback port of its own, with or without TLS
gateway.py    Gateway: ``anju run`` as a process that can be killed and started again
board.py      Board: a real node behind its USB console
rig.py        all of them wired together, from nothing or from rig.toml
estate.py     a board and a monthly report over many gateways, out of their messages alone
vm/           a virtual machine in which a real BlueZ meets a virtual controller: the gateway's Bluetooth port there
report.py     the one-page HTML report: requirement, what was done, figures, verdict
"""
