"""Make on the Prefect server what our deployments need; again: nothing is doubled.

    python -m deployments.provision [--pool-type docker] [--deploy] [--secrets] [--prune]

=========== ================================================================
pools       the work pools that deployments name
limits      how often each generator is asked, over all workers
automations what Prefect does by itself, and what it tells a person
blocks      secrets of .env as Secret blocks, for workers that have none
deployed    deployments: made by `prefect deploy`, removed when they left
=========== ================================================================
"""

from deployments.provision.change import Change, Verdict

__all__ = ["Change", "Verdict"]
