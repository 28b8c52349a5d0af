"""What must come of each line of an input: the original's rows, or a refusal of a kind that the tables have."""

import dataclasses

from . import contract
from .original import Failure, Lifted, read


@dataclasses.dataclass(frozen=True)
class Schema:
    """What records are, and the options of the schema."""

    name: str
    only: str = None
    split: str = None

    def flags(self):
        given = [("--only-attribute", self.only), ("--split", self.split)]
        return [word for flag, value in given if value for word in (flag, value)]


SCHEMAS = [
    Schema("sft"),
    Schema("helpsteer"),
    Schema("helpsteer", only="helpfulness"),
    Schema("helpsteer2-preference"),
    Schema("helpsteer2-preference", split="train"),
    Schema("helpsteer2-preference", split="val"),
    Schema("oasst"),
]


@dataclasses.dataclass
class Verdict:
    """Of one line."""

    is_blank: bool = False
    # The original's rows; None if it fails.
    rows: list = None
    # The kinds of which a refusal may be; none if the line must not be refused.
    kinds: frozenset = frozenset()
    # It may be read also where there are kinds.
    may_be_read: bool = False
    # What the verdict rests on, for people and for the tally.
    reasons: tuple = ()
    # The original does what no table says.
    surprise: str = None
    # The schema that the record has by its keys.
    schema: str = None

    def allows(self, kind):
        """Whether the tool may refuse the line with this kind, or read it if that is None."""
        return kind in self.kinds if kind else not self.kinds or self.may_be_read


def refused(*faults):
    return Verdict(kinds=frozenset(contract.FAULTS[fault][0] for fault in faults), reasons=faults)


def judge(original, schema, line):
    """The verdict on one line, without its line feed. None where this Python cannot nest so deep."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return refused("bytes that are not UTF-8")
    if not text.strip(" \t\r"):
        return Verdict(is_blank=True)
    try:
        return _judge(original, schema, text)
    except (RecursionError, ValueError) as error:
        limit = _limit(error)
        if limit is None:
            return refused("not one JSON value")
    with Lifted():
        try:
            return _judge(original, schema, text, limit)
        except RecursionError:
            return None
        except ValueError:
            return refused("not one JSON value")


def _limit(error):
    """Which of Python's limits an error comes of."""
    if isinstance(error, RecursionError):
        return contract.DEEP
    return contract.LONG if "Exceeds the limit" in str(error) else None


def _judge(original, schema, text, limit=None):
    record = read(text)
    findings = contract.Findings(original.attributes)
    if limit:
        findings.leniences.add(limit)
    findings.look_at(schema, record)
    rows = failure = None
    try:
        rows = original.rows(schema, record)
    except Failure as error:
        failure = error
        if limit is None and _limit(error.__cause__):
            # Not read, but worked on recursively, or an integer spelled out.
            raise error.__cause__ from None
    if findings.faults:
        verdict = _refused(findings, failure)
    else:
        verdict = _written(original, schema, record, findings, rows, failure)
    if findings.may_be_read and not findings.faults:
        verdict.may_be_read, verdict.kinds = True, frozenset(["invalid-json"])
    verdict.schema = contract.schema_of(record)
    return verdict


# Both hold the tables to what the original does, as well.


def _refused(findings, failure):
    verdict = refused(*sorted(findings.faults))
    does = {contract.FAULTS[fault][1] for fault in findings.faults}
    if "error" in does and failure is None:
        verdict.surprise = "the tables say that the original fails on this, and it writes"
    if does == {"rows"} and failure and not findings.leniences:
        verdict.surprise = f"the tables say that the original writes this, and it fails: {failure}"
    verdict.reasons += ("the original writes",) if failure is None else ()
    return verdict


def _written(original, schema, record, findings, rows, failure):
    verdict = Verdict(rows=rows, reasons=tuple(sorted(findings.leniences)))
    if failure is None:
        if findings.mendings:
            verdict.surprise = "the tables say that the original fails on this, and it writes"
        return verdict
    if not findings.mendings:
        verdict.surprise = f"the original fails, and no table says so: {failure}"
    contract.mend(findings)
    try:
        verdict.rows = original.rows(schema, record)
    except Failure as error:
        if _limit(error.__cause__):
            raise error.__cause__ from None
        verdict.surprise = f"the original fails, and no table says so: {error}"
    return verdict
