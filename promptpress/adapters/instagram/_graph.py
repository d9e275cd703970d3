"""Calls to the Graph API, with the token where no log keeps it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, quote_plus

import requests

from promptpress.adapters._http import (
    Limits,
    NoReply,
    Reply,
    excerpt,
    exchange,
    hide_in_logs,
    read_retry_after,
)
from promptpress.adapters.instagram._answers import Answer, parse_answer, parse_id
from promptpress.adapters.instagram._errors import LIMITED_WAIT, error_of_question, wait_of
from promptpress.adapters.instagram._patience import Patience
from promptpress.adapters.instagram._table import meaning_of
from promptpress.adapters.instagram._usage import Pace, parse_usage
from promptpress.errors import MissingSetting, SetupError

_THROTTLED = (4, 17, 32, 341, 613, 80002)
"""Codes after which calls of any kind are refused."""
_SPAM = 2207051
"""Subcode after which posts are refused for hours, but no questions."""


class Graph:
    """The Graph API for one account; safe for any number of threads."""

    def __init__(
        self,
        token: Callable[[], str],
        account_id: str,
        *,
        api_url: str,
        version: str,
        upload_url: str,
        patience: Patience,
        clock: Callable[[], datetime],
        name: str,
    ) -> None:
        """Keep what is needed; the arguments are those of InstagramPublisher."""
        self._token = token
        self._account_id = account_id
        self._base = f"{api_url.rstrip('/')}/{version.strip('/')}"
        self._upload_url = upload_url.rstrip("/")
        self._upload_base = f"{self._upload_url}/ig-api-upload/{version.strip('/')}"
        self._patience = patience
        self._clock = clock
        self.name = name
        self.pace = Pace(clock, name)

    @property
    def takes_uploads(self) -> bool:
        """True where the bytes of a video can be sent."""
        return bool(self._upload_url)

    def ask(self, path: str, fields: str, **more: str) -> Answer:
        """Ask something that changes nothing."""
        return self._get(path, {"fields": fields, **more})

    def ask_for_figures(self, path: str, **params: str) -> Answer:
        """Ask for what only a person waits for, not so long."""
        return self._get(path, params, self._patience.count_limits)

    def _get(self, path: str, params: Mapping[str, str], limits: Limits | None = None) -> Answer:
        """Ask with the token in the address: that is the way that is documented.

        It is kept out of all that we or the HTTP library write.
        """
        token = self._secret()
        params = {**params, "access_token": token}
        request = requests.Request("GET", f"{self._base}/{path}", params=params)
        return self._call(request, token, limits)

    def order(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Order something; token and fields go into the body."""
        token = self._secret()
        data = {**fields, "access_token": token}
        return self._call(requests.Request("POST", f"{self._base}/{path}", data=data), token)

    def upload(self, container: str, content: bytes) -> Answer:
        """Send the bytes of a container's video, whole.

        Their address is ours, not the one that an answer names: the token goes there.
        """
        token = self._secret()
        headers = {
            "Authorization": f"OAuth {token}",
            "offset": "0",
            "file_size": str(len(content)),
            "Content-Type": "application/octet-stream",
        }
        url = f"{self._upload_base}/{container}"
        request = requests.Request("POST", url, headers=headers, data=content)
        return self._call(request, token, self._patience.upload_limits)

    def account(self) -> str:
        """Return the number of the account: the one that is set, or the token's own.

        Raises:
            SetupError: neither is known.
            TransientError: it cannot be asked now.
        """
        if not self._account_id:
            answer = self.ask("me", "user_id,username")
            found = parse_id(answer, "user_id")
            if not found and answer.value is None and answer.code != 100:
                raise error_of_question(answer, self.name)
            if not found:  # a token of the login with Facebook is a person's, not an account's
                raise SetupError(
                    "this token does not tell its account: set INSTAGRAM_ACCOUNT_ID", self.name
                )
            self._account_id = found
        return self._account_id

    def clean(self, text: str) -> str:
        """Return what a service says, on one line and without the token."""
        return excerpt(text, _forms(self._token().strip()))

    def _secret(self) -> str:
        token = self._token().strip()
        if not token:
            raise MissingSetting(
                "there is no token: put one into INSTAGRAM_ACCESS_TOKEN", self.name
            )
        if not (token.isascii() and token.isprintable()):
            raise SetupError(
                "the token holds characters that no token has: copy it again into "
                "INSTAGRAM_ACCESS_TOKEN",
                self.name,
            )
        hide_in_logs(*_forms(token))
        return token

    def _call(self, request: requests.Request, token: str, limits: Limits | None = None) -> Answer:
        self.pace.require_open()
        reply = exchange(request, limits or self._patience.limits)
        if isinstance(reply, NoReply):
            return Answer(silence=reply.kind, words=excerpt(reply.reason, _forms(token)))
        answer = parse_answer(reply.status, reply.body)
        answer = replace(answer, words=excerpt(answer.words, _forms(token)))
        return self._with_wait(answer, reply)

    def _with_wait(self, answer: Answer, reply: Reply) -> Answer:
        """Return the answer with the wait that its headers ask for, and remember it."""
        usage = parse_usage(reply.headers)
        self.pace.note(usage)
        wait = read_retry_after(reply.headers.get("Retry-After"), self._clock())
        if usage.regain:
            wait = max(usage.regain, wait or 0.0)
        if answer.code in _THROTTLED:
            meaning = meaning_of(answer.code, answer.subcode)
            stop = self.pace.hush if answer.subcode == _SPAM else self.pace.close
            stop(wait_of(meaning, wait) or LIMITED_WAIT)
        return replace(answer, retry_after=wait)


def _forms(token: str) -> tuple[str, ...]:
    """Return the token in all the forms in which it may turn up."""
    return (token, quote(token, safe=""), quote(token), quote_plus(token))
