"""How long Instagram is waited for."""

from dataclasses import dataclass

from promptpress.adapters._http import Limits


@dataclass(frozen=True, kw_only=True)
class Patience:
    """All waits, in seconds."""

    connect: float = 10.0
    """Until there is a connection."""
    silence: float = 60.0
    """While an answer is awaited: Instagram fetches a picture before it gives one."""
    call: float = 90.0
    """For one call from first to last."""
    count: float = 20.0
    """For one question of what is counted: a person waits for it, and no post does."""
    upload: float = 900.0
    """For sending the bytes of a video: room for 300 MB at 3 Mbit/s."""
    picture: float = 2.0
    """Until a picture may be processed; some take 5."""
    video: float = 20.0
    """Until a video may be processed; some take minutes."""
    settle: float = 90.0
    """For watching a container whose publish got no answer."""

    @property
    def limits(self) -> Limits:
        """Of a call."""
        return Limits(connect=self.connect, read=self.silence, total=self.call)

    @property
    def count_limits(self) -> Limits:
        """Of a question of what is counted."""
        most = min(self.count, self.call)
        return Limits(connect=self.connect, read=min(self.silence, most), total=most)

    @property
    def upload_limits(self) -> Limits:
        """Of an upload."""
        return Limits(connect=self.connect, read=self.silence, total=self.upload)
