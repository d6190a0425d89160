"""English of the briefs: dates, quotation marks, key figures."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.writers.english import figures, paired_quotes, spelt_date


@pytest.mark.parametrize(
    ("text", "spelt"), [("2025-09-06", "6 September 2025"), ("2025", "2025"), ("", ""), ("2025-13-01", "2025-13-01")]
)
def test_dates(text: str, spelt: str) -> None:
    assert spelt_date(text) == spelt


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("”We bought it”, he says.", "“We bought it”, he says."),
        ('He says: "We bought it."', "He says: “We bought it.”"),
        ("Then choose the Model Y.”", "Then choose the Model Y."),
        ("“We bought three of them.", "We bought three of them."),
        ("It is”, he says, “a good car.”", "It is, he says, “a good car.”"),
        ("A car of 5'10.", "A car of 5'10."),
    ],
)
def test_quotes_are_paired(text: str, tidy: str) -> None:
    assert paired_quotes(text) == tidy


@given(st.text(alphabet='ab “”"„.', max_size=30))
def test_any_text_has_paired_quotes(text: str) -> None:
    tidy = paired_quotes(text)
    assert tidy.count("“") == tidy.count("”")
    assert re.sub(r"[“”„\"]", "", text).strip() == re.sub(r"[“”]", "", tidy).strip()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It costs $47,990 and 12% more.", ["$47,990", "12%"]),
        ("In 2026 the YU7 sold 1.5 million cars in 3 days.", ["1.5 million cars", "3 days"]),
        ("The 3 Series of 2024 beat the Model 3.", []),
        ("About 10,000 came.", ["10,000"]),
        ("It does 835 km, or 211 hp.", ["835 km", "211 hp"]),
        ("It costs €2.5bn, not €3 bn; a $1.5-billion deal", ["€2.5bn", "€3 bn"]),
        ("He ran 27:45 minutes at 20:30 hours for 12 000 euros.", []),
        ("By 2030 people will drive Formula 1 cars.", []),
        ("In 2025 10,000 dealers had 5 million euros.", ["10,000", "5 million euros"]),
    ],
)
def test_figures(text: str, found: list[str]) -> None:
    assert figures(text) == found
