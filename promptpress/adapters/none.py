"""A MediaStore that keeps nothing: pictures live in the memory of the run that has them made.

For whoever has no place for pictures, such as a run on a machine that forgets everything. A run
that dies before it has published may cost one more generation.
"""

from promptpress.errors import PermanentError


class NoStore:
    """Keeps nothing, and says so."""

    name = "none"

    def check(self) -> None:
        """Be content: there is nothing that could fail."""

    def put(self, content: bytes, sha256: str, suffix: str) -> str:  # noqa: ARG002  the port's
        """Return what the picture would be called."""
        return sha256

    def get(self, ref: str) -> bytes:
        """Raise PermanentError: nothing was kept."""
        message = f"the picture {ref[:16]} was kept nowhere (STORES=none): retry the post"
        raise PermanentError(message, self.name)

    def link(self, ref: str) -> str:  # noqa: ARG002  the port's
        """Return nothing: nobody can fetch it."""
        return ""
