"""Which columns of a row are the text, the title and the rest."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.errors import ReadError
from pipeline.readers.record import Record, titled

if TYPE_CHECKING:
    from pipeline.config import FieldsConfig

_SHOWN = 12  # columns that a message names
_DEEPEST = 100  # levels of a value


def record_of(row: Mapping[str, Any], fields: FieldsConfig) -> Record:
    """The record of a row; columns that no field names are kept as metadata. Raises ReadError.

    One of these that is called like a field, such as ``date`` where another column is the date, becomes ``date_``.
    """
    text = row.get(fields.text)
    if not isinstance(text, str):
        raise ReadError(_no_text(row, fields.text))
    described = fields.described()
    named = {fields.text, fields.id, *described.values()}
    left = {f"{key}_" if key in described else key: plain(row[key]) for key in row if key not in named}
    metadata = {name: plain(row.get(key)) if key != fields.text else None for name, key in described.items()}
    metadata["date"] = day(metadata["date"])
    given = row.get(fields.id)
    return Record(
        titled(text, metadata["title"]).replace("\r\n", "\n").replace("\r", "\n"),
        {key: value for key, value in metadata.items() if value not in (None, "")} | left,
        None if given is None else str(given).strip() or None,
    )


def _no_text(row: Mapping[str, Any], field: str) -> str:
    if field in row:
        return f"its field {field!r} holds no text but {type(row[field]).__name__}"
    columns = ", ".join(map(repr, list(row)[:_SHOWN]))
    return f"it has no field {field!r} for the text; name one of {columns} by input.fields.text"


def day(date: Any) -> Any:
    """The day of a point in time; whatever else a date is stays as it is."""
    if not isinstance(date, str) or len(date) <= len("2025-09-26"):
        return date
    try:
        return datetime.datetime.fromisoformat(date).date().isoformat()
    except ValueError:
        return date


def plain(value: Any, level: int = 0) -> Any:
    """A value that JSON has: times in ISO 8601, what it has no form for as words, bytes by their number.

    Raises ReadError for one that is nested too deeply, or holds itself.
    """
    if level > _DEEPEST:
        raise ReadError(f"it holds a value that is nested too deeply (more than {_DEEPEST} levels)")
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(inner, level + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner, level + 1) for inner in value]
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)
