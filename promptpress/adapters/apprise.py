"""Notices to a person by any of Apprise's services, or only into the log."""

import logging

from promptpress.errors import SetupError
from promptpress.ports import Notice

logger = logging.getLogger("promptpress")


class AppriseNotifier:
    """Sends notices to Apprise URLs; with none it only logs them."""

    def __init__(self, urls: list[str]) -> None:
        """Keep the URLs: they hold secrets and are never printed.

        Args:
            urls: as Apprise writes them, such as tgram://token/chat or mailto://…
        """
        self._urls = urls

    @property
    def name(self) -> str:
        """The name in messages."""
        return "notices"

    def check(self) -> None:
        """Raise SetupError for a URL that Apprise cannot read; nothing is sent."""
        import apprise  # noqa: PLC0415  slow to import, and most runs have nothing to tell

        for number, url in enumerate(self._urls, 1):
            if not apprise.Apprise().add(url):
                message = f"NOTIFY_URLS: number {number} is no Apprise URL: correct it"
                raise SetupError(message, self.name)

    def notify(self, notice: Notice) -> None:
        """Log the notice and send it; a failure to send is logged and nothing more."""
        logger.warning("%s: %s", notice.title, notice.text)
        if not self._urls:
            return
        import apprise  # noqa: PLC0415  as above

        sender = apprise.Apprise()
        for url in self._urls:
            sender.add(url)
        # As plain text: prompts and errors stand in it, and no service shall read them as markup.
        plain = apprise.NotifyFormat.TEXT
        if not sender.notify(title=notice.title, body=notice.text, body_format=plain):
            logger.warning("the notice could not be sent: check NOTIFY_URLS")
