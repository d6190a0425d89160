"""The mapping on disk does what a dict does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import OutputError
from pipeline.ondisk import Table

KEYS = st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=3)


@given(st.lists(st.tuples(st.sampled_from(["set", "del", "get"]), KEYS, KEYS)))
def test_like_a_dict(steps: list[tuple[str, str, str]]) -> None:
    table, model = Table(), {}
    for what, key, value in steps:
        if what == "set":
            table[key] = model[key] = value
        elif what == "del" and key in model:
            del table[key], model[key]
        assert table.get(key) == model.get(key)
        assert (key in table) == (key in model)
    assert list(table.items()) == list(model.items())
    assert len(table) == len(model)


def test_a_full_disk_is_one_line() -> None:
    table = Table()
    table._database.execute("PRAGMA max_page_count = 4")
    with pytest.raises(OutputError, match=r"no room for temporary files .*SQLITE_TMPDIR"):
        table.update({str(number): "x" * 1_000 for number in range(100)})


def test_what_is_not_there() -> None:
    with pytest.raises(KeyError):
        Table()["a"]
    with pytest.raises(KeyError):
        del Table()["a"]
