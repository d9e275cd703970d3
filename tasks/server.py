"""Where Prefect's server is, as it may be shown: its address may hold a password."""

import re

_LOGIN = re.compile(r"(?<=://)[^/\s]*@")


def shown(text: str) -> str:
    """Return an address, or a message in which addresses stand, without names and passwords."""
    return _LOGIN.sub("", text)
