"""Where pictures and videos lie that a platform is to fetch, and what it fetched."""

from tests.fakes.server import Answer, Call, Journal, Request, StandIn


class Album(StandIn):
    """A store whose links anybody can open; each look is journalled as "fetch", about its path."""

    service = "album"

    def __init__(self, journal: Journal | None = None) -> None:
        super().__init__(journal)
        self.answers: dict[str, Answer] = {}
        self.agents: list[str] = []
        """Who asked, in the order of asking."""

    def put(self, content: bytes, kind: str = "image/jpeg", name: str = "") -> str:
        """Keep the bytes; return their link."""
        path = f"/{name or len(self.answers)}"
        self.answers[path] = Answer(200, content, {"Content-Type": kind})
        return f"{self.url}{path}"

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        self.agents.append(request.headers.get("user-agent", ""))
        found = self.answers.get(request.path, Answer(404, b"gone"))
        return Call("fetch", request.path, lambda: found)
