"""Which adapters exist and how each is made.

An adapter is registered in one of the literal tables below: its name, the settings it cannot do
without, and how it is made. Nothing is made, and no adapter imported, before it is first used.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from promptpress.ports import (
    AuditLog,
    ImageGenerator,
    MediaStore,
    Notifier,
    PromptQueue,
    Publisher,
    TextWriter,
)
from promptpress.settings import Settings, describe


def now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return an id that nobody else has: 32 hexadecimal digits."""
    return uuid.uuid4().hex


def sql_queue(settings: Settings) -> PromptQueue:
    """Make the queue that QUEUE_URL names."""
    from promptpress.adapters.sql import SqlQueue

    return SqlQueue(
        settings.queue,
        lease=timedelta(seconds=settings.lease_seconds),
        clock=now,
        new_id=new_id,
        relays=bool(settings.audit_url),
    )


def sql_audit(url: str) -> AuditLog:
    """Make one more audit log."""
    from promptpress.adapters.sql import SqlAudit

    return SqlAudit(url)


def template(settings: Settings) -> TextWriter:
    """Make the writer of captions."""
    from promptpress.adapters.template import TemplateWriter

    return TemplateWriter(settings.caption_template)


def _sketch(settings: Settings) -> ImageGenerator:  # noqa: ARG001  all makers are called alike
    from promptpress.adapters.sketch import SketchGenerator

    return SketchGenerator()


def _huggingface(settings: Settings) -> ImageGenerator:
    from promptpress.adapters.huggingface import HuggingFaceGenerator

    assert settings.hf_token is not None  # noqa: S101  its maker names HF_TOKEN as needed
    return HuggingFaceGenerator(
        settings.hf_token.get_secret_value(),
        provider=settings.hf_provider,
        model=settings.hf_model,
        endpoint=settings.hf_endpoint,
        api_url=settings.huggingface_api_url,
        timeout=settings.default_generation_timeout,
        clock=now,
    )


def _local(settings: Settings) -> MediaStore:
    from promptpress.adapters.local import LocalStore

    return LocalStore(settings.data_dir / "media")


def _site(settings: Settings) -> Publisher:
    from promptpress.adapters.site import SitePublisher

    return SitePublisher(
        settings.data_dir / "site", title=settings.site_title, url=settings.site_url, clock=now
    )


def _telegram(settings: Settings) -> Publisher:
    from promptpress.adapters.telegram import TelegramPublisher

    assert settings.telegram_token is not None  # noqa: S101  its maker names TELEGRAM_TOKEN
    return TelegramPublisher(
        settings.telegram_token.get_secret_value(),
        settings.telegram_chat_id,
        api_url=settings.telegram_api_url,
        clock=now,
    )


def notifier(settings: Settings) -> Notifier:
    """Make what tells a person."""
    from promptpress.adapters.apprise import AppriseNotifier

    return AppriseNotifier([url.get_secret_value() for url in settings.notify_urls])


@dataclass(frozen=True)
class Maker:
    """How one kind of adapter is made."""

    make: Callable[[Settings], Any]
    needs: tuple[str, ...] = ()
    """Settings it cannot do without, in capitals."""


GENERATORS: Mapping[str, Maker] = {
    "huggingface": Maker(_huggingface, needs=("HF_TOKEN",)),
    "sketch": Maker(_sketch),
}
STORES: Mapping[str, Maker] = {
    "local": Maker(_local),
}
PUBLISHERS: Mapping[str, Maker] = {
    "site": Maker(_site),
    "telegram": Maker(_telegram, needs=("TELEGRAM_TOKEN", "TELEGRAM_CHAT_ID")),
}


DATABASES = ("sqlite", "postgresql", "mysql", "mariadb")
"""Kinds of database that a queue or audit URL may begin with."""


EMBEDDED = ("sketch", "site")
"""What works with nothing set."""


def with_defaults(settings: Settings) -> Settings:
    """Return the settings with the generators and channels that they leave open.

    Whoever sets a key means it to be used: services with all they need come first, and what is
    embedded makes pictures only where there is none.
    """
    keyed = {
        kind: [name for name in available(settings, table, ()) if name not in EMBEDDED]
        for kind, table in (("generators", GENERATORS), ("channels", PUBLISHERS))
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
    makers = {"GENERATORS": GENERATORS, "STORES": STORES, "CHANNELS": PUBLISHERS}[kind]
    found: list[str] = []
    for name in names:
        if name not in makers:
            found.append(f"{kind} names {name!r}; valid: {', '.join(makers)}")
            continue
        found += [
            f"{need} is missing ({describe(need)}): {name} needs it"
            for need in makers[name].needs
            if settings.lacks(need)
        ]
    return found


def find_problems(settings: Settings) -> list[str]:
    """Return all that is unknown or missing in the settings, a sentence each."""
    found: list[str] = []
    for kind in ("GENERATORS", "STORES", "CHANNELS"):
        names = getattr(settings, kind.lower())
        found += find_missing(settings, kind, names) if names else [f"{kind} is empty: name one"]
    for name, urls in (("QUEUE_URL", (settings.queue,)), ("AUDIT_URL", settings.audit_url)):
        # A URL may hold a password, and whatever stands there by mistake too: it is not shown.
        if any(re.split(r"[+:]", url, maxsplit=1)[0] not in DATABASES for url in urls):
            found.append(f"{name} names no database; it begins with {', '.join(DATABASES)}")
    return found
