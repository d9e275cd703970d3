"""The service itself: graph.instagram.com, graph.facebook.com and rupload.facebook.com in one."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from tests.fakes.instagram.counting import SCOPES, Counts
from tests.fakes.instagram.creating import read_fields
from tests.fakes.instagram.publishing import Desk
from tests.fakes.instagram.reading import page, pick
from tests.fakes.instagram.records import LIFE, Container, Post
from tests.fakes.instagram.refusals import Refused
from tests.fakes.instagram.tokens import Tokens
from tests.fakes.server import Answer, Call, Entry, Journal, Request, StandIn

ACCOUNT = "17841400000000042"
TOKEN = "IGAAStandInTokenOfNoRealAccountAtAll00000"  # opens nothing
APP_ID, APP_SECRET = "990000000000042", "standinsecretofnorealapp00000000"  # opens nothing
USERNAME = "promptpress_stand_in"
VERSION = re.compile(r"^/v\d+\.\d+(?=/)")
Act = Callable[[dict[str, str]], Answer]


class Instagram(StandIn):
    """One professional account. Calls in the journal, and names for faults:

    account, limit, create, status, publish, list, permalink, count (the figures among the fields of
    a post), insights, upload, refresh (of either login), exchange (short for long), debug. A second
    publish of one container is journalled as "double" besides, and never has an effect. Calls about
    a container or post are about the first line of its caption, or its link where it has none.
    """

    service = "instagram"
    slow = ("create", "publish")

    def __init__(
        self,
        journal: Journal | None = None,
        latency: float = 0.0,
        port: int = 0,
        *,
        polls: int = 1,
        quota_total: int = 50,
        login: Literal["instagram", "facebook"] = "instagram",
        token: str = TOKEN,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(journal, latency, port)
        self.polls = polls
        """Questions for the status of each new container that are answered with IN_PROGRESS."""
        self.account_id = ACCOUNT
        self.clock = clock
        self.skew = timedelta(0)
        """Added to the clock; `wait` adds to it."""
        self.usage: dict[str, Any] = {}
        """Headers on every answer: their values are sent as JSON."""
        self.requests: list[tuple[str, Request]] = []
        """Every request, with the name of its call."""
        self.tokens = Tokens(self.now, APP_ID, APP_SECRET)
        self.token = self.tokens.give(login, token, age=timedelta(days=2)).value
        self.desk = Desk(self.now, quota_total)
        self.counts = Counts()

    # --- for tests ---

    @property
    def posts(self) -> list[Post]:
        """What the account shows, oldest first."""
        return self.desk.posts

    @property
    def containers(self) -> dict[str, Container]:
        """All containers by their id."""
        return self.desk.containers

    def add_post(self, caption: str) -> Post:
        """Let the owner of the account post a photo from the app."""
        container = Container("", "photo", "image", self.now(), 0, caption=caption)
        return self.desk.show(container)

    def break_next(self, subcode: int) -> None:
        """Let the processing of the next container end with an error."""
        self.desk.breaks.append(subcode)

    def allow_insights(self) -> None:
        """Give the token the right to read insights."""
        token = self.tokens.known[self.token]
        token.scopes.add(SCOPES[token.login])

    def now(self) -> datetime:
        """Return the time of the service."""
        return self.clock() + self.skew

    def wait(self, time: timedelta) -> None:
        """Let time pass at the service."""
        self.skew += time

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        return {
            "INSTAGRAM_ACCESS_TOKEN": self.token,
            "INSTAGRAM_ACCOUNT_ID": self.account_id,
            "INSTAGRAM_API_URL": self.url,
            "INSTAGRAM_UPLOAD_URL": self.url,
        }

    # --- the service ---

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        name, about, act = self._understand(request)
        self.requests.append((name, request))

        def serve() -> Answer:
            try:
                answer = act()
            except Refused as refused:
                answer = refused.answer()
            except ValueError:  # a number that is none, a body that is no JSON
                answer = Refused(100).answer()
            headers = {header: json.dumps(value) for header, value in self.usage.items()}
            answer.headers.update(headers)
            return answer

        return Call(name, about, serve)

    def _understand(self, request: Request) -> tuple[str, str, Callable[[], Answer]]:
        path = request.path.rstrip("/")
        if upload := re.fullmatch(r"/ig-api-upload(?:/v\d+\.\d+)?/(\d+)", path):
            return "upload", self._about(upload[1]), lambda: self._upload(upload[1], request)
        path = VERSION.sub("", path)
        fields = read_fields(request)
        fields.setdefault(
            "access_token", request.headers.get("authorization", "").removeprefix("Bearer ")
        )
        name, act = self._find(request.method, path, fields)
        about = fields.get("caption", "").split("\n", 1)[0] or fields.get("image_url", "")
        about = about or fields.get("video_url", "") or fields.get("creation_id", "")
        if not about and name in ("status", "permalink", "count", "insights"):
            about = path[1:].partition("/")[0]
        return name, self._about(about), lambda: act(fields)

    def _about(self, key: str) -> str:
        container = self.containers.get(key)
        post = next((post for post in list(self.posts) if post.id == key), None)
        if post is not None:
            container = self.containers.get(post.container)
        return container.about if container else key

    def _find(self, method: str, path: str, fields: dict[str, str]) -> tuple[str, Act]:
        fixed: dict[str, tuple[str, Act]] = {
            "GET /me": ("account", self._me),
            "GET /me/accounts": ("account", self._pages),
            "GET /debug_token": ("debug", self.tokens.debug),
            "GET /access_token": ("exchange", self.tokens.exchange),
            "GET /refresh_access_token": ("refresh", self.tokens.refresh),
            "GET /oauth/access_token": ("refresh", self.tokens.exchange_facebook),
            "POST /oauth/access_token": ("refresh", self.tokens.exchange_facebook),
        }
        if known := fixed.get(f"{method} {path}"):
            return known
        node, _, edge = path[1:].partition("/")
        edges: dict[str, tuple[str, Act]] = {
            "POST media": ("create", self._create),
            "POST media_publish": ("publish", self._publish),
            "GET media": ("list", lambda f: self._list(f, f"{self.url}{path}", stories=False)),
            "GET stories": ("list", lambda f: self._list(f, f"{self.url}{path}", stories=True)),
            "GET content_publishing_limit": ("limit", self._limit),
            "GET ": ("account", self._account),
        }
        if node in (self.account_id, "me"):
            return edges.get(f"{method} {edge}", ("unknown", _unsupported))
        post = next((post for post in list(self.posts) if post.id == node), None)
        if method == "GET" and post is not None and edge in ("", "insights"):
            if edge:
                return edge, lambda f: self._insights(f, post)
            is_count = "like_count" in fields.get("fields", "")
            return "count" if is_count else "permalink", lambda f: self._post(f, post)
        if method == "GET" and not edge and node.isdigit():
            return "status", lambda f: self._status(f, node)
        return "unknown", _unsupported

    def _authorise(self, fields: dict[str, str], *, to_publish: bool = False) -> str:
        token = self.tokens.authorise(fields.get("access_token", ""), to_publish=to_publish)
        return token.login

    def _me(self, fields: dict[str, str]) -> Answer:
        if self._authorise(fields) == "facebook":
            person = {"id": "100000000000042", "name": "Stand-in"}
            return Answer.json(pick(person, fields.get("fields", ""), ("id", "name")))
        # The id is the app's own for this account; only user_id is the account's.
        account = {**self._shown(), "id": "25000000000000042", "user_id": self.account_id}
        return Answer.json(pick(account, fields.get("fields", "")))

    def _pages(self, fields: dict[str, str]) -> Answer:
        if self._authorise(fields) != "facebook":
            raise Refused(100, 33)
        account = {"id": self.account_id, "username": USERNAME}
        one = {"id": "100000000000077", "name": "Page", "instagram_business_account": account}
        return Answer.json({"data": [pick(one, fields.get("fields", ""), ("id", "name"))]})

    def _account(self, fields: dict[str, str]) -> Answer:
        self._authorise(fields)
        return Answer.json(pick(self._shown(), fields.get("fields", "")))

    def _shown(self) -> dict[str, Any]:
        return {
            "id": self.account_id,
            "username": USERNAME,
            "name": "Stand-in",
            "account_type": "BUSINESS",
            "media_count": len(self.posts),
        }

    def _limit(self, fields: dict[str, str]) -> Answer:
        self._authorise(fields)
        since = self.now() - LIFE
        if text := fields.get("since"):
            asked = datetime.fromtimestamp(int(text), UTC)
            if asked < since - timedelta(seconds=5):
                raise Refused(100, 0, "(#100) since must be within the last 24 hours")
            since = asked
        shown = {
            "quota_usage": self.desk.used(since),
            "config": {"quota_total": self.desk.quota_total, "quota_duration": 86400},
        }
        names = fields.get("fields") or "quota_usage"
        return Answer.json({"data": [pick(shown, names)]})

    def _create(self, fields: dict[str, str]) -> Answer:
        self._authorise(fields, to_publish=True)
        made = self.desk.create(fields, self.polls)
        answer = {"id": made.id}
        if made.resumable:
            answer["uri"] = f"{self.url}/ig-api-upload/v25.0/{made.id}"
        return Answer.json(answer)

    def _status(self, fields: dict[str, str], id_: str) -> Answer:
        self._authorise(fields)
        return Answer.json(pick(self.desk.ask(id_), fields.get("fields", "")))

    def _publish(self, fields: dict[str, str]) -> Answer:
        self._authorise(fields, to_publish=True)
        id_ = fields.get("creation_id", "")
        container = self.containers.get(id_)
        post = self.desk.publish(id_)
        if post is None:
            about = container.about if container else id_
            entry = Entry(time.monotonic(), self.service, "double", about, False, True)
            self.journal.write(entry)
            raise Refused(100, 0, "Invalid parameter: it was published already")
        return Answer.json({"id": post.id})

    def _list(self, fields: dict[str, str], url: str, *, stories: bool) -> Answer:
        self._authorise(fields)
        now = self.now()
        posts = [post for post in list(self.posts) if (post.kind == "story") == stories]
        if stories:
            posts = [post for post in posts if now - post.timestamp < LIFE]
        return page([post.shown() for post in reversed(posts)], fields, url)

    def _post(self, fields: dict[str, str], post: Post) -> Answer:
        self._authorise(fields)
        shown = post.shown() | self.counts.fields(post)
        return Answer.json(pick(shown, fields.get("fields", "")))

    def _insights(self, fields: dict[str, str], post: Post) -> Answer:
        token = self.tokens.authorise(fields.get("access_token", ""))
        return self.counts.insights(post, token, fields.get("metric", ""), self.now())

    def _upload(self, id_: str, request: Request) -> Answer:
        header = request.headers.get("authorization", "")
        self.tokens.authorise(header.removeprefix("OAuth "), to_publish=True)
        return self.desk.upload(id_, request)


def _unsupported(fields: dict[str, str]) -> Answer:
    raise Refused(100, 33)
