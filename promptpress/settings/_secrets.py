"""Which settings are secrets, and who may be asked for those that are set nowhere else."""

from collections.abc import Callable, Mapping, Sequence

from pydantic.fields import FieldInfo

Keeper = Callable[[Sequence[str]], Mapping[str, str]]
"""Returns those of the named secrets that it keeps, by their names in capitals."""
KEEPERS: dict[str, Keeper] = {}
"""Asked after the environment, .env and promptpress.toml; what runs us may add its own."""
WITH_PASSWORDS = ("queue_url", "audit_url", "cloudinary_api_proxy")
"""Settings that are no secrets as a whole, and may hold one."""


def secret_names(fields: Mapping[str, FieldInfo]) -> tuple[str, ...]:
    """Return the settings (in capitals) that are secrets, or may hold one."""
    return tuple(
        name.upper()
        for name, field in fields.items()
        if "SecretStr" in str(field.annotation) or name in WITH_PASSWORDS
    )


def ask_keepers(names: Sequence[str]) -> dict[str, str]:
    """Return what the keepers have of these secrets; each is asked only for what is still open."""
    found: dict[str, str] = {}
    for keeper in KEEPERS.values():
        found |= keeper([name for name in names if name not in found])
    return found
