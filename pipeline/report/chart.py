"""Stacked bars as SVG, whose parts can be links; colours come from the page's style."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup, escape

from pipeline.document import Label
from pipeline.report.view import VERBS

_WIDTH, _NAMES, _ROW, _BAR = 760, 220, 28, 20  # pixels
_LONGEST = 30  # characters of a name
_LEAST = 5  # a count that a whole bar stands for, so that one stance does not look like many
Counts = Mapping[Label, int]


def bars(title: str, rows: Sequence[tuple[str, Counts]], href: Callable[[str, Label], str | None]) -> Markup:
    """One bar a row, with a part for each label as long as its count; ``href`` says where a part leads, if it does."""
    most = max((sum(counts.values()) for _, counts in rows), default=0)
    scale = (_WIDTH - _NAMES - 50) / max(_LEAST, most)
    height = _ROW * len(rows) + 4
    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" role="group" aria-label="{}">').format(_WIDTH, height, title)
    ]
    for number, (name, counts) in enumerate(rows):
        top, left = number * _ROW + 2, float(_NAMES)
        short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="end"><title>{}</title>{}</text>').format(
                _NAMES - 8, top + _BAR - 5, name, short
            )
        )
        for label in VERBS:
            if not (count := counts.get(label, 0)):
                continue
            width = count * scale
            words = f"{name}, {VERBS[label]}: {count}"
            part = Markup(
                '<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"><title>{}</title></rect>'
            ).format(label, left, top, max(1.0, width - 1), _BAR, words)
            if link := href(name, label):
                part = Markup('<a href="{}" aria-label="{}">{}</a>').format(link, words, part)
            parts.append(part)
            left += width
        parts.append(
            Markup('<text class="total" x="{:.1f}" y="{}">{}</text>').format(
                left + 6, top + _BAR - 5, sum(counts.values())
            )
        )
    return Markup("\n").join([*parts, Markup("</svg>")]) if rows else escape("")
