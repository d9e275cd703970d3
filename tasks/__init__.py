"""Tasks: one Prefect task is one policy and one call of a port.

========= ==================================================================
policy    when, how often and how long: the only place with numbers
hand      the post in hand: read again, written down, leases kept alive
extract   out of the queue: check the services, claim posts
transform caption, generate, check, render: a post becomes pictures
load      store, publish, settle, hand back, set aside: where posts end up
fan_out   posts side by side on a pool of threads
report    what a run tells people
========= ==================================================================
"""

import logging

from promptpress.ports import Picture

Pictures = tuple[Picture, ...]
"""The pictures of a post, in its order."""

# Prefect shows and keeps what Promptpress logs, from INFO on; that every single step has finished
# stands with its task run anyway, and a line each would bury the lines that tell something.
logging.getLogger("promptpress").setLevel(logging.INFO)
logging.getLogger("prefect.task_runs").setLevel(logging.WARNING)
