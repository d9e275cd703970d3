"""Tokens that die: kept in Prefect's Secret blocks where that is wished, and renewed in time."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import cast

import httpx
from prefect.blocks.system import Secret
from prefect.exceptions import PrefectException

from promptpress.errors import PromptpressError, SetupError, TransientError
from promptpress.ports import Notice, Token, TokenKeeper, TokenStore
from promptpress.settings import Settings
from promptpress.wiring import services, tokens
from tasks.fan_out import in_threads
from tasks.policy import READ, step

_PREFIX = "promptpress-token-"


class SecretBlocks:
    """Keeps tokens in Secret blocks of the Prefect server; a TokenStore."""

    def __init__(self) -> None:
        """Begin with nobody at work."""
        self._turn = threading.RLock()

    def get(self, name: str) -> Token | None:
        """Return the token of a name."""
        try:
            block = cast("Secret[str]", Secret.load(_block_name(name)))
        except ValueError:
            return None  # there is no such block
        except (PrefectException, httpx.HTTPError, OSError):
            message = "Prefect's server does not give its Secret blocks: it is asked again later"
            raise TransientError(message, "tokens") from None
        return _read(block.get())

    def put(self, name: str, token: Token) -> None:
        """Keep a token in place of the one before."""
        expires = token.expires_at.isoformat() if token.expires_at else None
        value = [token.value, expires, token.issued_at.isoformat()]
        try:
            Secret(value=json.dumps(value)).save(_block_name(name), overwrite=True)
        except (PrefectException, httpx.HTTPError, OSError, ValueError):
            message = "Prefect's server does not keep its Secret blocks: it is asked again later"
            raise TransientError(message, "tokens") from None

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:  # noqa: ARG002  one lock is enough for all names
        """Hold the names alone in this process; the deployment runs once at a time besides."""
        with self._turn:
            yield


def _block_name(name: str) -> str:
    told = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower())
    return f"{_PREFIX}{told}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _read(value: object) -> Token | None:
    try:
        found = json.loads(value) if isinstance(value, str) else value
        text, expires, issued = cast("list[str]", found)
        ends = datetime.fromisoformat(expires) if expires else None
        return Token(text, ends, datetime.fromisoformat(issued))
    except (ValueError, TypeError):
        message = "a Secret block of ours holds something else: delete promptpress-token-… there"
        raise SetupError(message, "tokens") from None


def _blocks(settings: Settings) -> TokenStore:  # noqa: ARG001  all stores are made alike
    return SecretBlocks()


tokens.STORES["prefect"] = _blocks


@step("renew-token", READ, run_name="renew the token of {keeper.name}", begins=True)
def renew_token(keeper: TokenKeeper) -> str:
    """Renew a channel's token if it is time; return what came of it, for a person to read.

    A token that will die soon all the same is told to a person.
    """
    chosen = services()
    now = chosen.now()
    try:
        renewal = keeper.renew(now)
    finally:
        warning = keeper.warn(now)
        if warning:
            notice = Notice(title=f"The token of {keeper.name} ends", text=warning, at=now)
            chosen.notifier.notify(notice)
    ends = f" until {renewal.expires_at:%Y-%m-%d}" if renewal.expires_at else ""
    return f"{renewal.outcome}{ends}"


async def renew_tokens() -> dict[str, str]:
    """Look after the tokens of all channels that have such; return what came of it, by channel.

    Raises:
        PromptpressError: one could not be renewed; all others were looked after.
    """
    keepers = services().keepers
    # In threads of their own: there Prefect's blocks answer at once, and promise nothing.
    said = await in_threads(_renew_or_error, list(keepers.values()), len(keepers) or 1)
    for one in said:
        if isinstance(one, PromptpressError):
            raise one
    return dict(zip(keepers, map(str, said), strict=True))


def _renew_or_error(keeper: TokenKeeper) -> str | PromptpressError:
    try:
        return renew_token(keeper)
    except PromptpressError as error:
        return error
