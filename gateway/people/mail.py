"""E-mail by SMTP; blocking, so it runs in a thread of its channel."""

import smtplib
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage
from typing import BinaryIO

from gateway.people.dial import dial
from gateway.people.letter import Letter
from gateway.people.secret import Refused, secret
from gateway.site import Channel

LONGEST = 65_536
"""Bytes that the server may say in all."""


def send(channel: Channel, letter: Letter, address: str) -> None:
    """Hand one letter to the mail server; returns when it has taken it. Raises Refused, OSError or SMTPException."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = " ".join(letter.subject.split()), channel.sender, address
    # The same when it is sent again by a gateway that was killed in between: mail servers know a double by it.
    message["Message-ID"] = f"<{letter.id.replace('.', '-')}@{channel.sender.rpartition('@')[2]}>"
    if letter.severity in ("emergency", "urgent"):
        message["X-Priority"], message["Importance"] = "1", "high"
    message.set_content(letter.text)
    try:
        _deliver(channel, message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if codes and all(code >= 500 for code in codes):
            raise Refused(f"the mail server knows no {address}") from error
        raise
    except smtplib.SMTPResponseException as error:
        if error.smtp_code in (550, 552, 553, 554):
            raise Refused(f"the mail server refuses it: {error.smtp_code}") from error
        raise


def _deliver(channel: Channel, message: EmailMessage) -> None:
    with dial(channel.host, channel.port, channel.tls == "tls") as line:
        server = _Talk(line, channel.host, channel.port)
        try:
            if channel.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if channel.username:
                server.login(channel.username, secret(channel))
            server.send_message(message)
            with suppress(OSError):  # it has taken it, however it says goodbye
                server.quit()
        finally:
            server.close()


class _Talk(smtplib.SMTP):
    """A talk on a line that is there already."""

    def __init__(self, line: socket.socket, host: str, port: int) -> None:
        self._line = line
        family, address = line.family, line.getsockname()[0]
        # By its address, as RFC 5321 lets those do who have no name; to ask for a name may take a minute.
        super().__init__(host, port, f"[IPv6:{address}]" if family == socket.AF_INET6 else f"[{address}]")

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._line

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer, bounded."""
        if self.file is None and self.sock is not None:
            self.file = _Lines(self.sock.makefile("rb"))
        return super().getreply()


class _Lines:
    """What smtplib asks of a file; smtplib bounds a line, not how many there are."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, LONGEST

    def readline(self, most: int) -> bytes:
        """The next line; raises OSError when the server says too much."""
        line = self._file.readline(most)
        self._left -= len(line)
        if self._left < 0:
            raise OSError("the server says too much")
        return line

    def close(self) -> None:
        """No more of it."""
        self._file.close()
