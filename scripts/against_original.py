#!/usr/bin/env python3
"""Tries steer2reg against the original on random inputs, and compares byte by byte.

    scripts/against_original.py CHECKOUT [SECONDS] [SEED] [--tool target/release/steer2reg] [--jobs N]

CHECKOUT is your checkout of NVIDIA's NeMo-Aligner. Inputs of every schema are made at random, also broken at byte level,
and inputs of numbers alone. Each is converted in several ways (threads, chunks, map, pipe, gzip, zstd, shards, several
inputs, both parsers), and by the original's own functions. Rows must be the original's. What is refused must be what
the tables of docs/guarantees.md say, with its kind, line and byte, and so must be what is read where the original fails
(against_original/contract.py has those tables once more).

Pairs, weighted scores and HelpSteer3 are unknown to the original: their bytes and counts are compared with what CPython
makes of them (against_original/pairs.py).

Input number N depends on the seed and N alone: `--file N` runs it again. Differences are written to --reports with a
small input that makes them; the status is 1 if there are any. Only Python's standard library is needed.
"""

import argparse
import collections
import dataclasses
import itertools
import json
import multiprocessing
import random
import sys
import tempfile
import threading
import time

from against_original import files, pairs, reports, trial, verdicts, ways
from against_original.original import Failure, Lifted, Original

STACK = 512 << 20  # bytes, for nesting beyond Python's usual limit
PLAIN = [schema for schema in verdicts.SCHEMAS if not schema.flags()]
PARTS = ["inputs", "records", "rows", "numbers", "ways", "reasons", "checks", "differences"]

