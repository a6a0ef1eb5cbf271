"""Where the marks of a chart stand."""

from decimal import Decimal

import pytest

from exportctl.charts import FLOOR, TOP, Series, columns

ONE = [Series("Closed")]


@pytest.mark.parametrize(
    ("highest", "labels"),
    [
        (55, ["0", "20", "40", "60"]),
        (5, ["0", "1", "2", "3", "4", "5"]),
        (0, ["0", "1"]),
        (1200, ["0", "500", "1,000", "1,500"]),
    ],
)
def test_columns_has_round_ticks_above_the_highest(highest, labels):
    chart = columns(rows=[("Feb", [highest])], series=ONE)
    assert [tick.label for tick in chart.ticks] == labels
    assert Decimal(chart.ticks[0].y) == FLOOR
    assert Decimal(chart.ticks[-1].y) == TOP


def test_columns_stack_without_gaps():
    chart = columns(rows=[("Feb", [22, 14, 9])], series=[Series("A"), Series("B"), Series("C")])
    marks = chart.bars[0].marks
    edge = Decimal(FLOOR)
    for mark in marks:
        assert abs(Decimal(mark.y) + Decimal(mark.height) - edge) <= Decimal("0.1")
        edge = Decimal(mark.y)
    assert chart.bars[0].total == "45"
    assert (chart.sums, chart.total) == (("22", "14", "9"), "45")


def test_columns_leave_out_nothing_values():
    chart = columns(rows=[("Feb", [0, 3])], series=[Series("A"), Series("B")])
    assert [mark.place for mark in chart.bars[0].marks] == [1]
    assert chart.bars[0].values == ("0", "3")


def test_columns_of_no_rows_is_an_empty_chart():
    chart = columns(rows=[], series=ONE)
    assert (chart.bars, chart.total) == ((), "0")


@pytest.mark.parametrize("values", [[1, 2], [], [-1]])
def test_columns_refuses_other_values(values):
    with pytest.raises(ValueError, match="Feb"):
        columns(rows=[("Feb", values)], series=ONE)
