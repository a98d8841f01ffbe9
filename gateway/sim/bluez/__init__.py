"""A stand-in for BlueZ: bluetoothd's D-Bus interface on a private bus, so that unmodified bleak runs against it.

Behaves as bluetoothd 5.66 (Debian 12, Raspberry Pi OS) and 5.82 (Debian 13) were seen to behave with a real kernel and
a virtual controller; ``hil_tests`` asks the real ones the same questions.

bus.py       the private bus: a dbus-daemon of its own, named to libraries by DBUS_SYSTEM_BUS_ADDRESS
tree.py      the objects on it: properties with their D-Bus types, and the signals about them
air.py       adverts: how they are made, what BlueZ reads in them, which monitor pattern they match
adapter.py   one adapter: which adverts it tells of, and when (sessions, monitors, duplicates, rest, wedged)
sensor.py    a smoke sensor that broadcasts, of two makers' kinds, with the faults of real ones
gatt.py      what a connection finds: services, values, notifications
daemon.py    Bluetoothd: opens it all, answers calls, can be killed, hung, restarted
flood.py     a program: a bus, a bluetoothd and a crowd of senders, for the benchmark

Needs the program dbus-daemon (Debian package dbus-daemon or dbus), no root and no Bluetooth.
"""

from gateway.sim.bluez.air import bthome, service_data
from gateway.sim.bluez.bus import Bus, find_dbus_daemon
from gateway.sim.bluez.daemon import Bluetoothd
from gateway.sim.bluez.gatt import Characteristic, Peripheral

__all__ = ["Bluetoothd", "Bus", "Characteristic", "Peripheral", "bthome", "find_dbus_daemon", "service_data"]
