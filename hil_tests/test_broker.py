"""The real broker under the rig's hands, and the platform behind it when it dies."""

import socket
import ssl
from pathlib import Path

import pytest

from gateway.sim.platform import Platform
from hil_tests.broker import Mosquitto

pytestmark = pytest.mark.usefixtures("simulated_only")


def test_it_starts_stops_and_starts_again_on_its_port(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        port = broker.port
        broker.kill()
        assert not broker.running
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
        broker.start()
        assert broker.port == port
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    assert not broker.running


def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    with socket.create_server(("127.0.0.1", broker.port)) as other:
        other.close()
        (tmp_path / "mosquitto.conf").write_text("no such option\n")
        with pytest.raises(RuntimeError, match="Unknown configuration"):
            broker.start()


def test_tls_takes_its_client_and_no_stranger(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, tls=True) as broker:
        for name, welcome in (("client", True), ("stranger", False)):
            raw = socket.create_connection(("127.0.0.1", broker.tls_port), timeout=5)
            with broker.client_context(name).wrap_socket(raw, server_hostname="localhost") as client:
                # TLS 1.3 tells a refusal at the first read: a CONNECT is answered, or the door is shut.
                try:
                    client.sendall(bytes.fromhex("101000044d5154540502000a00000361626300"[:36]))
                    answer = client.recv(4)
                except (ssl.SSLError, ConnectionError):
                    answer = b""
            assert (answer[:1] == b"\x20") is welcome, (name, answer)


def test_the_platform_has_all_that_a_killed_broker_acknowledged(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, Platform(broker.host, broker.port) as platform:
        for life in range(3):
            with Platform(broker.host, broker.port, "nothing", f"sender-{life}") as sender:
                for number in range(100):
                    sender.publish("anju/x", {"life": life, "number": number})
                broker.kill()
                platform.drained()
            numbers = [one.body["number"] for one in platform.arrived.all() if one.body["life"] == life]
            assert numbers == list(range(100))
            broker.start()
            platform.join()
