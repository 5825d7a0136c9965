"""The job with PySpark in local mode, one thread."""

import glob
import os
import tempfile

# Nothing listens beyond this machine.
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"

from turn import get, path_of, put, read_turn, tell  # noqa: E402

from pyspark import StorageLevel  # noqa: E402
from pyspark.sql import SparkSession, Window, functions as F  # noqa: E402
from pyspark.sql.types import DoubleType, IntegerType, StringType, StructField, StructType  # noqa: E402

TYPES = {"integer": "int", "double": "double"}


def read(spark, path, turn):
    file_format = turn["job"]["format"]
    if file_format == "parquet":
        return spark.read.parquet(path)
    if file_format == "csv":
        return spark.read.csv(path, header=True, schema=StructType([StructField(c, StringType()) for c in turn["columns"]]))
    of = {"integer": IntegerType(), "double": DoubleType()}
    fields = [StructField(name, of.get(column["type"], StringType())) for name, column in turn["columns"].items()]
    return spark.read.json(path, schema=StructType(fields))


def typed(name, kind):
    """The column with its type; what is of another type becomes null."""
    if kind == "timestamp":
        return F.try_to_timestamp(F.col(name), F.lit("yyyy-MM-dd'T'HH:mm:ssX"))
    return F.col(name).try_cast(TYPES[kind])


def rules(turn):
    """Every rule by name, as the condition that breaks it."""
    for name, column in turn["columns"].items():
        value = F.col(name)
        time = column["type"] == "timestamp"
        if not column.get("nullable"):
            yield f"{name}:present", value.isNull()
        if "pattern" in column:
            yield f"{name}:pattern", ~value.rlike(f"^(?:{column['pattern']})$")
        if "values" in column:
            yield f"{name}:values", ~value.isin(column["values"])
        if "min" in column:
            yield f"{name}:min", value < (F.to_timestamp(F.lit(column["min"])) if time else column["min"])
        if "max" in column:
            yield f"{name}:max", value > (F.to_timestamp(F.lit(column["max"])) if time else column["max"])
    for rule in turn["rowRules"]:
        left = F.col(rule["column"])
        yield rule["name"], left == F.col(rule["other"]) if rule["operator"] == "<>" else left >= rule["bound"]
    if turn["job"]["unique"]:
        yield "unique", F.col("nth") > 1


turn = read_turn()
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.driver.memory", "8g")
    .config("spark.sql.shuffle.partitions", "8")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.ui.enabled", "false")
    .config("spark.local.dir", tempfile.gettempdir())
    .config("spark.driver.extraJavaOptions", f"-Djava.io.tmpdir={tempfile.gettempdir()}")
    .config("spark.log.level", "ERROR")
    .getOrCreate()
)
frame = read(spark, get(turn), turn)
kinds = {name: column["type"] for name, column in turn["columns"].items()}
texts = [name for name in kinds if frame.schema[name].dataType == StringType()]
# What is rejected is written as it came.
came = {name: f"came_{name}" for name in texts if kinds[name] != "string"}
frame = frame.withColumns({copy: F.col(name) for name, copy in came.items()})
frame = frame.withColumns({name: typed(name, kinds[name]) for name in came})
if turn["job"]["unique"]:
    # Of one file the ids rise with its lines.
    first = Window.partitionBy("flight_id").orderBy("line")
    frame = frame.withColumn("line", F.monotonically_increasing_id()).withColumn("nth", F.row_number().over(first))
broken = F.concat_ws("|", *[F.when(condition, F.lit(name)) for name, condition in rules(turn)])
checked = frame.withColumn("broken", broken).drop("line", "nth").persist(StorageLevel.MEMORY_AND_DISK)
parts = {
    "good": checked.filter("broken = ''").drop("broken", *came.values()),
    "bad": checked.filter("broken <> ''").drop(*came).withColumnsRenamed({copy: name for name, copy in came.items()}),
}
for name, part in parts.items():
    part.write.parquet(path_of(name), compression="zstd")
    for number, file in enumerate(sorted(glob.glob(os.path.join(path_of(name), "part-*")))):
        put(turn, file, f"{name}/{number}.parquet")
tell(*(spark.read.parquet(path_of(name)).count() for name in parts))
