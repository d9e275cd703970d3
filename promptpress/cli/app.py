"""The commands together, and what happens when one fails."""

import sys
from collections.abc import Callable, Mapping, Sequence

from cyclopts import App, CycloptsError, Parameter

from promptpress.cli.adding import add, import_files, schedule
from promptpress.cli.checking import check
from promptpress.cli.deciding import delete, hold, release, resolve, retry
from promptpress.cli.figures import statistics
from promptpress.cli.hours import slots
from promptpress.cli.keeping import backup, restored
from promptpress.cli.looking import list_posts, show
from promptpress.cli.migrating import migrate
from promptpress.cli.output import abandon, complain, prepare
from promptpress.cli.pages import site
from promptpress.cli.reviewing import approve, edit, reject, review
from promptpress.errors import PromptpressError

FAILED, MISUSED = 1, 2
"""Exit codes: something could not be done; the command was not understood."""

_HELP = """From a queue of prompts to published posts, each of them once.

Put prompts in with `add` or `import`, look at them with `list` and `show`, and settle with
the other commands what needs a person. Posts are made and published by the flows, such as
`python -m flows.daily_post --limit 3`. Settings come from the environment, `.env` and
`promptpress.toml`; all are optional, see `.env.example`.

Exit code: 0 all done, 1 something failed (named on the standard error), 2 wrong usage."""

app = App(
    name="python -m promptpress",
    help=_HELP,
    help_format="markdown",
    version_flags=(),
    default_parameter=Parameter(negative=(), show_default=False),
    result_action="return_value",
)
_COMMANDS: Mapping[str, Callable[..., int]] = {
    "add": add,
    "import": import_files,
    "schedule": schedule,
    "slots": slots,
    "list": list_posts,
    "show": show,
    "statistics": statistics,
    "review": review,
    "approve": approve,
    "reject": reject,
    "edit": edit,
    "retry": retry,
    "hold": hold,
    "release": release,
    "delete": delete,
    "resolve": resolve,
    "check": check,
    "backup": backup,
    "restored": restored,
    "migrate": migrate,
}
for position, (name, command) in enumerate(_COMMANDS.items()):
    app.command(command, name=name, sort_key=position)
app.command(site)
app[
    "resolve"
].usage = (
    "Usage: python -m promptpress resolve POST --channel NAME (--sent [--url URL] | --not-sent)"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: the words after the program's name; those of the process when None.
    """
    prepare()
    try:
        code = app(arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        complain(f"{error} (see --help)")
        return MISUSED
    except PromptpressError as error:
        complain(error)
        return FAILED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        abandon()
        return FAILED
    except OSError as error:
        abandon()
        complain(f"{error}: make room or give access, then repeat the command")
        return FAILED
    return int(code or 0)
