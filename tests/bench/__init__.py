"""Benchmarks: figures as ratios, side by side in one run (`make bench`); never a test.

========= ================================================================================
__main__  runs them and writes docs/performance.md
scene     stand-ins, a Prefect server and a queue, each a process of its own
work      what is timed, each in a process of its own: the flow, a bare pool
plain_bot the plainest Prefect bot that does the same for one prompt
claims    what a claim costs in a short and in a long queue
========= ================================================================================
"""
