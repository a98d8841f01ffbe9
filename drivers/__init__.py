"""Bytes in, readings out. The ground floor: no clock, no I/O, no asyncio, nothing of ours imported.

reading.py   Frame, Value, Reading: what travels through the house
captures.py  load, check_driver: the one test of every driver, for third parties too
driver.py    Driver: what a device is, as data; BadFrame; the registry of shipped drivers
bthome.py    BTHome v2 sensors by Bluetooth, plain or encrypted; its objects in bthome_objects.py
replay.py    the counter of encrypted frames: replays and changed batteries
mbus.py      wired M-Bus meters (EN 13757); mbus_records.py their records, mbus_units.py their units
node.py      our own sensor node on a UART (COBS, CRC-32, alarms acknowledged)
frames/      captured frames of each driver, one TOML file each, run by test_drivers.py
"""
