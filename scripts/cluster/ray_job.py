#!/usr/bin/env python3
"""Converts a corpus on a Ray cluster: Ray Data, with `steer2reg` as a filter for each block of lines.

    python3 scripts/cluster/ray_job.py train.jsonl train.regression.jsonl

The file is cut into byte ranges, and a task owns the lines that begin in its range. So IN must be there under
the same path on every machine (a shared file system), and only here for OUT, which gets its name when it is
complete. `steer2reg` must be on the path of every machine, or where --tool says. A record that is refused fails
the job with the tool's message.
"""

import argparse
import os
import subprocess
import sys

import ray


def lines_that_begin_in(path, start, end):
    with open(path, "rb") as file:
        if start > 0:  # the rest of the line before, of which the range may begin with the line feed only
            file.seek(start - 1)
            file.readline()
        lines = file.read(max(0, end - file.tell()))
        return lines if lines.endswith(b"\n") or not lines else lines + file.readline()


def converter(path, tool):
    command = [tool, "-i", "-", "-o", "-", "--threads", "1", "--quiet"]

    def convert(ranges):
        rows = []
        for start, end in zip(ranges["start"], ranges["end"]):
            lines = lines_that_begin_in(path, int(start), int(end))
            ran = subprocess.run(command, input=lines, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if ran.returncode != 0:
                message = ran.stderr.decode("utf-8", "replace")
                raise RuntimeError(f"{path}, lines from byte {start}: status {ran.returncode}: {message}")
            rows.append(ran.stdout)
        return {"rows": rows}

    return convert


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("input", metavar="IN", help="a file of conversations, not compressed")
    arguments.add_argument("output", metavar="OUT", help="the rows, in the order of the input")
    arguments.add_argument("--tool", default="steer2reg", help="the command on the machines (default: %(default)s)")
    arguments.add_argument("--block", type=int, default=32 << 20, help="bytes for each task (default: %(default)s)")
    arguments = arguments.parse_args()

    ray.init()  # the cluster of RAY_ADDRESS, or one on this machine
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    path, block = os.path.abspath(arguments.input), arguments.block
    size = os.path.getsize(path)
    ranges = [{"start": start, "end": min(start + block, size)} for start in range(0, size, block)]
    # Without any range the types of the columns are not known, and there is nothing to do.
    blocks = ray.data.from_items(ranges, override_num_blocks=len(ranges)) if ranges else None

    temporary = arguments.output + ".tmp"
    try:
        with open(temporary, "wb") as out:
            if blocks:
                for row in blocks.map_batches(converter(path, arguments.tool), batch_size=1).iter_rows():
                    out.write(row["rows"])
        os.replace(temporary, arguments.output)
    except BaseException:
        os.unlink(temporary)
        raise
    nodes = sum(node["Alive"] for node in ray.nodes())
    print(f"Ray {ray.__version__}, {len(ranges)} blocks, {nodes} nodes")


if __name__ == "__main__":
    main()
