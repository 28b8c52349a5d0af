"""The ways in which the tool can be run on inputs, all of which must give the same rows and refusals."""

import base64
import collections
import dataclasses
import gzip
import json
import os
import re
import shutil
import subprocess

HAS_ZSTD = shutil.which("zstd") is not None
LONGEST = 120  # seconds
# What is counted of rows that the original does not know.
COUNTS = ["ties", "unpaired", "below_margin", "too_long", "other_split"]


@dataclasses.dataclass(frozen=True)
class Way:
    source: str = "map"  # map, read, pipe, gzip, zstd
    pieces: str = "one"  # one, inputs, folder, shards
    target: str = "file"  # file, pipe, gzip, zstd
    count: int = 1
    is_auto: bool = False
    flags: tuple = ()
    # How often each row is written.
    repeat_each: int = 1

    def name(self):
        return " ".join([self.source, self.pieces, self.target, *(["auto"] if self.is_auto else [])])


@dataclasses.dataclass
class Outcome:
    status: int
    message: str
    command: list
    rows: list
    rejects: list
    stats: dict


def any_way(rng):
    pieces = rng.choice(["one", "one", "one", "inputs", "folder", "shards"])
    packed = ["gzip"] + ["zstd"] * HAS_ZSTD
    # Only what is plain can be cut in shards, and there is but one standard input.
    sources = ["map", "read"] + packed * (pieces != "shards") + ["pipe"] * (pieces == "one")
    target = "file" if pieces == "folder" else rng.choice(["file", "pipe", *packed])
    chunk = rng.choice(["1B", "1B", "7B", "100B", "1KB", "4KiB", "33KB", "1MiB"])
    flags = ["--threads", rng.choice("128"), "--chunk-size", chunk]
    if rng.random() < 0.3:
        flags += ["--parser", rng.choice(["simd-json", "auto"])]
    if pieces == "shards" and rng.random() < 0.3:
        flags += ["--group-lines", rng.choice("23")]
    repeat_each = rng.randrange(2, 5) if rng.random() < 0.1 else 1
    return Way(rng.choice(sources), pieces, target, rng.randrange(1, 6), rng.random() < 0.25, tuple(flags), repeat_each)


def cut(content, count, rng):
    """The lines of an input, split over a number of inputs."""
    lines = re.split(rb"(?<=\n)", content)
    places = sorted(rng.randrange(len(lines) + 1) for _ in range(count - 1))
    return [b"".join(lines[start:end]) for start, end in zip([0, *places], [*places, len(lines)])]


