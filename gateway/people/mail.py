"""E-mail by SMTP; blocking, so it runs in a thread of its channel."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import make_msgid

from gateway.people.letter import Letter
from gateway.people.secret import Refused, secret
from gateway.site import Channel

TIMEOUT = 10.0
"""Seconds for each step of the talk with the server."""


def send(channel: Channel, letter: Letter, address: str) -> None:
    """Hand one letter to the mail server; returns when it has taken it. Raises Refused, OSError or SMTPException."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = letter.subject.replace("\n", " "), channel.sender, address
    message["Message-ID"] = make_msgid(letter.id.replace(".", "-"), channel.sender.rpartition("@")[2])
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
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if channel.tls == "tls":
        server = smtplib.SMTP_SSL(channel.host, channel.port, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(channel.host, channel.port, timeout=TIMEOUT)
    with server:
        if channel.tls == "starttls":
            server.starttls(context=context)
        if channel.username:
            server.login(channel.username, secret(channel))
        server.send_message(message)
