"""What writes words, what looks at them and at pictures, and what signs pictures."""

from typing import TYPE_CHECKING, TypeVar

from promptpress.errors import MissingSetting
from promptpress.ports import ArticleWriter, Moderator, PromptWriter, Signer, TextWriter
from promptpress.settings import Settings, describe
from promptpress.wiring.maker import now

if TYPE_CHECKING:
    from promptpress.adapters.openai.writer import OpenAIWriter

    _Writer = TypeVar("_Writer", bound=OpenAIWriter)

OPENAI_URL = "https://api.openai.com/v1"


def find_problems(settings: Settings) -> list[str]:
    """Return what captions, moderation and signing lack, a sentence each."""
    found: list[str] = []
    if settings.captions == "written":
        found += _lacking_text(settings, "CAPTIONS=written")
    if settings.moderation == "openai" and not (_base_of(settings.moderation_api_url, settings)):
        found += _lacking(settings, "OPENAI_API_KEY", "MODERATION=openai")
    if (settings.c2pa_certificate is None) != (settings.c2pa_key is None):
        found.append("C2PA_CERTIFICATE and C2PA_KEY belong together: set both, or none")
    return found


def _lacking(settings: Settings, name: str, user: str) -> list[str]:
    lacks = settings.lacks(name)
    return [f"{name} is missing ({describe(name)}): {user} needs it"] if lacks else []


def _lacking_text(settings: Settings, user: str) -> list[str]:
    # A server of one's own may ask for no key.
    has_server = bool(settings.text_api_url or settings.openai_base_url)
    return [] if has_server else _lacking(settings, "OPENAI_API_KEY", user)


def _base_of(own: str, settings: Settings) -> str:
    return own or settings.openai_base_url


def _text(settings: Settings, make: "type[_Writer]") -> "_Writer":
    # The key of one server is never shown to another.
    key = "TEXT_API_KEY" if settings.text_api_url else "OPENAI_API_KEY"
    return make(
        settings.secret(key),
        model=settings.text_model,
        api_url=_base_of(settings.text_api_url, settings) or OPENAI_URL,
        language=settings.text_language,
        timeout=settings.default_generation_timeout,
        clock=now,
    )


def writer(settings: Settings) -> TextWriter:
    """Make what writes captions."""
    from promptpress.adapters.template import TemplateWriter

    if settings.captions == "written":
        from promptpress.adapters.openai.writer import OpenAIWriter

        return _text(settings, OpenAIWriter)
    return TemplateWriter(
        "{prompt}" if settings.captions == "prompt" else settings.caption_template
    )


def prompt_writer(settings: Settings) -> PromptWriter:
    """Make what thinks of pictures.

    Raises:
        MissingSetting: there is no key and no server.
    """
    problems = _lacking_text(settings, "write-prompts")
    if problems:
        raise MissingSetting("; ".join(problems), "settings")
    from promptpress.adapters.openai.writer import OpenAIWriter

    return _text(settings, OpenAIWriter)


def find_article_problems(settings: Settings) -> list[str]:
    """Return what whatever writes articles lacks, a sentence each."""
    problems = _lacking_text(settings, "an article")
    return [f"{one}, or a server of your own in TEXT_API_URL" for one in problems]


def article_writer(settings: Settings) -> ArticleWriter:
    """Make what writes articles.

    Raises:
        MissingSetting: there is no key and no server.
    """
    if problems := find_article_problems(settings):
        raise MissingSetting("; ".join(problems), "settings")
    from promptpress.adapters.openai.articles import OpenAIArticleWriter

    return _text(settings, OpenAIArticleWriter)


def moderator(settings: Settings) -> Moderator | None:
    """Make what looks at words and pictures, if anything shall."""
    if settings.moderation == "none":
        return None
    from promptpress.adapters.openai.moderator import OpenAIModerator

    return OpenAIModerator(
        settings.secret("OPENAI_API_KEY"),
        api_url=_base_of(settings.moderation_api_url, settings) or OPENAI_URL,
        timeout=settings.default_generation_timeout,
        clock=now,
    )


def signer(settings: Settings) -> Signer | None:
    """Make what signs pictures, if they shall be."""
    if settings.c2pa_certificate is None or settings.c2pa_key is None:
        return None
    from promptpress.adapters.c2pa import C2paSigner

    return C2paSigner(settings.c2pa_certificate, settings.c2pa_key)
