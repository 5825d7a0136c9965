"""The job with polars: lazily, its streaming engine reads, checks and writes."""

from turn import get, path_of, put, read_turn, tell

import polars as pl

TYPES = {"string": pl.String, "timestamp": pl.Datetime("us", "UTC"), "integer": pl.Int64, "double": pl.Float64}


def scan(path, file_format, columns):
    if file_format == "parquet":
        return pl.scan_parquet(path)
    texts = {name: pl.String for name in columns}
    if file_format == "csv":
        return pl.scan_csv(path, schema=texts)
    return pl.scan_ndjson(path, schema={name: json_type(column["type"]) for name, column in columns.items()})


def json_type(kind):
    return pl.String if kind in ("string", "timestamp") else TYPES[kind]


def typed(name, kind):
    """The column with its type; what is of another type becomes null."""
    if kind == "timestamp":
        return pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False, time_unit="us", time_zone="UTC")
    return pl.col(name).cast(TYPES[kind], strict=False)


def rules(turn):
    """Every rule by name, as the condition that breaks it."""
    for name, column in turn["columns"].items():
        value = pl.col(name)

        def bound(limit):
            return pl.lit(limit).str.to_datetime(time_zone="UTC") if column["type"] == "timestamp" else pl.lit(limit)

        if not column.get("nullable"):
            yield f"{name}:present", value.is_null()
        if "pattern" in column:
            yield f"{name}:pattern", ~value.str.contains(f"^(?:{column['pattern']})$")
        if "values" in column:
            yield f"{name}:values", ~value.is_in(column["values"])
        if "min" in column:
            yield f"{name}:min", value < bound(column["min"])
        if "max" in column:
            yield f"{name}:max", value > bound(column["max"])
    for rule in turn["rowRules"]:
        left = pl.col(rule["column"])
        broken = left == pl.col(rule["other"]) if rule["operator"] == "<>" else left >= rule["bound"]
        yield rule["name"], broken
    if turn["job"]["unique"]:
        yield "unique", ~pl.col("flight_id").is_first_distinct()


turn = read_turn()
frame = scan(get(turn), turn["job"]["format"], turn["columns"])
schema = frame.collect_schema()
kinds = {name: column["type"] for name, column in turn["columns"].items()}
# What is rejected is written as it came.
came = {name: f"came:{name}" for name, kind in kinds.items() if kind != "string" and schema[name] == pl.String}
frame = frame.with_columns(
    *(pl.col(name).alias(copy) for name, copy in came.items()), *(typed(name, kinds[name]) for name in came)
)
names = [pl.when(broken).then(pl.lit(name)) for name, broken in rules(turn)]
checked = frame.with_columns(broken=pl.concat_str(names, separator="|", ignore_nulls=True))
good, bad = path_of("good.parquet"), path_of("bad.parquet")
pl.collect_all(
    [
        checked.filter(pl.col("broken") == "")
        .drop("broken", *came.values())
        .sink_parquet(good, compression="zstd", lazy=True),
        checked.filter(pl.col("broken") != "")
        .drop(came.keys())
        .rename({copy: name for name, copy in came.items()})
        .sink_parquet(bad, compression="zstd", lazy=True),
    ],
    engine="streaming",
)
for path, name in ((good, "good.parquet"), (bad, "bad.parquet")):
    put(turn, path, name)
tell(*(pl.scan_parquet(path).select(pl.len()).collect().item() for path in (good, bad)))
