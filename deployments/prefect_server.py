"""The Prefect server that PREFECT_API_URL names: connected to, or why not, in a sentence."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import prefect
from packaging.version import InvalidVersion, Version
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import PrefectException
from prefect.settings import PREFECT_API_URL

from promptpress.errors import MissingSetting, PromptpressError, SetupError, TransientError
from tasks.server import shown

OURS = "promptpress"
"""The tag of our deployments, and the beginning of the names of whatever else is ours there."""
NOTICES = "promptpress-notices"
"""The tag of the deployment that tells a person."""


def place() -> str:
    """Return where the server is, without a password that may stand in the address."""
    return shown(PREFECT_API_URL.value() or "")


def find_version_problem(server: str, client: str = prefect.__version__) -> str:
    """Return why a server of this version does not do, with what to do; empty where it does.

    Prefect promises that a server serves older clients of the same major version, not newer ones.
    """
    try:
        there, here = Version(server), Version(client)
    except InvalidVersion:
        return f"what answers at {place()} is no Prefect server: correct PREFECT_API_URL"
    if (there.major, there.minor) < (here.major, here.minor):
        return f"the server is Prefect {server}, older than {client} here: update the server first"
    if there.major > here.major:
        return (
            f"the server is Prefect {server}, too new for {client} here: update this installation"
        )
    return ""


@contextmanager
def connected() -> Iterator[SyncPrefectClient]:
    """Give a client of the server; errors of the server come out as ours.

    Raises:
        MissingSetting: PREFECT_API_URL names none.
        SetupError: it is too old or too new, or refuses us.
        TransientError: it does not answer.
    """
    if not PREFECT_API_URL.value():
        message = "PREFECT_API_URL is missing: name your Prefect server, such as "
        raise MissingSetting(f"{message}http://127.0.0.1:4200/api", "prefect")
    with ExitStack() as stack:
        client = _connect(stack)
        try:
            yield client
        except (PrefectException, httpx.HTTPError) as error:
            raise _as_ours(error) from None


def _connect(stack: ExitStack) -> SyncPrefectClient:
    try:
        client = stack.enter_context(get_client(sync_client=True))
        problem = find_version_problem(str(client.api_version()))
    except (PrefectException, httpx.HTTPError, OSError, RuntimeError) as error:
        raise _as_ours(error) from None
    except ValueError:
        message = f"what answers at {place()} is no Prefect server: correct PREFECT_API_URL"
        raise SetupError(message, "prefect") from None
    if problem:
        raise SetupError(problem, "prefect")
    return client


def _as_ours(error: Exception) -> PromptpressError:
    if isinstance(error, httpx.HTTPStatusError):
        return SetupError(_refusal(error), "prefect")
    message = f"the server at {place()} does not answer ({type(error).__name__}): start it, or "
    return TransientError(f"{message}correct PREFECT_API_URL", "prefect")


def _refusal(error: httpx.HTTPStatusError) -> str:
    code = error.response.status_code
    path = error.request.url.path
    if code in (401, 403):
        return f"the server at {place()} refuses us ({code}): set PREFECT_API_AUTH_STRING or _KEY"
    return f"the server at {place()} answers {code} to {path}: look into its log"
