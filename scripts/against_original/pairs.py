"""Pairs and single scores: what today's trainers read, from HelpSteer, HelpSteer2-Preference and HelpSteer3.

The original has no such rows, so this is their contract once more, as naive as possible: a row is a dictionary that
CPython spells. Records are what Python's json reads of a line, and valid: `contract` says what is refused.
"""

import collections
import dataclasses
import json
import re
import types

SYSTEM_PROMPT = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
ATTRIBUTES = "quality toxicity humor creativity helpfulness correctness coherence complexity verbosity".split()
MISSING = -100.0
PAIRS = ["trl-pairs", "nemo-rl-pairs", "swift-pairs", "llamafactory-pairs"]
EMBEDDED = re.compile("\n<extra_id_1>(User|Assistant)\n")
ROLES = {"user": "human", "assistant": "gpt"}


@dataclasses.dataclass(frozen=True)
class Options:
    """The flags that matter here. `system` is as the flag has it, and `None` the layout's default."""

    to: str = "nemo"
    weights: tuple = ()
    min_margin: float = None
    system: str = None
    split: str = None
    max_chars: int = None
    split_embedded: bool = None

    def are_pairs(self):
        return self.to in PAIRS

    def numbers_name(self):
        """The name of the rows' numbers in the stats."""
        return "margin" if self.are_pairs() else "score" if self.weights else None

    def flags(self):
        weights = ",".join(f"{name}={weight}" for name, weight in self.weights)
        split_embedded = None if self.split_embedded is None else str(self.split_embedded).lower()
        given = [
            ("--to", None if self.to == "nemo" else self.to),
            ("--weights", weights or None),
            ("--min-margin", self.min_margin),
            ("--system", self.system),
            ("--split", self.split),
            ("--max-chars", self.max_chars),
        ]
        flags = [word for flag, value in given if value is not None for word in (flag, str(value))]
        return flags + ([f"--split-embedded-turns={split_embedded}"] if split_embedded else [])


# Scores.


def label_of(scores):
    """The label that the original's first script makes of scores."""
    return ",".join(f"{name}:{value}" for name, value in scores)


def scores_of(label):
    """The scores of a label, as text, as the original's second script finds them."""
    return dict(part.split(":")[:2] for part in label.split(","))


def strength(value):
    """The strength of a preference; below 0 the first response is preferred."""
    return float(scores_of(label_of([("quality", value)]))["quality"])


def score_of(record, weights):
    """The weighted score of a HelpSteer record. (Not by `sum`, which compensates for rounding from Python 3.12 on.)"""
    scores = scores_of(label_of((name, record[name]) for name, _ in weights))
    weighted = 0.0
    for name, weight in weights:
        weighted += weight * float(scores[name])
    return weighted


# Messages: pairs of a role and a text.


def messages_of(prompt, splits):
    """A prompt, and the turns that HelpSteer2 embeds in it."""
    if not splits:
        return [("user", prompt)]
    first, *others = EMBEDDED.split(prompt)
    return [("user", first), *((speaker.lower(), text) for speaker, text in zip(others[::2], others[1::2]))]


def context_of(schema, record, splits):
    if schema != "helpsteer3":
        return messages_of(record["prompt"], splits)
    if isinstance(record["context"], str):
        return messages_of(record["context"], splits)
    messages = []
    for message in record["context"]:
        if message["role"] == "user":
            messages += messages_of(message["content"], splits)
        elif message["role"] == "assistant":
            messages.append(("assistant", message["content"]))
    return messages


def own_system(record):
    """The system prompt of a HelpSteer3 record, if it has one."""
    messages = record["context"]
    if isinstance(messages, list) and messages and messages[0]["role"] == "system":
        return messages[0]["content"]
    return None


# Rows.


def as_messages(messages):
    return [{"role": role, "content": text} for role, text in messages]


def pair_row(to, system, context, chosen, rejected, margin):
    chosen, rejected = ("assistant", chosen), ("assistant", rejected)
    with_system = ([] if system is None else [("system", system)]) + context
    if to == "trl-pairs":
        return {
            "prompt": as_messages(with_system),
            "chosen": as_messages([chosen]),
            "rejected": as_messages([rejected]),
            "margin": margin,
        }
    if to == "nemo-rl-pairs":
        ranked = enumerate([chosen, rejected])
        completions = [{"rank": rank, "completion": as_messages([message])} for rank, message in ranked]
        return {"context": as_messages(with_system), "completions": completions}
    if to == "swift-pairs":
        return {"messages": as_messages([*with_system, chosen]), "rejected_response": rejected[1], "margin": margin}
    assert to == "llamafactory-pairs"
    chosen, rejected, *said = ({"from": ROLES[role], "value": text} for role, text in [chosen, rejected, *context])
    row = {"conversations": said, "chosen": chosen, "rejected": rejected}
    return row if system is None else {"system": system, **row}


def nemo_text(system, messages):
    text = f"<extra_id_0>System\n{system or ''}\n"
    for role, said in messages:
        text += f"<extra_id_1>{role.capitalize()}\n{said}\n"
    return text + "<extra_id_2>"


