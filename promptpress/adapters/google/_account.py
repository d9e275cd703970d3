"""Who acts at Google: a service account, or a user by their refresh token.

google-auth signs and reads; the request itself goes through `_http`. Only `refresh` is called: it
is `before_request` that would start google-auth's background call to another host.
"""

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.oauth2 import credentials as oauth2
from google.oauth2 import service_account

from promptpress.adapters._http import Limits, NoReply, Reply, excerpt, exchange
from promptpress.errors import BadCredentials, PromptpressError, SetupError, TransientError

SCOPES = (
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive",
)
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105  an address, no secret
EARLY = timedelta(minutes=4)
"""A token is renewed so long before it ends; google-auth itself takes 3 min 45 s."""
LIMITS = Limits(connect=5, read=8, total=10)
"""One request for a token; google-auth makes three at the most, which is harmless."""
NAME = "GOOGLE_APPLICATION_CREDENTIALS"
KEPT = 20
"""Tokens that no message may show: calls that began with an older one may still be under way."""
REFUSALS = {
    "short-lived token": "this machine's clock says {now} UTC, and Google says that is wrong: set "
    "it right",
    "invalid jwt signature": f"the key was deleted or is damaged: put a new one into {NAME}",
    "account not found": "the account is gone: make a new service account and share your files "
    "with it",
    "expired or revoked": f"the refresh token is dead: sign in again, put the new one into {NAME}",
    "unauthorized_client": "the account may not use these scopes: grant them, it can take a day",
    "invalid_scope": "the account may not use these scopes: enable the Sheets and Drive APIs",
}
"""What the token endpoint says (developers.google.com/identity/protocols/oauth2), and advice."""


class _Hopeless(TransportError):
    """The address, proxy or certificates are wrong: waiting mends nothing."""


class _Answer:
    """What google-auth reads of an answer."""

    def __init__(self, status: int, headers: Mapping[str, str], data: str) -> None:
        self.status = status
        self.headers = headers
        self.data = data


class Account:
    """A Google account that acts; nothing is read before it is first used."""

    def __init__(
        self,
        credentials: str,
        *,
        scopes: Sequence[str] = SCOPES,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep what is needed.

        Args:
            credentials: path of a JSON file, or its text: of a service account, or of a user
                (type authorized_user, with client_id, client_secret and refresh_token).
            scopes: what it will do.
            clock: gives the time, aware and in UTC.
        """
        self._source = credentials
        self._scopes = tuple(scopes)
        self._clock = clock
        self._lock = threading.Lock()
        self._info: dict[str, Any] | None = None
        self._credentials: Any = None
        self._assertion = ""
        self._token = ""
        self._given: tuple[str, ...] = ()
        self._ends = datetime.min.replace(tzinfo=UTC)

    @property
    def address(self) -> str:
        """The address to share files with; empty for a user, or where it cannot be read."""
        try:
            return str(self._read().get("client_email", ""))
        except PromptpressError:
            return ""

    @property
    def is_service(self) -> bool:
        """True for a service account, which owns no storage."""
        return bool(self.address)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not show in any message."""
        names = ("private_key", "refresh_token", "client_secret")
        kept = [str((self._info or {}).get(name, "")) for name in names]
        return tuple(filter(None, (*kept, self._assertion, *self._given)))

    def token(self, *, fresh: bool = False) -> str:
        """Return an access token that holds; with `fresh`, a new one.

        Raises:
            BadCredentials: Google refuses the account.
            SetupError: the credentials cannot be read.
            TransientError: Google does not answer.
        """
        with self._lock:
            if fresh or not self._token or self._clock() + EARLY >= self._ends:
                self._refresh()
            return self._token

    def _read(self) -> dict[str, Any]:
        if self._info is None:
            text = self._source.strip()
            if not text.startswith("{"):
                text = _read_file(text)
            self._info = _parse(text)
        return self._info

    def _make(self) -> Any:
        # Raised here and not where the key is at hand: some traces print what a function holds.
        made = self._try_make()
        if made is None:
            message = f"the private key is damaged: put the whole key file into {NAME} again"
            raise SetupError(message, "google")
        return made

    def _try_make(self) -> Any:
        info = self._read()
        if info.get("type") == "authorized_user":
            return oauth2.Credentials(  # type: ignore[no-untyped-call]  # google-auth has no types
                None,
                refresh_token=info["refresh_token"],
                client_id=info["client_id"],
                client_secret=info["client_secret"],
                token_uri=info.get("token_uri", TOKEN_URI),
            )
        try:
            # Google gives RSA keys only; one of another kind is taken, and fails when it signs.
            key = load_pem_private_key(info["private_key"].encode(), None)
            if not isinstance(key, RSAPrivateKey):
                return None
            return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]  # as above
                info, scopes=self._scopes
            )
        except (ValueError, TypeError, UnsupportedAlgorithm, GoogleAuthError):
            return None  # no PEM, or one with a password

    def _refresh(self) -> None:
        if self._credentials is None:
            self._credentials = self._make()
        failed = self._try_refresh()
        if failed is not None:
            raise failed
        self._token = str(self._credentials.token)
        self._given = (*self._given[1 - KEPT :], self._token)
        # google-auth tells the end by the machine's own clock, naive and in UTC.
        expiry: datetime | None = self._credentials.expiry
        self._ends = expiry.replace(tzinfo=UTC) if expiry else self._clock()

    def _try_refresh(self) -> PromptpressError | None:
        try:
            self._credentials.refresh(self._request)
        except _Hopeless as error:
            message = excerpt(f"Google's token server cannot be reached: {error}", self.secrets)
            return SetupError(f"{message}: correct it", "google")
        except TransportError as error:
            message = excerpt(f"Google's token server does not answer: {error}", self.secrets)
            return TransientError(f"{message}: it is asked again later", "google")
        except RefreshError as error:
            return self._refusal(error)
        return None

    def _request(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002  google-auth passes it; ours is shorter
        **_: object,
    ) -> _Answer:
        sent = parse_qs((body or b"").decode("ascii", "replace"))
        self._assertion = sent.get("assertion", [""])[0]
        request = requests.Request(method, url, headers=dict(headers or {}), data=body)
        reply = exchange(request, LIMITS)
        problem = reply.reason if isinstance(reply, NoReply) else _problem(reply)
        if isinstance(reply, NoReply) and reply.kind == "impossible":
            raise _Hopeless(problem)  # type: ignore[no-untyped-call]  # google-auth has no types
        if isinstance(reply, NoReply) or problem:
            raise TransportError(problem)  # type: ignore[no-untyped-call]  # google-auth has no types
        text = reply.body.decode("utf-8", "replace")
        # google-auth stumbles over JSON that is no object; plain text it quotes.
        data = text if _parse_object(text) is not None else json.dumps(text)
        return _Answer(reply.status, reply.headers, data)

    def _refusal(self, error: RefreshError) -> PromptpressError:
        said = excerpt(str(error.args[0] if error.args else error), self.secrets)
        if error.retryable:
            message = f"Google's token server does not work ({said}): it is asked again later"
            return TransientError(message, "google")
        advice = f"Google refuses the account: put a valid key into {NAME}"
        for words, wanted in REFUSALS.items():
            if words in str(error.args).lower():
                advice = wanted.format(now=f"{self._clock():%Y-%m-%d %H:%M:%S}")
                break
        return BadCredentials(f"{advice} ({said})", "google")


