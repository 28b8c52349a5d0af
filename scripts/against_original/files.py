"""Whole inputs: records with all that may stand between them, also broken at byte level."""

from . import figures
from .original import Lifted
from .records import ATTRIBUTES, Records
from .spelling import Spelling

TOKENS = [b" ", b"\n", b"\r", b"\r\n", b"\t", b"\0", b"\x0c", b"\xc2\xa0", b"\xe2\x80\xa8", b"9" * 5000, b"[" * 2000]
TOKENS += (
    b'\xff \xed\xa0\x80 \xc0\xaf \xc3 \xf4\x90\x80\x80 \xef\xbb\xbf \\ \\ud800 \\udc00 \\u12 \\x \\/ \' // " ""'.split()
)
TOKENS += b"{ } [ ] , : {} [] - 0 1e5 . NaN Infinity -Infinity null true".split()
TOKENS += b'"label" "mask":"User" "from":null ,"value":1'.split()


def records(rng, schema):
    """An input of random records of a schema."""
    accidents = rng.choice([0, 0.02, 0.1, 0.3])
    make, mutations = Records(rng, accidents), rng.choice([0, 0, 0.05, 0.3])
    lines = []
    for _ in range(rng.choice([0, 1, 2, 10, 100, 600, 1500, 3000])):
        with Lifted():
            line = Spelling(rng).value(make.record(schema)).encode()
        while mutations and rng.random() < mutations:
            line = mutated(rng, line, lines)
        lines.append(line)
    return joined(rng, lines, oddness=rng.choice([0, 0, 0.1]))


def joined(rng, lines, oddness):
    end = rng.choice([b"\n", b"\n", b"\r\n"])
    content = bytearray(b"\xef\xbb\xbf" if rng.random() < oddness else b"")
    for line in lines:
        content += line + end
        while rng.random() < oddness:
            content += rng.choice(
                [b"\n", b"\r\n", b"  \n", b"\t\r\n", b"\r\r\n", b"\x0c\n", b"\xc2\xa0\n", b"\xef\xbb\xbf\n"]
            )
    return bytes(content.removesuffix(b"\n") if rng.random() < 0.3 else content)


def mutated(rng, line, others):
    at, way = rng.randrange(len(line) + 1), rng.random()
    if way < 0.2:
        return line[:at] + line[at + rng.choice([1, 1, 2, 9]) :]
    if way < 0.5:
        return line[:at] + rng.choice(TOKENS) + line[at:]
    if way < 0.7:
        return line[:at] + rng.choice(TOKENS) + line[at + rng.choice([1, 1, 3]) :]
    if way < 0.8:
        return line[:at] + bytes([rng.randrange(256)]) + line[at + 1 :]
    if way < 0.85:
        return line[:at]
    if way < 0.95:
        return line[:at] + line[max(0, at - rng.randrange(40)) :]
    return line + rng.choice([b"", b" ", b"\r"]) + (rng.choice(others) if others else b"{}")


def numbers(rng, schema, count):
    """An input of valid records with about `count` numbers, and how many they are."""
    kind = rng.choice([*figures.KINDS, "mixed"])
    of = figures.number if kind == "mixed" else figures.KINDS[kind]
    names = ATTRIBUTES[: {"oasst": 4, "helpsteer2-preference": 1, "helpsteer3": 1}.get(schema)]
    content, made = [], 0
    while made < count:
        scores = [of(rng) for _ in names]
        made += len(scores)
        if schema == "sft":
            label = ",".join(f"{name}:{score}" for name, score in zip(names, scores))
            content.append(f'{{"conversations": [{{"from": "A", "value": "", "label": "{label}"}}], "mask": "B"}}\n')
        elif schema == "helpsteer":
            given = ", ".join(f'"{name}": {score}' for name, score in zip(names, scores))
            content.append(f'{{"prompt": "{len(content) // 2}", "response": "", {given}}}\n')
        elif schema == "helpsteer3":
            said = '"context": [], "response1": "", "response2": ""'
            content.append(f'{{{said}, "overall_preference": {scores[0]}}}\n')
        elif schema == "helpsteer2-preference":
            said = '"prompt": "", "response_1": "", "response_2": ""'
            content.append(f'{{"split": "train", {said}, "preference_strength": {scores[0]}}}\n')
        else:
            given = ", ".join(f'"{name}": {{"value": {score}}}' for name, score in zip(names, scores))
            reply = f'{{"role": "assistant", "text": "", "replies": [], "labels": {{{given}}}}}'
            content.append(f'{{"prompt": {{"role": "prompter", "text": "", "replies": [{reply}]}}}}\n')
    return "".join(content).encode(), made
