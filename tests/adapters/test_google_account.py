"""Google's account: what credentials may look like, and what is refused."""

import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from promptpress.adapters.google import Account
from promptpress.errors import BadCredentials, SetupError
from tests.adapters.googling import account_of, assert_keeps_secrets, of_text, shown, utc_now
from tests.fakes.google import ADDRESS, Google
from tests.fakes.google.accounts import make_key

NAME = "GOOGLE_APPLICATION_CREDENTIALS"


# --- what credentials may look like ---


def as_it_is(text: str) -> str:
    return text


def with_literal_breaks(text: str) -> str:
    """Return what a shell makes of it that escapes once more."""
    return text.replace("\\n", "\\\\n")


def with_real_breaks(text: str) -> str:
    """Return what an editor makes of it that unescapes."""
    return text.replace("\\n", "\n")


def with_space(text: str) -> str:
    return f"\n  {text}\n"


@pytest.mark.parametrize("shape", [as_it_is, with_literal_breaks, with_real_breaks, with_space])
def test_a_service_account_may_be_pasted(shape: Callable[[str], str], google: Google) -> None:
    """The key file's text is taken however its line breaks came through."""
    account = of_text(shape(google.key_file()))

    assert google.accepts(f"Bearer {account.token()}")
    assert account.address == ADDRESS
    assert account.is_service


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_service_account_may_be_a_file(encoding: str, google: Google, tmp_path: Path) -> None:
    """The file is read as it was downloaded, or as Notepad saved it."""
    file = tmp_path / "key.json"
    file.write_text(google.key_file(), encoding=encoding)

    assert google.accepts(f"Bearer {of_text(str(file)).token()}")


def test_a_users_credentials_work_too(google: Google) -> None:
    """A refresh token gives a token; there is no address to share with."""
    account = account_of(google, user=True)

    assert google.accepts(f"Bearer {account.token()}")
    assert account.address == ""
    assert not account.is_service


def test_nothing_is_read_or_asked_before_first_use(google: Google) -> None:
    """Making an account of nonsense fails nothing."""
    Account("/no/such/file", clock=utc_now)
    account_of(google)

    assert google.journal.entries() == []


def without(name: str) -> Callable[[str], str]:
    return lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != name})


def changed(name: str, value: object) -> Callable[[str], str]:
    return lambda text: json.dumps({**json.loads(text), name: value})


def curve_key() -> str:
    """Return a key of a kind that Google does not give."""
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def with_password(text: str) -> str:
    """Return the key file with its key behind a password."""
    info = json.loads(text)
    key = serialization.load_pem_private_key(info["private_key"].encode(), None)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    return json.dumps({**info, "private_key": pem.decode()})


MALFORMED: list[tuple[Callable[[str], str], str]] = [
    (lambda text: "", "is empty"),
    (lambda text: "  ", "is empty"),
    (lambda text: "/no/such/key.json", "cannot be read (FileNotFoundError)"),
    (lambda text: "/", "cannot be read (IsADirectoryError)"),
    (lambda text: "~nobody-of-that-name/key.json", "cannot be read"),
    (lambda text: "x" * 10_000, "cannot be read"),
    (lambda text: text[:200], "is no JSON"),
    (lambda text: '{"a":' * 100_000, "is no JSON"),
    (changed("type", "external_account"), "nor of an authorized_user"),
    (without("type"), "nor of an authorized_user"),
    (without("private_key"), "lacks private_key"),
    (without("client_email"), "lacks client_email"),
    (without("token_uri"), "lacks token_uri"),
    (changed("private_key", ""), "lacks private_key"),
    (changed("token_uri", 5), "token_uri in"),
    (changed("token_uri", ["https://oauth2.googleapis.com/token"]), "token_uri in"),
    (changed("token_uri", "ftp://oauth2.googleapis.com/token"), "token_uri in"),
    (changed("private_key", "CANARY"), "the private key is damaged"),
    (lambda text: text.replace("PRIVATE KEY-----\\n", "PRIVATE KEY-----\\nAAAA"), "is damaged"),
    (changed("private_key", curve_key()), "the private key is damaged"),
    (with_password, "the private key is damaged"),
    (lambda text: '{"type": "authorized_user"}', "lacks client_id, client_secret, refresh_token"),
]


