"""What the tests of the stand-in for Telegram share: a bot of a library that others wrote."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from telegram import Bot, InputMediaPhoto
from telegram.constants import ParseMode
from telegram.request import HTTPXRequest

from tests.adapters.sending import picture
from tests.fakes.telegram import Telegram

CHAT = "@promptpress_stand_in"
PHOTO = picture().content
T = TypeVar("T")


def ask(telegram: Telegram, work: Callable[[Bot], Awaitable[T]], token: str = "") -> T:
    """Return what a bot of python-telegram-bot gets from the stand-in."""

    async def run() -> T:
        # Reading the certificates, of which loopback has none, takes longer than all the rest.
        line, other = (HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2))
        base = f"{telegram.url}/bot"
        async with Bot(
            token or telegram.token, base_url=base, request=line, get_updates_request=other
        ) as bot:
            return await work(bot)

    return asyncio.run(run())


def photos(count: int) -> list[InputMediaPhoto]:
    """Return the items of an album; the first has the words."""
    items = [InputMediaPhoto(PHOTO) for _ in range(count - 1)]
    return [InputMediaPhoto(PHOTO, caption="<b>🌊</b> sea", parse_mode=ParseMode.HTML), *items]
