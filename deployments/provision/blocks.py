"""Secrets of the settings as Secret blocks, for workers that have neither them nor .env."""

from collections.abc import Iterator
from pathlib import Path

from prefect.blocks.system import Secret

from deployments.provision.change import Change, Verdict
from promptpress.errors import SetupError
from promptpress.settings import Settings
from tasks.vault import block_name, read_blocks

GOOGLE = "GOOGLE_APPLICATION_CREDENTIALS"


def keep_secrets(settings: Settings) -> Iterator[Change]:
    """Write each secret that is set here into its block; those that are not stay as they are.

    No value is shown. A file of Google's is kept as what it holds: other machines do not have it.

    Raises:
        SetupError: that file cannot be read.
    """
    values = {name: settings.plain(name) for name in settings.secret_names}
    known = read_blocks([name for name in values if values[name]])
    for name, value in values.items():
        kept = _contents(value) if name == GOOGLE else value
        if not kept:
            continue
        thing = f"secret {name} (block {block_name(name)})"
        if known.get(name) == kept:
            yield Change(Verdict.AS_IT_WAS, thing)
            continue
        Secret(value=kept).save(block_name(name), overwrite=True)
        yield Change(Verdict.CHANGED if name in known else Verdict.MADE, thing)


def _contents(credentials: str) -> str:
    if not credentials or credentials.lstrip().startswith("{"):
        return credentials
    try:
        return Path(credentials).expanduser().read_text("utf-8")
    except OSError as error:
        raise SetupError(f"{GOOGLE}: the file cannot be read ({error.strerror})") from None
