"""Promptpress: prompts become pictures become posts, each of them once.

The package knows nothing of Prefect. Its rooms, from the top:

============  =====================================================================
cli           the commands of `python -m promptpress`
wiring        settings to objects; the only importer of adapters
adapters      one file per outside service; nothing else speaks to the world
settings      the only reader of the environment, .env and promptpress.toml
imaging       pictures: bytes to bytes, pure
ports         what an adapter promises, in the order of a post's way
orders        what a valid order is, and all that is wrong with one
wording       words cut, counted and labelled
decisions     what a person may decide about a post
steps         what may happen to a post next: pure functions from post to step
model         the values that travel, their states and the allowed transitions
errors        what can go wrong, grouped by what to do next
============  =====================================================================
"""