def _problem(reply: Reply) -> str:
    """Return why an answer is none, or nothing where google-auth can read it."""
    if reply.status == 502:  # the one of its kind that google-auth takes for a final no
        return "HTTP 502"
    if not reply.whole:
        return "the answer was cut off"
    if reply.status != 200:
        return ""
    found = _parse_object(reply.body.decode("utf-8", "replace")) or {}
    good = isinstance(found.get("access_token"), str) and found["access_token"]
    lasts = re.fullmatch(r"\d{1,7}", str(found.get("expires_in", "0")))
    return "" if good and lasts else "there is no token in the answer"


def _parse_object(text: str) -> dict[str, Any] | None:
    """Return the object that JSON text holds, or None."""
    try:
        found = json.loads(text, strict=False)  # a secret pasted with real line breaks
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _read_file(path: str) -> str:
    if not path:
        raise SetupError(f"{NAME} is empty: put a key file's path or text there", "google")
    try:
        return Path(path).expanduser().read_text(encoding="utf-8-sig")
    except (OSError, ValueError, RuntimeError) as error:  # the last: nobody of that home
        message = f"{NAME} names a file that cannot be read ({type(error).__name__}): correct it"
        raise SetupError(message, "google") from None


def _parse(text: str) -> dict[str, Any]:
    """Return the fields of a key file; SetupError names those that are missing."""
    info = _parse_object(text)
    if info is None:
        raise SetupError(f"{NAME} is no JSON: put the whole key file there", "google")
    needed = {
        "service_account": ("client_email", "token_uri", "private_key"),
        "authorized_user": ("client_id", "client_secret", "refresh_token"),
    }.get(str(info.get("type")))
    if needed is None:
        message = f"{NAME} is no key of a service account, nor of an authorized_user: make one"
        raise SetupError(message, "google")
    missing = [name for name in needed if not info.get(name)]
    if missing:
        message = f"{NAME} lacks {', '.join(missing)}: put the whole key file there"
        raise SetupError(message, "google")
    address = info.get("token_uri", TOKEN_URI)
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        message = f"token_uri in {NAME} is no address: put the whole key file there"
        raise SetupError(message, "google")
    if "private_key" in info:
        # Pasted into a variable, a key often carries the two characters \n for a line break.
        info["private_key"] = str(info["private_key"]).replace("\\n", "\n")
    return info
