"""The figures of a partition as SQL, for two engines that then compute the same. Pure.

A value becomes a text that does not depend on the engine, the text a hash, and hashes are added up: sums are
the same in any order, and see a row that is there twice. MD5 protects nothing here; both engines have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from emr.shadow.kinds import FLOATS, INTEGERS, TIMES, Kind

FLOAT_DIGITS: Final = 10
"""Significant digits of a floating point number in a hash: cents of a hundred million. The last six or seven
of a double are where two orders of addition differ."""

NO_VALUE: Final = "__HIVE_DEFAULT_PARTITION__"
"""Hive's name of the folder whose column is null."""

_SMALLEST: Final = "1e-290"
"""Numbers nearer to zero are zero: their scale has no reciprocal."""


@dataclass(frozen=True)
class Dialect:
    """What two engines write differently: patterns of an expression `{}`, and of a body over `{x}`.

    Args:
        quote: what stands around a name.
        text: a value as text.
        days: days since 1970 of a date.
        micros: microseconds since 1970 of a time.
        hashed: a hash of a text, in hexadecimal digits.
        number: the first 60 bits of such a hash, as a number.
        whole: a whole number that sums of any length fit in.
        each: a list with a body in the place of each item.
        entries: the entries of a map, as a list.
        sort: a list in order.
        join: a list of texts as one.
        total: the sum of a column, none being nothing.
    """

    quote: str
    text: str
    days: str
    micros: str
    hashed: str
    number: str
    whole: str
    each: str
    entries: str
    sort: str
    join: str
    total: str


DUCKDB: Final = Dialect(
    quote='"',
    text="CAST({} AS VARCHAR)",
    days="date_diff('day', DATE '1970-01-01', {})",
    micros="epoch_us(CAST({} AS TIMESTAMPTZ))",
    hashed="md5({})",
    number="CAST('0x' || substr({}, 1, 15) AS HUGEINT)",
    whole="CAST({} AS HUGEINT)",
    each="list_transform({list}, lambda {x}: {body})",
    entries="map_entries({})",
    sort="list_sort({})",
    join="array_to_string({}, ',')",
    total="sum({})",
)

SPARK: Final = Dialect(
    quote="`",
    # Under ANSI rules a decimal's text has all its digits; else 0.0000001 would be 1E-7.
    text="CAST({} AS STRING)",
    days="unix_date({})",
    micros="unix_micros(CAST({} AS TIMESTAMP))",
    hashed="md5(CAST({} AS BINARY))",
    number="CAST(conv(substr({}, 1, 15), 16, 10) AS DECIMAL(20, 0))",
    whole="CAST({} AS DECIMAL(20, 0))",
    each="transform({list}, {x} -> {body})",
    entries="map_entries({})",
    sort="array_sort({})",
    join="array_join({}, ',')",
    total="try_sum({})",
)


def quoted(name: str, dialect: Dialect) -> str:
    """A column's name in SQL, whatever characters it has.

    Args:
        name: of the column.
        dialect: of the SQL.
    """
    return dialect.quote + name.replace(dialect.quote, dialect.quote * 2) + dialect.quote


def key(column: str, dialect: Dialect) -> str:
    """A partition column's value as its folder is named.

    Args:
        column: its name.
        dialect: of the SQL.
    """
    return f"coalesce({dialect.text.format(quoted(column, dialect))}, '{NO_VALUE}')"


def figures(schema: Mapping[str, Kind], approximate: Iterable[str], dialect: Dialect) -> Mapping[str, str]:
    """Aggregates by alias: `rows`, `digest`, and for the column at position 0 `n0`, `l0`, `h0`, `t0`, `d0`.

    Args:
        schema: the columns to look at.
        approximate: those that are no part of a hash.
        dialect: whose SQL.
    """
    rough = set(approximate)
    # By name, so that a table whose columns stand in another order has rows of the same hash.
    whole_row = " || ".join(
        dialect.hashed.format(_cell(quoted(name, dialect), schema[name], dialect))
        for name in sorted(schema)
        if name not in rough
    )
    found = {"rows": "count(*)", "digest": _digest(whole_row or "''", dialect)}
    for at, (name, kind) in enumerate(schema.items()):
        column = quoted(name, dialect)
        found[f"n{at}"] = f"count(*) - count({column})"
        if kind.is_ordered:
            found |= {f"{alias}{at}": _bound(function, column, kind, dialect)
                      for alias, function in (("l", "min"), ("h", "max"))}  # fmt: skip
        if kind.adds_up:
            found[f"t{at}"] = _total(column, kind, dialect)
        if name not in rough:
            found[f"d{at}"] = _digest(_cell(column, kind, dialect), dialect)
    return found


