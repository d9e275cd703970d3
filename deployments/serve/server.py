"""The part that is Prefect's server: `prefect server start`, which ends with its parent."""

import runpy
import sys

from prefect.settings import (
    PREFECT_SERVER_CORS_ALLOWED_ORIGINS,
    get_current_settings,
    temporary_settings,
)

from deployments.serve.parts import end_with_parent


def origins() -> str:
    """Return which pages may call the server: those that are set, and its own at its own port.

    prefect.toml can only name the usual port.
    """
    api = get_current_settings().server.api
    own = [f"http://{host}:{api.port}" for host in ("127.0.0.1", "localhost")]
    return ",".join(dict.fromkeys([*api.cors_allowed_origins.split(","), *own]))


if __name__ == "__main__":
    end_with_parent()
    sys.argv = ["prefect", "server", "start"]
    with temporary_settings({PREFECT_SERVER_CORS_ALLOWED_ORIGINS: origins()}):
        runpy.run_module("prefect", run_name="__main__", alter_sys=True)
