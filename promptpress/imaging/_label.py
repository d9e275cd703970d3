"""Read and write the mark that says what made a picture, without touching its pixels.

The mark is the XMP property Iptc4xmpExt:DigitalSourceType (IPTC Photo Metadata Standard).
"""

import re
import struct
import zlib
from collections.abc import Iterator

from promptpress.errors import BadPicture
from promptpress.imaging._boxes import find_xmp
from promptpress.imaging._look import open_picture

_XMP_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
_MORE_XMP_JPEG = b"http://ns.adobe.com/xmp/extension/\0"
_XMP_PNG = b"XML:com.adobe.xmp\0"
MAX_SEGMENT = 65_533
"""Bytes in a segment of a JPEG (ITU T.81, B.1.1.4: two bytes of length count themselves)."""
_SOURCE = re.compile(
    rb"DigitalSourceType\b[^<>]{0,200}?>?[^<>]{0,200}?"
    rb"https?://cv\.iptc\.org/newscodes/digitalsourcetype/([A-Za-z]+)"
)


def read_source(content: bytes) -> str:
    """Return the last part of the digital source type that a picture or video names, or ""."""
    try:
        image = open_picture(content)
        packet = image.info.get("xmp", b"")
    except BadPicture:
        packet = find_xmp(content)
    return find_source(packet)


def find_source(packet: object) -> str:
    """Return the last part of the digital source type in an XMP packet, or "".

    The packet is searched and not parsed: a picture from anywhere may carry entities that fill
    the memory.
    """
    raw = packet.encode() if isinstance(packet, str) else packet
    match = _SOURCE.search(raw) if isinstance(raw, bytes) else None
    return match[1].decode() if match else ""


def insert_xmp(content: bytes, format: str, packet: bytes) -> bytes | None:  # noqa: A002  Pillow's word
    """Return the same picture with this XMP packet and no other, every pixel as it was.

    None where the bytes have to be encoded again: another format than JPEG or PNG, or a packet
    too large.
    """
    if format == "JPEG" and len(_XMP_JPEG + packet) <= MAX_SEGMENT:
        return _insert_into_jpeg(content, packet)
    if format == "PNG":
        return _insert_into_png(content, packet)
    return None


def _insert_into_jpeg(content: bytes, packet: bytes) -> bytes | None:
    """Put the packet behind JFIF and Exif, which readers expect first."""
    first: list[bytes] = []
    others: list[bytes] = []
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            break
        end = at + 2 + struct.unpack_from(">H", content, at + 2)[0]
        body = content[at + 4 : end]
        if not body.startswith((_XMP_JPEG, _MORE_XMP_JPEG)):
            goes_first = not others and (marker == 0xE0 or body.startswith(b"Exif\0"))
            (first if goes_first else others).append(content[at:end])
        at = end
    if content[at : at + 1] != b"\xff":
        return None
    body = _XMP_JPEG + packet
    ours = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    return b"".join((content[:2], *first, ours, *others, content[at:]))


def _insert_into_png(content: bytes, packet: bytes) -> bytes:
    """Put the packet behind the header chunk, before the pixels."""
    body = _XMP_PNG + b"\0\0\0\0" + packet  # not compressed, no language, no translated keyword
    ours = struct.pack(">I", len(body)) + b"iTXt" + body
    ours += struct.pack(">I", zlib.crc32(b"iTXt" + body))
    chunks = list(_png_chunks(content))
    kept = [c for c in chunks if not (c[4:8] == b"iTXt" and c[8:].startswith(_XMP_PNG))]
    return b"".join((content[:8], kept[0], ours, *kept[1:]))


def _png_chunks(content: bytes) -> Iterator[bytes]:
    """Yield the chunks whole, with length and checksum; what trails them comes as the last."""
    at = 8
    while at < len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4])
        yield content[at:end]
        at = end
