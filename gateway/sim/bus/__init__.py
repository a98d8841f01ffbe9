"""RS-485 and M-Bus lines with simulated devices on them, on a pty, at the speed of the wire.

    line.py       the pty and its thread: ``with BusLine(folder, units) as line`` gives a tty at ``line.path``
    inside.py     the same without a tty, inside an event loop whose time may leap
    medium.py     the wire itself, in virtual time: bytes at their speed, silences, collisions, echo, a late adapter
    unit.py       what all devices have: address, speed, values, and faults (``unit.fail("silent")``)
    modbus.py     detectors and meters out of a register map (drivers/maps, or an installer's)
    dlt645.py     electricity meters, DL/T 645-2007
    cjt188.py     water, hot water, heat and gas meters with their valve, CJ/T 188-2004 and -2018
    mbus.py       meters on wired M-Bus, by primary or secondary address, with one telegram or several
    node.py       our own sensor nodes on a shared line: the firmware's own state machine

The others are written from the standards and share no line with the drivers that read them, so that each is the other's
oracle. The same seed, the same requests at the same times: the same bytes.
"""
