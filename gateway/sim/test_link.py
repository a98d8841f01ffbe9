import math
import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from gateway.sim.link import LOOPBACK, RESET, Link


@pytest.fixture
def echo() -> Iterator[int]:
    """A TCP server that sends back what it gets, on the port that it yields."""
    server = socket.create_server((LOOPBACK, 0))

    def serve(client: socket.socket) -> None:
        with client:
            try:
                while data := client.recv(4096):
                    client.sendall(data)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


@pytest.fixture
def link(echo: int) -> Iterator[Link]:
    with Link(LOOPBACK, echo) as link:
        yield link


def call(link: Link) -> socket.socket:
    client = socket.create_connection((link.host, link.port), timeout=5)
    client.sendall(b"hello")
    assert client.recv(100) == b"hello"
    return client


def heard(client: socket.socket, seconds: float) -> bytes:
    """What comes within so many seconds; nothing is an answer too."""
    return client.recv(100) if select.select([client], [], [], seconds)[0] else b""


def test_it_forwards_counts_and_notes_the_connection(link: Link) -> None:
    before = time.monotonic()
    with call(link) as client:
        assert (link.counters.up, link.counters.down, link.connected) == (5, 5, 1)
        (noted,) = link.connections
        assert before < noted.opened < noted.stood < noted.ended == math.inf
        client.shutdown(socket.SHUT_WR)
        assert client.recv(10) == b"", "the end of a connection goes through, too"


def test_a_cut_resets_and_lets_new_connections_in(link: Link) -> None:
    with call(link) as client:
        link.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(10)
    call(link).close()
    assert link.counters.cuts == 1


def test_a_stalled_link_is_silent_but_open_and_goes_on_with_what_waited(link: Link) -> None:
    with call(link) as client:
        link.stall()
        client.sendall(b"waits")
        assert heard(client, 0.1) == b""
        link.resume()
        assert heard(client, 5) == b"waits"


def test_one_way_can_stall_alone_and_a_cut_loses_what_waited(link: Link) -> None:
    with call(link) as client:
        link.stall("down")
        client.sendall(b"x" * 7)
        deadline = time.monotonic() + 5
        while link.counters.up < 12 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert (link.counters.up, link.counters.down) == (12, 5)
        link.cut()
        link.resume()
        with pytest.raises(ConnectionResetError):
            client.recv(10)
    call(link).close()


@pytest.mark.parametrize("linger", [False, True], ids=["end", "reset"])
def test_a_stalled_link_hides_the_death_of_a_caller(linger: bool) -> None:
    with socket.create_server((LOOPBACK, 0)) as server, Link(*server.getsockname()[:2]) as link:
        client = socket.create_connection((link.host, link.port), timeout=5)
        far, _ = server.accept()
        with far:
            link.stall()
            if linger:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            assert not select.select([far], [], [], 0.1)[0]
            link.resume()
            assert select.select([far], [], [], 5)[0]


def test_a_connection_made_while_stalled_hangs_and_then_works(link: Link) -> None:
    link.stall()
    with socket.create_connection((link.host, link.port), timeout=5) as client:
        client.sendall(b"early")
        assert heard(client, 0.1) == b""
        assert link.connected == 0
        link.resume()
        assert heard(client, 5) == b"early"


def test_a_cut_after_some_bytes_is_exact(link: Link) -> None:
    with call(link) as client:
        link.cut_after(3, "down")
        client.sendall(b"abcdef")
        with pytest.raises(ConnectionResetError):
            assert client.recv(10) + client.recv(10) == b"abc", "never a byte more"
        assert link.counters.down == 5 + 3


def test_refusing_is_heard_by_the_caller_and_ends_with_resume_on_the_same_port(link: Link) -> None:
    port = link.port
    with call(link) as client:
        link.refuse()
        assert not link.up
        with pytest.raises(ConnectionResetError):
            client.recv(10)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((link.host, link.port), timeout=1)
    link.resume()
    assert link.up
    assert link.port == port
    with call(link):
        assert [one.ended < math.inf for one in link.connections] == [True, False]


def test_each_return_is_noted_and_resuming_a_sound_link_is_none(link: Link) -> None:
    link.resume()
    assert link.resumed == []
    for harm in (link.stall, link.refuse, lambda: link.stall("up")):
        harm()
        assert not link.up
        link.resume()
    assert link.resumed == sorted(link.resumed)
    assert len(link.resumed) == 3


def test_a_broker_that_is_gone_is_counted_as_refused() -> None:
    with socket.create_server((LOOPBACK, 0)) as gone:
        port = gone.getsockname()[1]
    with Link(LOOPBACK, port) as link, socket.create_connection((link.host, link.port), 5) as client:
        assert client.recv(1) == b""
        assert link.counters.refused == 1
        assert link.connections == []
