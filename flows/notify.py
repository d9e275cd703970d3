"""notify: a person is told what Prefect has noticed.

    an event on Prefect's server → an automation → this flow → the Notifier

The automations of deployments/automations.yaml start it; nothing else does.
"""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows._command import run
from promptpress.errors import SetupError, TransientError
from tasks.notices import page_of_run, tell
from tasks.report import stopped, told
from tasks.stopping import stoppable

Title = Annotated[str, Field(min_length=1, description="what is wrong, in a few words")]
Text = Annotated[str, Field(description="more of it, and what to do")]
Said = Annotated[str | None, Field(description="what the run itself said")]
FlowRun = Annotated[str | None, Field(description="id of the run that it is about")]


@flow(name="notify")
@stoppable
async def notify(
    title: Title, text: Text = "", said: Said = None, flow_run: FlowRun = None
) -> State[None]:
    """Tell a person by the ways of NOTIFY_URLS.

    Args:
        title: what is wrong, in a few words.
        text: more of it, and what to do.
        said: what the run itself said.
        flow_run: id of the run that it is about; its page is linked.
    """
    try:
        tell(title, text, said or "", page=page_of_run(flow_run or ""))
    except (SetupError, TransientError) as error:
        return stopped(error)
    return told(title)


if __name__ == "__main__":
    run(notify)
