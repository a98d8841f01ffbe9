"""What a serial server by RFC 2217 says and is told: Telnet (RFC 854) with the option COM-PORT-OPTION. Pure.

Bytes FF of the line are doubled; everything else behind an FF is between us and the server. We offer and accept
binary transmission, no going ahead, and the option itself, and answer each of them once, so that no two sides ever
agree in circles.
"""

from drivers.driver import Settings

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, NO_GO_AHEAD, COM_PORT = 0, 3, 44
_OURS = frozenset({BINARY, NO_GO_AHEAD, COM_PORT})
_BAUD, _SIZE, _PARITY, _STOP, _CONTROL, _PURGE = 1, 2, 3, 4, 5, 12
_FROM_SERVER = 100
"""What the server says has the client's code and this."""
_PARITIES = {"N": 1, "O": 2, "E": 3}
LONGEST = 256
"""Bytes of one command; more is none."""


class Telnet:
    """One connection. ``confirmed`` holds what the server said of its settings, by the code of the command."""

    def __init__(self) -> None:
        self._command = b""
        self._answered: set[tuple[int, int]] = set()
        self.confirmed: dict[int, bytes] = {}
        self.refused = False
        """The server doesn't speak RFC 2217."""

    def hello(self) -> bytes:
        """-> what we begin with."""
        said = b""
        for option in sorted(_OURS):
            said += self._once(WILL, option)
        return said + self._once(DO, BINARY) + self._once(DO, NO_GO_AHEAD)

    def wanted(self, settings: Settings) -> bytes:
        """-> the commands that set the line; what was confirmed before counts no longer."""
        self.confirmed.clear()
        baud = settings.baud.to_bytes(4, "big")
        parity, stop = bytes((_PARITIES[settings.parity],)), bytes((settings.stop_bits,))
        said = ((_BAUD, baud), (_SIZE, b"\x08"), (_PARITY, parity), (_STOP, stop), (_CONTROL, b"\x01"))
        return b"".join(_command(code, value) for code, value in said)

    def is_set(self, settings: Settings) -> bool:
        """Whether the server confirmed these settings; raises OSError when it has others."""
        wanted = {
            _BAUD: settings.baud.to_bytes(4, "big"),
            _PARITY: bytes((_PARITIES[settings.parity],)),
            _STOP: bytes((settings.stop_bits,)),
        }
        other = [code for code, value in wanted.items() if self.confirmed.get(code, value) != value]
        if self.refused or other:
            raise OSError("the server does not set the line as it should")
        return wanted.keys() <= self.confirmed.keys()

    @staticmethod
    def escaped(data: bytes) -> bytes:
        """-> bytes for the line as they are sent."""
        return data.replace(b"\xff", b"\xff\xff")

    def hear(self, data: bytes) -> tuple[bytes, bytes]:
        """Bytes of the connection -> (bytes of the line, what is to be answered)."""
        if not self._command and IAC not in data:
            return data, b""
        plain, answer = bytearray(), b""
        for byte in data:
            if not self._command and byte != IAC:
                plain.append(byte)
                continue
            self._command += bytes((byte,))
            if self._command == b"\xff\xff":
                plain.append(IAC)
                self._command = b""
            elif self._is_whole():
                answer += self._obey(self._command)
                self._command = b""
        return bytes(plain), answer

    def _is_whole(self) -> bool:
        said = self._command
        if len(said) < 2:
            return False
        if said[1] == SB:
            inner = said[2:].replace(b"\xff\xff", b"")
            return inner.endswith(bytes((IAC, SE))) or len(said) > LONGEST
        return len(said) == 3 or said[1] < SB

    def _obey(self, said: bytes) -> bytes:
        if said[1] == SB:
            inner = said[2:-2].replace(b"\xff\xff", b"\xff")
            if inner[:1] == bytes((COM_PORT,)) and len(inner) > 2 and inner[1] > _FROM_SERVER:
                self.confirmed[inner[1] - _FROM_SERVER] = inner[2:]
            return b""
        if len(said) < 3:
            return b""
        verb, option = said[1], said[2]
        if verb in (DONT, WONT):
            self.refused |= verb == DONT and option == COM_PORT
            return b""
        if verb == DO:
            return self._once(WILL if option in _OURS else WONT, option)
        return self._once(DO if option in _OURS else DONT, option)

    def _once(self, verb: int, option: int) -> bytes:
        if (verb, option) in self._answered:
            return b""
        self._answered.add((verb, option))
        return bytes((IAC, verb, option))


def _command(code: int, value: bytes) -> bytes:
    return bytes((IAC, SB, COM_PORT, code)) + Telnet.escaped(value) + bytes((IAC, SE))
