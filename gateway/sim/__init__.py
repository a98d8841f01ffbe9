"""The world around a gateway, played on one machine, each piece of it once: for ``anju demo``, the rig and benchmarks.

The pieces know nothing of each other and speak the real bytes. What blocks is a context manager with a thread of its
own; an event loop looks at its Record, and waits with ``wait_for``.

    household.py  days of one person's life, from a seed: rows for back-tests, tests and demonstrations
    lived.py      the same life as Frames, in real drivers' bytes, and the site they fit
    record.py     a list that one thread fills while others, or tasks, wait for an entry
    leap.py       an event loop whose time leaps while nobody has anything to do
    process.py    a program under test: its lines, and the signals it gets
    node.py       one sensor node: its own firmware as a process, and its account of what it made
    wire.py       the serial line between node and gateway: two ptys, which can be noisy, deaf or unplugged; its tape
    bus/          RS-485 and M-Bus lines full of detectors and meters on a pty, with their faults
    tap.py        listens to that tape and decodes what the node says
    link.py       the network between gateway and broker, which can be cut, stalled or refused
    bluez/        a stand-in for BlueZ on a private D-Bus: adapters, adverts, devices to connect to, their faults
    broker.py     an MQTT broker in this process (amqtt)
    hostile.py    a broker in the home that says what it likes, as fast as it likes
    platform.py   an independent subscriber: what really arrived
    receivers.py  the other end of channels to people: a receiver of HTTP posts as ntfy is, a mail server
    ledger.py     what was made, what arrived, by which connection; the verdict and its figures
    judge.py      made and arrived compared without a word from the gateway: lost, doubled, out of order, unmarked

The demo itself:

    flat.py       the flat: its sensors, its lines, its nodes, and the site.toml that tells the gateway of them
    stage.py      all pieces and a gateway, opened and closed together
    story.py      what happens in the flat
    demo.py       the command: opens the stage, plays the story, shows it, prints the ledger
    view.py       the live view in a terminal
    plain.py      the same as plain lines
    words.py      all that is said to a person, in both languages

Of the gateway nobody imports it but the command line.
"""
