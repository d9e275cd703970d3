"""The shared HTTP pieces, against real sockets on loopback."""

import datetime as dt
import http.client
import logging
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters._http import (
    MAX_EXCERPT,
    Reply,
    excerpt,
    hide_in_logs,
    read_retry_after,
)
from tests.adapters.calling import SECRET, Echo, kind_of, post
from tests.fakes.raw import server, swallow
from tests.fakes.server import Answer, Fault

NOW = dt.datetime(2026, 11, 21, 9, 0, 0, tzinfo=dt.UTC)


def test_a_reply_is_what_the_service_sent(echo: Echo) -> None:
    """Status, headers and body of the answer come back, and the request arrives as it was."""
    reply = post(echo.url)

    assert isinstance(reply, Reply)
    assert (reply.status, reply.whole) == (200, True)
    assert reply.headers["content-type"] == "application/json"
    assert reply.body == b'{"path": "/CANARY-in-the-address", "size": 5}'
    assert echo.requests[0].headers["connection"] == "close"


def test_a_redirect_is_an_answer(echo: Echo) -> None:
    """A redirect is returned, not followed: the request is sent once."""
    echo.fail("echo", Fault("before", Answer(307, b"", {"Location": f"{echo.url}/elsewhere"})))

    reply = post(echo.url)

    assert isinstance(reply, Reply)
    assert reply.status == 307
    assert len(echo.requests) == 1


def test_a_connection_is_never_used_twice() -> None:
    """A service that silently drops idle connections costs nothing: each call has its own."""
    answered = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def talk(line: socket.socket) -> None:
        swallow(line)
        line.sendall(answered)

    with server(talk, talk) as address:
        replies = [post(f"http://{address}"), post(f"http://{address}")]

    assert [reply.body for reply in replies if isinstance(reply, Reply)] == [b"ok", b"ok"]


def test_netrc_adds_nothing(echo: Echo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that a person keeps in ~/.netrc is not sent to the service."""
    (tmp_path / "netrc").write_text("default login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    post(echo.url)

    assert "authorization" not in echo.requests[0].headers


def test_a_name_and_password_in_the_address_are_used(echo: Echo) -> None:
    """A server of one's own may stand behind basic authentication."""
    post(echo.url.replace("//", "//me:mine@"))

    assert echo.requests[0].headers["authorization"] == "Basic bWU6bWluZQ=="


def test_the_proxy_of_the_environment_is_used(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where HTTP_PROXY is set, the request goes there."""
    monkeypatch.setenv("http_proxy", echo.url)

    reply = post("http://somewhere.invalid")

    assert isinstance(reply, Reply)
    assert echo.requests[0].headers["host"] == "somewhere.invalid"


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b""])
def test_a_proxy_that_refuses_delivers_nothing(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a tunnel the request stays here."""

    def talk(line: socket.socket) -> None:
        line.recv(1000)
        line.sendall(answer)

    with server(talk) as address:
        monkeypatch.setenv("https_proxy", f"http://{address}")
        outcome = post("https://somewhere.invalid")

    assert kind_of(outcome) == "undelivered"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    hide_in_logs(SECRET)
    return caplog


def test_hidden_secrets_stay_out_of_the_log(echo: Echo, logged: pytest.LogCaptureFixture) -> None:
    """What the HTTP library logs about a call has stars where the secret was."""
    post(echo.url)

    assert "POST /*** HTTP/1.1" in logged.text
    assert SECRET not in logged.text


def test_hidden_secrets_stay_out_of_warnings(logged: pytest.LogCaptureFixture) -> None:
    """A broken header makes the HTTP library warn with the address: without the secret."""

    def talk(line: socket.socket) -> None:
        swallow(line)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nbroken\r\n\r\nok")

    with server(talk) as address:
        post(f"http://{address}")

    assert "Failed to parse headers" in logged.text
    assert SECRET not in logged.text


def test_http_client_prints_no_address(
    echo: Echo, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever switches on the standard library's debugging sees other calls, not ours."""
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)

    post(echo.url)

    assert SECRET not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("17", 17.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Sat, 21 Nov 2026 09:02:00 GMT", 120.0),
        ("Sat, 21 Nov 2026 10:02:00 +0100", 120.0),
        ("Sat, 21 Nov 2026 08:00:00 GMT", 0.0),
    ],
)
def test_retry_after(value: str | None, expected: float | None) -> None:
    """Both forms of the header are read; what is neither asks for nothing."""
    assert expected == read_retry_after(value, NOW)


@given(st.text())
def test_any_retry_after_is_survived(value: str) -> None:
    """Whatever stands in the header, the answer is a sane wait or none."""
    seconds = read_retry_after(value, NOW)

    assert seconds is None or 0 <= seconds < float("inf")


def test_an_excerpt_is_one_short_line_without_secrets() -> None:
    """A page of HTML becomes a line that may be shown."""
    text = excerpt("<html>\n  token abc-def and abc " + "x" * 1000, ("abc", "abc-def", ""))

    assert text.startswith("<html> token *** and *** xxx")
    assert len(text) == MAX_EXCERPT
