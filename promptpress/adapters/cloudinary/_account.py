"""Whose account it is: its names, its key, and what the SDK does with them, which is to sign.

The SDK reads every variable CLOUDINARY_… when it is imported and keeps it for the process, the
proxy in its connections too. So nothing is left to it: each call names all it needs, and goes
through `_http`. The SDK's own transport knows no deadline, no HTTPS_PROXY and no SSL_CERT_FILE,
and drops the headers that say how long to wait.
"""

import base64
import hmac
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from promptpress.adapters.cloudinary._refusals import NAME
from promptpress.errors import BadCredentials, SetupError

Kind = Literal["image", "video"]
"""What Cloudinary calls resource_type: the ids of one do not meet those of the other."""
OFFICIAL = "https://api.cloudinary.com"
ALGORITHMS = ("sha1", "sha256")
_CLOUD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True, kw_only=True)
class Account:
    """One product environment of Cloudinary, as its console shows it."""

    cloud_name: str
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    api_url: str = OFFICIAL
    algorithm: str = "sha1"
    """By which requests are signed: what the account is set to, sha1 or sha256."""

    @property
    def secrets(self) -> list[str]:
        """What no message may show."""
        both = f"{self.api_key}:{self.api_secret}"
        return [self.api_secret, self.api_key, base64.b64encode(both.encode()).decode()]

    @property
    def pair(self) -> tuple[str, str]:
        """The name and password that the Admin API asks for."""
        self._require_valid()
        return self.api_key, self.api_secret

    def address(self, *path: str) -> str:
        """Return where a call goes."""
        self._require_valid()
        prefix = self.api_url.rstrip("/")
        names = {"upload_prefix": prefix, "cloud_name": self.cloud_name}
        return str(_load_sdk().base_api_url(list(path), **names))

    def sign(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters as they are sent: with the key and the signature."""
        self._require_valid()
        names: dict[str, Any] = {
            "api_key": self.api_key,
            "api_secret": self.api_secret,
            "signature_algorithm": self.algorithm,
            "signature_version": 2,
        }
        return dict(_load_sdk().sign_request(params, names))

    def is_signed(self, public_id: str, version: int, signature: str) -> bool:
        """Tell whether an answer comes from whoever knows our secret."""
        # The SDK checks it with the secret of the process only. Answers keep to version 1.
        named, sign = {"public_id": public_id, "version": version}, _load_sdk().api_sign_request
        true = (str(sign(named, self.api_secret, algorithm, 1)) for algorithm in ALGORITHMS)
        return any(hmac.compare_digest(one.encode(), signature.encode()) for one in true)

    def _require_valid(self) -> None:
        if not _CLOUD.fullmatch(self.cloud_name):
            message = "this is no name of a cloud: copy CLOUDINARY_CLOUD_NAME from the console"
            raise SetupError(message, NAME)
        for name, value in (("KEY", self.api_key), ("SECRET", self.api_secret)):
            if not value.isascii() or len(value.split()) != 1:
                message = f"CLOUDINARY_API_{name} is empty or none: copy it from the console again"
                raise BadCredentials(message, NAME)
        if self.algorithm not in ALGORITHMS:
            message = "CLOUDINARY_SIGNATURE_ALGORITHM is neither sha1 nor sha256: correct it"
            raise SetupError(message, NAME)


def _load_sdk() -> Any:
    """Return the SDK's tools; late, since its import fails where a variable does not please it."""
    try:
        from cloudinary import utils  # noqa: PLC0415  see above
    except ImportError:
        message = "its package is missing: run pip install -r requirements.txt"
        raise SetupError(message, NAME) from None
    except (ValueError, TypeError, AttributeError):
        message = (
            "CLOUDINARY_URL, or another variable CLOUDINARY_… that Cloudinary's package reads by "
            "itself, is not valid: correct it (cloudinary://key:secret@cloud) or take it away"
        )
        raise SetupError(message, NAME) from None
    return utils
