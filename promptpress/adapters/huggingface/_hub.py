"""Asks the Hub what a token may do and who serves a model."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from promptpress.adapters._bodies import parse_json
from promptpress.adapters._http import NoReply
from promptpress.adapters.huggingface._client import Client
from promptpress.adapters.huggingface._kinds import Kind
from promptpress.adapters.huggingface._refusals import explain, unreachable, wrong_model
from promptpress.adapters.huggingface._routes import FIELDS, Route, parse_routes
from promptpress.errors import BadCredentials, PromptpressError, SetupError, TransientError

KEPT = timedelta(minutes=10)
"""How long it is remembered who serves a model: the Hub itself finds out every six hours
(huggingface.co/docs/inference-providers/register-as-a-provider)."""
PERMISSION = "inference.serverless.write"
"""The Hub's name for "Make calls to Inference Providers"."""
_MODEL = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)


class Hub:
    """The Hub's two answers that matter here."""

    def __init__(
        self, client: Client, kind: Kind, endpoint: str, clock: Callable[[], datetime]
    ) -> None:
        """Take the client to ask with, what is ordered, the Hub's address, and the clock."""
        self._kind = kind
        self._client = client
        self._endpoint = endpoint.rstrip("/")
        self._clock = clock
        self._known: dict[str, tuple[datetime, tuple[Route, ...]]] = {}

    def check_token(self, ends: float) -> None:
        """Ask who we are.

        Raises:
            BadCredentials: nobody, or somebody who may not call providers.
            SetupError, TransientError: the Hub refuses otherwise, or does not answer.
        """
        missing = SetupError("no Hub is at this address: correct HF_ENDPOINT", self._kind.name)
        if not _is_permitted(self._ask("/api/whoami-v2", missing, ends)):
            message = (
                'the token of HF_TOKEN lacks the permission "Make calls to Inference Providers": '
                "give it that at huggingface.co/settings/tokens"
            )
            raise BadCredentials(message, self._kind.name)

    def find_routes(self, model: str, ends: float, *, own: bool) -> tuple[Route, ...]:
        """Return who serves a model; asked again when it was asked long ago.

        Args:
            model: name of the model.
            ends: by when it is over, on the monotonic clock.
            own: True when the post itself names the model.

        Raises:
            InvalidPost, SetupError: there is no such model.
            TransientError: the Hub does not answer.
        """
        now = self._clock()
        asked, routes = self._known.get(model, (None, ()))
        if asked is not None and now - asked < KEPT:
            return routes
        if not _MODEL.fullmatch(model):
            what = f"{model[:100]!r} is not a model's name such as owner/name"
            raise wrong_model(self._kind, what, own=own)
        missing = wrong_model(self._kind, f"the Hub does not know the model {model}", own=own)
        routes = parse_routes(model, self._ask(f"/api/models/{model}?{FIELDS}", missing, ends))
        self._known[model] = now, routes
        return routes

    def forget(self, model: str) -> None:
        """Ask anew who serves a model."""
        self._known.pop(model, None)

    def _ask(self, path: str, missing: PromptpressError, ends: float) -> Any:
        reply = self._client.get(self._endpoint + path, ends, known=True)
        if isinstance(reply, NoReply):
            raise unreachable(self._kind, reply, "HF_ENDPOINT")
        if reply.status >= 300:
            raise explain(reply, missing, self._client.secrets, self._clock())
        value = parse_json(reply.body) if reply.whole else None
        if not isinstance(value, dict):
            message = "the Hub answers with something else than JSON: if it stays, see HF_ENDPOINT"
            raise TransientError(message, self._kind.name)
        return value


def _is_permitted(whoami: Any) -> bool:
    """Tell whether a token may call providers; True where the Hub does not say."""
    auth = whoami.get("auth")
    token = auth.get("accessToken") if isinstance(auth, dict) else None
    if not isinstance(token, dict) or token.get("role") != "fineGrained":
        return True
    return PERMISSION in str(token.get("fineGrained"))
