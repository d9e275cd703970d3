"""A stand-in for the Telegram Bot API: one bot, one chat, and what was sent to it."""

from tests.fakes.telegram.chats import Chat, Message
from tests.fakes.telegram.refusals import flood, refusal
from tests.fakes.telegram.service import TOKEN, Telegram

__all__ = ["TOKEN", "Chat", "Message", "Telegram", "flood", "refusal"]
