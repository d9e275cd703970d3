"""What the Upload API answers. Pure; any value at all may come in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from promptpress.adapters._bodies import is_address
from promptpress.adapters.cloudinary._refs import Size, build_transformation


@dataclass(frozen=True, kw_only=True)
class Shaped:
    """A picture that Cloudinary has cut to size: it is there already."""

    width: int
    height: int
    transformation: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A picture or video as Cloudinary keeps it."""

    public_id: str
    version: int
    url: str
    size: int
    """Bytes."""
    md5: str
    existing: bool
    """True when it was there before: what was sent was not looked at."""
    signature: str
    shaped: tuple[Shaped, ...]

    def find_shaped(self, size: Size) -> str:
        """Return the address of the JPEG of a size, or nothing."""
        fitting = [one for one in self.shaped if (one.width, one.height) == size]
        # A preset of the account may make others of the same size.
        ours = set(build_transformation(size).split(","))
        fitting.sort(key=lambda one: ours != set(one.transformation.split(",")))
        return fitting[0].url if fitting else ""


def parse_asset(value: Any) -> Asset | None:
    """Return what an answer says of an asset, or None where it says too little."""
    if not isinstance(value, dict) or not is_address(value.get("secure_url")):
        return None
    public_id, md5, signature = (
        text if isinstance(text := value.get(name), str) else ""
        for name in ("public_id", "etag", "signature")
    )
    version, size = (_number(value.get(name)) for name in ("version", "bytes"))
    if not public_id or not md5 or not version or not size:
        return None
    return Asset(
        public_id=public_id,
        version=version,
        url=value["secure_url"],
        size=size,
        md5=md5.lower(),
        existing=value.get("existing") is True,
        signature=signature,
        shaped=tuple(_parse_eager(value.get("eager"))),
    )


def _parse_eager(value: Any) -> Iterator[Shaped]:
    """Give what is there; what is still being made has no address, or says so."""
    for item in value if isinstance(value, list) else ():
        if not isinstance(item, dict) or not is_address(item.get("secure_url")):
            continue
        width, height = _number(item.get("width")), _number(item.get("height"))
        how = str(item.get("transformation") or "")
        is_jpeg = item.get("format") in ("jpg", "jpeg") or "f_jpg" in how.split(",")
        if width and height and is_jpeg and item.get("status") != "processing":
            url = item["secure_url"]
            yield Shaped(width=width, height=height, transformation=how, url=url)


def _number(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
