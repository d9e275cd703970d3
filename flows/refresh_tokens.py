"""refresh-tokens: tokens that die are renewed before they do.

which channels have such → is it time? → renew under a lock → the new one is tried, then used
"""

from prefect import flow
from prefect.client.schemas.objects import State

from flows._command import run
from promptpress.errors import PromptpressError
from tasks.report import nothing_to_do, renewed, stopped
from tasks.stopping import stoppable
from tasks.tokens import renew_tokens


@flow(name="refresh-tokens")
@stoppable
async def refresh_tokens() -> State[None]:
    """Renew the tokens of channels before they die, and warn a person of those that will."""
    try:
        said = await renew_tokens()
    except PromptpressError as error:
        return stopped(error)
    return renewed(said) if said else nothing_to_do()


if __name__ == "__main__":
    run(refresh_tokens)