def joined(system, messages):
    """All texts, whose characters `--max-chars` counts."""
    return (system or "") + "".join(text for _, text in messages)


def score_row(to, system, messages, score):
    """A row with one score."""
    if to in ("messages", "messages-columns"):
        content = {"messages": as_messages(([] if system is None else [("system", system)]) + messages)}
    else:
        content = {"text": nemo_text(system, messages)}
    if to in ("columns", "messages-columns"):
        return {**content, "score": score}
    return {**content, "label": score if to == "messages" else [score]}


def spelled(row):
    return json.dumps(row, ensure_ascii=False)


class Converter:
    """Converts the valid records of an input, one after the other."""

    def __init__(self, schema, options, made):
        """`made.counts` gets the counts, and `made.numbers` the margin or the score of each row."""
        self.schema, self.options = schema, options
        self.counts, self.numbers = made.counts, made.numbers
        self.group = []
        # Embedded turns are the same by NeMo-Aligner's template, split off or not.
        self.splits = options.to not in ("nemo", "columns")
        if options.split_embedded is not None:
            self.splits = options.split_embedded

    def record(self, record):
        """The rows, spelled, that are known once this record is."""
        self.counts["records"] += 1
        if self.schema == "helpsteer" and self.options.are_pairs():
            ended = self.end() if self.group and self.group[0]["prompt"] != record["prompt"] else []
            self.group.append(record)
            return ended
        if self.schema == "helpsteer":
            return self._weighted(record)
        if self.options.split and (record["split"] == "train") != (self.options.split == "train"):
            self.counts["other_split"] += 1
            return []
        return self._comparison(record)

    def end(self):
        """The rows of the group of records that ends here: another prompt follows, or nothing."""
        group, self.group = self.group, []
        if not group:
            return []
        if len(group) == 1:
            self.counts["unpaired"] += 1
            return []
        scored = [(score_of(record, self.options.weights), record) for record in group]
        best, worst = scored[0], scored[0]
        for score, record in scored[1:]:
            if score > best[0]:
                best = (score, record)
            if score <= worst[0]:
                worst = (score, record)
        return self._pair(group[0], best[1]["response"], worst[1]["response"], best[0] - worst[0])

    def _comparison(self, record):
        keys = {"helpsteer2-preference": ("_1", "_2", "preference_strength")}
        first, second, preference = keys.get(self.schema, ("1", "2", "overall_preference"))
        first, second = record[f"response{first}"], record[f"response{second}"]
        if self.options.are_pairs():
            prefers_second = strength(record[preference])
            chosen, rejected = (second, first) if prefers_second > 0 else (first, second)
            return self._pair(record, chosen, rejected, abs(prefers_second))
        assert self.options.to == "nemo"
        context = context_of(self.schema, record, self.splits)
        scores = scores_of(label_of([("quality", record[preference])]))
        label = [float(scores.get(attribute, MISSING)) for attribute in ATTRIBUTES]
        texts = [nemo_text(self._system(record), [*context, ("assistant", response)]) for response in (first, second)]
        if self._is_too_long(texts):
            self.counts["too_long"] += 2
            return []
        return [spelled({"text": text, "label": label}) for text in texts]

    def _pair(self, record, chosen, rejected, margin):
        """The row of a pair, unless it is left out. `record` has the context."""
        if margin == 0:
            self.counts["ties"] += 1
            return []
        if self.options.min_margin is not None and margin < self.options.min_margin:
            self.counts["below_margin"] += 1
            return []
        system = self._system(record)
        context = context_of(self.schema, record, self.splits)
        before = joined(system, context)
        if self._is_too_long([before + chosen, before + rejected]):
            self.counts["too_long"] += 1
            return []
        self.numbers.append(margin)
        return [spelled(pair_row(self.options.to, system, context, chosen, rejected, margin))]

    def _weighted(self, record):
        system = self._system(record)
        messages = [*context_of(self.schema, record, self.splits), ("assistant", record["response"])]
        score = score_of(record, self.options.weights)
        row = score_row(self.options.to, system, messages, score)
        if self._is_too_long([row["text"] if "text" in row else joined(system, messages)]):
            self.counts["too_long"] += 1
            return []
        self.numbers.append(score)
        return [spelled(row)]

    def _is_too_long(self, texts):
        return self.options.max_chars is not None and any(len(text) > self.options.max_chars for text in texts)

    def _system(self, record):
        system = self.options.system or ("none" if self.options.are_pairs() else "default")
        if system == "record":
            return own_system(record)
        return {"none": None, "default": SYSTEM_PROMPT}.get(system, system.removeprefix("text:"))


def convert(schema, options, records):
    """The rows of an input, and its counts."""
    made = types.SimpleNamespace(counts=collections.Counter(), numbers=[])
    converter = Converter(schema, options, made)
    rows = [row for record in records for row in converter.record(record)] + converter.end()
    return rows, made.counts
