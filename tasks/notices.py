"""What a person is told, in words that can do no harm."""

from uuid import UUID

from prefect.utilities.urls import url_for

from promptpress.ports import Notice
from promptpress.wiring import services
from promptpress.wording import shorten
from tasks.policy import step

MOST = 500
"""Characters of a text at the most: a message of Prefect's may be an error of any length."""


def harmless(text: str) -> str:
    """Return a text on one line, with nothing in it that commands a screen or calls anybody.

    Prompts and errors stand in it, which anybody may have written: chats take @everyone as a call.
    """
    line = "".join(char if char.isprintable() else " " for char in text)
    return shorten(" ".join(line.replace("@", "@\u200b").split()), MOST)


def page_of_run(run: str) -> str:
    """Return the address of a flow run's page in Prefect's UI; empty where nobody knows it.

    Args:
        run: its id, or the name that events give it, which ends in the id.
    """
    try:
        return url_for("flow-run", obj_id=UUID(run.rpartition(".")[2]), url_type="ui") or ""
    except ValueError:
        return ""


@step("tell-a-person", run_name="tell: {title}")
def tell(title: str, *lines: str, page: str = "") -> None:
    """Tell a person something, by the ways of NOTIFY_URLS; a failure of theirs fails nothing.

    Args:
        title: what is wrong, in a few words.
        lines: more of it, and what to do; empty ones are left out.
        page: an address where it is shown.
    """
    said = [harmless(line) for line in lines if line.strip()]
    text = "\n".join([*said, *([page] if page else [])])
    chosen = services()
    chosen.notifier.notify(Notice(title=harmless(title), text=text, at=chosen.now()))
