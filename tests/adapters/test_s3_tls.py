"""S3 as store over TLS: whose certificates count."""

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from promptpress.errors import SetupError
from tests.adapters.bucketing import SMALL, key_of, store_at
from tests.fakes.raw import server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and key for 127.0.0.1, signed by nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in")])
    today = dt.datetime.now(dt.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private + signed.public_bytes(pem))
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[str]:
    """The address of a server with that certificate and one object, for one call."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    head = f'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: {len(SMALL)}\r\n\r\n'

    def talk(line: socket.socket) -> None:
        with context.wrap_socket(line, server_side=True) as safe:
            while b"\r\n\r\n" not in safe.recv(65_536):
                pass
            safe.sendall(head.encode() + SMALL)

    with server(talk) as address:
        yield f"https://{address}"


def test_an_unknown_certificate_is_a_matter_of_the_set_up(secure: str) -> None:
    """It does not pass by itself: the message says where to name it."""
    with pytest.raises(SetupError, match=r"certificate is not trusted.*SSL_CERT_FILE"):
        store_at(secure).get(key_of())


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_of_the_environment_are_trusted(
    variable: str, secure: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for every other service."""
    monkeypatch.setenv(variable, str(certificate))

    assert store_at(secure).get(key_of()) == SMALL


def test_a_file_of_certificates_that_is_missing_is_told(
    secure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not taken for a server that does not answer."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/at/all.pem")

    with pytest.raises(SetupError, match="SSL_CERT_FILE"):
        store_at(secure).get(key_of())
