"""Signs where a picture comes from, by the library c2pa-python: a Signer.

    certificate and key → picture → a manifest inside its bytes: created, by what kind of thing

The library is an extra of 50 MB: it is imported when the first picture is signed, and no part of
Promptpress needs it otherwise. Nothing is asked over the network: no authority for the time, no
revocation, no manifest that lies elsewhere; so a signature is good while its certificate is.

Certificate and key are read for every picture, so that a renewed certificate is used at once and no
key stays in memory; a picture takes 5 to 50 milliseconds with a key of P-256, 50 more with RSA.
"""

import importlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from PIL import Image

from promptpress.adapters._http import excerpt
from promptpress.errors import BadPicture, SetupError

NAME = "c2pa"
SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SETTINGS = {
    # An empty list of hosts means none at all; the others say it again, each for its own part.
    "core": {"allowed_network_hosts": []},
    "verify": {
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
        # Its own default differs from version to version; what no reader takes never goes out.
        "verify_after_sign": True,
    },
    # A small copy in the manifest adds up to 140 KB where a signature has 3.
    "builder": {"thumbnail": {"enabled": False}},
}
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)
"""What cryptography raises over keys and certificates; TypeError where a password is missing."""


@dataclass(frozen=True, kw_only=True)
class _Credentials:
    """What signs."""

    algorithm: str
    chain: bytes
    key: bytes = field(repr=False)
    validity: str
    """From which day to which the certificate is valid."""


class C2paSigner:
    """Signs pictures with a certificate of the user's; a Signer."""

    name = NAME

    def __init__(self, certificate: Path, key: Path, *, version: str = "") -> None:
        """Keep the set-up; nothing is read or imported before it is needed.

        Args:
            certificate: file with the certificate and its chain, in PEM, the signing one first.
            key: file with its key, in PEM and without a password.
            version: of Promptpress, as it stands in the manifest; empty: none does.
        """
        self._certificate = certificate
        self._key = key
        self._generator = {"name": "Promptpress"} | ({"version": version} if version else {})

    def check(self) -> None:
        """Sign a tiny picture, which is then forgotten.

        Raises:
            SetupError: library, certificate or key are not there, or not good for signing.
        """
        credentials, library = _read_credentials(self._certificate, self._key), _import_library()
        trouble = self._try(library, credentials)
        if trouble:
            raise _unusable(trouble, credentials)

    def sign(self, content: bytes, format: str, source: str) -> bytes:  # noqa: A002  Pillow's word
        """Return the same picture with signed provenance: the last thing done to its bytes.

        About 3 KB longer, its pixels and other data as they were; a manifest that was in it gives
        way to ours. Other bytes each time: a signature holds chance.

        Args:
            content: the bytes.
            format: JPEG, PNG or WEBP.
            source: the last part of an IPTC digital source type; empty: nothing is claimed, and
                the picture comes back as it is.

        Raises:
            SetupError: library, certificate or key are not there, or not good for signing.
            BadPicture: the library cannot read the picture.
        """
        if not source:
            return content
        credentials, library = _read_credentials(self._certificate, self._key), _import_library()
        try:
            return self._sign(library, credentials, (content, format, source))
        except library.C2paError as error:
            words = excerpt(str(error), _lines(credentials.key))
        # Is it the picture or the certificate? The library's errors do not tell.
        if self._try(library, credentials):
            raise _unusable(words, credentials)
        advice = "retry the post, or unset C2PA_CERTIFICATE and C2PA_KEY"
        message = f"the picture cannot be signed ({words}): {advice}"
        raise BadPicture(message, NAME)

    def _try(self, library: Any, credentials: _Credentials) -> str:
        """Return why not even a faultless picture can be signed, or an empty string."""
        file = io.BytesIO()
        Image.new("RGB", (8, 8)).save(file, "PNG")
        sample = (file.getvalue(), "PNG", "algorithmicMedia")
        try:
            self._sign(library, credentials, sample)
        except library.C2paError as error:
            return excerpt(str(error), _lines(credentials.key))
        return ""

    def _sign(
        self, library: Any, credentials: _Credentials, picture: tuple[bytes, str, str]
    ) -> bytes:
        content, kind, source = picture
        info = library.C2paSignerInfo(
            credentials.algorithm, credentials.chain, credentials.key, None
        )
        signed = io.BytesIO()
        with (
            library.Signer.from_info(info) as signer,
            library.Context.from_dict(SETTINGS) as context,
            library.Builder(self._build_manifest(source), context) as builder,
        ):
            builder.sign(signer, f"image/{kind.lower()}", io.BytesIO(content), signed)
        return signed.getvalue()

    def _build_manifest(self, source: str) -> dict[str, Any]:
        created = {"action": "c2pa.created", "digitalSourceType": SOURCES + source}
        actions = {"label": "c2pa.actions.v2", "data": {"actions": [created]}}
        return {"claim_generator_info": [self._generator], "assertions": [actions]}


