"""What lies in Drive, and what is on its way there."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

FOLDER = "application/vnd.google-apps.folder"
SHEET = "application/vnd.google-apps.spreadsheet"


@dataclass
class File:
    """A file or folder."""

    id: str
    name: str
    mime: str
    parent: str = ""
    drive: str = ""
    """The Shared Drive it lies in; empty in somebody's own."""
    content: bytes = b""
    properties: dict[str, str] = field(default_factory=dict)
    description: str = ""
    trashed: bool = False
    can_edit: bool = True
    can_add: bool = True
    public: bool = False

    def shown(self) -> dict[str, Any]:
        kind: dict[str, Any] = {
            "kind": "drive#file",
            "id": self.id,
            "name": self.name,
            "mimeType": self.mime,
            "trashed": self.trashed,
            "parents": [self.parent] if self.parent else [],
            "appProperties": dict(self.properties),
            "capabilities": {"canEdit": self.can_edit, "canAddChildren": self.can_add},
        }
        if self.description:
            kind["description"] = self.description
        if self.drive:
            kind["driveId"] = self.drive
        if self.mime not in (FOLDER, SHEET):
            kind["size"] = str(len(self.content))
            kind["md5Checksum"] = hashlib.md5(self.content, usedforsecurity=False).hexdigest()
            kind["sha256Checksum"] = hashlib.sha256(self.content).hexdigest()
            kind["webViewLink"] = f"https://drive.google.com/file/d/{self.id}/view"
        return kind


@dataclass
class Upload:
    """A resumable upload under way."""

    metadata: dict[str, Any]
    mime: str
    size: int
    got: bytearray = field(default_factory=bytearray)
    made: File | None = None
    """What came of it, which a complete upload goes on to tell."""
