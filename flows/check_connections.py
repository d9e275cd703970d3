"""check-connections: would every configured service do its part?"""

from prefect import flow
from prefect.client.schemas.objects import State

from flows._command import run
from promptpress.errors import SetupError
from tasks.extract import ask_services
from tasks.report import report_connections, stopped
from tasks.stopping import stoppable


@flow(name="check-connections")
@stoppable
async def check_connections() -> State[None]:
    """Ask every configured service whether it works, refuses (and what to fix) or is offline."""
    try:
        return await report_connections(await ask_services(needed=False))
    except SetupError as error:
        return stopped(error)


if __name__ == "__main__":
    run(check_connections)
