"""Sends what the store asks: every call bounded in time and size, by the proxy it was told."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import requests

from promptpress.adapters._bodies import parse_json
from promptpress.adapters._calls import AGENT, limits_until, secrets_in
from promptpress.adapters._errors import BROKEN, unreachable
from promptpress.adapters._http import Limits, NoReply, Reply, exchange
from promptpress.adapters.cloudinary._account import Account, Kind
from promptpress.adapters.cloudinary._answers import Asset, parse_asset
from promptpress.adapters.cloudinary._refusals import NAME, explain, explain_delivery
from promptpress.errors import PermanentError, SetupError, TransientError

SILENCE = 60.0
"""Seconds without a byte: a picture is cut to size before the answer comes."""
MAX_FILE = 100_000_000
"""Bytes that Cloudinary takes in one request
(docs/upload-image.md in its SDK, "Size limits"), so none of ours has more."""


class Client:
    """Asks the Upload API, the Admin API, and whoever delivers the pictures."""

    def __init__(self, account: Account, proxy: str, clock: Callable[[], datetime]) -> None:
        """Keep what is needed.

        Args:
            account: whose pictures they are.
            proxy: through which all goes; empty for what the environment says.
            clock: tells the time.
        """
        self._account = account
        self._proxy = proxy
        self._clock = clock

    def ping(self, ends: float) -> None:
        """Ask the Admin API whether it knows us; `ends` is on the monotonic clock."""
        request = requests.Request("GET", self._account.address("ping"), headers=AGENT)
        request.auth = self._account.pair
        self._ask(request, ends)

    def change(
        self,
        action: str,
        kind: Kind,
        params: dict[str, Any],
        ends: float,
        file: tuple[str, bytes] | None = None,
    ) -> Asset:
        """Let the Upload API do something, and return the asset that it shows.

        Args:
            action: upload or explicit.
            kind: of the asset.
            params: as the API names them, without time, key and signature.
            ends: by when it is over, on the monotonic clock.
            file: name and bytes of what is uploaded.
        """
        timed = {**params, "timestamp": int(self._clock().timestamp())}
        request = requests.Request(
            "POST",
            self._account.address(kind, action),
            headers=AGENT,
            data=self._account.sign(timed),
            files={"file": file} if file else None,
        )
        return self._require_ours(parse_asset(self._ask(request, ends)), params["public_id"])

    def destroy(self, kind: Kind, public_id: str, ends: float) -> None:
        """Let an asset be removed, from the caches that deliver it too."""
        params = {"public_id": public_id, "type": "upload", "invalidate": True}
        timed = {**params, "timestamp": int(self._clock().timestamp())}
        address = self._account.address(kind, "destroy")
        request = requests.Request("POST", address, headers=AGENT, data=self._account.sign(timed))
        result = self._ask(request, ends).get("result")
        if result not in ("ok", "not found"):
            raise TransientError(f"it was not removed ({str(result)[:40]!r}): again later", NAME)

    def _require_ours(self, asset: Asset | None, public_id: str) -> Asset:
        if asset is None:
            message = "the answer is not whole: it is asked again, nothing is stored twice"
            raise TransientError(message, NAME)
        if asset.public_id != public_id:
            message = (
                f"it keeps the picture as {asset.public_id[:100]!r} and not under the name we gave:"
                " take prefixes and names out of the account's default upload presets"
            )
            raise SetupError(message, NAME)
        signed = asset.signature
        if signed and not self._account.is_signed(public_id, asset.version, signed):
            message = (
                "the answer is not signed with our secret, so somebody else gave it: look at "
                "CLOUDINARY_UPLOAD_PREFIX, the proxy and CLOUDINARY_SIGNATURE_ALGORITHM"
            )
            raise SetupError(message, NAME)
        return asset

    def fetch(self, url: str, ends: float) -> bytes:
        """Return the bytes that anybody gets at an address; nothing of ours is sent along."""
        request = requests.Request("GET", url, headers=AGENT)
        reply = self._send(request, limits_until(ends, MAX_FILE + 1, SILENCE))
        if isinstance(reply, NoReply):
            raise unreachable(reply, NAME, "CLOUDINARY_DELIVERY_URL")
        if reply.status != 200:
            raise explain_delivery(reply, self._secrets, self._clock())
        if len(reply.body) > MAX_FILE:
            message = f"more than {MAX_FILE} bytes came, which we never stored: retry the post"
            raise PermanentError(message, NAME)
        if not reply.whole:
            raise TransientError("the picture came only in part: it is fetched again", NAME)
        return reply.body

    @property
    def _secrets(self) -> list[str]:
        return [*self._account.secrets, *secrets_in(self._proxy)]

    def _ask(self, request: requests.Request, ends: float) -> Any:
        reply = self._send(request, limits_until(ends, 1_000_000, SILENCE))
        value = None
        if isinstance(reply, Reply):
            value = parse_json(reply.body)
            if reply.status != 200 or (isinstance(value, dict) and "error" in value):
                raise explain(reply, self._secrets, self._clock())
        if not isinstance(value, dict):
            none = reply if isinstance(reply, NoReply) else BROKEN
            raise unreachable(none, NAME, "CLOUDINARY_UPLOAD_PREFIX, CLOUDINARY_API_PROXY")
        return value

    def _send(self, request: requests.Request, limits: Limits) -> Reply | NoReply:
        return exchange(request, limits, self._proxy)
