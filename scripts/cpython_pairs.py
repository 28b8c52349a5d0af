#!/usr/bin/env python3
"""Pairs, weighted scores and rows of HelpSteer3 as CPython makes and spells them.

    scripts/cpython_pairs.py > tests/golden_pairs.jsonl

Writes the cases of tests/golden_pairs.rs, the same each time. A case is a line:

    {"name": "…", "flags": ["--from", …], "lines": ["…", …], "rows": ["…", …], "counts": {"records": 2, …}}

`lines` are the lines of one input, `flags` those of the command line besides input and output, and `rows` the lines of
the output; both are without line feeds. `counts` are those of `--stats` that are not 0: `records`, `blank`, `ties`,
`unpaired`, `below_margin`, `too_long`, `other_split`, and `rejected` as one number. A case with rejected records has the
flags `--on-error skip`.

The rows come of against_original/pairs.py: dictionaries that `json.dumps` spells, with numbers of `float` and `repr`.
"""

import itertools
import json

from against_original import pairs
from against_original.contract import Findings
from against_original.original import read
from against_original.verdicts import USUAL_WEIGHTS, Schema

NUMBERS = """
    -3 -2 -1 1 2 3 0 -0 0.0 -0.0 0.1 0.30000000000000004 -0.7 1e-5 0.00001 0.0001 1e16 -1e16 1e15 9999999999999998.0
    123456789012345678901234567890 -36893488147419103232 9007199254740993 0.1000000000000000055511151231257827
    8.000015258789062 2.675 5e-324 -2.2250738585072014e-308 1.7976931348623157e308 1E+2 -1.5e-07 3.0 4.35 1e22 1e23
    100000000000000000000000 0.000123456789 -99.99999999999999
""".split()
# The strings that give a number, as the label of the original's first script has them.
SPELLED = ["2", " 3 ", "-1.5", "+0.5", ".5", "4.", "1e3", "007", "\u00a02", "3:4", "1,quality:2", "3,x:4", "3,humor:1"]
TEXTS = {
    "plain": "What is 2+2?",
    "empty": "",
    "quotes": 'a "quoted" \\ back/slash',
    "white space": " \n\r\t\b\f\v \u00a0\u2028\u2029 ",
    "controls": "\x00\x01\x1b\x1f\x7f\x80\x9f",
    "scripts": "naïve 日本語 мир مرحبا é e\u0301",
    "beyond the first plane": "🙂👩‍👩‍👧 𝕏 \U0010ffff",
    "markers": "<extra_id_0>System\n<extra_id_2>\nUser\n<extra_id_1>",
}
EMBEDDED = {
    "one turn": "A?\n<extra_id_1>Assistant\nB.\n<extra_id_1>User\nC?",
    "an empty beginning": "\n<extra_id_1>Assistant\n\n<extra_id_1>User\n",
    "the first line is no marker": "<extra_id_1>User\nA?\n<extra_id_1>Assistant\nB.",
    "no line feed behind it": "A?\n<extra_id_1>Assistant",
    "another speaker": "A?\n<extra_id_1>System\nB.\n<extra_id_1>assistant\nC.\n<extra_id_1>User D",
    "a line of its own in between": "A?\r\n<extra_id_1>User\n\n<extra_id_1>User\n<extra_id_1>User\nB",
    "a backslash before": "A\\\n<extra_id_1>User\nB\\n<extra_id_1>User\nC",
}
SYSTEMS = [None, "none", "default", "record", "text:", 'text:Be "brief".\n\té/🙂']
SCORES = [name for name, _ in USUAL_WEIGHTS]


class Raw(str):
    """JSON text."""


# Spelling.


def escaped(text):
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04X}" for at in range(0, len(units), 2))


STRINGS = {
    "as Python": lambda text: json.dumps(text, ensure_ascii=False),
    "in ASCII": json.dumps,
    "with solidus escaped": lambda text: json.dumps(text).replace("/", "\\/"),
    "escaped throughout": lambda text: f'"{escaped(text)}"',
    "escaped by turns": lambda text: '"' + "".join(
        escaped(c) if at % 2 or c < " " or c in '"\\' else c for at, c in enumerate(text)) + '"',
}  # fmt: skip


