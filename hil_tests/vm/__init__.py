"""A real BlueZ in a virtual machine meets a virtual controller: what the stand-in (gateway/sim/bluez) is held against.

QEMU boots Debian's own kernel, with this machine's root directory (or another Debian's) read-only over 9p, so that the
checkout and its virtual environment serve inside, too. In the guest run dbus-daemon, bluetoothd and the cases; outside,
bumble's software controllers are the air, in a process of their own. No root, no Bluetooth, no KVM is needed.

kernel.py    Debian's kernel package: the kernel, and the modules that are wanted with what they need, kept in a cache
initrd.py    the guest's first file system, and its first program
machine.py   Machine: boots, runs one program in the guest, tells its lines
radio.py     a program outside: the adapter that BlueZ sees, senders, devices to connect to; the guest tells it what
bridge.py    a program in the guest: carries HCI packets between the adapter outside and the kernel
guest.py     a program in the guest: starts D-Bus and bluetoothd, then the cases; inside.py is what it talks to
overheard.py a program in the guest: how far adverts get, to the kernel and to D-Bus
cases.py     what is asked of the gateway's own port there
debian.py    another Debian's root directory, for `pytest hil_tests/test_bluez.py --bluez-debian`
"""
