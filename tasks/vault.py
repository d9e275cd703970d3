"""Secrets of the settings in Prefect's Secret blocks: for workers that have no .env.

    promptpress-setting-telegram-token   holds TELEGRAM_TOKEN

The environment, .env and promptpress.toml win; the blocks are asked for what none of them has, by
the run that needs it, in its own process. Nothing of it is a parameter or a job variable.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectException
from prefect.settings import PREFECT_API_URL

from promptpress.errors import SetupError, TransientError
from promptpress.settings import EXAMPLE, KEEPERS

PREFIX = "promptpress-setting-"
PAGE = 200
"""Blocks that Prefect gives at a time."""
REFUSED = (401, 403)
"""Answers to those whose password is missing or wrong: asking again does not help."""
LATER = "Prefect's server does not give its Secret blocks: it is asked again later"


def block_name(setting: str) -> str:
    """Return the name of the block that holds a setting; Prefect takes small letters and dashes."""
    return PREFIX + setting.lower().replace("_", "-")


def read_blocks(names: Sequence[str]) -> Mapping[str, str]:
    """Return those of the named settings that a Secret block of this Prefect server holds.

    A temporary server, which a command starts for itself, is not asked: nobody put any there.

    Raises:
        TransientError: the server does not answer.
        SetupError: it refuses us.
    """
    if not names or not PREFECT_API_URL.value():
        return {}
    wanted = {block_name(name): name for name in names}
    try:
        with get_client(sync_client=True) as client:
            answer = client.request(
                "POST",
                "/block_documents/filter",
                json={
                    "block_documents": {"name": {"any_": list(wanted)}},
                    "block_types": {"slug": {"any_": ["secret"]}},
                    "include_secrets": True,
                    "limit": PAGE,
                },
            )
            found = answer.json()
    except httpx.HTTPStatusError as error:
        if (code := error.response.status_code) not in REFUSED:
            raise TransientError(LATER, "settings") from None
        message = f"Prefect's server refuses to give its Secret blocks ({code}): set "
        message += "PREFECT_API_AUTH_STRING or PREFECT_API_KEY, or the secrets themselves"
        raise SetupError(message, "settings") from None
    except (PrefectException, httpx.HTTPError, OSError, RuntimeError, ValueError):
        raise TransientError(LATER, "settings") from None
    values = {wanted[block["name"]]: _value_of(block) for block in found}
    return {name: value for name, value in values.items() if value and value != EXAMPLE}


def _value_of(block: Mapping[str, Any]) -> str:
    value = block.get("data", {}).get("value", "")
    return value if isinstance(value, str) else ""


KEEPERS["prefect"] = read_blocks
