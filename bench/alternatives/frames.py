"""Reading and writing with pandas, for the contestants that check a pandas frame."""

import pandas as pd


def read_frame(path, turn):
    """The object as a frame with typed columns; what is of another type becomes missing."""
    file_format = turn["job"]["format"]
    if file_format == "parquet":
        return pd.read_parquet(path)
    if file_format == "csv":
        frame = pd.read_csv(path, dtype=str)
    else:
        frame = pd.read_json(path, lines=True, dtype=False, convert_dates=False)
    for name, column in turn["columns"].items():
        if column["type"] == "timestamp":
            frame[name] = pd.to_datetime(frame[name], format="%Y-%m-%dT%H:%M:%SZ", utc=True, errors="coerce")
        elif column["type"] != "string":
            frame[name] = pd.to_numeric(frame[name], errors="coerce")
    return frame


def write_frames(frame, broken, turn, put, path_of):
    """Writes what is accepted, and what is not with the names of its rules, by index; returns how many there are of each."""
    wrong = frame.index.isin(broken.index)
    good, bad = frame[~wrong], frame[wrong].assign(broken=broken)
    for part, name in ((good, "good.parquet"), (bad, "bad.parquet")):
        part.to_parquet(path_of(name), compression="zstd", index=False)
        put(turn, path_of(name), name)
    return len(good), len(bad)
