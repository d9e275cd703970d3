"""Reads what a client put into a form, as a service would."""

import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from tests.fakes.server import Request


@dataclass(frozen=True)
class Part:
    """One field of a form; `filename` is empty where it is no file."""

    content: bytes
    filename: str = ""
    content_type: str = ""

    @property
    def text(self) -> str:
        return self.content.decode()


def read_form(request: Request) -> dict[str, Part]:
    """Return the fields of a request by name: query, urlencoded, JSON or multipart."""
    form = {name: Part(value.encode()) for name, value in request.query.items()}
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        return form | _read_multipart(kind, request.body)
    if kind.startswith("application/json"):
        return form | {n: Part(str(v).encode()) for n, v in json.loads(request.body).items()}
    fields = parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True)
    return form | {name: Part(value.encode()) for name, value in fields}


def _read_multipart(content_type: str, body: bytes) -> dict[str, Part]:
    """Return the parts of a multipart/form-data body (RFC 7578); a body cut short has none."""
    match = re.search(r'boundary="?([^";]+)', content_type)
    if match is None:
        return {}
    delimiter = b"\r\n--" + match[1].encode()
    first, *pieces = (b"\r\n" + body).split(delimiter)
    if first or not pieces or not pieces[-1].startswith(b"--"):
        return {}
    parts = {}
    for piece in pieces[:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = head.decode()
        names = dict(re.findall(r'\b(name|filename)="([^"]*)"', headers))
        kind = re.search(r"(?im)^Content-Type:\s*(\S+)", headers)
        parts[names["name"]] = Part(content, names.get("filename", ""), kind[1] if kind else "")
    return parts
