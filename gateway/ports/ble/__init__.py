"""Bluetooth LE: what sensors broadcast, and what devices say over a connection. By BlueZ, over D-Bus.

port.py      Ble: one task owns the radio, sifts what is heard and delivers it
station.py   keeps one adapter listening
pace.py      how long is waited for what, and how a job that ends is begun anew
bluez.py     what D-Bus shows: bluetoothd, its adapters, whether they are powered and can scan passively
ask.py       what is amiss with them, for `anju check`
ear.py       one adapter's two scans; the only user of bleak's scanner
gatt.py      what registered devices say over a connection; the only user of connections
survey.py    who is on the air, for `anju scan ble`
strangers.py who is heard that nobody registered, for `anju status --strangers`
watch.py     when a silent scan is held for dead, and what is tried then (pure)
sift.py      which adverts go on: registered senders, news, thinned (pure)
"""

from gateway.ports.ble.port import Ble

__all__ = ["Ble"]
