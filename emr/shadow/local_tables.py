"""Fingerprints on this machine: Arrow reads, DuckDB adds up, neither holds the table in memory."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.dataset as pa_dataset
import pyarrow.json as pa_json

from emr.shadow import assemble, folders
from emr.shadow.arrow_kinds import of_arrow
from emr.shadow.expressions import DUCKDB, NO_VALUE
from emr.shadow.fingerprint import Fingerprint, Options
from emr.shadow.places import Place

CSV_DELIMITER = ","


def fingerprint(
    place: Place,
    *,
    format: str | None = None,  # noqa: A002 - Spark's own word
    options: Options = Options(),  # noqa: B008 - frozen
    header: bool = True,
    delimiter: str = CSV_DELIMITER,
) -> Fingerprint:
    """Compute the figures of one output.

    Args:
        place: its folder.
        format: one of `folders.FORMATS`; None to tell it by the files' names.
        options: which columns to treat how.
        header: whether a CSV file's first line names its columns; else they are `_c0`, `_c1`, as in Spark.
        delimiter: of CSV.

    Raises:
        ValueError: the place holds no table, or of an unknown format, or can't be read, or an option names an
            unknown column.
    """
    files = place.files()
    layout = folders.layout(files)
    known = format or layout.format
    if known is None and layout.data:
        raise ValueError(f"{place.name}: {folders.unknown(layout)}")
    if known != "iceberg" and not layout.data:
        return assemble.fingerprint(place.name, known, {}, (), options, (), layout)
    try:
        if known == "iceberg":
            from emr.shadow import iceberg

            reader = iceberg.read(place, files)
        else:
            reader = _read(place, layout, str(known), header=header, delimiter=delimiter)
        return _figures(place, known, reader, layout, options)
    except (pa.ArrowException, OSError, duckdb.Error) as error:
        raise ValueError(f"{place.name} can't be read as {known}: {error}") from error


def _figures(
    place: Place, known: str | None, reader: Any, layout: folders.Layout, options: Options
) -> Fingerprint:
    schema = {field.name: of_arrow(field.type) for field in reader.schema}
    by = options.by or layout.partitioned_by
    sql = assemble.query("shadow_table", schema, by, options, DUCKDB)
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")  # else times without a zone are taken for this machine's
        engine.register("shadow_table", reader)
        answer = engine.execute(sql)
        names = [each[0] for each in answer.description]
        answers = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    return assemble.fingerprint(place.name, known, schema, by, options, answers, layout)


def _read(place: Place, layout: folders.Layout, known: str, *, header: bool, delimiter: str) -> Any:
    """All rows with the folders' columns, batch by batch."""
    paths = [f"{place.path}/{file.path}" for file in layout.data if file.size]
    folder_columns = pa.schema([(column, pa.string()) for column in layout.partitioned_by])
    schema = None
    if known == "csv":
        reading = _csv(place, paths, header=header, delimiter=delimiter)
    elif known == "json":
        schema = _json_schema(place, paths)
        reading = pa_dataset.JsonFileFormat(parse_options=pa_json.ParseOptions(explicit_schema=schema))
    else:
        reading = _FORMATS[known]()
    factory = pa_dataset.FileSystemDatasetFactory(
        place.system,
        paths,
        reading,
        pa_dataset.FileSystemFactoryOptions(
            partition_base_dir=place.path,
            partitioning=pa_dataset.HivePartitioning(folder_columns, null_fallback=NO_VALUE),
        ),
    )
    # Of every file: one that has a column more, or a wider type, is read as Spark reads it with mergeSchema.
    found = factory.inspect(promote_options="permissive", fragments=len(paths))
    whole = pa.schema([*schema, *folder_columns]) if schema else found
    return factory.finish(whole).scanner(use_threads=True).to_reader()


_FORMATS: dict[str, Any] = {
    "parquet": pa_dataset.ParquetFileFormat,
    "orc": pa_dataset.OrcFileFormat,
}


def _csv(place: Place, paths: list[str], *, header: bool, delimiter: str) -> Any:
    """A format in which every column is text: CSV has no types, and its readers guess differently."""
    parsing = pa_csv.ParseOptions(delimiter=delimiter)
    names: list[str] = []
    for path in paths:
        with place.system.open_input_stream(path) as stream:
            first = pa_csv.open_csv(stream, parse_options=parsing).schema.names
        found = first if header else [f"_c{at}" for at in range(len(first))]
        names += [each for each in found if each not in names]
    return pa_dataset.CsvFileFormat(
        parse_options=parsing,
        read_options=pa_csv.ReadOptions(column_names=None if header else names),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _json_schema(place: Place, paths: list[str]) -> Any:
    """The types of all files together, as Spark infers them: by name, and times are text."""
    schemas = []
    for path in paths:
        with place.system.open_input_stream(path) as stream:
            found = pa_json.read_json(stream).schema
        fields = [pa.field(each.name, _as_spark_infers(each.type)) for each in found]
        schemas.append(pa.schema(fields))
    merged = pa.unify_schemas(schemas, promote_options="permissive")
    return pa.schema(sorted(merged, key=lambda field: field.name))


def _as_spark_infers(of: Any) -> Any:
    if pa.types.is_timestamp(of):
        return pa.string()
    if pa.types.is_list(of):
        return pa.list_(_as_spark_infers(of.value_type))
    if pa.types.is_struct(of):
        fields = [pa.field(each.name, _as_spark_infers(each.type)) for each in of]
        return pa.struct(sorted(fields, key=lambda field: field.name))
    return of
