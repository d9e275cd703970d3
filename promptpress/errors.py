"""Everything that can go wrong, grouped by what to do next.

PromptpressError
├── TransientError      again later; says when, if the service did
│   ├── RateLimited
│   └── NotYet          however often that is
├── PermanentError      set this post aside
│   ├── ContentRefused
│   ├── BadPicture
│   └── InvalidPost
├── SetupError          stop: nothing will work until somebody changes something
│   ├── BadCredentials
│   ├── QuotaExhausted
│   ├── BudgetReached
│   └── MissingSetting
├── OutcomeUnknown      never repeat: ask the service, or a person
├── LeaseLost           leave it: the post is no longer ours
├── Interrupted         leave it: this run was asked to stop
└── IllegalTransition   a mistake in this program

Adapters raise them `from None` where the original error could carry a secret: Prefect prints
chained tracebacks. All of them pickle, because Prefect sends them between processes.
"""

import inspect


class PromptpressError(Exception):
    """Something went wrong in Promptpress: read the message, it says what to do."""

    def __init__(
        self, message: str = "", service: str = "", retry_after: float | None = None
    ) -> None:
        """Keep what is needed to act.

        Args:
            message: what happened and what to do; the docstring of the class when empty.
            service: the service that said so (a generator, store, channel or "queue").
            retry_after: seconds the service asked us to wait, when it did.
        """
        # All three go to the base class, so that pickle can build the error again.
        super().__init__(message, service, retry_after)
        self.message = message or inspect.getdoc(type(self)) or type(self).__name__
        self.service = service
        self.retry_after = retry_after

    def __str__(self) -> str:
        """Name the service, then the message."""
        return f"{self.service}: {self.message}" if self.service else self.message


class TransientError(PromptpressError):
    """The service did not do it and may do it later: nothing happened, it is tried again."""


class RateLimited(TransientError):
    """The service asks us to slow down: the same call is repeated after the wait it named."""


class NotYet(TransientError):
    """It is not there yet, and nobody is to blame: later runs look again, until it is."""


class PermanentError(PromptpressError):
    """This post cannot go on as it is: change it, then `python -m promptpress retry` it."""


class ContentRefused(PermanentError):
    """The service refuses this content: change the prompt, then retry the post."""


class BadPicture(PermanentError):
    """The service sent something that is no whole picture: retry the post."""


class InvalidPost(PermanentError):
    """The post asks for something impossible: correct it, then retry it."""


class SetupError(PromptpressError):
    """Nothing will work until the set-up is changed: run `python -m promptpress check`."""


class BadCredentials(SetupError):
    """The service refuses our key: put a valid one into the environment or .env."""


class QuotaExhausted(SetupError):
    """The account has no credit left: top it up, wait for its renewal, or name a second service."""


class BudgetReached(SetupError):
    """What may be spent on pictures is spent: it goes on later, or raise MAX_IMAGES_PER_DAY."""


class MissingSetting(SetupError):
    """A setting is missing: set it in the environment, .env or promptpress.toml."""


class OutcomeUnknown(PromptpressError):
    """Nobody can know whether it happened: look at the service, then `promptpress resolve`."""


class LeaseLost(PromptpressError):
    """The post was taken over, changed or withdrawn meanwhile: it is left to its new owner."""


class Interrupted(PromptpressError):
    """The run was asked to stop before it got to this: the next run goes on from here."""


class IllegalTransition(PromptpressError):
    """A post was about to move between two states that do not follow each other: report it."""
