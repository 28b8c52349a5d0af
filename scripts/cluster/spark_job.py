#!/usr/bin/env python3
"""Converts a corpus on a Spark cluster: `RDD.pipe` with `steer2reg` as a filter.

    spark-submit --master spark://HOST:7077 scripts/cluster/spark_job.py hdfs:///train.jsonl hdfs:///train.regression

OUT becomes a folder. Its part files, concatenated in the order of their names, are the rows of one plain run.
`steer2reg` must be on the path of every worker, or where --tool says. A record that is refused fails the job.

Lines are taken from the DataFrame reader, because `SparkContext.textFile` replaces bytes that are not UTF-8
before anybody sees them, and takes a lone CR for the end of a line.
"""

import argparse
import shlex
import sys

from pyspark.sql import SparkSession


def text(line):
    """The line as `RDD.pipe` wants it, which writes text as UTF-8 and would wait for ever if that failed.

    A line that is no UTF-8 gets a beginning that is no JSON either, so that the tool refuses it and shows it."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"{error}: {line.decode('utf-8', 'backslashreplace')}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("input", metavar="IN", help="one file of conversations, not compressed")
    arguments.add_argument("output", metavar="OUT", help="a folder that is not there yet")
    arguments.add_argument("--tool", default="steer2reg", help="the command on the workers (default: %(default)s)")
    arguments = arguments.parse_args()

    spark = SparkSession.builder.appName("steer2reg").getOrCreate()
    lines = spark.read.text(arguments.input, lineSep="\n")
    if len(lines.inputFiles()) != 1:
        sys.exit(f"{arguments.input} is not one file: Spark would order the parts of several by their size")
    lines = lines.selectExpr("cast(value as binary) as line").rdd.map(lambda row: text(bytes(row.line)))
    command = shlex.join([arguments.tool, "-i", "-", "-o", "-", "--threads", "1", "--quiet"])
    rows = lines.pipe(command, checkCode=True)
    rows.saveAsTextFile(arguments.output)
    print(f"Spark {spark.version}, {rows.getNumPartitions()} partitions, {spark.sparkContext.master}")
    spark.stop()


if __name__ == "__main__":
    main()
