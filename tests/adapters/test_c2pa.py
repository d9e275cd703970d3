"""C2PA: signed pictures, read back by the library; and every way in which a set-up can be wrong."""

import io
import json
import pickle
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from PIL import Image

from promptpress.adapters.c2pa import SETTINGS, SOURCES, C2paSigner
from promptpress.errors import BadPicture, SetupError
from promptpress.imaging import inspect, read_source, render
from promptpress.ports import Signer
from tests.adapters.calling import Echo
from tests.unit.pictures import AI, RULES, encode, paint

NOW = datetime.now(UTC)  # the library has no other clock
DAY = timedelta(days=1)
YEAR = (NOW - DAY, NOW + 365 * DAY)
PROVENANCE = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="{}/m.c2pa"/></rdf:RDF>"""
KEYS: dict[str, Callable[[], Any]] = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}


def pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, form, NoEncryption()))


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certify(key: Any, *more: x509.ExtensionType, valid: Any = YEAR, usage: bool = True) -> bytes:
    """Return a certificate for a key, and the one of an authority made on the spot."""
    authority = KEYS["P-256"]()
    begun = x509.CertificateBuilder().issuer_name(named("Authority"))
    top = begun.subject_name(named("Authority")).public_key(authority.public_key())
    top = top.serial_number(1).not_valid_before(NOW - 900 * DAY).not_valid_after(NOW + 900 * DAY)
    top = top.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    end = begun.subject_name(named("Signer")).public_key(key.public_key()).serial_number(2)
    end = end.not_valid_before(valid[0]).not_valid_after(valid[1])
    # Digital signature, and none of the eight other uses.
    end = end.add_extension(x509.KeyUsage(True, *[False] * 8), critical=True)
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    for extension in (above, *([mail] if usage else []), *more):
        end = end.add_extension(extension, critical=False)
    made = [one.sign(authority, hashes.SHA256()) for one in (end, top)]
    return b"".join(one.public_bytes(Encoding.PEM) for one in made)


class Desk:
    def __init__(self, folder: Path) -> None:
        self.certificate, self.key = folder / "chain.pem", folder / "key.pem"
        self.put(KEYS["P-256"]())

    def put(self, key: Any, chain: bytes = b"", form: PrivateFormat = PrivateFormat.PKCS8) -> None:
        self.certificate.write_bytes(chain or certify(key))
        self.key.write_bytes(pem(key, form))

    @property
    def signer(self) -> C2paSigner:
        return C2paSigner(self.certificate, self.key, version="2026.11.1")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def library() -> Any:
    return pytest.importorskip("c2pa", reason="the extra c2pa-python is not installed")


def read(library: Any, content: bytes, **settings: Any) -> dict[str, Any]:
    kind = f"image/{inspect(content).format.lower()}"
    context = library.Context.from_dict({**SETTINGS, **settings})
    with context, library.Reader(kind, io.BytesIO(content), context=context) as reader:
        return dict(json.loads(reader.json()))


def labelled(kind: str) -> bytes:
    """Return a picture as it goes out, with the label of its source."""
    rules = replace(RULES, formats=(kind,))
    return render(inspect(encode(paint(), kind)), rules, source=AI).content


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB").tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_signed_picture_is_valid(library: Any, desk: Desk, kind: str) -> None:
    """A reader finds what made it and who says so; pixels and label are as they were."""
    signer: Signer = desk.signer
    before = labelled(kind)

    after = signer.sign(before, kind, AI)

    found = read(library, after)
    (manifest,) = found["manifests"].values()
    (actions,) = [one for one in manifest["assertions"] if one["label"] == "c2pa.actions.v2"]
    created = {"action": "c2pa.created", "digitalSourceType": SOURCES + AI}
    assert found["validation_state"] == "Valid"
    assert [one["code"] for one in found["validation_status"]] == ["signingCredential.untrusted"]
    assert actions["data"]["actions"] == [created]
    assert manifest["claim_generator_info"][0]["name"] == "Promptpress"
    assert manifest["claim_generator_info"][0]["version"] == "2026.11.1"
    assert manifest["signature_info"]["common_name"] == "Signer"
    assert read_source(after) == read_source(before) == AI
    assert pixels(after) == pixels(before)
    assert len(before) < len(after) < len(before) + 10_000


def test_a_reader_trusts_whom_it_knows(library: Any, desk: Desk) -> None:
    """With the authority among its anchors a reader shows the picture as trusted."""
    signed = desk.signer.sign(labelled("PNG"), "PNG", AI)
    anchors = desk.certificate.read_text("ascii")

    assert read(library, signed, trust={"user_anchors": anchors})["validation_state"] == "Trusted"


def test_a_changed_picture_is_found_out(library: Any, desk: Desk) -> None:
    """One pixel later the signature is not valid any more."""
    signed = desk.signer.sign(labelled("JPEG"), "JPEG", AI)
    changed = signed[:-40] + bytes([signed[-40] ^ 1]) + signed[-39:]

    assert read(library, changed)["validation_state"] == "Invalid"


def test_a_manifest_gives_way_to_the_next(library: Any, desk: Desk) -> None:
    """A picture that was signed before, by whomever, holds one manifest, and that is ours."""
    first = desk.signer.sign(labelled("PNG"), "PNG", "digitalCapture")

    found = read(library, desk.signer.sign(first, "PNG", AI))

    assert found["validation_state"] == "Valid"
    assert len(found["manifests"]) == 1
    assert SOURCES + AI in json.dumps(found)


def test_nothing_is_claimed_of_an_unknown_source() -> None:
    """A picture of which nobody knows what made it stays as it is; no file is even read."""
    assert C2paSigner(Path("no"), Path("no")).sign(b"a picture", "PNG", "") == b"a picture"


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_every_kind(library: Any, desk: Desk, kind: str, form: PrivateFormat) -> None:
    """Every kind that C2PA knows signs, in both forms in which tools write them."""
    form = PrivateFormat.PKCS8 if kind == "Ed25519" else form  # it has but one
    desk.put(KEYS[kind](), form=form)

    signed = desk.signer.sign(labelled("JPEG"), "JPEG", AI)

    assert read(library, signed)["validation_state"] == "Valid"


def test_a_renewed_certificate_is_used_at_once(library: Any, desk: Desk) -> None:
    """Nobody has to start anything anew after putting new files there."""
    signer = desk.signer
    desk.put(key := KEYS["P-256"](), certify(key, valid=(NOW - 9 * DAY, NOW - DAY)))
    with pytest.raises(SetupError):
        signer.check()

    desk.put(KEYS["P-384"]())
    signer.check()


def test_many_pictures_at_once(library: Any, desk: Desk) -> None:
    """Threads do not get into each other's way."""
    content, sign = labelled("JPEG"), desk.signer.sign
    with ThreadPoolExecutor(8) as pool:
        signed = list(pool.map(lambda _: sign(content, "JPEG", AI), range(40)))

    assert {read(library, one)["validation_state"] for one in signed} == {"Valid"}