class Tool:
    """The binary, and a folder to run it in."""

    def __init__(self, path, folder):
        self.path = os.path.abspath(path)
        self.folder = folder
        helped = subprocess.run([self.path, "--help"], capture_output=True, text=True, check=True).stdout
        self.allow_empty = ["--allow-empty"] if "--allow-empty" in helped else []

    def run(self, way, schema, contents):
        """Converts inputs in this way; the outputs and rejects of shards are put together."""
        names = [self._write(way, index, content) for index, content in enumerate(contents)]
        command = ["--from", "auto" if way.is_auto else schema.name, *schema.flags(), *way.flags, *self.allow_empty]
        command += ["--on-error", "skip", "--rejects", "rejects.jsonl", "--stats", "stats.json", "-q"]
        command += ["--no-mmap"] if way.source == "read" else []
        command += ["--repeat-each", str(way.repeat_each)] if way.repeat_each > 1 else []
        given = ["-"] if way.source == "pipe" else names
        if way.pieces == "folder":
            return self._once(command + ["--output-dir", "rows", *given], None, names)
        target = {"file": "rows.jsonl", "pipe": "-", "gzip": "rows.jsonl.gz", "zstd": "rows.jsonl.zst"}[way.target]
        command += ["-o", target] + [word for name in given for word in ("-i", name)]
        stdin = names[0] if way.source == "pipe" else None
        if way.pieces != "shards":
            return self._once(command, stdin, [target])
        runs = []
        for shard in range(way.count):
            runs.append(self._once(command + ["--shard", f"{shard}/{way.count}"], stdin, [target]))
            if runs[-1].status != 0:
                return runs[-1]
        rows = [row for run in runs for row in run.rows]
        rejects = [reject for run in runs for reject in run.rejects]
        return Outcome(0, "", runs[0].command, rows, rejects, total(run.stats for run in runs))

    def run_to_first_refusal(self, schema, content, flags):
        """Converts an input without `--on-error skip`: status, message, and the output if there is one."""
        name = self._write(Way(), 0, content)
        out = os.path.join(self.folder, "rows.jsonl")
        self._clear()
        command = [self.path, "--from", schema.name, *schema.flags(), *flags, "-q", "-i", name, "-o", "rows.jsonl"]
        done = subprocess.run(command, capture_output=True, cwd=self.folder, timeout=LONGEST)
        rows = unpacked(out) if os.path.exists(out) else None
        return Outcome(done.returncode, done.stderr.decode(errors="replace"), command, rows, [], {})

    def _clear(self):
        for old in ["rows", "rows.jsonl", "rows.jsonl.gz", "rows.jsonl.zst", "rejects.jsonl", "stats.json"]:
            path = os.path.join(self.folder, old)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.remove(path)

    def _write(self, way, index, content):
        name = f"in-{index}.jsonl" + {"gzip": ".gz", "zstd": ".zst"}.get(way.source, "")
        if way.source == "gzip":
            half = len(content) // 2 if way.count > 1 else len(content)
            content = gzip.compress(content[:half], 1) + gzip.compress(content[half:], 1)
        elif way.source == "zstd":
            content = zstd("-c", content)
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(content)
        return name

    def _once(self, flags, stdin, targets):
        self._clear()
        command = [self.path, *flags]
        try:
            with open(os.path.join(self.folder, stdin) if stdin else os.devnull, "rb") as read:
                done = subprocess.run(command, stdin=read, capture_output=True, cwd=self.folder, timeout=LONGEST)
        except subprocess.TimeoutExpired:
            return Outcome(-1, f"no end after {LONGEST} s", command, [], [], {})
        message = done.stderr.decode(errors="replace")
        if done.returncode != 0:
            return Outcome(done.returncode, message, command, [], [], {})
        rows = b""
        for target in targets:
            folder = os.path.join(self.folder, "rows" if "--output-dir" in flags else "")
            rows += done.stdout if target == "-" else unpacked(os.path.join(folder, target))
        if rows and not rows.endswith(b"\n"):
            return Outcome(0, "the last row has no line feed", command, rows.split(b"\n"), [], {})
        with open(os.path.join(self.folder, "rejects.jsonl"), "rb") as file:
            rejects = [json.loads(line) for line in file.read().split(b"\n")[:-1]]
        for reject in rejects:
            packed = reject.get("record_base64")
            reject["bytes"] = base64.b64decode(packed) if packed is not None else reject["record"].encode()
        with open(os.path.join(self.folder, "stats.json"), "rb") as file:
            stats = json.load(file)
        return Outcome(0, message, command, rows.split(b"\n")[:-1], rejects, stats)


def total(stats):
    """What adds up of several stats."""
    sums = collections.Counter(rejected={})
    for one in stats:
        for name in ["records", "rows", "blank", *COUNTS]:
            sums[name] += one.get(name, 0)
        for kind, count in one["rejected"].items():
            sums["rejected"][kind] = sums["rejected"].get(kind, 0) + count
    return sums


def unpacked(path):
    with open(path, "rb") as file:
        content = file.read()
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    return zstd("-dc", content) if content.startswith(b"\x28\xb5\x2f\xfd") else content


def zstd(flag, content):
    return subprocess.run(["zstd", flag, "-q"], input=content, capture_output=True, check=True).stdout
