"""Differences, written down."""

import json
import os
import re
import shlex


class Reports:
    """Differences, each kind of which is written down once, to a folder."""

    def __init__(self, folder, tally, place):
        self.folder, self.tally, self.place = folder, tally, place

    def add(self, trial, difference, contents, way, outcome):
        known = self.tally["differences"]
        to = f" to {trial.schema.options.to}" if trial.schema.options else ""
        what = f"{trial.schema.name}{to}: {difference.what}"
        known[what] += 1
        if known[what] > 1:
            return
        line = difference.line and trial.shrunk(difference.what, difference.line.text, way)
        name = re.sub(r"\W+", "-", what)[:80].strip("-")
        folder = os.path.join(self.folder, f"{name}-{self.place().replace(' ', '')}")
        os.makedirs(folder, exist_ok=True)
        lines = trial.shrunk_lines(difference.what, contents, way) if line is None and outcome else None
        inputs = [line] if line is not None else [lines] if lines is not None else contents
        for index, content in enumerate(inputs):
            with open(os.path.join(folder, f"in-{index}.jsonl"), "wb") as file:
                file.write(content)
        command = shlex.join(outcome.command) if outcome else "(the original alone)"
        story = [what, f"file {self.place()}, way: {way.name()} {' '.join(way.flags)}", command, difference.detail]
        if line is not None:
            verdict = trial.judge(line)
            story.append("in-0.jsonl is one line that makes the difference alone.")
            story.append(f"verdict: {sorted(verdict.kinds) or 'to be read'}; {verdict.reasons}")
            story.append(f"rows of the original: {verdict.rows}")
        if lines is not None:
            story.append("in-0.jsonl has the lines that make the difference.")
        with open(os.path.join(folder, "difference.txt"), "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("\n".join(story) + "\n")
        small = line if line is not None else lines
        short = json.dumps(small.decode(errors="backslashreplace")[:200]) if small is not None else "(the whole input)"
        print(f"DIFFERENCE: {what}\n  {difference.detail[:400]}\n  {short}\n  see {folder}", flush=True)
