"""The boxes that an MP4 or MOV is made of (ISO/IEC 14496-12, 4.2), read without decoding.

Looked at before a decoder is: a file of a few bytes may claim samples that fill the memory.
The mark of what made a video lies in a box of its own (XMP Specification, Part 3, on MPEG-4).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from promptpress.errors import BadPicture

MAX_BOXES = 200_000
"""An hour in fragments of a second has 30,000."""
MAX_SAMPLES = 1_000_000
"""Samples of one track that any file may claim; more only if there are four bytes for each. An hour
has 216,000 pictures at 60 a second, and 170,000 packets of sound."""
_DEPTH = 6
_HOLDERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf")
_STARTS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_STILLS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


@dataclass(frozen=True)
class Box:
    """One box: its kind, and where its body begins and the whole ends."""

    kind: bytes
    body: int
    end: int


def is_mp4_or_mov(content: bytes) -> bool:
    """Tell whether the bytes begin as an MP4 or a MOV; a HEIC or AVIF is a picture."""
    return content[4:8] in _STARTS and not (content[4:8] == b"ftyp" and content[8:12] in _STILLS)


def is_mp4(content: bytes) -> bool:
    """Tell whether the file says that it is an MP4, and not a MOV."""
    return content[4:8] == b"ftyp" and content[8:12] != b"qt  "


def require_whole(content: bytes) -> None:
    """Raise unless every box is there to its end and claims no more than can be.

    Raises:
        BadPicture: cut short, without an index, or with an index that is larger than its file.
    """
    kinds = {box.kind for box in top_boxes(content)}
    if b"moov" not in kinds or not kinds & {b"mdat", b"moof"}:
        raise BadPicture(
            "a video came without its index or its pictures, cut short: retry the post"
        )
    most = max(MAX_SAMPLES, len(content) // 4)
    for box in _all_boxes(content):
        if box.kind == b"cmov" or _claimed(content, box) > most:
            raise BadPicture(
                "a video came whose index claims more than the file can hold: retry the post"
            )


def is_streamable(content: bytes) -> bool:
    """Tell whether the index lies whole and in front of the pictures, as services want it."""
    kinds = [box.kind for box in top_boxes(content)]
    return b"moof" not in kinds and kinds.index(b"moov") < kinds.index(b"mdat")


def said_seconds(content: bytes) -> float:
    """Return how long the index says that the video lasts; 0 where it does not say."""
    for box in _all_boxes(content):
        if box.kind == b"mvhd" and box.body + 32 <= len(content):
            clock, length = struct.unpack_from(">12xII", content, box.body)
            unknown = 2**32 - 1
            if content[box.body] == 1:
                clock, length = struct.unpack_from(">20xIQ", content, box.body)
                unknown = 2**64 - 1
            return length / clock if clock and length != unknown else 0.0
    return 0.0


def find_xmp(content: bytes) -> bytes:
    """Return the XMP packet of an MP4 or MOV, or nothing."""
    try:
        for box in top_boxes(content):
            if _is_xmp(content, box):
                return content[box.body + 16 : box.end]
    except BadPicture:
        pass  # no video, then: what is cut short says nothing
    return b""


def insert_xmp_box(content: bytes, packet: bytes) -> bytes:
    """Return the same file with this XMP packet and no other; everything else stays in place."""
    boxes = list(top_boxes(content))
    ours = struct.pack(">I", 24 + len(packet)) + b"uuid" + _XMP + packet
    last = boxes[-1]
    if _is_xmp(content, last):
        return content[: last.body - 8] + ours
    for box in boxes:
        if _is_xmp(content, box):  # a hole of the same size: what lies behind must not move
            content = content[: box.body - 4] + b"free" + content[box.body :]
    open_ended = content[last.body - 8 : last.body - 4] == b"\0\0\0\0"
    if open_ended and last.end - last.body + 8 < 2**32:
        size = struct.pack(">I", last.end - last.body + 8)
        content = content[: last.body - 8] + size + content[last.body - 4 :]
    return content[: last.end] + ours


def top_boxes(content: bytes) -> Iterator[Box]:
    """Yield the outermost boxes; what trails them and is no box is left out.

    Raises:
        BadPicture: one of them is not there to its end, or they are too many.
    """
    seen: set[bytes] = set()
    for number, box in enumerate(_boxes(content, 0, len(content))):
        if number > MAX_BOXES:
            raise BadPicture("a video came in too many pieces: retry the post")
        if box.end > len(content):
            if {b"moov", b"mdat"} <= seen and box.kind not in _STARTS:
                return
            raise BadPicture(
                f"a video of {len(content):,} bytes came that is cut short: retry the post"
            )
        seen.add(box.kind)
        yield box


def _boxes(content: bytes, at: int, end: int) -> Iterator[Box]:
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", content, at)
        body = at + 8
        if size == 1 and body + 8 <= end:
            size = struct.unpack_from(">Q", content, body)[0]
            body += 8
        elif size == 0:
            size = end - at
        if size < body - at:
            return  # not a box any more
        yield Box(kind, body, at + size)
        at += size


def _all_boxes(content: bytes) -> Iterator[Box]:
    """Yield the boxes of the index, outer before inner."""
    todo = [(box, 0) for box in top_boxes(content)]
    seen = 0
    while todo:
        box, depth = todo.pop()
        yield box
        if box.kind in _HOLDERS and depth < _DEPTH:
            todo += [
                (one, depth + 1) for one in _boxes(content, box.body, min(box.end, len(content)))
            ]
            seen += 1
        if len(todo) + seen > MAX_BOXES:
            raise BadPicture("a video came in too many pieces: retry the post")


def _claimed(content: bytes, box: Box) -> int:
    """Return how many samples a box of the index speaks of."""
    end = min(box.end, len(content))
    if box.kind in (b"stsz", b"stz2") and box.body + 12 <= end:
        return int(struct.unpack_from(">8xI", content, box.body)[0])
    if box.kind == b"trun" and box.body + 8 <= end:
        return int(struct.unpack_from(">4xI", content, box.body)[0])
    if box.kind in (b"stts", b"ctts") and box.body + 8 <= end:
        entries = content[box.body + 8 : end]
        whole = memoryview(entries)[: len(entries) // 8 * 8]
        return sum(count for count, _ in struct.iter_unpack(">II", whole))
    return 0


def _is_xmp(content: bytes, box: Box) -> bool:
    return box.kind == b"uuid" and content[box.body : box.body + 16] == _XMP
