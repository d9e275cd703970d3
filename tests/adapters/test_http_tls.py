"""The shared HTTP pieces over TLS."""

import datetime as dt
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from promptpress.adapters._http import (
    NoReply,
    Reply,
)
from tests.adapters.calling import BRIEF, kind_of, post
from tests.fakes.raw import drip, server, swallow


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and key for 127.0.0.1, signed by nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in")])
    today = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[str]:
    """The address of a server with that certificate, for one call."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def talk(line: socket.socket) -> None:
        with context.wrap_socket(line, server_side=True) as safe:
            if b"slow" in swallow(safe):
                drip(safe)
            safe.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with server(talk) as address:
        yield f"https://{address}"


def test_an_unknown_certificate_delivers_nothing(secure: str) -> None:
    """A service that cannot prove itself gets nothing."""
    outcome = post(secure)

    assert kind_of(outcome) == "undelivered"
    assert isinstance(outcome, NoReply)
    assert "self-signed certificate" in outcome.reason


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_certificates_of_the_environment_are_trusted(
    variable: str, secure: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either variable names the certificates to trust."""
    monkeypatch.setenv(variable, str(certificate))

    reply = post(secure)

    assert isinstance(reply, Reply)
    assert reply.body == b"ok"


def test_the_deadline_holds_inside_tls(
    secure: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Encryption does not keep a slow answer from being cut."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    begun = time.monotonic()

    outcome = post(f"{secure}/slow", limits=BRIEF)

    assert kind_of(outcome) == "lost"
    assert time.monotonic() - begun < 3
