"""A stand-in for Instagram's content publishing: one account, its containers, posts and tokens."""

from tests.fakes.instagram.album import Album
from tests.fakes.instagram.records import Container, Post, Token
from tests.fakes.instagram.refusals import refusal, throttled
from tests.fakes.instagram.service import ACCOUNT, APP_ID, APP_SECRET, TOKEN, Instagram

__all__ = [
    "ACCOUNT",
    "APP_ID",
    "APP_SECRET",
    "TOKEN",
    "Album",
    "Container",
    "Instagram",
    "Post",
    "Token",
    "refusal",
    "throttled",
]