# Two responses to compare, and the strength of the preference.
RESPONSES = {
    "helpsteer2-preference": ["response_1", "response_2", "preference_strength"],
    "helpsteer3": ["response1", "response2", "overall_preference"],
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout")
    parser.add_argument("seconds", nargs="?", type=float, default=60)
    parser.add_argument("seed", nargs="?", default="0")
    parser.add_argument("--tool", default="target/release/steer2reg")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", choices=["records", "numbers", "pairs"])
    parser.add_argument("--file", type=int, help="this input only")
    parser.add_argument("--reports", help="a folder for differences [default: one in the folder for temporary files]")
    args = parser.parse_args()
    args.reports = args.reports or tempfile.mkdtemp(prefix="against_original.")
    return args


class Job:
    """Every N-th input, one after the other."""

    def __init__(self, args, number):
        self.args, self.number = args, number
        self.tally = {part: collections.Counter() for part in PARTS}
        self.original = Original(args.checkout)
        self.index = None

    def run(self):
        end = time.monotonic() + self.args.seconds
        said = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="against_original.") as folder:
            tool = ways.Tool(self.args.tool, folder)
            written = reports.Reports(self.args.reports, self.tally, lambda: str(self.index))
            wanted = itertools.count(self.number, self.args.jobs) if self.args.file is None else [self.args.file]
            for self.index in wanted:
                if time.monotonic() > end:
                    break
                self.one_input(tool, written)
                if self.number == 0 and time.monotonic() > said + 60:
                    said = time.monotonic()
                    counts = [sum(self.tally[part].values()) for part in ["inputs", "records", "differences"]]
                    print("... job 1: {:,} inputs, {:,} records, {:,} differences".format(*counts), flush=True)
        return self.tally

    def one_input(self, tool, written):
        rng = random.Random(f"{self.args.seed} {self.index}")
        what = self.args.only or rng.choice(["records", "records", "numbers", "pairs", "pairs"])
        if what == "numbers":
            schema = rng.choice(PLAIN + PLAIN[:2] * 2 + verdicts.OF_NUMBERS)
            content, count = files.numbers(rng, schema.name, 50_000)
            self.tally["numbers"][schema.name] += count
        else:
            schema = rng.choice(verdicts.SCHEMAS + verdicts.SCHEMAS[:1] * 4)
            schema = verdicts.any_options(rng) if what == "pairs" else schema
            content = files.records(rng, schema.name)
        tried = trial.Trial(self.original, tool, schema, self.tally, written)
        lines = tried.run(content, rng, many=0 if what == "numbers" else 4)
        if rng.random() < 0.3:
            tried.run_to_first_refusal(content, rng)
        if schema.options:
            self.by_the_second_script(lines)
            others = [dataclasses.replace(schema, name=name) for name in RESPONSES if name != schema.name]
            is_general = schema.name in RESPONSES and not schema.options.split and schema.options.system != "record"
            if is_general and rng.random() < 0.1:
                self.with_another(tried, rng.choice(others), content, rng, tool, written)
            return
        if what == "records" and not schema.flags() and rng.random() < 0.1:
            other = rng.choice([other for other in PLAIN if other != schema])
            self.with_another(tried, other, content, rng, tool, written)
        if rng.random() < 0.2:
            self.whole_file(tried, lines, tool.folder)
        if schema == verdicts.Schema("helpsteer"):
            self.both_scripts(lines)

    def with_another(self, tried, other, content, rng, tool, written):
        """An input of this schema and one of another in one run."""
        second = trial.Trial(self.original, tool, other, self.tally, written)
        tried.run_with(second, content, files.records(rng, other.name))

    def whole_file(self, tried, lines, folder):
        """Holds the original's functions, called record by record, to its own way by files."""
        valid = [line for line in lines if line.verdict.rows is not None and not line.verdict.kinds]
        # Its own reader ends lines at a lone CR, too.
        valid = [line for line in valid if not line.verdict.reasons and b"\r" not in line.text.removesuffix(b"\r")]
        rows = self.original.whole_file(tried.schema, [line.text for line in valid], folder)
        wanted = [row + b"\n" for line in valid for row in line.verdict.rows]
        self.tally["checks"]["whole inputs through the original's files"] += 1
        assert rows == wanted, "the original by way of files and by way of functions"

    def by_the_second_script(self, lines):
        """Holds `pairs` to the second script of the original, where that can write the rows."""
        for line in lines[:200]:
            record, name = line.verdict.record, line.schema.name
            # The strength of another split is not read.
            if record is None or name not in RESPONSES or line.schema.options.split:
                continue
            first, second, strength = (record[key] for key in RESPONSES[name])
            context = pairs.context_of(name, record, splits=False)
            turns = [{"from": role.capitalize(), "value": text, "label": None} for role, text in context]
            with Lifted():
                label, rows = pairs.label_of([("quality", strength)]), []
                for response in [first, second]:
                    answer = {"from": "Assistant", "value": response, "label": label}
                    rows += self.original.rows_of_conversation({"conversations": [*turns, answer], "mask": "User"})
                made, _ = pairs.convert(name, pairs.Options(), [record])
            assert rows == [row.encode() for row in made], line.text
            self.tally["checks"]["rows of two responses: the second script writes the same"] += 1

    def both_scripts(self, lines):
        """Counts on which HelpSteer records the two scripts of the original, for HelpSteer 1 and 2, do not agree."""
        for line in lines[:200]:
            if not line.verdict.rows or line.verdict.kinds or line.verdict.reasons:
                continue
            record = json.loads(line.text)
            given = [name for name in self.original.attributes if name in record]
            if given == list(self.original.attributes[4:]):
                assert self.original.rows_by_helpsteer1(record) == line.verdict.rows, line.text
                self.tally["checks"]["HelpSteer records with its five scores: both scripts give the same"] += 1
                continue
            try:
                is_same = self.original.rows_by_helpsteer1(record) == line.verdict.rows
                self.tally["checks"][f"HelpSteer records with others: scripts {'agree' if is_same else 'differ'}"] += 1
            except Failure:
                self.tally["checks"]["HelpSteer records without one of the five: the script for HelpSteer 1 fails"] += 1


def work(given):
    """A job in a thread with a large stack."""
    threading.stack_size(STACK)
    done = []
    thread = threading.Thread(target=lambda: done.append(Job(*given).run()))
    thread.start()
    thread.join()
    if not done:
        raise RuntimeError("a job ended by the error above")
    return done[0]


def main():
    args = arguments()
    print(f"seed {args.seed}, {args.seconds:.0f} s, jobs: {args.jobs}; differences go to {args.reports}", flush=True)
    started = time.monotonic()
    jobs = 1 if args.file is not None else args.jobs
    with multiprocessing.Pool(jobs) as pool:
        tallies = pool.map(work, [(args, number) for number in range(jobs)], chunksize=1)
    tally = {part: sum((one[part] for one in tallies), collections.Counter()) for part in PARTS}
    for part in PARTS:
        print(f"{part}: {sum(tally[part].values()):,}")
        for name, count in tally[part].most_common():
            print(f"  {count:>12,}  {name}")
    print(f"{time.monotonic() - started:.0f} s, seed {args.seed}")
    return 1 if tally["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
