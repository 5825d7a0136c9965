"""The job with Great Expectations: a suite over a pandas frame, whose complete results name the records that failed."""

import os

os.environ["GX_ANALYTICS_ENABLED"] = "false"

from turn import get, path_of, put, read_turn, tell  # noqa: E402

import great_expectations as gx  # noqa: E402
import great_expectations.expectations as gxe  # noqa: E402
import pandas as pd  # noqa: E402
from frames import read_frame, write_frames  # noqa: E402


def expectations(turn):
    for name, column in turn["columns"].items():
        time = column["type"] == "timestamp"
        if not column.get("nullable"):
            yield gxe.ExpectColumnValuesToNotBeNull(column=name, meta={"rule": f"{name}:present"})
        if "pattern" in column:
            regex = f"^(?:{column['pattern']})$"
            yield gxe.ExpectColumnValuesToMatchRegex(column=name, regex=regex, meta={"rule": f"{name}:pattern"})
        if "values" in column:
            values = column["values"]
            yield gxe.ExpectColumnValuesToBeInSet(column=name, value_set=values, meta={"rule": f"{name}:values"})
        if "min" in column or "max" in column:
            bounds = {f"{key}_value": column[key] for key in ("min", "max") if key in column}
            if time:
                bounds = {key: pd.Timestamp(value).to_pydatetime() for key, value in bounds.items()}
            yield gxe.ExpectColumnValuesToBeBetween(column=name, **bounds, meta={"rule": f"{name}:range"})
    for rule in turn["rowRules"]:
        meta = {"rule": rule["name"]}
        if rule["operator"] == "<>":
            yield gxe.ExpectColumnValuesToBeInSet(column=rule["name"], value_set=[True], meta=meta)
        else:
            yield gxe.ExpectColumnValuesToBeBetween(
                column=rule["column"], max_value=rule["bound"], strict_max=True, meta=meta
            )
    if turn["job"]["unique"]:
        yield gxe.ExpectColumnValuesToBeUnique(column="flight_id", meta={"rule": "unique"})


def validate(frame, turn):
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("bench").add_dataframe_asset("records")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name="rules", expectations=list(expectations(turn)))
    return batch.validate(suite, result_format={"result_format": "COMPLETE", "include_unexpected_rows": False}).results


turn = read_turn()
came, frame = read_frame(get(turn), turn)
# No expectation compares two columns for difference: their comparison is a column of its own.
comparisons = [rule for rule in turn["rowRules"] if rule["operator"] == "<>"]
checked = frame.assign(**{rule["name"]: frame[rule["column"]] != frame[rule["other"]] for rule in comparisons})
pairs = []
for result in validate(checked, turn):
    if result.exception_info.get("raised_exception"):
        raise RuntimeError(result.exception_info)
    rule = result.expectation_config.meta["rule"]
    index = pd.Index(result.result.get("unexpected_index_list") or [])
    if rule == "unique" and len(index) > 0:
        # All records of a key are named; the first one is kept.
        index = index[frame.loc[index, "flight_id"].duplicated(keep="first").to_numpy()]
    pairs.append(pd.Series(rule, index=index, dtype=object))
named = pd.concat(pairs)
broken = named.groupby(level=0).agg("|".join)
tell(*write_frames(came, frame, broken, turn, put, path_of))
