"""The job with pandas, checked by a pandera schema that collects all failures."""

from turn import get, path_of, put, read_turn, tell

import pandas as pd
import pandera.pandas as pa
from frames import read_frame, write_frames


def schema_of(turn):
    columns = {}
    for name, column in turn["columns"].items():
        checks = []
        time = column["type"] == "timestamp"
        if "pattern" in column:
            checks.append(pa.Check.str_matches(f"^(?:{column['pattern']})$", name=f"{name}:pattern"))
        if "values" in column:
            checks.append(pa.Check.isin(column["values"], name=f"{name}:values"))
        if "min" in column:
            bound = pd.Timestamp(column["min"]) if time else column["min"]
            checks.append(pa.Check.ge(bound, name=f"{name}:min"))
        if "max" in column:
            bound = pd.Timestamp(column["max"]) if time else column["max"]
            checks.append(pa.Check.le(bound, name=f"{name}:max"))
        columns[name] = pa.Column(checks=checks, nullable=column.get("nullable", False))
    return pa.DataFrameSchema(
        columns,
        checks=[row_check(rule) for rule in turn["rowRules"]],
        unique=["flight_id"] if turn["job"]["unique"] else None,
        report_duplicates="exclude_first",
    )


def row_check(rule):
    if rule["operator"] == "<>":
        return pa.Check(lambda frame: frame[rule["column"]] != frame[rule["other"]], name=rule["name"])
    return pa.Check(lambda frame: frame[rule["column"]] < rule["bound"], name=rule["name"])


turn = read_turn()
came, frame = read_frame(get(turn), turn)
broken = pd.Series(dtype=str)
try:
    schema_of(turn).validate(frame, lazy=True)
except pa.errors.SchemaErrors as errors:
    failures = errors.failure_cases.dropna(subset=["index"])
    # A failure of the whole record is told once per column.
    whole = failures["schema_context"] == "DataFrameSchema"
    names = failures["check"].astype(str).where(whole, failures["column"].astype(str) + ":" + failures["check"].astype(str))
    pairs = pd.DataFrame({"index": failures["index"].astype("int64"), "name": names}).drop_duplicates()
    broken = pairs.groupby("index")["name"].agg("|".join)
good, bad = write_frames(came, frame, broken, turn, put, path_of)
tell(good, bad)
