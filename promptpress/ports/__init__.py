"""What Promptpress asks of the world, in the order of a post's way.

PromptWriter → PromptQueue → TextWriter, ArticleWriter → Moderator → ImageGenerator → MediaStore
             → Signer → LinkChecker → Publisher → AuditLog → Notifier

Each protocol states a promise; tests/contracts/ holds one suite per protocol and runs it over
every adapter. All methods raise the errors of promptpress.errors and nothing else. None retries:
retries belong to tasks. Every call to a service has a timeout and ends by its deadline.
"""

from promptpress.ports._channels import (
    Copies,
    CountingPublisher,
    LastingPublisher,
    LinkChecker,
    Picture,
    PictureRules,
    Publisher,
    Receipt,
    Rendition,
    Staging,
    StagingPublisher,
    Video,
    VideoRules,
)
from promptpress.ports._notes import AuditLog, Notice, Notifier
from promptpress.ports._pictures import (
    DeployedStore,
    Generated,
    Generation,
    ImageGenerator,
    ImageRequest,
    Library,
    LibraryPicture,
    LimitedStore,
    MediaStore,
    RemovingStore,
    ShapingStore,
    Signer,
)
from promptpress.ports._queue import CopiedQueue, PromptQueue
from promptpress.ports._service import MigratingService, Service
from promptpress.ports._tokens import Renewal, Token, TokenKeeper, TokenStore
from promptpress.ports._words import (
    ArticleWriter,
    Draft,
    Moderator,
    PromptWriter,
    Texts,
    TextWriter,
)

__all__ = [
    "ArticleWriter",
    "AuditLog",
    "CopiedQueue",
    "Copies",
    "CountingPublisher",
    "DeployedStore",
    "Draft",
    "Generated",
    "Generation",
    "ImageGenerator",
    "ImageRequest",
    "LastingPublisher",
    "Library",
    "LibraryPicture",
    "LimitedStore",
    "LinkChecker",
    "MediaStore",
    "MigratingService",
    "Moderator",
    "Notice",
    "Notifier",
    "Picture",
    "PictureRules",
    "PromptQueue",
    "PromptWriter",
    "Publisher",
    "Receipt",
    "RemovingStore",
    "Rendition",
    "Renewal",
    "Service",
    "ShapingStore",
    "Signer",
    "Staging",
    "StagingPublisher",
    "TextWriter",
    "Texts",
    "Token",
    "TokenKeeper",
    "TokenStore",
    "Video",
    "VideoRules",
]
