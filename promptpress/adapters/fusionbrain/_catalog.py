"""Asks which form of the API the server speaks, and which models it has."""

from collections.abc import Callable
from datetime import datetime, timedelta

from promptpress.adapters._bodies import parse_json
from promptpress.adapters._http import NoReply, Reply
from promptpress.adapters.fusionbrain._apis import APIS, Api, Model, choose_model, parse_models
from promptpress.adapters.fusionbrain._client import Client
from promptpress.adapters.fusionbrain._refusals import explain, no_api, no_list, unreachable

KEPT = timedelta(minutes=10)
"""How long the models are remembered; a new version of Kandinsky comes a few times a year."""
_UNKNOWN = (404, 405, 410, 501)
"""Answers of a server that does not have that form of the API."""


class Catalog:
    """The models of the service, remembered for a while."""

    def __init__(self, client: Client, clock: Callable[[], datetime]) -> None:
        """Take the client to ask with and what tells the time."""
        self._client = client
        self._clock = clock
        self._known: tuple[datetime, tuple[Model, ...]] | None = None

    def find(self, wanted: str, ends: float, *, own: bool) -> Model:
        """Return a model.

        Args:
            wanted: its number or name; empty for any.
            ends: by when it is over, on the monotonic clock.
            own: True when the post itself names it.

        Raises:
            InvalidPost, SetupError: there is no such model, or the service refuses us.
            TransientError: the service does not answer.
        """
        now, known = self._clock(), self._known
        if known is None or now - known[0] >= KEPT:
            known = self._known = now, self._list(ends)
        return choose_model(known[1], wanted, own=own)

    def forget(self) -> None:
        """Ask anew next time."""
        self._known = None

    def _list(self, ends: float) -> tuple[Model, ...]:
        """Return the models of the first form of the API that has any."""
        lists = 0
        for api in APIS.values():
            models = self._ask(api, ends)
            lists += models is not None
            if models:
                return models
        if not lists:
            raise no_api()
        return ()

    def _ask(self, api: Api, ends: float) -> tuple[Model, ...] | None:
        """Return the models in one form of the API, or None where the server does not have it."""
        reply = self._client.get(api.listing, ends)
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        if reply.status in _UNKNOWN:
            return None
        models = parse_models(api, self._read(reply))
        if models is None:
            raise no_list()
        return models

    def _read(self, reply: Reply) -> object:
        if reply.status >= 300:
            raise explain(reply, no_api(), self._client.secrets, self._clock())
        return parse_json(reply.body) if reply.whole else None
