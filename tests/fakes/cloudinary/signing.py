"""How Cloudinary signs, written from its documentation and not with its SDK."""

import hashlib
from collections.abc import Mapping

UNSIGNED = ("file", "cloud_name", "resource_type", "api_key", "signature")
"""Parameters that are not part of the signature."""


def string_to_sign(params: Mapping[str, str], version: int = 2) -> str:
    """Return what is signed, before the secret; version 2 keeps a value from posing as two."""
    pairs = [f"{name}={value}" for name, value in params.items() if value and name not in UNSIGNED]
    if version >= 2:
        pairs = [pair.replace("&", "%26") for pair in pairs]
    return "&".join(sorted(pairs))


def sign(params: Mapping[str, str], secret: str, algorithm: str = "sha1", version: int = 2) -> str:
    """Return the signature."""
    text = string_to_sign(params, version) + secret
    return hashlib.new(algorithm, text.encode()).hexdigest()
