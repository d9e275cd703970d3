"""Is everything as a worker needs it? A line each, exit code 0 or 1.

    python -m deployments.preflight

======== ===================================================================
machine  Python, packages, disk
server   Prefect's server: version, database, clock
deployed work pools, workers, deployments, limits, automations on that server
disks    whether runs find on their disks what others left there
services settings, secrets, the queue's revision and clock, every service
======== ===================================================================

It changes nothing: no migration, no post, no message.
"""
