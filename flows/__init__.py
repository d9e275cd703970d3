"""Flows: the story of the data, one file per flow.

================= ============================================================
daily_post        all of it in one run: from the queue to the channels
recover           settles what a dead run left, redelivers the audit
check_connections asks every configured service whether it would work
================= ============================================================

Each runs from its deployment, from the Prefect UI, and as `python -m flows.<file> --limit 3`.
"""
