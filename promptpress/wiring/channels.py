"""Where posts go: a line per kind of channel, and the channels that the settings name."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from promptpress.errors import SetupError
from promptpress.ports import Publisher, TokenKeeper
from promptpress.settings import Channel, Settings
from promptpress.slots import Hours, read_hours
from promptpress.voice import find_template_problem
from promptpress.wiring.maker import Maker, now
from promptpress.wiring.tokens import instagram_url, keeper


def _site(settings: Settings, name: str, channel: Channel) -> Publisher:
    from promptpress.adapters.site import SitePublisher

    folder = settings.data_dir / ("site" if name == "site" else f"site-{name}")
    title, url = channel.title or settings.site_title, settings.site_url_of(name)
    return SitePublisher(folder, title=title, url=url, clock=now, name=name)


def _instagram(settings: Settings, name: str, channel: Channel) -> Publisher:
    from promptpress.adapters.instagram import InstagramPublisher, Patience

    tokens = keeper(settings, name, channel)
    upload = settings.instagram_upload_url if settings.instagram_login == "facebook" else ""
    return InstagramPublisher(
        lambda: tokens.current(now()),
        channel.account or settings.instagram_account_id,
        api_url=instagram_url(settings),
        version=settings.instagram_api_version,
        upload_url=upload,
        clock=now,
        token_dies=lambda: tokens.expires_at(now()),
        max_hashtags=settings.instagram_hashtags,
        discloses_ai=settings.instagram_discloses_ai,
        patience=Patience(settle=settings.instagram_settle_seconds),
        name=name,
    )


def _telegram(settings: Settings, name: str, channel: Channel) -> Publisher:
    from promptpress.adapters.telegram import TelegramPublisher

    return TelegramPublisher(
        settings.secret(channel.token_from or "TELEGRAM_TOKEN"),
        channel.account or settings.telegram_chat_id,
        api_url=settings.telegram_api_url,
        clock=now,
        name=name,
        silent=channel.silent,
        topic=channel.topic,
        link_text=channel.link_text,
        is_local=settings.telegram_local,
    )


KINDS: Mapping[str, tuple[Callable[..., Publisher], str, str]] = {
    "instagram": (_instagram, "INSTAGRAM_ACCESS_TOKEN", ""),
    "site": (_site, "", ""),
    "telegram": (_telegram, "TELEGRAM_TOKEN", "TELEGRAM_CHAT_ID"),
}
"""How a kind of channel is made, its usual token, and the setting of its usual account."""


def _maker(name: str, channel: Channel) -> Maker:
    make, token, account = KINDS[channel.kind]
    needs = [channel.token_from or token] if token else []
    if account and not channel.account:
        needs.append(account)
    return Maker(partial(make, name=name, channel=channel), needs=tuple(needs))


def publishers(settings: Settings) -> Mapping[str, Maker]:
    """Return how each channel is made: a channel per kind, and those that the settings name."""
    names = dict.fromkeys((*KINDS, *settings.channel))
    chosen = {name: settings.channel_of(name) for name in names}
    return {name: _maker(name, one) for name, one in chosen.items() if one is not None}


def hours(channel: Channel) -> Hours:
    """Return a channel's timetable; SetupError with all that is wrong with it."""
    return read_hours(
        slots=channel.slots,
        zone=channel.zone,
        distance=channel.least_minutes,
        per_day=channel.posts_a_day,
        missed=channel.missed,
    )


def find_problems(settings: Settings) -> list[str]:
    """Return all that is wrong with the words, hours and addresses of the named channels."""
    found = _shared_addresses(settings)
    for name, channel in settings.channel.items():
        problems = [find_template_problem(channel.caption)]
        try:
            hours(channel)
        except SetupError as error:
            problems.append(error.message)
        found += [f"channel {name}: {problem}" for problem in problems if problem]
    return found


def _shared_addresses(settings: Settings) -> list[str]:
    """Return a sentence per site that would write the links of another: each has its own folder."""
    found: list[str] = []
    owners: dict[str, str] = {}
    for name in dict.fromkeys((*settings.channels, *settings.channel)):
        url = settings.site_url_of(name).rstrip("/")
        owner = owners.setdefault(url, name) if url else name
        if owner != name:
            found.append(f"channel {name}: the site {owner} has its address: give each its own url")
    return found


def keepers(settings: Settings, names: Iterable[str]) -> dict[str, TokenKeeper]:
    """Return what looks after the tokens of these channels, for those whose tokens die.

    A token of the login with Facebook is renewed with the app's secret only; without it, it is
    one that a page gave out, which lives on.
    """
    found = {name: settings.channel_of(name) for name in names}
    renewable = settings.instagram_login == "instagram" or settings.instagram_app_id
    return {
        name: keeper(settings, name, channel)
        for name, channel in found.items()
        if channel is not None and channel.kind == "instagram" and renewable
    }
