"""One input, converted in several ways, each compared with the verdicts; differences made small."""

import collections
import dataclasses
import re
from fractions import Fraction

from . import pairs, ways
from .original import Lifted
from .verdicts import judge

MARK = b"\xef\xbb\xbf"
RUNS_TO_SHRINK = 300


class Line:
    """A line of an input: which input, its number and byte there, what it says and what must come of it."""

    def __init__(self, file, number, byte, text, schema, verdict):
        self.file, self.number, self.byte, self.text = file, number, byte, text
        self.schema, self.verdict = schema, verdict


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
        self._count(lines, wanted_of(ways.Way(), [line for line in lines if not line.verdict.kinds]))
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
            rows = b"".join(row + b"\n" for _, rows in wanted_of(ways.Way(), lines).rows for row in rows)
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
                lines.append(Line(file, number + 1, byte, text, self.schema, self.judge(text)))
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

    def _count(self, lines, wanted):
        options = self.schema.options
        flags = self.schema.flags() if options is None else ["to", options.to]
        self.tally["rows"]["of CPython" if options else "of the original"] += sum(len(rows) for _, rows in wanted.rows)
        for name in ways.COUNTS if options else []:
            self.tally["rows"][f"none, counted as {name}"] += wanted.counts[name]
        self.tally["inputs"][" ".join([self.schema.name, *flags])] += 1
        for line in lines:
            verdict = line.verdict
            self.tally["records"]["blank lines" if verdict.is_blank else "refused" if verdict.kinds else "written"] += 1
            for reason in verdict.reasons:
                self.tally["reasons"][reason] += 1

    # Comparing.

    def differences(self, way, lines, outcome):
        if outcome.status != 0:
            return [Difference(f"the run fails with status {outcome.status}", outcome.message)]
        found = []
        times, rows = way.repeat_each, outcome.rows[:: way.repeat_each]
        if outcome.rows != [row for row in rows for _ in range(times)]:
            return [Difference(f"rows are not repeated {times} times in place", "")]
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
        # Whether a record is read that is to be refused is a difference already, and what comes of it is not known.
        if any(line.verdict.rows is line.verdict.record is None and not line.verdict.is_blank for line in read):
            return found
        wanted = wanted_of(way, read)
        return found + self._of_rows(wanted.rows, rows) + self._of_stats(lines, wanted, len(rows), outcome)

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

    def _of_rows(self, wanted, rows):
        """Compares rows line by line."""
        at = 0
        for line, wanted_rows in wanted:
            got = rows[at : at + len(wanted_rows)]
            if wanted_rows != got:
                pair = next(((a, b) for a, b in zip(wanted_rows, got) if a != b), (wanted_rows[-1], b"(no row)"))
                texts = [row.rpartition(b'", "label": [')[0] for row in pair]
                what = "scores differ" if texts[0] == texts[1] != b"" else "rows differ"
                return [Difference(what, f"wanted {shown(pair[0])}\n   got {shown(pair[1])}", line)]
            at += len(wanted_rows)
        return [] if at == len(rows) else [Difference("there are more rows than wanted", shown(rows[at]))]

    def _of_stats(self, lines, wanted, rows, outcome):
        blank = sum(line.verdict.is_blank for line in lines)
        kinds = collections.Counter(reject["kind"] for reject in outcome.rejects)
        counts = {"records": len(lines) - blank, "blank": blank, "rows": rows, "rejected": dict(kinds)}
        if self.schema.options:
            counts.update({name: wanted.counts[name] for name in ways.COUNTS})
        got = {name: outcome.stats.get(name) for name in counts}
        got["rejected"] = {kind: count for kind, count in (got["rejected"] or {}).items() if count}
        if self.schema.options and self.schema.options.numbers_name() and "attributes" in outcome.stats:
            counts["attributes"] = {self.schema.options.numbers_name(): figures_of(wanted.numbers)}
            got["attributes"] = outcome.stats["attributes"]
        return [] if got == counts else [Difference("the stats are wrong", f"wanted {counts}\n   got {got}")]

    # Making small.

    def shrunk(self, what, line, way):
        """The shortest line found that makes the same difference when it stands alone; None if it makes none then."""
        source = "map" if way.source == "pipe" else way.source
        alone = ways.Way(source, flags=way.flags, repeat_each=way.repeat_each)

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
        return self._shorter(line, differs)

    def shrunk_lines(self, what, contents, way):
        """Fewer lines of the first input that make the same difference in the same way; None if they make none then."""
        source = "map" if way.source == "pipe" else way.source
        alone = dataclasses.replace(way, source=source, pieces="one", target="file")

        def differs(lines):
            content = b"\n".join(lines)
            found = self.differences(alone, self._lines([content]), self.tool.run(alone, self.schema, [content]))
            return any(difference.what == what for difference in found)

        self.said.clear()
        lines = b"".join(contents).split(b"\n")
        return b"\n".join(self._shorter(lines, differs)) if differs(lines) else None

    def _shorter(self, line, differs):
        """A text or a list without what does not matter to the difference."""
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


class Wanted:
    """What must come of lines that are read: the rows, each with the line of which the last of them is known."""

    def __init__(self):
        self.rows = []
        self.counts = collections.Counter()
        self.numbers = []


def wanted_of(way, lines):
    wanted, converter, before = Wanted(), None, None

    def end():
        """Ends the records that belong together."""
        if converter:
            wanted.rows.append((before, [row.encode() for row in converter.end()]))

    # Integers may be long.
    with Lifted():
        for line in (line for line in lines if not line.verdict.is_blank):
            if before and (line.schema != before.schema or way.pieces == "folder" and line.file != before.file):
                end()
            if not before or line.schema != before.schema:
                converter = line.schema.options and pairs.Converter(line.schema.name, line.schema.options, wanted)
            if converter:
                wanted.rows.append((line, [row.encode() for row in converter.record(line.verdict.record)]))
            else:
                wanted.rows.append((line, line.verdict.rows or []))
            before = line
        end()
    return wanted


def figures_of(numbers):
    """What the stats say of margins or scores: exact, and rounded once."""
    count = len(numbers)
    mean = float(sum(map(Fraction, numbers)) / count) if count else None
    low, high = (min(numbers), max(numbers)) if count else (None, None)
    return {"count": count, "missing": 0, "min": low, "max": high, "mean": mean}


def shown(row):
    return row.decode(errors="backslashreplace")[-300:]
