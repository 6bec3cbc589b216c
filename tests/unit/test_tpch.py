"""Answers of two engines are compared as numbers where both are, and as they stand otherwise."""

from __future__ import annotations

from tests.support.tpch import differences

ROW = ["A", 1, "37734107.00", 25.522, None, "1995-03-15"]


def test_equal_answers_have_no_difference() -> None:
    assert differences([ROW], [["A", 1.0, 37734107, "25.522000", None, "1995-03-15"]]) == []


def test_an_average_may_end_at_its_sixth_place() -> None:
    assert differences([[0.04994]], [["0.0499404"]]) == []
    assert differences([[0.04994]], [["0.049943"]]) == ["['0.049943'] instead of [0.04994]"]


def test_other_values_rows_and_orders_differ() -> None:
    assert differences([["a"]], [["b"]]) == ["['b'] instead of ['a']"]
    assert differences([[None]], [[0]]) == ["[0] instead of [None]"]
    assert differences([[1, 2]], [[1]]) == ["[1] instead of [1, 2]"]
    assert differences([[1], [2]], [[1]]) == ["1 rows instead of 2"]
    assert len(differences([[1], [2]], [[2], [1]])) == 2