def test_nothing_is_asked_over_the_network(library: Any, desk: Desk, echo: Echo) -> None:
    """Neither the manifest that a picture says lies elsewhere, nor whether we are revoked."""
    provenance = PROVENANCE.format(echo.url).encode()
    content = encode(paint(), "JPEG", xmp=provenance)
    method = AuthorityInformationAccessOID.OCSP
    place = x509.AccessDescription(method, x509.UniformResourceIdentifier(f"{echo.url}/ocsp"))
    desk.put(key := KEYS["P-256"](), certify(key, x509.AuthorityInformationAccess([place])))

    signed = desk.signer.sign(content, "JPEG", AI)
    read(library, signed)

    assert echo.requests == []
    # The library does ask where it is not told otherwise: this test can fail.
    with pytest.raises(library.C2paError):
        library.Reader("image/jpeg", io.BytesIO(content))
    asking = library.Context.from_dict({"verify": {"ocsp_fetch": True}})
    library.Reader("image/jpeg", io.BytesIO(signed), context=asking).close()
    assert len({one.path for one in echo.requests}) == 2, [one.path for one in echo.requests]


def error_of(desk: Desk, *, act: Callable[[C2paSigner], object] = C2paSigner.check) -> str:
    """Return what a set-up is told that cannot sign; no key and no other error shows."""
    with pytest.raises(SetupError) as caught:
        act(desk.signer)
    assert caught.value.__cause__ is caught.value.__context__ is None
    shown = f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    key = desk.key.read_text("latin-1").split() if desk.key.is_file() else []
    assert [line for line in key if len(line) > 8 and line in shown] == []
    return str(caught.value)


