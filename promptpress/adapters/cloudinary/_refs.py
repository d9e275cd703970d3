"""What a picture is called at Cloudinary, and the reference we keep of it. Pure."""

import re
from dataclasses import dataclass

from promptpress.adapters.cloudinary._refusals import NAME
from promptpress.errors import PermanentError, SetupError

Size = tuple[int, int]
"""Width and height in pixels."""
MAX_PUBLIC_ID = 255
"""Characters (cloudinary.com/documentation/image_upload_api_reference)."""
PREFIX = "promptpress-"
"""Before the hash: nothing that begins so is read as a transformation or a version."""
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MISREAD = re.compile(r"[a-z]{1,3}_.*|v\d.*")
"""Parts of an address that Cloudinary reads as a transformation, such as u_2, or as a version."""
_ORIGINAL = re.compile(
    r"https?://[^\s/]+/(?:\S+/)?(image|video)/upload/v(\d+)/(\S+-([0-9a-f]{64}))\.([a-z0-9]+)"
)
_REF = re.compile(r"(\S+) ([0-9a-f]{32})(?: (\d+)x(\d+) (\S+))?")


@dataclass(frozen=True, kw_only=True)
class Ref:
    """A reference, taken apart."""

    original: str
    """Where anybody fetches the very bytes."""
    md5: str
    kind: str
    public_id: str
    sha256: str
    size: Size | None = None
    shaped: str = ""
    """Where anybody fetches it cut to that size."""


def build_public_id(folder: str, sha256: str) -> str:
    """Return the id of the picture with this hash.

    Raises:
        SetupError: the folder's name would make an address that Cloudinary misreads.
    """
    parts = folder.strip("/").split("/") if folder.strip("/") else []
    if not all(_SEGMENT.fullmatch(part) and not _MISREAD.fullmatch(part) for part in parts):
        message = (
            f"{folder!r} is no folder's name that is safe in an address: use letters, digits, dots "
            "and dashes, none that looks like v1 or w_100, in CLOUDINARY_FOLDER"
        )
        raise SetupError(message, NAME)
    public_id = "/".join([*parts, f"{PREFIX}{sha256}"])
    if len(public_id) > MAX_PUBLIC_ID:
        raise SetupError("the folder's name is too long: shorten CLOUDINARY_FOLDER", NAME)
    return public_id


def build_transformation(size: Size) -> str:
    """Return how a picture is cut to a size; the SDK writes the parts in this order too.

    The service decides what matters in the picture, and how much quality its JPEG needs.

    Raises:
        SetupError: there is no such size.
    """
    width, height = size
    if min(size) < 1:
        message = f"there is no picture of {width} x {height}: correct CLOUDINARY_SIZE"
        raise SetupError(message, NAME)
    return f"c_fill,f_jpg,g_auto,h_{height},q_auto,w_{width}"


def build_ref(original: str, md5: str, size: Size, shaped: str) -> str:
    """Return the reference: one line, all that `link`, `derive` and `get` need.

    The address of the cut is shortened to what it has beyond that of the original.

    Raises:
        SetupError: an address is none of those that Cloudinary is known for.
    """
    if not _ORIGINAL.fullmatch(original) or len(shaped.split()) > 1:
        message = (
            f"its address of the picture is of an unknown kind ({original[:200]!r}): correct "
            "CLOUDINARY_UPLOAD_PREFIX, or report it"
        )
        raise SetupError(message, NAME)
    known = f"{original} {md5}"
    if not shaped:
        return known
    before, after = _around(original)
    extra = shaped.removeprefix(before).removesuffix(after)
    is_short = before + extra + after == shaped and "/" not in extra
    return f"{known} {size[0]}x{size[1]} {extra if is_short else shaped}"


def _around(original: str) -> tuple[str, str]:
    """Return what stands before and after a transformation in a cut's address."""
    head, upload, rest = original.partition("/image/upload/")
    return head + upload, f"/{rest.rpartition('.')[0]}.jpg"


def parse_ref(ref: str) -> Ref:
    """Take a reference apart.

    Raises:
        PermanentError: it is none of this store.
    """
    match = _REF.fullmatch(ref)
    whole = match and _ORIGINAL.fullmatch(match[1])
    if not match or not whole:
        message = f"{ref[:100]!r} is no picture of this store: retry the post, it is made anew"
        raise PermanentError(message, NAME)
    shaped, (before, after) = match[5] or "", _around(match[1])
    return Ref(
        original=match[1],
        md5=match[2],
        kind=whole[1],
        public_id=whole[3],
        sha256=whole[4],
        size=(int(match[3]), int(match[4])) if shaped else None,
        shaped=before + shaped + after if shaped and "/" not in shaped else shaped,
    )
