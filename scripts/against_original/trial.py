"""One input, converted in several ways, each compared with the verdicts; differences made small."""

import collections
import dataclasses
import re

from . import ways
from .verdicts import judge

MARK = b"\xef\xbb\xbf"
RUNS_TO_SHRINK = 300


class Line:
    """A line of an input: which input, its number and byte there, what it says and what must come of it."""

    def __init__(self, file, number, byte, text, verdict):
        self.file, self.number, self.byte, self.text, self.verdict = file, number, byte, text, verdict


class Difference:
    """Between the tool and what must come of an input; `line` is the one it is about, if that is known."""

    def __init__(self, what, detail, line=None):
        self.what, self.detail, self.line = what, detail, line


class Trial:
    """Inputs of one schema, and the verdicts on their lines."""

    def __init__(self, original, tool, schema, tally, reports):
        self.original, self.tool, self.schema, self.tally, self.reports = original, tool, schema, tally, reports
        self.verdicts = {}
        # The reason that the tool gave for each rejected line: it must be the same every time.
        self.said = {}

    def run(self, content, rng, many):
        """Compares an input in the plain way and in `many` others."""
        content = self._without_unknown(content)
        lines = self._lines([content])
        self._count(lines)
        for line in {line.verdict.surprise: line for line in lines if line.verdict.surprise}.values():
            self.reports.add(self, Difference(line.verdict.surprise, "", line), [content], ways.Way(), None)
        for way in [ways.Way(), *(ways.any_way(rng) for _ in range(many))]:
            contents = ways.cut(content, way.count, rng) if way.pieces in ("inputs", "folder") else [content]
            if way.is_auto and not all(self._is_clear([content]) for content in contents):
                way = dataclasses.replace(way, is_auto=False)
            self.tally["ways"][way.name()] += 1
            self._compare(way, contents)
        return lines

    def _compare(self, way, contents):
        outcome = self.tool.run(way, self.schema, contents)
        lines = self._lines(contents)
        for difference in self.differences(way, lines, outcome):
            self.reports.add(self, difference, contents, way, outcome)

    def run_with(self, other, content, others_content):
        """Converts two inputs of different schemas in one run, each by the schema that `--from auto` finds."""
        contents = [self._without_unknown(content), other._without_unknown(others_content)]
        if self._is_clear(contents[:1]) and other._is_clear(contents[1:]):
            way = ways.Way(pieces="inputs", is_auto=True)
            self.tally["ways"]["two schemas in one run"] += 1
            outcome = self.tool.run(way, self.schema, contents)
            lines = self._lines(contents[:1])
            for line in other._lines(contents[1:]):
                line.file = 1
                lines.append(line)
            for difference in self.differences(way, lines, outcome)[:1]:
                detail = f"{self.schema.name} and {other.schema.name}: {difference.what}; {difference.detail}"
                difference = Difference("two schemas in one run are read wrongly", detail)
                self.reports.add(self, difference, contents, way, outcome)

    def run_to_first_refusal(self, content, rng):
        """Without `--on-error skip` a run ends with the first refusal in the order of the input, and writes nothing."""
        content = self._without_unknown(content)
        lines = self._lines([content])
        if any(line.verdict.may_be_read for line in lines):
            return
        flags = rng.choice([[], ["--threads", "8", "--chunk-size", "1B"], ["--chunk-size", "1KB", "--no-mmap"]])
        self.tally["ways"]["to the first refusal"] += 1
        outcome = self.tool.run_to_first_refusal(self.schema, content, flags)
        first = next((line for line in lines if line.verdict.kinds), None)
        if first is None:
            wanted = "is to give all rows"
            rows = b"".join(row + b"\n" for line in lines for row in line.verdict.rows or [])
            is_right = outcome.status == 0 and outcome.rows == rows
        else:
            wanted = f"is to end at line {first.number}, byte {first.byte}"
            kinds = [kind.replace("-", " ") for kind in first.verdict.kinds]
            place, end = f"in-0.jsonl:{first.number}: ", f"(byte {first.byte})"
            is_right = outcome.status == 1 and outcome.rows is None and end in outcome.message
            said = outcome.message.lower().replace("utf-8", "utf8")
            is_right = is_right and any(f"{place}{kind}: " in said for kind in kinds)
        if not is_right:
            detail = f"the run {wanted}; status {outcome.status}: {outcome.message}"
            difference = Difference("a run to the first refusal ends wrongly", detail)
            self.reports.add(self, difference, [content], ways.Way(flags=tuple(flags)), outcome)

    def judge(self, text):
        if text not in self.verdicts:
            self.verdicts[text] = judge(self.original, self.schema, text)
        return self.verdicts[text]

    def _lines(self, contents):
        lines = []
        for file, content in enumerate(contents):
            byte = len(MARK) if content.startswith(MARK) else 0
            texts = content[byte:].split(b"\n")
            for number, text in enumerate(texts[:-1] if not texts[-1] else texts):
                lines.append(Line(file, number + 1, byte, text, self.judge(text)))
                byte += len(text) + 1
        return lines

    def _without_unknown(self, content):
        """The input without the lines that this Python cannot judge."""
        return b"\n".join(
            line for line in content.split(b"\n") if self.judge(line.removeprefix(MARK)) and self.judge(line)
        )

    def _is_clear(self, contents):
        """Whether `--from auto` can find no other schema than the trial's."""
        verdicts = [line.verdict for line in self._lines(contents)]
        schemas = {verdict.schema for verdict in verdicts if verdict.schema}
        return schemas == {self.schema.name} and any(v.schema and "invalid-json" not in v.kinds for v in verdicts)

    def _count(self, lines):
        self.tally["inputs"][" ".join([self.schema.name, *self.schema.flags()])] += 1
        for line in lines:
            verdict = line.verdict
            self.tally["records"]["blank lines" if verdict.is_blank else "refused" if verdict.kinds else "written"] += 1
            self.tally["rows"]["of the original"] += len(verdict.rows or [])
            for reason in verdict.reasons:
                self.tally["reasons"][reason] += 1

    # Comparing.

    def differences(self, way, lines, outcome):
        if outcome.status != 0:
            return [Difference(f"the run fails with status {outcome.status}", outcome.message)]
        found = []
        refusals = {}
        for reject in outcome.rejects:
            file = 0 if way.source == "pipe" else int(re.match(r"in-(\d+)", reject["file"])[1])
            refusals[file, reject["line"]] = reject
        if len(refusals) < len(outcome.rejects) or list(refusals) != sorted(refusals):
            found.append(Difference("the rejects are not in order, or one is there twice", ""))
        read = []
        for line in lines:
            reject = refusals.pop((line.file, line.number), None)
            difference = self._of_line(way, line, reject)
            if difference:
                found.append(difference)
            if not reject:
                read.append(line)
        found += [Difference("a line is refused that is not there", str(reject)) for reject in refusals.values()]
        return found + self._of_rows(read, outcome.rows) + self._of_stats(lines, outcome)

    def _of_line(self, way, line, reject):
        verdict = line.verdict
        if verdict.is_blank:
            return reject and Difference(f"a blank line is refused as {reject['kind']}", reject["reason"], line)
        if not verdict.allows(reject and reject["kind"]):
            detail = "; ".join([*([reject["reason"]] if reject else []), *verdict.reasons])
            because = f" ({verdict.reasons[0]})" if verdict.reasons else ""
            if not reject:
                return Difference(f"a record is read that is to be refused{because}", detail, line)
            if not verdict.kinds:
                return Difference(f"a record is refused as {reject['kind']} that is to be read{because}", detail, line)
            wanted = " or ".join(sorted(verdict.kinds))
            return Difference(f"a record is refused as {reject['kind']}, not {wanted}", detail, line)
        if reject:
            said = reject["kind"], reject["reason"]
            before = self.said.setdefault((line.text, way.is_auto), said)
            if before != said:
                return Difference("the reason of a refusal depends on the way", f"{before}\n  {said}", line)
            if reject["byte"] != line.byte or reject["bytes"] != line.text:
                detail = f"{reject['byte']}, not {line.byte}"
                return Difference("the place or the bytes of a refusal are wrong", detail, line)
        return None

    def _of_rows(self, read, rows):
        """Compares rows line by line. `read` are the lines that the tool did not refuse."""
        at = 0
        for line in read:
            if line.verdict.rows is None:
                if line.verdict.is_blank:
                    continue
                return []  # How many rows it gave is not known; it is a difference already.
            wanted, got = line.verdict.rows, rows[at : at + len(line.verdict.rows)]
            if wanted != got:
                pair = next(((a, b) for a, b in zip(wanted, got) if a != b), (wanted[-1], b"(no row)"))
                texts = [row.rpartition(b'", "label": [')[0] for row in pair]
                what = "scores differ" if texts[0] == texts[1] else "rows differ"
                return [Difference(what, f"wanted {shown(pair[0])}\n   got {shown(pair[1])}", line)]
            at += len(wanted)
        return [] if at == len(rows) else [Difference("there are more rows than the original's", shown(rows[at]))]

    def _of_stats(self, lines, outcome):
        blank = sum(line.verdict.is_blank for line in lines)
        kinds = collections.Counter(reject["kind"] for reject in outcome.rejects)
        wanted = {"records": len(lines) - blank, "blank": blank, "rows": len(outcome.rows), "rejected": dict(kinds)}
        got = {name: outcome.stats.get(name) for name in wanted}
        got["rejected"] = {kind: count for kind, count in (got["rejected"] or {}).items() if count}
        return [] if got == wanted else [Difference("the stats are wrong", f"wanted {wanted}\n   got {got}")]

    # Making small.

    def shrunk(self, what, line, way):
        """The shortest line found that makes the same difference when it stands alone; None if it makes none then."""
        alone = ways.Way(flags=way.flags, source="map" if way.source == "pipe" else way.source)

        def differs(text):
            if b"\n" in text or text.startswith(MARK) or self.judge(text) is None:
                return False
            if self.judge(text).surprise == what:
                return True
            found = self.differences(alone, self._lines([text]), self.tool.run(alone, self.schema, [text]))
            return any(difference.what == what for difference in found)

        self.said.clear()
        if not differs(line):
            return None
        step, runs = len(line) // 2, 0
        while step and runs < RUNS_TO_SHRINK:
            at = 0
            while at < len(line) and runs < RUNS_TO_SHRINK:
                runs += 1
                shorter = line[:at] + line[at + step :]
                if differs(shorter):
                    line = shorter
                else:
                    at += step
            step //= 2
        return line


def shown(row):
    return row.decode(errors="backslashreplace")[-300:]
