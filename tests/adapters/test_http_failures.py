"""What each way of losing a call means: surely not delivered, or nobody knows."""

import socket
import struct
import threading
import time

import pytest

from promptpress.adapters._http import (
    Limits,
    NoReply,
    Reply,
)
from tests.adapters.calling import BRIEF, LARGE, Echo, kind_of, post
from tests.fakes.raw import drip, hold, server, swallow
from tests.fakes.server import Answer, Fault


def test_refused_connection_is_undelivered() -> None:
    """Where nobody listens nothing was delivered, and the reason is the system's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    outcome = post(f"http://127.0.0.1:{port}")

    assert NoReply(reason="Connection refused", kind="undelivered") == outcome


@pytest.mark.parametrize(
    "address",
    ["example.invalid", "http://", "http://[", f"http://{'a' * 64}.invalid", "ftp://127.0.0.1"],
)
def test_an_impossible_address_is_told_apart(address: str) -> None:
    """An address that can never work is no passing trouble."""
    assert kind_of(post(address)) == "impossible"


def test_missing_certificates_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of certificates that is not there is no passing trouble."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")

    assert kind_of(post("https://127.0.0.1:9")) == "impossible"


def test_no_tls_where_tls_is_asked_for(echo: Echo) -> None:
    """A failed TLS handshake delivers nothing."""
    assert kind_of(post(echo.url.replace("http:", "https:"))) == "undelivered"


def test_a_reset_during_the_handshake_is_undelivered() -> None:
    """A connection that dies before the request leaves is not mistaken for a lost answer."""
    with server(lambda line: line.close()) as address:
        assert kind_of(post(f"https://{address}")) == "undelivered"


def test_a_silent_handshake_is_undelivered() -> None:
    """A TLS handshake that never ends delivers nothing and takes the connect timeout at most."""
    done = threading.Event()
    limits = Limits(connect=0.2, read=5, total=5)
    with server(hold(done)) as address:
        outcome = post(f"https://{address}", limits=limits)
        done.set()

    assert NoReply(reason="no answer within 0.2 seconds", kind="undelivered") == outcome


def _reset_early(line: socket.socket) -> None:
    line.recv(1000)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_reset_while_the_request_leaves_is_undelivered() -> None:
    """Half a request cannot have been acted on, however the connection ended."""
    with server(_reset_early) as address:
        assert kind_of(post(f"http://{address}", LARGE)) == "undelivered"


def test_a_request_that_does_not_get_away_ends_by_the_deadline() -> None:
    """A service that does not read holds nobody beyond the deadline, and has half a request."""
    done = threading.Event()
    limits = Limits(connect=5, read=5, total=0.3)
    begun = time.monotonic()
    with server(hold(done)) as address:
        outcome = post(f"http://{address}", LARGE, limits)
        done.set()

    assert NoReply(reason="not done within 0.3 seconds", kind="undelivered") == outcome
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_connection_that_ends_without_an_answer_is_lost(end: str) -> None:
    """Once the request has arrived whole, no answer means that nobody knows."""

    def talk(line: socket.socket) -> None:
        swallow(line)
        if end == "reset":
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with server(talk) as address:
        assert kind_of(post(f"http://{address}")) == "lost"


def test_silence_is_lost_after_the_read_timeout(echo: Echo) -> None:
    """A service that has the request and says nothing leaves its outcome open."""
    echo.fail("echo", Fault("after", hang=True))

    outcome = post(echo.url, limits=Limits(connect=2.0, read=0.3, total=10.0))

    assert outcome == NoReply(reason="no answer within 0.3 seconds", kind="lost")


def test_dripping_headers_end_by_the_deadline() -> None:
    """Headers that come byte by byte never trip a read timeout, but the deadline they do."""

    def talk(line: socket.socket) -> None:
        swallow(line)
        drip(line)

    begun = time.monotonic()
    with server(talk) as address:
        outcome = post(f"http://{address}", limits=BRIEF)

        assert kind_of(outcome) == "lost"
        assert time.monotonic() - begun < 3


def test_a_dripping_body_ends_by_the_deadline(echo: Echo) -> None:
    """A body that comes byte by byte is given up, and the status is kept."""
    echo.fail("echo", Fault("after", drip=0.05))
    begun = time.monotonic()

    reply = post(echo.url, limits=BRIEF)

    assert isinstance(reply, Reply)
    assert (reply.status, reply.whole) == (200, False)
    assert time.monotonic() - begun < 3


def test_a_body_without_a_length_is_not_whole_when_it_was_cut() -> None:
    """Where only the end of the connection ends a body, ours by the deadline does not count."""

    def talk(line: socket.socket) -> None:
        swallow(line)
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        drip(line)

    with server(talk) as address:
        reply = post(f"http://{address}", limits=BRIEF)

    assert isinstance(reply, Reply)
    assert (reply.status, reply.whole) == (200, False)


def test_a_cut_body_is_not_whole(echo: Echo) -> None:
    """A body shorter than announced is told apart from a whole one."""
    echo.fail("echo", Fault("after", cut_at=4))

    reply = post(echo.url)

    assert isinstance(reply, Reply)
    assert not reply.whole


def test_an_answer_too_large_is_not_read_to_its_end(echo: Echo) -> None:
    """Of an endless answer only so much is kept."""
    echo.fail("echo", Fault("after", Answer(200, b"x" * 100_000)))

    reply = post(echo.url, limits=Limits(connect=60, read=60, total=120, max_answer=50_000))

    assert isinstance(reply, Reply)
    assert (len(reply.body), reply.whole) == (50_000, False)
