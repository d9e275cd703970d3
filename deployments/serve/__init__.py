"""One box, no worker: Prefect's server with its page, and every schedule of prefect.yaml.

========= ==================================================================
__main__  `python -m deployments.serve`: starts the parts, watches them, ends them
parts     one part: a process that is started again when it dies
server    the part that is Prefect's server
runner    the part that starts runs when they are due
leftovers runs that nobody carries on, or that came due while nobody was there
described what prefect.yaml says, in the form that Prefect's runner takes
========= ==================================================================
"""

from deployments.serve.described import load_flow, read_deployments, to_deployment

__all__ = ["load_flow", "read_deployments", "to_deployment"]
