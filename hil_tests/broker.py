"""The real mosquitto, one for each test, on a free loopback port, with its own configuration and nothing on disk."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from gateway.sim.link import LOOPBACK
from gateway.sim.process import Process

_CONFIG = """\
# As root it would else change to a user who can't read a test's folder; otherwise this has no effect.
user root
allow_anonymous true
persistence {persistence}
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
log_dest stderr
set_tcp_nodelay true
# Without limits a subscriber's bytes are in its socket before the publisher is acknowledged: see DECISIONS.md.
max_inflight_messages {inflight}
max_queued_messages 0
listener {port} 127.0.0.1
"""
_TLS = """\
listener {port} 127.0.0.1
cafile {certs}/ca.crt
certfile {certs}/server.crt
keyfile {certs}/server.key
require_certificate true
"""
# What Python 3.13's strict verification asks of a certificate.
_EXTENSIONS = """\
subjectAltName = IP:127.0.0.1, DNS:localhost
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def free_port() -> int:
    """A loopback TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def find_mosquitto() -> str | None:
    """Debian keeps it in /usr/sbin, which isn't in everybody's PATH. None where it isn't installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")


def make_certificates(folder: Path) -> Path:
    """ca, server, client and stranger (client of another authority) as .crt and .key in ``folder``; needs openssl."""
    for authority, names in (("ca", ("server", "client")), ("other-ca", ("stranger",))):
        sign = ("-x509", "-days", "2", "-addext", "keyUsage = critical, keyCertSign, cRLSign")
        _openssl(folder, *_new_key(authority), *sign, "-out", f"{authority}.crt", cn=authority)
        for name in names:
            _openssl(folder, *_new_key(name), "-out", f"{name}.csr", cn=name)
            (folder / f"{name}.ext").write_text(_EXTENSIONS)
            _openssl(
                folder, "x509", "-req", "-days", "2", "-in", f"{name}.csr", "-extfile", f"{name}.ext",
                "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key", "-CAcreateserial", "-out", f"{name}.crt",
            )  # fmt: skip
    return folder


def _new_key(name: str) -> tuple[str, ...]:
    return ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key")


def _openssl(folder: Path, *args: str, cn: str = "") -> None:
    subject = ["-subj", f"/CN={cn}"] if cn else []
    done = subprocess.run(["openssl", *args, *subject], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {' '.join(args)}: {done.stderr}")


class Mosquitto(Process):
    """A broker that can be stopped, killed and started again on the same port. Use it as a context manager."""

    def __init__(
        self, folder: Path, *, tls: bool = False, settings: str = "", inflight: int = 0, keeps: bool = False
    ) -> None:
        """``settings``: more lines of mosquitto.conf; ``inflight``: unacknowledged messages to a client, 0 any.

        ``keeps``: it has its queues on the disk.
        """
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "mosquitto.conf"
        super().__init__("mosquitto", [find_mosquitto() or "mosquitto", "-c", str(config)])
        self.host, self.port = LOOPBACK, free_port()
        self.tls_port = free_port() if tls else 0
        self.certs = folder
        text = settings + _CONFIG.format(
            port=self.port, inflight=inflight, persistence=str(keeps).lower(), folder=folder
        )
        if tls:
            make_certificates(folder)
            text += _TLS.format(port=self.tls_port, certs=folder)
        config.write_text(text)

    def start(self, env: Mapping[str, str] | None = None) -> None:
        """Start, and return when it accepts connections."""
        if find_mosquitto() is None:
            raise FileNotFoundError("mosquitto isn't installed: apt-get install mosquitto")
        super().start(env)
        for port in filter(None, (self.port, self.tls_port)):
            self._wait_listening(port)

    def _wait_listening(self, port: int) -> None:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection((self.host, port), timeout=1).close()
                return
            except OSError:
                if not self.running or time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError(f"mosquitto didn't start:\n{self.tail()}") from None
                time.sleep(0.01)

    def client_context(self, name: str = "client") -> ssl.SSLContext:
        """A TLS context that trusts this broker and shows the certificate of ``name`` (client or stranger)."""
        context = ssl.create_default_context(cafile=str(self.certs / "ca.crt"))
        context.load_cert_chain(self.certs / f"{name}.crt", self.certs / f"{name}.key")
        return context
