"""What must come of each line of an input: the original's rows, or a refusal of a kind that the tables have.

What the original does not know (pairs, weights, HelpSteer3) has rows that come of several lines. So a verdict has the
record there, and `pairs` makes rows of all of them.
"""

import dataclasses

from . import contract, pairs
from .original import Failure, Lifted, read


@dataclasses.dataclass(frozen=True)
class Schema:
    """What records are, and the options of the schema."""

    name: str
    only: str = None
    split: str = None
    # Flags of what the original does not know; of HelpSteer3 always.
    options: pairs.Options = None

    def flags(self):
        given = [("--only-attribute", self.only), ("--split", self.split)]
        flags = [word for flag, value in given if value for word in (flag, value)]
        return flags + (self.options.flags() if self.options else [])


SCHEMAS = [
    Schema("sft"),
    Schema("helpsteer"),
    Schema("helpsteer", only="helpfulness"),
    Schema("helpsteer2-preference"),
    Schema("helpsteer2-preference", split="train"),
    Schema("helpsteer2-preference", split="val"),
    Schema("oasst"),
]
# NVIDIA's for its 70B model, as AI2 publishes them.
USUAL_WEIGHTS = (
    ("helpfulness", 0.65),
    ("correctness", 0.8),
    ("coherence", 0.45),
    ("complexity", 0.55),
    ("verbosity", -0.4),
)
ODD_WEIGHTS = [1.0, 1.0, 2.0, -1.0, 0.0, -0.0, 0.1, 0.2, 0.3, 1e16, 1e-05, 1e308, 5e-324, 123456789.123456789]
PROMPTS = [None, None, None, "none", "default", "text:", 'text:Be "brief".\n\té/🙂']


def any_weights(rng):
    if rng.random() < 0.4:
        return USUAL_WEIGHTS
    names = rng.sample([name for name, _ in USUAL_WEIGHTS], rng.randrange(1, 6))
    return tuple((name, rng.choice([rng.choice(ODD_WEIGHTS), rng.uniform(-2, 2)])) for name in names)


def any_options(rng):
    """A schema with flags that the original does not have."""
    name = rng.choice(["helpsteer", "helpsteer", "helpsteer2-preference", "helpsteer3", "helpsteer3"])
    others = {"helpsteer": ["nemo", "messages", "columns", "messages-columns"], "helpsteer3": ["nemo", "nemo"]}
    to = rng.choice(pairs.PAIRS + others.get(name, []))
    margin = rng.choice([None, None, 0.0, 0.1, 0.5, 1.0, 2.0, 3.0, rng.uniform(0, 3)])
    has_messages = to not in ("nemo", "columns")
    return Schema(name, options=pairs.Options(
        to=to,
        weights=any_weights(rng) if name == "helpsteer" else (),
        min_margin=margin if to in pairs.PAIRS else None,
        system=rng.choice(PROMPTS + ["record"] * 2 * (name == "helpsteer3")),
        split=rng.choice([None, "train", "val"]) if name == "helpsteer2-preference" else None,
        max_chars=rng.choice([10, 60, 300, 1000]) if rng.random() < 0.3 else None,
        split_embedded=rng.choice([None, None, True, False]) if has_messages else None,
    ))  # fmt: skip


# Records of numbers alone: margins, strengths and sums.
OF_NUMBERS = [
    Schema("helpsteer", options=pairs.Options("messages", weights=USUAL_WEIGHTS)),
    Schema("helpsteer", options=pairs.Options("trl-pairs", weights=USUAL_WEIGHTS)),
    Schema("helpsteer2-preference", options=pairs.Options("swift-pairs")),
    Schema("helpsteer3", options=pairs.Options("trl-pairs")),
    Schema("helpsteer3", options=pairs.Options()),
]


@dataclasses.dataclass
class Verdict:
    """Of one line."""

    is_blank: bool = False
    # The original's rows; None if it fails.
    rows: list = None
    # What is read where the original does not know the rows.
    record: object = None
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
    if schema.options:
        verdict = refused(*sorted(findings.faults)) if findings.faults else Verdict(record=record)
        return _finished(verdict, findings, record)
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
    return _finished(verdict, findings, record)


def _finished(verdict, findings, record):
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
