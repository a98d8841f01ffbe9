"""The command that tells what a frame says."""

import argparse
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gateway.cli.command import NO, OK, USAGE, Commands, command, dump, in_words
from gateway.words import Language, printable, say

if TYPE_CHECKING:
    from drivers.driver import Driver

DECODE = """\
Decode frames of one kind of device. HEX is a whole frame as it came off the wire, or several; spaces are
allowed. With - each line of the standard input is one HEX. DRIVER is the name of a shipped or installed driver
(anju driver list), or a file: a module of your own (thermo.py), a register or topic map (my-detector.toml).

A Modbus answer doesn't name its registers: write the request in front of it. An advert is its body, without the
sender; --address names it. For a driver of sensors on a broker a line may be TOPIC PAYLOAD, as `mosquitto_sub -v`
prints it, with the topic below the driver's base.
"""
DECODE_END = """\
examples:
  anju decode node '000c0103d4c3b2a11aaa988b0301010233032509010535549c4b00'
  anju decode node - < captured.txt | jq .readings.temperature_c
  anju decode modbus-xy-md02 '01 04 00 01 00 02 20 0b  01 04 04 00 cd 01 f4 6a 6c'
  anju decode my-detector.toml - < captured.txt
  mosquitto_sub -v -t 'tele/#' | anju decode --text tasmota -

output, one object a line for each frame:
  {"driver": "node", "address": "a1b2c3d4", "readings": {"temperature_c": 23.41}}
  {"error": "…"} for a bad one. The second of several like values is called temperature_c#2.
  "repeated": true marks a repetition of an earlier frame, which the gateway takes for no news.
with --text, to read at a glance:
  node a1b2c3d4  temperature_c 23.41

exit status: 0 all decoded, 1 a bad frame, 2 no such driver
"""


def add(commands: Commands) -> None:
    """`anju decode`."""
    decode = command(commands, "decode", _decode, "tell what a frame says", DECODE, DECODE_END)
    decode.add_argument("driver", metavar="DRIVER", help="kind of device, such as node, or a .py or .toml file")
    decode.add_argument("hex", metavar="HEX", help="the frame, or - for one HEX a line from the standard input")
    decode.add_argument("--key", type=_key, default=b"", metavar="HEX", help="key of devices that encrypt")
    decode.add_argument("--address", default="", metavar="ADDR", help="sender of a frame that does not carry it")
    decode.add_argument("--text", action="store_true", help="words in place of JSON")


def _key(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise argparse.ArgumentTypeError("not hexadecimal") from None


def _decode(arguments: argparse.Namespace) -> int:
    from drivers.shipped import shipped
    from gateway.decode import Decoder

    driver = shipped().get(arguments.driver) or _other(arguments.driver, arguments.lang)
    if driver is None:
        return USAGE
    decoder = Decoder(driver, arguments.lang, arguments.address, arguments.key)
    status = OK
    for text in _standard_input() if arguments.hex == "-" else [arguments.hex]:
        for frame in decoder.text(text):
            print(_line(frame, arguments.lang) if arguments.text else dump(frame), flush=True)
            status = NO if "error" in frame else status
    return status


def _line(frame: Mapping[str, Any], lang: Language) -> str:
    """A decoded frame for people."""
    if "error" in frame:
        return f"{say('error', lang)}: {frame['error']}"
    values = ", ".join(
        f"{name} {value if isinstance(value, str) else dump(value)}" for name, value in frame["readings"].items()
    )
    again = f" ({say('repeated', lang)})" if "repeated" in frame else ""
    return f"{frame['driver']} {frame['address']}".rstrip() + f"  {values}{again}"


def _other(name: str, lang: Language) -> "Driver | None":
    """One that isn't ours: installed, or in a file. None if there is none, which is said."""
    from gateway.guests.entries import NoDriver, installed
    from gateway.guests.found import is_path, known, named

    try:
        return named(name)
    except NoDriver as error:
        if is_path(name) or name in installed():
            print(f"anju: {printable(in_words(error.args[0], lang))}", file=sys.stderr)
        else:
            print(f"anju: {say('no-driver', lang, name=name, known=', '.join(known()))}", file=sys.stderr)
        return None


def _standard_input() -> Iterator[str]:
    with open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False) as lines:
        yield from (line for line in lines if line.strip())
