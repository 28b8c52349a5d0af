"""What steer2reg rejects, as in the tables of docs/guarantees.md ("Rejected records").

Nothing here runs steer2reg or the original: a record is looked at as Python's json reads it.
"""

import math
import re

from . import pairs
from .original import Constant

# What may be wrong with a record: the kind of the refusal, and what the original does: "error", or "rows" where it
# writes some, or "either" where that depends. The trial holds both columns to what happens.
FAULTS = {
    "bytes that are not UTF-8": ("invalid-utf8", "error"),
    "not one JSON value": ("invalid-json", "error"),
    "NaN or Infinity in what is used": ("invalid-json", "either"),
    "a lone surrogate in what is used": ("invalid-json", "either"),
    "the record is no object": ("invalid-record", "either"),
    "conversations are no array": ("invalid-record", "either"),
    "a turn is no object": ("invalid-record", "error"),
    "a used member is missing": ("invalid-record", "error"),
    "a used member is no string": ("invalid-record", "either"),
    "a label is truthy and no string": ("invalid-label", "error"),
    "a part without a colon": ("invalid-label", "error"),
    "a score that is no number": ("invalid-label", "error"),
    "a score that only Python reads": ("invalid-label", "rows"),
    "a score that is too large": ("invalid-label", "rows"),
    "a score that is an array or an object": ("invalid-label", "either"),
    "a message is no object": ("invalid-record", "either"),
    "a message of another role": ("invalid-record", "error"),
    "replies are no array": ("invalid-record", "either"),
    "a first message without prompt and replies": ("invalid-record", "error"),
    "labels are no object": ("invalid-label", "either"),
    "a used label without a number": ("invalid-label", "error"),
    "a used label is true or false": ("invalid-label", "rows"),
    "a used label is too large": ("invalid-label", "either"),
    # The original knows nothing of these.
    "a context is neither a text nor an array": ("invalid-record", "either"),
    "a message of HelpSteer3's of another role": ("invalid-record", "either"),
    "a record without a system prompt of its own": ("invalid-record", "either"),
    "a record lacks a score of the weights": ("invalid-label", "either"),
    "a score of the weights is the missing score": ("invalid-label", "either"),
    "a weighted score that is too large": ("invalid-label", "either"),
}
# Where steer2reg writes the rows of a record on which the original fails: these, and `DEEP` and `LONG`.
NO_LABELS = "labels of OpenAssistant's are null"
NO_VALUE = "a value of OpenAssistant's is null"
NO_REPLIES = "replies of OpenAssistant's are null or missing"
DEEP = "nesting beyond Python's recursion limit"
LONG = "an integer of more than 4,300 digits"

# What CPython's float strips, and a decimal number.
SPACE = "\t\n\v\f\r " + "".join(c for c in map(chr, range(0x80, 0x10000)) if c.isspace())
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NESTED = (list, dict)
RATED = ["quality", "toxicity", "humor", "creativity"]