def test_a_file_that_is_missing(desk: Desk) -> None:
    """It is said which, and by which setting it is named."""
    desk.key.unlink()
    assert "key.pem cannot be read (No such file or directory): correct C2PA_KEY" in error_of(desk)
    desk.certificate.unlink()
    desk.certificate.mkdir()
    assert "chain.pem cannot be read (Is a directory): correct C2PA_CERT" in error_of(desk)


@pytest.mark.parametrize(
    "content", [b"", b"\0\xff" * 99, b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0c2VjcmV0\n"]
)
def test_a_file_that_holds_something_else(desk: Desk, content: bytes) -> None:
    """Nothing of it is shown."""
    desk.key.write_bytes(content)
    assert "holds no key in PEM without a password: correct C2PA_KEY" in error_of(desk)
    desk.certificate.write_bytes(content)
    assert "holds no certificate in PEM: correct C2PA_CERTIFICATE" in error_of(desk)


def test_files_that_do_not_go_together(desk: Desk) -> None:
    """A password, exchanged files, another's key, a chain from its wrong end, an unknown kind."""
    chain = certify(key := KEYS["P-256"]())
    locked = BestAvailableEncryption(b"a password")
    desk.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    assert "without a password" in error_of(desk)
    desk.key.write_bytes(chain)
    assert "holds no key" in error_of(desk)
    desk.put(key, pem(key))
    assert "holds no certificate" in error_of(desk)
    desk.put(key, certify(KEYS["P-256"]()))
    assert "C2PA_KEY is not the key of the first certificate" in error_of(desk)
    parts = x509.load_pem_x509_certificates(chain)
    desk.put(key, b"".join(one.public_bytes(Encoding.PEM) for one in reversed(parts)))
    assert "put the one that signs first" in error_of(desk)
    desk.put(ec.generate_private_key(ec.SECP256K1()))
    assert "set a certificate and key of P-256" in error_of(desk)


@pytest.mark.parametrize("act", [C2paSigner.check, lambda it: it.sign(encode(paint()), "PNG", AI)])
def test_a_certificate_that_cannot_sign(library: Any, desk: Desk, act: Any) -> None:
    """Expired, not valid yet, or for other purposes: with its dates, and what it takes."""
    for start, end in ((-9, -1), (1, 9)):
        valid = (NOW + start * DAY, NOW + end * DAY)
        desk.put(key := KEYS["P-256"](), certify(key, valid=valid))
        words = error_of(desk, act=act)
        assert f"valid from {valid[0]:%Y-%m-%d} to {valid[1]:%Y-%m-%d}" in words
        assert "not valid at time of signing" in words
    desk.put(key := KEYS["P-256"](), certify(key, usage=False))
    assert "such as emailProtection" in error_of(desk, act=act)


def test_the_library_is_missing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra: only who signs needs it, and is told how to get it."""
    monkeypatch.setitem(sys.modules, "c2pa", None)

    assert "pip install 'c2pa-python" in error_of(desk)
    assert "not installed" in error_of(desk, act=lambda it: it.sign(b"x", "PNG", AI))


@pytest.mark.parametrize("content", [b"", b"no picture", encode(paint())[:60]])
def test_what_cannot_be_signed(library: Any, desk: Desk, content: bytes) -> None:
    """With a good certificate it is the picture's fault, and the others go on."""
    with pytest.raises(BadPicture, match="cannot be signed"):
        desk.signer.sign(content, "PNG", AI)
