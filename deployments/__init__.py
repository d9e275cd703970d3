"""What Prefect needs that is not a flow.

===== ==================================================================
serve all schedules of prefect.yaml on one machine, without a worker
===== ==================================================================
"""