class Findings:
    """What is to be said of a record: the names of its faults, and of what is read here and not by the original."""

    def __init__(self, attributes):
        self.attributes = attributes
        self.faults = set()
        self.leniences = set()
        # Changes after which the original reads a tree as steer2reg does: (object, key, value).
        self.mendings = []
        # It may be refused or read: a literal or a lone surrogate stands in what is looked at and never written.
        self.may_be_read = False

    # What any schema has.

    def literals(self, value):
        """Notes `NaN`, `Infinity` and lone surrogates in a value that is used."""
        found, left = set(), [value]
        while left:
            value = left.pop()
            if isinstance(value, Constant):
                found.add("NaN or Infinity in what is used")
            elif isinstance(value, str):
                if not is_unicode(value):
                    found.add("a lone surrogate in what is used")
            elif isinstance(value, list):
                left += value
            elif isinstance(value, dict):
                left += [*value.keys(), *value.values()]
        self.faults |= found

    def text(self, holder, key):
        if key not in holder:
            self.faults.add("a used member is missing")
            return
        self.literals(holder[key])
        if not isinstance(holder[key], (str, Constant)):
            self.faults.add("a used member is no string")

    def label(self, label, attributes=None):
        if not label:
            return
        self.literals(label)
        if not isinstance(label, str):
            if not isinstance(label, Constant):
                self.faults.add("a label is truthy and no string")
            return
        scores = {}
        for part in label.split(","):
            name, colon, score = part.partition(":")
            if not colon:
                self.faults.add("a part without a colon")
            scores[name] = score.split(":")[0]
        for attribute in attributes or self.attributes:
            if attribute in scores:
                self.score(scores[attribute])

    def score(self, spelled):
        if not NUMBER.fullmatch(spelled.strip(SPACE)):
            try:
                float(spelled)
                self.faults.add("a score that only Python reads")
            except ValueError:
                self.faults.add("a score that is no number")
        elif not math.isfinite(float(spelled)):
            self.faults.add("a score that is too large")

    # The schemas.

    def look_at(self, schema, record):
        if schema.name == "sft":
            self.sft(record)
        elif schema.name == "helpsteer" and schema.options:
            self.weighted(record, schema.options)
        elif schema.name == "helpsteer":
            self.helpsteer(record, schema.only)
        elif schema.name == "helpsteer2-preference":
            self.preference(record, schema.options.split if schema.options else schema.split)
        elif schema.name == "helpsteer3":
            self.helpsteer3(record, schema.options.system == "record")
        else:
            self.oasst(record)

    def sft(self, record):
        if not isinstance(record, dict):
            self.faults.add("the record is no object")
            return
        self.text(record, "mask")
        if "conversations" not in record:
            self.faults.add("a used member is missing")
            return
        turns = record["conversations"]
        if not isinstance(turns, list):
            self.literals(turns)
            self.faults.add("conversations are no array")
            return
        for turn in turns:
            if not isinstance(turn, dict):
                self.literals(turn)
                self.faults.add("a turn is no object")
                continue
            self.text(turn, "from")
            self.text(turn, "value")
            self.label(turn.get("label"))

    def helpsteer(self, record, only):
        if not isinstance(record, dict):
            self.faults.add("the record is no object")
            return
        self.text(record, "prompt")
        self.text(record, "response")
        self.published_label(
            (name, record[name]) for name in self.attributes if name in record and only in (None, name)
        )

    def weighted(self, record, options):
        """A HelpSteer record that gets one score. Attributes without a weight are not looked at."""
        weights = options.weights
        if not isinstance(record, dict):
            self.faults.add("the record is no object")
            return
        self.text(record, "prompt")
        self.text(record, "response")
        scores = [(name, record[name]) for name, _ in weights if name in record]
        if len(scores) < len(weights):
            self.faults.add("a record lacks a score of the weights")
        looked_at = Findings(self.attributes)
        looked_at.published_label(scores, [name for name, _ in weights])
        self.faults |= looked_at.faults
        if looked_at.faults or len(scores) < len(weights):
            return
        spelled = pairs.scores_of(pairs.label_of(scores))
        if pairs.MISSING in [float(spelled[name]) for name, _ in weights]:
            self.faults.add("a score of the weights is the missing score")
            return
        # The difference of two scores is to be finite as well.
        score = pairs.score_of(record, weights)
        if not math.isfinite(score * 2 if options.are_pairs() else score):
            self.faults.add("a weighted score that is too large")

    def preference(self, record, split):
        if not isinstance(record, dict):
            self.faults.add("the record is no object")
            return
        for key in ["prompt", "response_1", "response_2"]:
            self.text(record, key)
        for key in ["preference_strength", "split"]:
            if key not in record:
                self.faults.add("a used member is missing")
        if "preference_strength" not in record or "split" not in record:
            return
        looked_at = Findings(self.attributes)
        looked_at.literals(record["split"])
        if split in (None, "train" if record["split"] == "train" else "val"):
            self.published_label([("quality", record["preference_strength"])])
        else:
            looked_at.literals(record["preference_strength"])
        self.may_be_read |= bool(looked_at.faults)

    def helpsteer3(self, record, has_own_system):
        if not isinstance(record, dict):
            self.faults.add("the record is no object")
            return
        self.text(record, "response1")
        self.text(record, "response2")
        if "overall_preference" not in record:
            self.faults.add("a used member is missing")
        else:
            self.published_label([("quality", record["overall_preference"])])
        if "context" not in record:
            self.faults.add("a used member is missing")
            return
        context, has_prompt = record["context"], False
        if isinstance(context, list):
            for at, message in enumerate(context):
                is_prompt = isinstance(message, dict) and at == 0 and message.get("role") == "system"
                has_prompt |= is_prompt
                self.message(message, is_prompt)
        elif not isinstance(context, str):
            self.literals(context)
            self.faults.add("a context is neither a text nor an array")
        else:
            self.literals(context)
        if has_own_system and not has_prompt:
            self.faults.add("a record without a system prompt of its own")

    def message(self, message, is_prompt):
        """One of HelpSteer3's messages."""
        if not isinstance(message, dict):
            self.literals(message)
            self.faults.add("a message is no object")
            return
        self.text(message, "role")
        if not is_prompt and isinstance(message.get("role"), str) and message["role"] not in pairs.ROLES:
            self.faults.add("a message of HelpSteer3's of another role")
        # Also that of a system prompt that is not written.
        self.text(message, "content")

    def published_label(self, scores, attributes=None):
        parts = []
        for name, value in scores:
            self.literals(value)
            if isinstance(value, NESTED):
                self.faults.add("a score that is an array or an object")
            elif not isinstance(value, Constant):
                parts.append(f"{name}:{value}")
        self.label(",".join(parts), attributes)

    def oasst(self, tree):
        if isinstance(tree, dict) and {"text", "role"} <= tree.keys() and not {"prompt", "replies"} & tree.keys():
            # One of a flat table of messages: read as trees, all its rows would vanish.
            self.faults.add("a first message without prompt and replies")
        left = [tree]
        while left:
            node = left.pop()
            if isinstance(node, dict) and "prompt" in node:
                node = node["prompt"]
            elif isinstance(node, dict) and not ("text" in node and "role" in node):
                continue
            if not isinstance(node, dict):
                self.literals(node)
                self.faults.add("a message is no object")
                continue
            self.text(node, "role")
            self.text(node, "text")
            if isinstance(node.get("role"), str) and node["role"] not in ("prompter", "assistant"):
                self.faults.add("a message of another role")
            self.rated(node)
            replies = node.get("replies")
            if replies is None:
                self.leniences.add(NO_REPLIES)
                self.mendings.append((node, "replies", []))
            elif isinstance(replies, list):
                left += replies
            else:
                self.literals(replies)
                self.faults.add("replies are no array")

    def rated(self, message):
        if "labels" not in message:
            return
        labels = message["labels"]
        if labels is None:
            self.leniences.add(NO_LABELS)
            self.mendings.append((message, "labels", {}))
        elif not isinstance(labels, dict):
            self.literals(labels)
            self.faults.add("labels are no object")
        else:
            for name in RATED:
                if name in labels:
                    self.rating(labels, name)

    def rating(self, labels, name):
        label = labels[name]
        value = label.get("value", "missing") if isinstance(label, dict) else "missing"
        if not isinstance(label, dict):
            self.literals(label)
        if value is None:
            self.leniences.add(NO_VALUE)
            self.mendings.append((labels, name, None))
        elif isinstance(value, bool):
            self.faults.add("a used label is true or false")
        elif not isinstance(value, (int, float)):
            self.literals(value)
            self.faults.add("a used label without a number")
        elif isinstance(value, Constant):
            self.literals(value)
        elif not math.isfinite(as_float(value) * 4):
            self.faults.add("a used label is too large")


def is_unicode(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_float(number):
    try:
        return float(number)
    except OverflowError:
        return math.inf


def mend(findings):
    """Makes the changes after which the original reads a tree as steer2reg does."""
    for holder, key, value in findings.mendings:
        if value is None:
            holder.pop(key, None)
        else:
            holder[key] = value


def schema_of(record):
    """The schema that a record has by its keys, if it has one."""
    if not isinstance(record, dict):
        return None
    if "conversations" in record:
        return "sft"
    if "prompt" in record and "response" in record:
        return "helpsteer"
    if "response_1" in record:
        return "helpsteer2-preference"
    if {"response1", "response2", "overall_preference"} <= record.keys():
        return "helpsteer3"
    if isinstance(record.get("prompt"), dict) or "text" in record and "role" in record:
        return "oasst"
    return None
