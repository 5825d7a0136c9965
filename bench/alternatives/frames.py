"""Reading and writing with pandas, for the contestants that check a pandas frame."""

import pandas as pd


def read_frame(path, turn):
    """The object as a frame as it came, and as one with typed columns; what is of another type becomes missing."""
    file_format = turn["job"]["format"]
    if file_format == "parquet":
        frame = pd.read_parquet(path)
        return frame, frame
    if file_format == "csv":
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    else:
        frame = pd.read_json(path, lines=True, dtype=False, convert_dates=False)
    typed = {}
    for name, column in turn["columns"].items():
        if column["type"] == "timestamp":
            typed[name] = pd.to_datetime(frame[name], format="%Y-%m-%dT%H:%M:%SZ", utc=True, errors="coerce")
        elif column["type"] != "string":
            typed[name] = pd.to_numeric(frame[name], errors="coerce")
    return frame, frame.assign(**typed)


def write_frames(came, frame, broken, turn, put, path_of):
    """Writes what is accepted, and what is not as it came with the names of its rules; returns how many there are of each."""
    wrong = frame.index.isin(broken.index)
    good, bad = frame[~wrong], came[wrong].assign(broken=broken)
    for part, name in ((good, "good.parquet"), (bad, "bad.parquet")):
        part.to_parquet(path_of(name), compression="zstd", index=False)
        put(turn, path_of(name), name)
    return len(good), len(bad)
