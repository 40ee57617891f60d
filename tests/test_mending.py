"""A fix stands in the code of a broken variant as a diff does."""

import pytest

from losses.source.mending import as_written, changed_lines, changes, mended

TEXT = """\
def loss(y_true, y_pred):
    # + y_true = y_true[..., None]
    axes = (1, 2, 3)  # -
    # + axes = (1, 2)
    total = (
        y_true  # a word
        + y_pred  # -
        # + - y_pred
    )
    print(total)  # -
    return total\
"""


def test_the_broken_code_is_what_stands_there_without_the_marks():
    assert (
        as_written(TEXT)
        == """\
def loss(y_true, y_pred):
    axes = (1, 2, 3)
    total = (
        y_true  # a word
        + y_pred
    )
    print(total)
    return total\
"""
    )


def test_mended_it_has_other_lines():
    assert (
        mended(TEXT)
        == """\
def loss(y_true, y_pred):
    y_true = y_true[..., None]
    axes = (1, 2)
    total = (
        y_true  # a word
        - y_pred
    )
    return total\
"""
    )


def test_a_line_in_the_place_of_another_is_one_change():
    assert changes(TEXT) == [
        (
            ["    axes = (1, 2, 3)"],
            ["    y_true = y_true[..., None]", "    axes = (1, 2)"],
        ),
        (["        + y_pred"], ["        - y_pred"]),
        (["    print(total)"], []),
    ]
    assert changed_lines(as_written(TEXT), mended(TEXT)) == 4
    assert changes("x = 1") == []


@pytest.mark.parametrize(
    "line",
    ["x = 1 # -", "x = 1  #-", "#+ x = 1", "#  + x = 1", "x = 1  # + x = 2", "# -"],
)
def test_a_mark_that_is_nearly_one_is_refused(line):
    with pytest.raises(ValueError, match="take out"):
        changes(line)


@pytest.mark.parametrize(
    "line", ["x = 1  # -1 is void", "# +1 and -1", "x = 1  # a - b"]
)
def test_other_comments_are_no_marks(line):
    assert changes(line) == []
    assert as_written(line) == mended(line) == line