@pytest.mark.parametrize(("spoil", "words"), MALFORMED, ids=map(str, itertools.count()))
def test_malformed_credentials_say_what_is_wrong(
    spoil: Callable[[str], str], words: str, google: Google, log: pytest.LogCaptureFixture
) -> None:
    """Nothing is asked of Google, and the message says which setting to mend."""
    account = of_text(spoil(google.key_file()))

    with pytest.raises(SetupError) as caught:
        account.token()

    assert words in str(caught.value)
    assert NAME in str(caught.value)
    assert google.journal.entries() == []
    assert_keeps_secrets(google, caught.value, log.text)


def test_a_file_that_holds_no_text_is_refused(tmp_path: Path) -> None:
    """A PKCS #12 file, which Google gives as well, is no JSON."""
    file = tmp_path / "key.p12"
    file.write_bytes(b"\x30\x82\xff\xfe" * 50)

    with pytest.raises(SetupError, match="cannot be read"):
        of_text(str(file)).token()


def test_an_address_that_cannot_be_read_is_empty() -> None:
    """Messages ask for the address, so that it must not fail."""
    account = of_text("/no/such/file")

    assert account.address == ""
    assert account.secrets == ()


# --- what Google refuses ---


def is_out(google: Google) -> None:
    google.accounts.clock = lambda: time.time() + 3_600


def lost_its_key(google: Google) -> None:
    google.accounts.key = make_key()


def refuses(error: str, description: str) -> Callable[[Google], None]:
    def order(google: Google) -> None:
        google.accounts.refuses = (error, description)

    return order


REFUSED: list[tuple[Callable[[Google], None], str]] = [
    (is_out, "this machine's clock says 20"),
    (lost_its_key, "the key was deleted or is damaged"),
    (refuses("invalid_grant", "Invalid JWT: Token must be a short-lived token"), "set it right"),
    (refuses("invalid_grant", "Invalid grant: account not found"), "the account is gone"),
    (refuses("invalid_grant", "Token has been expired or revoked."), "sign in again"),
    (refuses("unauthorized_client", "Client is unauthorized to retrieve"), "grant them"),
    (refuses("invalid_scope", "Invalid OAuth scope or ID token audience"), "enable the Sheets"),
    (refuses("invalid_grant", "Invalid JWT: Failed audience check."), "put a valid key"),
    (refuses("something_new", ""), "put a valid key"),
]


@pytest.mark.parametrize(("order", "words"), REFUSED, ids=map(str, itertools.count()))
def test_each_refusal_says_what_to_do(
    order: Callable[[Google], None],
    words: str,
    google: Google,
    log: pytest.LogCaptureFixture,
) -> None:
    """A refusal is asked for once, is final, and comes with advice."""
    account = account_of(google)
    order(google)

    with pytest.raises(BadCredentials) as caught:
        account.token()

    assert words in str(caught.value)
    assert len(google.journal.entries(call="token")) == 1
    assert_keeps_secrets(google, caught.value, log.text)


def test_a_revoked_sign_in_says_so(google: Google, log: pytest.LogCaptureFixture) -> None:
    """A user's refresh token that is dead is told from a key that is."""
    account = account_of(google, user=True)
    google.accounts.refresh_token = "1//another"

    with pytest.raises(BadCredentials, match="the refresh token is dead: sign in again") as caught:
        account.token()

    assert "1//stand-in-refresh-token" not in shown(caught.value, log.text)


def test_an_account_that_works_again_is_used_again(google: Google) -> None:
    """After a refusal the next call asks anew."""
    account = account_of(google)
    google.accounts.refuses = ("invalid_grant", "Invalid JWT Signature.")
    with pytest.raises(BadCredentials):
        account.token()
    google.accounts.refuses = None

    assert google.accepts(f"Bearer {account.token()}")