def _import_library() -> Any:
    try:
        return importlib.import_module("c2pa")
    except ImportError:
        trouble = "the package c2pa-python is not installed"
    except (OSError, RuntimeError, ValueError):  # what it raises where its own library is missing
        trouble = "the package c2pa-python does not work on this machine"
    message = "run `pip install 'c2pa-python>=0.38,<1'`, or unset C2PA_CERTIFICATE and C2PA_KEY"
    raise SetupError(f"{trouble}: {message}", NAME)


def _read_credentials(certificate: Path, key: Path) -> _Credentials:
    """Return what signs; the key in the one form that the library takes (PKCS #8).

    Raises:
        SetupError: a file is missing or holds something else, or they do not belong together.
    """
    chain, public = _load(certificate, "C2PA_CERTIFICATE", "certificate in PEM", _parse_chain)
    private = _load(key, "C2PA_KEY", "key in PEM without a password", _parse_key)
    leaf = chain[0]
    if private.public_key() != public:
        message = (
            "C2PA_KEY is not the key of the first certificate in C2PA_CERTIFICATE: put the one "
            "that signs first, or set the key that belongs to it"
        )
        raise SetupError(message, NAME)
    return _Credentials(
        algorithm=_choose_algorithm(private),
        chain=b"".join(one.public_bytes(Encoding.PEM) for one in chain),
        key=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        validity=f"{leaf.not_valid_before_utc:%Y-%m-%d} to {leaf.not_valid_after_utc:%Y-%m-%d}",
    )


def _load(path: Path, setting: str, what: str, parse: Callable[[bytes], Any]) -> Any:
    """Return what a file holds; the errors of the parser, which may quote it, are not passed on."""
    try:
        return parse(path.read_bytes())
    except OSError as error:
        trouble = f"{path} cannot be read ({error.strerror})"
    except _UNREADABLE:
        trouble = f"{path} holds no {what}"
    raise SetupError(f"{trouble}: correct {setting}", NAME)


def _parse_chain(content: bytes) -> tuple[list[x509.Certificate], Any]:
    """Return the certificates, and the public key of the first."""
    chain = x509.load_pem_x509_certificates(content)
    return chain, chain[0].public_key()


def _parse_key(content: bytes) -> Any:
    return load_pem_private_key(content, None)


def _choose_algorithm(key: Any) -> str:
    """Return the name of the algorithm by which a key signs (C2PA, section Digital Signatures)."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    message = "C2PA does not know keys of this kind: set a certificate and key of P-256"
    raise SetupError(message, NAME)


def _unusable(words: str, credentials: _Credentials) -> SetupError:
    """Return the error for a certificate that cannot sign."""
    message = (
        f"the certificate, valid from {credentials.validity}, cannot sign ({words}): set "
        "C2PA_CERTIFICATE to one that is valid now, has the key usage digitalSignature and an "
        "extended one such as emailProtection, and is no authority itself"
    )
    return SetupError(message, NAME)


def _lines(key: bytes) -> list[str]:
    return key.decode().splitlines()
