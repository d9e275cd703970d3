"""An ImageGenerator that makes nothing: it brings a picture that lies in a store already."""

from collections.abc import Callable, Mapping

from promptpress.errors import InvalidPost
from promptpress.ports import Generated, Generation, ImageRequest, MediaStore


class LibraryGenerator:
    """Brings the picture that the order's model names, as `store:reference`."""

    name = "library"

    def __init__(self, stores: Callable[[], Mapping[str, MediaStore]]) -> None:
        """Keep where pictures are; they are looked for when one is wanted."""
        self._stores = stores

    def check(self) -> None:
        """Be content: the stores are asked for themselves."""

    def submit(self, request: ImageRequest) -> Generation:
        """Return the picture as it lies there; nothing is claimed about how it was made."""
        store, _, ref = request.model.partition(":")
        stores = self._stores()
        if store not in stores or not ref:
            message = (
                f"{request.model!r} names no picture of a store: valid are {', '.join(stores)}"
            )
            raise InvalidPost(f"{message}, each with : and a reference", self.name)
        content = stores[store].get(ref)
        return Generation(pictures=(Generated(content=content, source=""),))

    def collect(self, job: str) -> Generation:
        """Refuse: a picture is brought at once, there is no job."""
        raise InvalidPost(f"there is no job {job!r}: retry the post", self.name)
