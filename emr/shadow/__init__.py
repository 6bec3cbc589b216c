"""Two outputs of the same job, compared by partition: what EMR wrote, and what this platform wrote.

    tables on disk or in S3  -> fingerprint (by DuckDB here, by Spark in a job: the same figures)
    two fingerprints         -> differences
    differences              -> one screen of text, or JSON

Byte equality is the wrong bar: file counts, order of rows and compression differ between two good runs.
What also runs in a driver needs the standard library alone: `bundle` lists it.
"""
