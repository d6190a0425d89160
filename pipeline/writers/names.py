"""File names made from document ids."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_MOST = 100  # characters; file systems allow 255 bytes
_DIGEST = 10
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)  # on Windows
_LOOKS_DIGESTED = re.compile(rf".*-[0-9a-f]{{{_DIGEST}}}")


def safe_name(document_id: str) -> str:
    """A name that every file system takes, that stays in its folder and that no other id gets.

    An id of lower-case letters, digits, ``-``, ``_`` and inner points is kept; any other one loses what is not, and
    gets part of its sha256 instead. (File systems that ignore case would take ``A`` and ``a`` for one.)
    """
    plain = unicodedata.normalize("NFKD", document_id).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9._-]+", "-", plain).strip("-.")[:_MOST].rstrip("-.")
    if name and name == document_id and not _RESERVED.fullmatch(name) and not _LOOKS_DIGESTED.fullmatch(name):
        return name
    digest = hashlib.sha256(document_id.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{name.replace('.', '-')}-{digest}" if name else digest
