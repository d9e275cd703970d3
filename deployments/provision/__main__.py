"""python -m deployments.provision: the command."""

import sys
from collections.abc import Iterator
from typing import Annotated

from cyclopts import App, Parameter

from deployments.prefect_server import connected, place
from deployments.provision.automations import provide_automations
from deployments.provision.blocks import keep_secrets
from deployments.provision.change import Change
from deployments.provision.deployed import deploy_all, prune
from deployments.provision.limits import provide_limits
from deployments.provision.pools import PoolType, pool_name, provide_pool
from deployments.serve import read_deployments
from promptpress.errors import PromptpressError
from promptpress.settings import load_settings

app = App(name="python -m deployments.provision", default_parameter=Parameter(negative=()))


def changes(
    *,
    pool_type: tuple[PoolType, ...] = ("process",),
    deploy: bool = False,
    secrets: bool = False,
    remove: bool = False,
) -> Iterator[Change]:
    """Bring the server to what our deployments need; give each thing as it is dealt with.

    Raises:
        PromptpressError: the server, the settings or `prefect deploy` stand in the way.
    """
    with connected() as client:
        settings = load_settings()
        for kind in pool_type:
            yield from provide_pool(client, kind)
        yield from provide_limits(client, settings)
        if secrets:
            yield from keep_secrets(settings)
        if deploy:
            yield from deploy_all(client, pool_name(pool_type[0]))
        yield from prune(client, {one["name"] for one in read_deployments()}, remove=remove)
        yield from provide_automations(client)


@app.default
def provision(
    *,
    pool_type: Annotated[tuple[PoolType, ...], Parameter(consume_multiple=True)] = ("process",),
    deploy: bool = False,
    secrets: bool = False,
    prune: Annotated[bool, Parameter(name="--prune")] = False,
) -> None:
    """Make on the Prefect server what the deployments need; again: nothing is doubled.

    Args:
        pool_type: Kinds of work pool: process (promptpress), docker (promptpress-docker),
            kubernetes (promptpress-kubernetes).
        deploy: Deploy all of prefect.yaml to the first of these pools, before the automations; what
            was switched or paused stays so.
        secrets: Write the secrets that are set here into Secret blocks.
        prune: Remove deployments of ours that have left prefect.yaml.
    """
    try:
        sys.stdout.write(f"Prefect's server: {place()}\n")
        for change in changes(pool_type=pool_type, deploy=deploy, secrets=secrets, remove=prune):
            sys.stdout.write(f"{change}\n")
            sys.stdout.flush()
    except PromptpressError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    app()
