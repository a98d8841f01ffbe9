"""The world around a gateway, played on one machine: what `anju demo` uses in place of a flat and a platform.

    flat.py       the flat: its sensors, its lines, its nodes, and the site.toml that tells the gateway of them
    node.py       one sensor node: its own firmware as a process, and its account of what it made
    line.py       the serial line between a node and the gateway: two ptys, and a tap that decodes what passes
    broker.py     an MQTT broker in this process (amqtt)
    link.py       the network between gateway and broker, which can be cut
    platform.py   an independent subscriber: what really arrived
    ledger.py     made and arrived, compared without a word from the gateway
    record.py     a list that one task fills while another waits for an entry
    stage.py      all of these and a gateway, opened and closed together
    story.py      what happens in the flat
    demo.py       the command: opens the stage, plays the story, shows it, prints the ledger
    view.py       the live view in a terminal
    plain.py      the same as plain lines
    words.py      all that is said to a person, in both languages

Nothing outside this folder imports it but the command line, tests and rigs.
"""
