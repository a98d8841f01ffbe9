"""Bytes in, readings out. The ground floor: no clock, no I/O, no asyncio, nothing of ours imported.

reading.py   Frame, Value, Reading: what travels through the house
captures.py  load, check_driver: the one test of every driver, for third parties too
driver.py    Driver: what a device is, as data; BadFrame; shipped.py: the drivers of this distribution
bthome.py    BTHome v2 sensors by Bluetooth, plain or encrypted; its objects in bthome_objects.py
advert.py    what an advert says, told once; replay.py: its counter, replays and changed batteries
dlt645.py    electricity meters (DL/T 645-2007); dlt645_items.py what they say under each identifier
cjt188.py    water, hot water, heat and gas meters (CJ/T 188-2004 and -2018)
sum_frame.py the frame of these two; bcd.py their numbers and dates
mbus.py      wired M-Bus meters (EN 13757); mbus_link.py the frames, mbus_records.py the records, mbus_units.py units
modbus.py    any Modbus RTU device by a register map; modbus_map.py what a map may say, rtu.py the wire
topics.py    what a broker passes on; zigbee2mqtt.py, tasmota.py, shelly.py: who speaks there
topic_map.py any other sensor on a broker, by a map; topic_maps/ those that are shipped
table.py     maps as installers write them: every mistake and its place
maps/        register maps of detectors, meters, leak cables, pumps and lifts
binary32.py  floats as their senders mean them
health.py    blood pressure, heart rate, oximeter, thermometer (Bluetooth standard profiles)
xiaomi.py    Xiaomi's sensors, by the package xiaomi-ble; parsed.py: any parser of that family
guest.py     a third party's driver as the house sees it: what its worker said
node.py      our own sensor node on a UART (COBS, CRC-32, alarms acknowledged)
frames/      captured frames of each driver, one TOML file each, run by test_drivers.py
"""
