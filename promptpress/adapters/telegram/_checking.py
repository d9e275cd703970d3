"""What getChat and getChatMember show of the bot's rights, before a send meets them. Pure."""

from collections.abc import Mapping
from typing import Any

GENERAL = 1
"""The topic that every forum has: what is sent without a topic lands there, and naming it is
refused as "message thread not found"."""


def may_post(member: Mapping[str, Any], chat: Mapping[str, Any], media: str = "photos") -> bool:
    """Tell whether a ChatMember may send photos, videos or documents to a ChatFullInfo.

    Args:
        member: as getChatMember shows the bot.
        chat: as getChat shows the chat.
        media: photos, videos or documents.
    """
    status = member.get("status")
    if chat.get("type") == "channel":
        poster = status == "administrator" and member.get("can_post_messages") is not False
        return poster or status == "creator"
    if status in ("left", "kicked") or member.get("is_member") is False:
        return False
    if status in ("administrator", "creator"):
        return True
    # A chat's own permissions bind everybody who is no administrator.
    permissions = chat.get("permissions")
    everybody = permissions if isinstance(permissions, dict) else {}
    own = member if status == "restricted" else {}
    return not any(rights.get(f"can_send_{media}") is False for rights in (everybody, own))


def lacks_topics(chat: Mapping[str, Any], topic: int | None) -> bool:
    """Tell whether a topic is named in a chat that shows none.

    A private chat may have topics of its own and shows nothing of them here.
    """
    named = topic is not None and topic != GENERAL
    return named and chat.get("type") != "private" and chat.get("is_forum") is not True