def _digest(text: str, dialect: Dialect) -> str:
    return dialect.text.format(f"sum({dialect.number.format(dialect.hashed.format(text))})")


def _bound(function: str, column: str, kind: Kind, dialect: Dialect) -> str:
    if kind.name in TIMES:
        return f"{function}({dialect.micros.format(column)})"
    bound = f"{function}({column})"
    return bound if kind.name in FLOATS else dialect.text.format(bound)


def _total(column: str, kind: Kind, dialect: Dialect) -> str:
    if kind.name in FLOATS:
        return f"sum(CAST({column} AS DOUBLE))"
    value = dialect.whole.format(column) if kind.name in INTEGERS else column
    return dialect.text.format(dialect.total.format(value))


def _cell(value: str, kind: Kind, dialect: Dialect, depth: int = 0) -> str:
    """The text of a value, which null has as well: never null itself."""
    return f"CASE WHEN {value} IS NULL THEN 'N' ELSE 'V' || {_text(value, kind, dialect, depth)} END"


def _text(value: str, kind: Kind, dialect: Dialect, depth: int) -> str:
    if kind.name in FLOATS:
        return _float(f"CAST({value} AS DOUBLE)", dialect)
    if kind.name == "date":
        return dialect.text.format(dialect.days.format(value))
    if kind.name in TIMES:
        return dialect.text.format(dialect.micros.format(value))
    if kind.name == "binary":
        return f"hex({value})"
    if kind.fields:
        return _nested(value, kind, dialect, depth)
    return dialect.text.format(value)


def _nested(value: str, kind: Kind, dialect: Dialect, depth: int) -> str:
    """Hashes of the parts, side by side: all have one length, so no text can be read in two ways."""
    variable = f"x{depth}"

    def hashed(part: str, of: str) -> str:
        return dialect.hashed.format(_cell(part, kind.fields[of], dialect, depth + 1))

    if kind.name == "struct":
        return " || ".join(hashed(f"{value}.{quoted(name, dialect)}", name) for name in sorted(kind.fields))
    if kind.name == "array":
        body = hashed(variable, "element")
        return dialect.join.format(dialect.each.format(list=value, x=variable, body=body))
    pair = f"{hashed(f'{variable}.key', 'key')} || {hashed(f'{variable}.value', 'value')}"
    entries = dialect.each.format(list=dialect.entries.format(value), x=variable, body=pair)
    return dialect.join.format(dialect.sort.format(entries))


def _float(value: str, dialect: Dialect) -> str:
    """So many significant digits and an exponent, by operations that IEEE 754 defines to the last bit.

    Engines write and round numbers each in its way, so no cast to text is asked for one.
    """
    limit = f"1e{FLOAT_DIGITS}"
    exponent = f"CAST(floor(log10(abs({value}))) AS INT)"
    shift = f"({FLOAT_DIGITS - 1} - {exponent})"
    scaled = (
        f"floor(CASE WHEN {shift} >= 0 THEN {value} * pow(CAST(10 AS DOUBLE), {shift}) "
        f"ELSE {value} / pow(CAST(10 AS DOUBLE), -{shift}) END + CAST(0.5 AS DOUBLE))"
    )
    mantissa = dialect.text.format(f"CAST({scaled} AS BIGINT)")
    # 9.99999999996 has become 10.00000000, and is written as that number is.
    carried = f"CASE WHEN abs({scaled}) >= {limit} THEN {exponent} + 1 ELSE {exponent} END"
    number = f"trim(TRAILING '0' FROM {mantissa}) || 'E' || {dialect.text.format(carried)}"
    infinite = "CAST('Infinity' AS DOUBLE)"
    return (
        f"CASE WHEN isnan({value}) THEN 'NaN' WHEN {value} = {infinite} THEN 'Infinity' "
        f"WHEN {value} = -{infinite} THEN '-Infinity' WHEN abs({value}) < {_SMALLEST} THEN '0' "
        f"ELSE {number} END"
    )
