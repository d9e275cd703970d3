"""Which adapters there are, and which of them the settings choose.

An adapter is registered in one of the literal tables (generators, stores, channels): its name, the
settings it cannot do without, and how it is made. Nothing is made, and no adapter imported, before
it is first used.
"""

import re
from collections.abc import Mapping

from promptpress.ports import Notifier
from promptpress.settings import Settings, describe
from promptpress.wiring.channels import find_problems as find_channel_problems
from promptpress.wiring.channels import publishers
from promptpress.wiring.generators import GENERATORS
from promptpress.wiring.maker import Maker, new_id, now
from promptpress.wiring.queues import SHEETS
from promptpress.wiring.stores import STORES
from promptpress.wiring.words import find_problems as find_word_problems

__all__ = ["GENERATORS", "STORES", "Maker", "new_id", "now", "publishers"]


def notifier(settings: Settings) -> Notifier:
    """Make what tells a person."""
    from promptpress.adapters.apprise import AppriseNotifier

    return AppriseNotifier([url.get_secret_value() for url in settings.notify_urls])


DATABASES = ("sqlite", "postgresql", "mysql", "mariadb")
"""Kinds of database that a queue or audit URL may begin with."""


FALL_BACKS = ("outage", "quota", "refusal")
"""What the next generator in line may be asked after."""
ACCOUNT = "GOOGLE_APPLICATION_CREDENTIALS"
"""What everything of Google needs."""
EMBEDDED = ("given", "library", "sketch", "site")
"""What works with nothing set."""


def with_defaults(settings: Settings) -> Settings:
    """Return the settings with the generators and channels that they leave open.

    Whoever sets a key means it to be used: services with all they need come first, and what is
    embedded makes pictures only where there is none.
    """
    keyed = {
        kind: [name for name in available(settings, table, ()) if name not in EMBEDDED]
        for kind, table in (("generators", GENERATORS), ("channels", publishers(settings)))
    }
    update: dict[str, tuple[str, ...]] = {}
    if not settings.generators:
        update["generators"] = tuple(keyed["generators"]) or ("sketch",)
    if not settings.channels:
        update["channels"] = (*keyed["channels"], "site")
    return settings.model_copy(update=update)


def available(settings: Settings, makers: Mapping[str, Maker], first: tuple[str, ...]) -> list[str]:
    """Return the names of a table that can be made: those chosen first, then the others."""
    others = (n for n, m in makers.items() if not any(settings.lacks(need) for need in m.needs))
    return [*dict.fromkeys((*first, *others))]


def find_missing(settings: Settings, kind: str, names: tuple[str, ...]) -> list[str]:
    """Return what is unknown or missing for the adapters named, a sentence each.

    Args:
        settings: the settings.
        kind: the setting that names them: GENERATORS, STORES or CHANNELS.
        names: the names.
    """
    makers = {"GENERATORS": GENERATORS, "STORES": STORES, "CHANNELS": publishers(settings)}[kind]
    found: list[str] = []
    for name in names:
        if name not in makers:
            found.append(f"{kind} names {name!r}; valid: {', '.join(makers)}")
            continue
        maker = makers[name]
        if maker.instead and not any(settings.lacks(one) for one in maker.instead):
            continue
        found += [
            f"{need} is missing ({describe(need)}): {name} needs it"
            for need in maker.needs
            if settings.lacks(need)
        ]
    return found


def find_problems(settings: Settings) -> list[str]:
    """Return all that is unknown or missing in the settings, a sentence each."""
    found: list[str] = []
    for kind in ("GENERATORS", "STORES", "CHANNELS"):
        names = getattr(settings, kind.lower())
        found += find_missing(settings, kind, names) if names else [f"{kind} is empty: name one"]
    unknown = [word for word in settings.fall_back_on if word not in FALL_BACKS]
    if unknown:
        found.append(f"FALL_BACK_ON names {unknown[0]!r}; valid: {', '.join(FALL_BACKS)}")
    for name, urls in (("QUEUE_URL", (settings.queue,)), ("AUDIT_URL", settings.audit_url)):
        schemes = {re.split(r"[+:]", url, maxsplit=1)[0] for url in urls}
        # A URL may hold a password, and whatever stands there by mistake too: it is not shown.
        if not schemes <= {*DATABASES, SHEETS}:
            valid = ", ".join((*DATABASES, SHEETS))
            found.append(f"{name} names no queue; it begins with {valid}")
        if SHEETS in schemes and settings.lacks(ACCOUNT):
            found.append(f"{ACCOUNT} is missing ({describe(ACCOUNT)}): {name} needs it")
    asks = settings.asks_before(settings.channel)
    if asks and "none" in settings.stores:
        found.append("REVIEW is on and STORES is none: nobody could see the pictures; name a store")
    return found + find_channel_problems(settings) + find_word_problems(settings)