def spelled(value, way="as Python", gap=" "):
    """A value as JSON. Its keys are as Python spells them."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, str):
        return STRINGS[way](value)
    if isinstance(value, dict):
        members = (json.dumps(key) + ":" + gap + spelled(member, way, gap) for key, member in value.items())
        return "{" + f",{gap}".join(members) + "}"
    if isinstance(value, list):
        return "[" + f",{gap}".join(spelled(item, way, gap) for item in value) + "]"
    return json.dumps(value)


# Records.


def preference(prompt="Q?", first="one", second="two", strength=Raw("2"), split="train", **more):
    said = {"split": split, "prompt": prompt, "response_1": first, "response_2": second}
    return {**said, "preference_strength": strength, **more}


def helpsteer3(context="Q?", first="one", second="two", strength=Raw("2"), **more):
    if isinstance(context, str) and not isinstance(context, Raw):
        context = [{"role": "user", "content": context}]
    return {"context": context, "response1": first, "response2": second, "overall_preference": strength, **more}


# Members that published records have, too.
UNUSED = {
    "helpsteer2-preference": {
        "preference_statement": "@Response 2 is better",
        "preference_elaboration": "\\",
        "three_most_similar_preferences": [{"statement": "s", "elaboration": '"]', "strength": 1}],
        "all_preferences_unprocessed": [],
    },
    "helpsteer3": {
        "domain": "general",
        "language": "english",
        "individual_preference": [{"score": 1, "reasoning": '"}', "feedback1": "\n", "feedback2": "\\"}],
    },
}


def helpsteer(prompt="Q?", response="A.", scores=(1, 2, 3, 4, 0), names=SCORES):
    return {"prompt": prompt, "response": response, **dict(zip(names, scores))}


def messages(*texts, system=None):
    """Messages of the user and the assistant by turns."""
    given = [] if system is None else [{"role": "system", "content": system}]
    roles = itertools.cycle(["user", "assistant"])
    return given + [{"role": role, "content": text} for role, text in zip(roles, texts)]


# Cases.

names = set()


def case(name, schema, options, lines):
    """Prints a case, whose lines are records or text."""
    assert name not in names, name
    names.add(name)
    lines = [line if isinstance(line, str) else spelled(line) for line in lines]
    records, rejected, blank = [], 0, 0
    for line in lines:
        if not line.strip():
            blank += 1
            continue
        findings = Findings(pairs.ATTRIBUTES)
        record = read(line)
        findings.look_at(Schema(schema, options=options), record)
        if findings.faults:
            rejected += 1
        else:
            records.append(record)
    # A run without a valid record is a failure.
    assert records, name
    rows, counts = pairs.convert(schema, options, records)
    counts.update({"records": rejected, "rejected": rejected, "blank": blank})
    flags = ["--from", schema, *options.flags(), *(["--on-error", "skip"] if rejected else [])]
    counts = {name: count for name, count in sorted(counts.items()) if count}
    case = {"name": name, "flags": flags, "lines": lines, "rows": rows, "counts": counts}
    print(json.dumps(case, ensure_ascii=False))


def layouts():
    """Each layout of each source, with each system prompt."""
    for to in pairs.PAIRS:
        for system in SYSTEMS:
            lines = [
                helpsteer3(messages("A", "B", "C", system="Own\n'é'."), "x", "y", Raw("-2"), **UNUSED["helpsteer3"]),
                helpsteer3(messages(system="/"), "x", "y", Raw("1")),
                *([] if system == "record" else [helpsteer3([], "", "y"), helpsteer3("Q\t", "x", "")]),
            ]
            case(f"{to} of helpsteer3, system prompt {system}", "helpsteer3", pairs.Options(to, system=system), lines)
        for system in [None, "default", SYSTEMS[-1]]:
            lines = [preference("A\n<extra_id_1>Assistant\nB\n<extra_id_1>User\nC", strength=Raw("-1")), preference()]
            lines.append(preference("é", **UNUSED["helpsteer2-preference"]))
            options = pairs.Options(to, system=system)
            case(f"{to} of preference, system prompt {system}", "helpsteer2-preference", options, lines)
            lines = [helpsteer("é/", "a"), helpsteer("é/", "b", [1] * 5), helpsteer("", ""), helpsteer("", "c", [4] * 5)]
            options = pairs.Options(to, weights=USUAL_WEIGHTS, system=system)
            case(f"{to} of helpsteer, system prompt {system}", "helpsteer", options, lines)
    for to in ["nemo", "messages", "columns", "messages-columns"]:
        for system in [None, "none", SYSTEMS[-1]]:
            options = pairs.Options(to, weights=USUAL_WEIGHTS, system=system)
            lines = [helpsteer("é/\n<extra_id_1>Assistant\nB\n<extra_id_1>User\nC", '"'), helpsteer("", "", [0] * 5)]
            case(f"one score in {to}, system prompt {system}", "helpsteer", options, lines)
    for system in SYSTEMS:
        lines = [helpsteer3(messages("A", "B", "C", system="Own\n'é'."), "x", "y", Raw("-2.50"))]
        lines += [] if system == "record" else [helpsteer3([]), helpsteer3(messages("A", "B"), strength=Raw("0"))]
        case(f"nemo of helpsteer3, system prompt {system}", "helpsteer3", pairs.Options(system=system), lines)


def numbers():
    """Odd numbers as strengths, as scores and as weights."""
    made = {"helpsteer2-preference": preference, "helpsteer3": helpsteer3}
    for schema, to in [("helpsteer2-preference", "trl-pairs"), ("helpsteer3", "swift-pairs"), ("helpsteer3", "nemo")]:
        numbers = NUMBERS if to != "nemo" else NUMBERS[:16]
        lines = [made[schema]("", number, "", Raw(number)) for number in numbers]
        case(f"numbers as strengths of {schema} in {to}", schema, pairs.Options(to), lines)
        lines = [made[schema]("", text, "", text) for text in SPELLED]
        case(f"texts as strengths of {schema} in {to}", schema, pairs.Options(to), lines)
    for weight in [1.0, -1.0, 0.1, 1e-05, 1e16, 3.0000000000000004, 5e-324, 123456.789]:
        lines = [helpsteer("", "", [Raw(number)], ["quality"]) for number in NUMBERS]
        options = pairs.Options("columns" if weight == 1 else "messages", (("quality", weight),), system="none")
        case(f"numbers as scores, with the weight {weight}", "helpsteer", options, lines)
    lines = [helpsteer(response=text, scores=[text], names=["quality"]) for text in SPELLED]
    case("texts as scores", "helpsteer", pairs.Options("columns", (("quality", 1.0),)), lines)
    lines = [helpsteer(f"{at // 2}", number, [Raw(number)], ["quality"]) for at, number in enumerate(NUMBERS[:30])]
    case("differences of numbers", "helpsteer", pairs.Options("trl-pairs", (("quality", 1.0),)), lines)
    tenths = (("helpfulness", 0.1), ("correctness", 0.2), ("coherence", 0.3))
    lines = [helpsteer("Q", f"{a} {b} {c}", [a, b, c]) for a, b, c in itertools.product([0, 1, 3], repeat=3)]
    for to in ["messages", "trl-pairs"]:
        for order in [tenths, tenths[::-1], (tenths[1], tenths[2], tenths[0])]:
            said = ", ".join(name for name, _ in order)
            options = pairs.Options(to, order, system="none")
            case(f"the sum has the order of the flag: {said}, {to}", "helpsteer", options, lines)
    large = (("helpfulness", 1e16), ("correctness", 1.0), ("coherence", -1e16))
    lines = [helpsteer("Q", f"{b}", [1, b, 1]) for b in (0, 1, 2, 3)]
    case("a sum that rounds away what is small", "helpsteer", pairs.Options("messages", large), lines)
    case("a tie by rounding", "helpsteer", pairs.Options("trl-pairs", large), lines[:2])
    case("zero from -0.0", "helpsteer", pairs.Options("messages", (("quality", -1.0),)), [
        helpsteer(scores=[Raw(zero)], names=["quality"]) for zero in ["0", "-0.0", "0.0", "-0"]])  # fmt: skip


def texts():
    """Strings in several spellings."""
    for way in STRINGS:
        for schema in ["helpsteer2-preference", "helpsteer3", "helpsteer"]:
            lines = []
            for name, text in TEXTS.items():
                if schema == "helpsteer":
                    made = [helpsteer(text + name, text), helpsteer(text + name, text + ".", [4] * 5)]
                elif schema == "helpsteer3":
                    made = [helpsteer3(messages(text, text, text), text, name, Raw("-1"))]
                else:
                    made = [preference(text, name, text)]
                # Prompts of a group are spelled differently.
                ways = [way, "as Python"]
                lines += [spelled(record, of, gap) for record, of, gap in zip(made, ways, ["", " "])]
            options = pairs.Options("trl-pairs", USUAL_WEIGHTS if schema == "helpsteer" else ())
            case(f"strings of {schema}, {way}", schema, options, lines)
    for name, text in EMBEDDED.items():
        for splits in [None, False]:
            options = pairs.Options("trl-pairs", split_embedded=splits)
            lines = [preference(text, text, text), spelled(preference(text), "escaped throughout")]
            case(f"embedded turns of a preference: {name}, split: {splits}", "helpsteer2-preference", options, lines)
        lines = [helpsteer3(messages(text, text, "Q")), helpsteer3(context=Raw(json.dumps(text)))]
        case(f"embedded turns of helpsteer3: {name}", "helpsteer3", pairs.Options("swift-pairs"), lines)
    key = '"overall_preference"'
    lines = [spelled(helpsteer3()).replace(key, spelled("overall_preference", way)) for way in STRINGS]
    lines.append(spelled(helpsteer3()).replace(key, f'{key}: "no", {key}'))
    case("keys spelled with escapes, and repeated", "helpsteer3", pairs.Options("trl-pairs"), lines)


def groups():
    """Records with one prompt."""
    one = (("helpfulness", 1.0),)
    options = pairs.Options("trl-pairs", one)
    for size in range(1, 10):
        lines = [helpsteer(f"{turn}", f"{at}", [(at * 7 + turn * 3) % 10]) for turn in range(3) for at in range(size)]
        case(f"groups of {size}", "helpsteer", options, lines)
    sizes = [1, 2, 1, 3, 1, 1, 2, 9]
    lines = [helpsteer(f"{turn}", f"{at}", [at % 4]) for turn, size in enumerate(sizes) for at in range(size)]
    case("groups of several sizes", "helpsteer", options, lines)
    lines = [helpsteer("A", "1", [1]), helpsteer("B", "2", [2]), helpsteer("A", "3", [3])]
    case("the same prompt again, not beside it", "helpsteer", options, lines)
    for scores in ["133", "331", "3113", "112212", "22", "000", "1313", "3131"]:
        lines = [helpsteer("Q", f"{at}", [int(score)]) for at, score in enumerate(scores)]
        case(f"equal scores: {scores}", "helpsteer", options, lines)
    lines = [helpsteer("Q", "minus", [Raw("-0.0")]), helpsteer("Q", "plus", [Raw("0.0")])]
    case("0.0 and -0.0 are a tie", "helpsteer", options, lines)
    prompts = ["Q", "Q ", "Q", "q", "", " ", "é", "e\u0301"]
    lines = [helpsteer(prompt, f"{at}", [at]) for at, prompt in enumerate(prompts)]
    case("prompts that are nearly the same", "helpsteer", options, lines)
    prompt = 'é/"\n🙂'
    lines = [spelled(helpsteer(prompt, f"{at}", [at]), way) for at, way in enumerate(STRINGS)]
    case("one prompt in every spelling", "helpsteer", options, lines)
    wrong = [helpsteer("Q", "no score", [], []), '{"prompt": "Q"}', '{"prompt": 1, "response": "", "helpfulness": 1}']
    lines = [helpsteer("Q", "1", [1]), *wrong, "", helpsteer("Q", "2", [2]), " \t", helpsteer("R", "3", [3])]
    case("rejected records and blank lines within a group", "helpsteer", options, lines)
    lines = [helpsteer("Q", "1", [1]), helpsteer("R", "no score", [], []), helpsteer("Q", "2", [2])]
    case("a rejected record with another prompt within a group", "helpsteer", options, lines)
    lines = [helpsteer("Q", "missing", [-100]), helpsteer("Q", "1", [1]), helpsteer("Q", "2", [2])]
    lines.append(helpsteer("R", "", [Raw("-100.0")]))
    case("a record that states the missing score", "helpsteer", options, lines)
    largest = ["1.7976931348623157e308", "-8.98846567431158e307", "8.98846567431158e307", "8.988465674311579e307", "1"]
    lines = [helpsteer("Q", score, [Raw(score)]) for score in largest]
    for to in ["trl-pairs", "messages"]:
        case(f"a weighted score that is large, {to}", "helpsteer", pairs.Options(to, (("helpfulness", 1.0),)), lines)
    lines = [helpsteer("Q", "inf", [Raw("1e308")]), helpsteer("Q", "1", [1]), helpsteer("Q", "2", [2])]
    case("a weighted score that is infinite", "helpsteer", pairs.Options("messages", (("helpfulness", 1e10),)), lines)
    lines = [helpsteer("Q", "1", ["no", 1]), helpsteer("Q", "2", ["no", 2])]
    options = pairs.Options("trl-pairs", (("correctness", 2.0),))
    case("scores without a weight are not read", "helpsteer", options, lines)


def left_out():
    """Ties, margins and lengths."""
    for schema, record in [("helpsteer2-preference", preference), ("helpsteer3", helpsteer3)]:
        strengths = "-3 -2 -1 0 1 2 3 0.0 -0.0 1.9999999999999998 2.0000000000000004".split()
        lines = [record(strength=Raw(number)) for number in strengths]
        for margin in [0.0, 2.0, 1e16]:
            options = pairs.Options("trl-pairs", min_margin=margin)
            case(f"pairs of {schema} below a margin of {margin}", schema, options, lines)
    numbers = [("0.1", "0.4"), ("0.2", "0.5"), ("0.4", "0.7"), ("1", "1.3"), ("0", "0.3"), ("0", "0.30000000000000004")]
    lines = [helpsteer(f"{at}", score, [Raw(score)]) for at, pair in enumerate(numbers) for score in pair]
    for margin in [0.3, 0.30000000000000004, 0.29999999999999993]:
        options = pairs.Options("trl-pairs", (("helpfulness", 1.0),), min_margin=margin)
        case(f"differences beside a margin of {margin}", "helpsteer", options, lines)
    lines = [preference("ä🙂c", "four", "fiv", Raw(number)) for number in ("-1", "1", "0")]
    for most in [6, 7, 8]:
        for to in pairs.PAIRS:
            options = pairs.Options(to, max_chars=most)
            case(f"at most {most} characters in {to}", "helpsteer2-preference", options, lines)
    lines = [helpsteer("Q", "long", [3]), helpsteer("Q", "l", [1]), helpsteer("Q", "", [0])]
    for most in [4, 5]:
        options = pairs.Options("trl-pairs", (("helpfulness", 1.0),), max_chars=most)
        case(f"the best is chosen before its length of at most {most} is looked at", "helpsteer", options, lines)
    options = pairs.Options("trl-pairs", system="text:1234", max_chars=9)
    lines = [preference("67", "abc", "abcd"), preference("67", "abc", "xyz")]
    case("the system prompt has characters, too", "helpsteer2-preference", options, lines)
    for split in ["train", "val"]:
        lines = [preference(first=name, split=name) for name in ("train", "val", "validation", "")]
        lines.append(preference(split="train", strength=Raw("0")))
        options = pairs.Options("trl-pairs", split=split)
        case(f"the split {split}", "helpsteer2-preference", options, lines)


def helpsteer3_records():
    """Contexts of HelpSteer3, and what is no such record."""
    contexts = {
        "two messages of the user": [{"role": "user", "content": "A"}, {"role": "user", "content": "B"}],
        "the assistant first": [{"role": "assistant", "content": "A"}, {"role": "user", "content": "B"}],
        "seven messages": messages(*"ABCDEFG"),
        "other keys": [{"name": None, "role": "user", "content": "A", "tool_calls": [{"x": {}}]}],
        "an empty text": Raw('""'),
        "a text": Raw('"A\\nB"'),
        "a system message alone": messages(system=""),
    }
    for to in ["trl-pairs", "nemo"]:
        for name, context in contexts.items():
            case(f"a context of {name}, {to}", "helpsteer3", pairs.Options(to), [helpsteer3(context)])
    wrong = {
        "a system message that is not the first": [*messages("A"), *messages(system="S")],
        "a message of a tool": [{"role": "tool", "content": "A"}],
        "a role in capitals": [{"role": "User", "content": "A"}],
        "a message without content": [{"role": "user"}],
        "content that is a list": [{"role": "user", "content": [{"type": "text", "text": "A"}]}],
        "content that is null": [{"role": "assistant", "content": None}],
        "a message that is a text": ["A"],
        "a context that is an object": Raw('{"role": "user", "content": "A"}'),
        "a context that is null": Raw("null"),
    }
    for name, context in wrong.items():
        case(f"rejected: {name}", "helpsteer3", pairs.Options("trl-pairs"), [helpsteer3(context), helpsteer3()])
    strengths = [Raw(text) for text in 'null true [] {} "" "x" 1e999 [1]'.split()]
    lines = [helpsteer3(strength=strength) for strength in strengths] + [helpsteer3()]
    case("rejected: strengths that are no numbers", "helpsteer3", pairs.Options("trl-pairs"), lines)
    whole = helpsteer3(**UNUSED["helpsteer3"])
    lines = [{key: value for key, value in whole.items() if key != left} for left in whole]
    case("records that lack a member each", "helpsteer3", pairs.Options("llamafactory-pairs"), lines)
    lines = [helpsteer3(messages("A", system="S")), helpsteer3("no prompt"), helpsteer3(Raw('"no prompt"'))]
    case("rejected: no system prompt of its own", "helpsteer3", pairs.Options("trl-pairs", system="record"), lines)


def main():
    for cases in [layouts, numbers, texts, groups, left_out, helpsteer3_records]:
        cases()


if __name__ == "__main__":
    main()
