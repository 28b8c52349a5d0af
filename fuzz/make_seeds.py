#!/usr/bin/env python3
"""Makes fuzz/seeds from the golden cases: a file for each case and target that it suits. Large cases are left out.
Lines with strings of many escapes are added, since what handles blocks of 32 and 64 bytes wants more than one."""

import base64
import json
import shutil
import struct
from itertools import count
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent / "tests"
LARGEST = 8 << 10

SCORES = """3 4.5 -0.0 .5 5. 1e3 1E-3 +2.5e+05 00012 1e16 1e-5 9999999999999998 0.1 1e-400 1e400 5e-324 nan inf 1_0 -
+-1 1e e5 . 2.2250738585072011e-308 1.7976931348623157e308 0.30000000000000004 123456789012345678901234567890""".split()
NUMBERS = [0.0, -0.0, 1.0, -100.0, 0.1, 1e-5, 1e-4, 1e15, 1e16, 1e17, 5e-324, 1.7976931348623157e308, 1e23, 2.0**53]


# As in src/format.rs.
FORMS = ["sft", "helpsteer", "only", "preference", "train", "val", "oasst", "helpsteer3"]
PAIRS = ["trl", "nemo-rl", "swift", "llamafactory"]
MARGINS = [None, 0.0, 1.0, 2.5]
WEIGHTS = ["helpfulness,verbosity", "quality", "humor,quality,toxicity", "large"]
FLAGS = ["messages", "columns", "trim", "strict", "last", "split", "unsplit"]
NAMES = ["quality", "humor", "helpfulness", "toxicity", "creativity", "text", "messages", "label", "prompt", "response",
         "system", " quality", " ", 'a"b', 'a\\"b', "a\\nb", "a\nb", "\u0001", "é", "😀 smile"]
WORDS = ["yes", "no", "", "nan", "inf", "1_0", "٣", "None", "True", 'a"b', "so so", "é\n!"]
WORD_SCORES = [-100.0, 0.0, -0.0, 1.0, 3.0, 4.25, 1e16, -1e300]
RANGES = ["0..4", "-0.5..3", "3..1", "0..-0"]
TEXTS = ["", '"', "\n", "<extra_id_1>User\n", "\n<extra_id_1>Assistant\n", "<s>", "\\", "\\n", "\t\u0001 ", "é😀", " p ",
         "User: "]
PIECES = ["begin", "system", "after_system", "none", "user", "after_user", "assistant", "after_assistant", "end"]


def labels(text):
    """The labels of a record, if it is JSON."""
    try:
        record = json.loads(text)
        found = [turn.get("label") for turn in record["conversations"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    return [label for label in found if isinstance(label, str)]


def escaped_lines():
    """Records whose strings are longer than a few blocks: runs of escapes, broken by other things in all places."""
    russian = "Съешь ещё этих мягких французских булок, да выпей чаю. "
    mixed = "日本語の文章と English, naïve café, 😀😀 und Straße/ᚠ\t\x7f\n"
    texts = {text: "".join(f"\\u{ord(c):04x}" if 127 < ord(c) < 65536 else json.dumps(c)[1:-1] for c in text)
             for text in (russian * 4, mixed * 3)}
    strings = list(texts.values())
    strings.append("".join(f"\\u{ord(c):04X}" for c in russian))
    strings.append(strings[1].replace("/", "\\/").replace(" ", "\\u0020"))
    run = "\\u0434\\u4e16" * 12
    for other in ("\\ud83d\\ude00", "\\ud83d", "\\ude00", "\\u0041", "\\u0007", "\\/", "\\\\", '\\"', "\\x", "\\u12", "\\"):
        strings += [run[:6 * place] + other + run[6 * place:] for place in (4, 9, 10, 20)]
    strings += ["x" * pad + run for pad in (1, 26, 29, 31, 58, 61, 63)]
    for string in strings:
        yield ('{"conversations": [{"from": "User", "value": "%s"}, {"from": "Assistant", "value": "Hi", '
               '"label": "humor:1"}], "mask": "User"}' % string).encode()


def formatted(record, form="sft", flags="", attributes=("quality", "humor"), missing=-100.0, words=None,
              prompt="default", template=None, range=None, max_chars=None, pairs=None, min_margin=None, weights=None):
    """A seed of the target format: a record or its text, with what the rows look like before it."""
    only = 0
    if form.startswith("only "):
        form, only = "only", attributes.index(form[5:])
    template = template or {}
    prompts = ["default", "none", "record"] + ["text:" + text for text in TEXTS]
    limit = 0 if max_chars is None else 1 + max_chars

    def word(name, score):
        """The word is chosen by the number, and its score by its upper half."""
        wanted = WORDS.index(name), WORD_SCORES.index(score)
        return next(n for n in count(1) if ((n - 1) % len(WORDS), n // 16 % len(WORD_SCORES)) == wanted)

    named = [1 + NAMES.index(name) for name in attributes]
    known = [word(*one) for one in (words or {}).items()]
    # Pairs of groups, or single scores.
    groups = 128 if form == "helpsteer" and pairs is not None else 0
    header = [FORMS.index(form) + len(FORMS) * only + groups]
    header += [sum(1 << FLAGS.index(flag) for flag in flags.split())]
    header += (named + [0] * 6)[:6] + [[-100.0, 0.0, -0.0, 1.0, 3.0, 4.25].index(missing)] + (known + [0] * 3)[:3]
    header += [prompts.index(prompt)]
    header += [1 + TEXTS.index(template[piece]) if piece in template else 0 for piece in PIECES]
    header += [0 if range is None else 1 + RANGES.index(range)]
    number = 0
    if pairs is not None or weights is not None:
        wanted = PAIRS.index(pairs or "trl"), MARGINS.index(min_margin), WEIGHTS.index(weights or WEIGHTS[0])
        number = next(n for n in count(1) if ((n - 1) % 4, n // 4 % 4, n // 16 % 4) == wanted)
    text = record if isinstance(record, str) else json.dumps(record)
    return bytes(header) + struct.pack("<HB", limit, number) + text.encode()


def formats():
    """For each rule of a format records that it is about."""
    def sft(*turns, **others):
        turns = [dict(zip(("from", "value", "label"), turn)) for turn in turns]
        return {"conversations": turns, "mask": "U"} | others

    user, assistant = "\n<extra_id_1>User\n", "\n<extra_id_1>Assistant\n"
    chat = sft(("U", "Hi"), ("A", "Hello", "quality:4,humor:0"), ("U", "Bye"), ("A", "Ciao é", "quality:1,humor:2"))
    embedded = sft(("U", f"Hi{assistant}Hello{user}\\ é?{assistant}", "quality:1"), ("A", f"x{user}y", "humor:3"))
    near = sft(("U", "<extra_id_1>User\nx\\n<extra_id_1>User\ny\n<extra_id_1>User\\n\n<extra_id_1>System\nz"
                "\n<extra_id_1><extra_id_1>User\n\n<extra_id_1>User\r\n", "quality:1"))
    spaces = sft(("U", f" \n\t\u001c a b \u00a0\u2003{user} \u0085{assistant} x"), ("A", " \n ", "quality:1"),
                 ("A", "\u3000é\u200b ", "humor:2"))
    pieces = {"begin": "<s>", "system": '"', "after_system": "\n", "none": "é😀", "user": "User: ", "after_user": "\\",
              "assistant": "\t\u0001 ", "after_assistant": "<extra_id_1>User\n", "end": "\n<extra_id_1>Assistant\n"}
    yield formatted(chat)
    yield formatted(chat, flags="messages", prompt="none")
    yield formatted(chat, flags="columns", template=pieces)
    yield formatted(chat, flags="messages columns", prompt="text: p ")
    yield formatted(chat, flags="last", max_chars=300)

    # Turns behind markers, by every kind of row; also where the template makes them of what it puts between.
    yield formatted(embedded, flags="messages")
    yield formatted(embedded, flags="split")
    yield formatted(embedded, flags="split last", prompt="none", template=pieces)
    yield formatted(embedded, flags="messages unsplit", prompt="text:\t\u0001 ")
    yield formatted(json.dumps(embedded).replace("\\n<", "\\u000a<").replace("U", "\\u0055"), flags="messages columns")
    yield formatted(near, flags="messages")
    yield formatted(near, template={"begin": "<extra_id_1>User\n", "end": ""})
    escaped = r"x\\n<extra_id_1>User\ny\\\n<extra_id_1>User\nz\u005cn<extra_id_1>User\n"
    yield formatted(json.dumps(sft(("U", "VALUE", "quality:1"))).replace("VALUE", escaped), flags="messages split")

    # White space at the ends of what is said.
    yield formatted(spaces, flags="trim", prompt="text: p ")
    yield formatted(spaces, flags="trim split", prompt="text:\n", template=pieces)
    yield formatted(json.dumps(spaces).replace("\\n", "\\u000A"), flags="trim messages")
    escaped = r"\u0020\\\u2003\n\f "
    yield formatted(json.dumps(sft(("U", "VALUE"), ("A", "VALUE", "quality:1"))).replace("VALUE", escaped), flags="trim")

    # Records with their own prompts.
    yield formatted(sft(("A", "x", "quality:1"), system=" é\n"), prompt="record", flags="trim")
    yield formatted(sft(("A", "x", "quality:1"), system=f"a{user}b"), prompt="record", flags="messages", max_chars=21)
    yield formatted(sft(("A", "x", "quality:1"), system=None), prompt="record")
    yield formatted(sft(("A", "x", "quality:x")), prompt="record")
    yield formatted('{"system": "a", "conversations": [], "system": "\\u0062", "mask": ""}', prompt="record")
    yield formatted({"prompt": "Hi", "response": "", "quality": 1, "system": "s"}, "helpsteer", prompt="record")

    # Labels: missing scores, words, and what the checks count.
    odd = ["a\nb", "a\\nb", 'a"b', 'a\\"b', " quality", "\u0001"]
    yield formatted(sft(("A", "", ",".join(f"{name}:{index}" for index, name in enumerate(odd)))), flags="columns",
                    attributes=odd, missing=3.0)
    yield formatted(sft(("A", "", "humor:0,quality:-0,é:0.0")), flags="columns messages", missing=0.0,
                    attributes=("é", "quality", "humor", "text", "label"))
    yield formatted(sft(("A", "", "quality: yes\t,humor:")), words={"yes": 1.0, "": -100.0})
    yield formatted(sft(("A", "", "quality:nan,humor:1_0:7")), words={"nan": 0.0, "1_0": 4.25})
    yield formatted(sft(("A", "", "quality:\u0663"), ("A", "", "quality:no")), words={"٣": 3.0})
    yield formatted(sft(("A", "", "quality:1,unknown:2")), flags="strict")
    yield formatted(sft(("A", "", "humor:1,unknown:x"), ("A", "", "quality:x")), flags="last")
    yield formatted(sft(("A", "", "humor:-100"), ("A", "", "humor:4")), flags="strict last")
    yield formatted(sft(("A", "", "quality:4,humor:0"), ("A", "", "quality:5")), flags="strict", range="0..4")
    yield formatted(sft(("A", "", "quality:-0,humor:0")), flags="strict", range="0..-0", missing=-0.0)
    counted = sft(("A", "é😀\n\"", "quality:1"), ("A", "x", "quality:1"))
    yield formatted(counted, flags="messages", prompt="none", max_chars=4)
    yield formatted(counted, prompt="none", max_chars=58)

    # Published records.
    answer = {"prompt": f"Hi{assistant}Hello{user}é", "response": " x ", "quality": 3, "humor": "yes", "text": None}
    yield formatted(answer, "helpsteer", "messages trim", attributes=("text", "humor", "quality", "prompt"),
                    words={"yes": 1.0, "None": 0.0})
    answer = json.dumps({"prompt": "3", "response": "1e0", 'a"b': 2, "a\\nb": "INFINITE", "a\nb": True})
    yield formatted(answer.replace('"INFINITE"', "1e400"), "helpsteer", "columns",
                    attributes=("response", 'a"b', "a\\nb", "a\nb"), words={"inf": 1e16, "True": 1.0})
    yield formatted({"prompt": "", "response": "", "humor": 2, "quality": 5}, "only humor", "strict columns",
                    range="0..4")
    yield formatted({"prompt": "", "response": "", "humor": [2], "quality": 5}, "helpsteer")
    yield formatted({"prompt": "", "response": "", "helpfulness": 2}, "helpsteer", "strict")
    pair = {"prompt": f"Hi{assistant}é", "response_1": "a ", "response_2": "bcd", "preference_strength": -1,
            "split": "train"}
    yield formatted(pair, "preference", "messages", prompt="none", max_chars=5)
    yield formatted(pair, "train", "columns trim", template=pieces, attributes=("humor", "quality"))
    yield formatted(pair, "val")
    yield formatted(pair, "preference", "strict split", range="0..4")

    yield formatted(pair, "preference", pairs="trl")
    yield formatted(pair | {"preference_strength": 0}, "train", pairs="swift", min_margin=1.0)
    yield formatted(pair | {"preference_strength": 2.5}, "preference", pairs="nemo-rl", min_margin=2.5, prompt="none")
    yield formatted(pair | {"preference_strength": "yes"}, "preference", pairs="trl", words={"yes": 3.0})

    # A context of messages; members that no row has.
    context = [{"role": "user", "content": f"Hi{assistant}é"}, {"content": "Hello\n", "role": "assistant", "x": [{}]}]
    compared = {"domain": "general", "context": context, "response1": "a ", "response2": "bcd", "overall_preference": -3,
                "individual_preference": [{"score": -2, "reasoning": "x", "context": []}]}
    system = [{"role": "system", "content": "Be \"kind\"."}]
    yield formatted(compared, "helpsteer3")
    yield formatted(compared, "helpsteer3", "strict trim", template=pieces, range="-0.5..3")
    yield formatted(compared | {"context": system + context}, "helpsteer3", prompt="record", max_chars=60)
    for name in PAIRS:
        yield formatted(compared, "helpsteer3", pairs=name)
        yield formatted(compared | {"context": system + context}, "helpsteer3", pairs=name, prompt="record")
        yield formatted(compared | {"context": "Hi", "overall_preference": 1}, "helpsteer3", pairs=name, min_margin=1.0)
        yield formatted(compared | {"context": [], "overall_preference": 2}, "helpsteer3", "unsplit", pairs=name,
                        prompt="text: p ", max_chars=6)
    yield formatted(compared | {"context": context + system}, "helpsteer3", pairs="trl")
    yield formatted(compared | {"overall_preference": 0}, "helpsteer3", pairs="trl")
    yield formatted(json.dumps(compared).replace("-3", "-3.0e0").replace("Hello", "\\ud83d"), "helpsteer3", pairs="trl")
    yield formatted(json.dumps(compared).replace('"x"', '"\\ud83d", "y": NaN'), "helpsteer3", pairs="swift")

    # Weighted scores.
    scored = {"prompt": "Hi", "response": "é", "helpfulness": 3, "verbosity": 1.5, "quality": "2", "humor": 0.1}
    for flags in ("", "messages", "columns", "messages columns"):
        yield formatted(scored, "helpsteer", flags, weights="helpfulness,verbosity", prompt="none")
    yield formatted(scored, "helpsteer", weights="humor,quality,toxicity")
    yield formatted(scored | {"humor": 1}, "helpsteer", weights="large")
    yield formatted(chat, "sft", "messages last", weights="quality")

    # Neighbours with the same prompt.
    def answers(prompt, *scores):
        answer = {"prompt": prompt, "verbosity": 1}
        return [json.dumps(answer | {"response": f"é {index}", "helpfulness": score, "quality": score})
                for index, score in enumerate(scores)]

    lines = answers("é", 1, 3) + ["", "{}"] + answers("é", 0) + [answers("é", 3)[0].replace("\\u00e9", "é")]
    lines += answers("e\u0301", 1) + answers(f"Hi{assistant}é", 1, 1) + answers("B", 4, 2.5, 4, 2.5) + answers("é", 2, 1)
    for name in PAIRS:
        yield formatted("\n".join(lines), "helpsteer", pairs=name)
        yield formatted("\r\n".join(lines), "helpsteer", pairs=name, weights="quality", min_margin=2.5, prompt="default")
    yield formatted("\n".join(lines), "helpsteer", "strict", pairs="trl", weights="quality", range="0..4", max_chars=6)
    yield formatted("\n".join(answers("A", 1, 0.5, 1e-200)), "helpsteer", pairs="swift", weights="large")
    yield formatted(chat, "sft", "columns", weights="humor,quality,toxicity")

    def message(role, text, *replies, **labels):
        labels = {name: {"value": value, "count": 1} for name, value in labels.items()}
        return {"role": role, "text": text, "labels": labels, "replies": list(replies)}

    replies = [message("assistant", "a", quality=0.5, humor=0.375), message("assistant", f"b{user} c", toxicity=1)]
    deeper = message("assistant", "é", message("prompter", f" d{assistant}e ", *replies), humor=0.25)
    tree = {"prompt": message("prompter", f"Hi{user}x", deeper, *replies)}
    yield formatted(tree, "oasst", attributes=("quality", "toxicity", "humor", "creativity"))
    yield formatted(tree, "oasst", "messages trim last", prompt="none", max_chars=6)
    yield formatted(tree, "oasst", "columns strict", range="-0.5..3", template=pieces)
    yield formatted(tree["prompt"], "oasst", "columns messages split last", attributes=("humor",), missing=1.0)
    yield formatted({"role": "prompter", "text": "alone", "replies": []}, "oasst")
    yield formatted(tree, "oasst", "messages", weights="quality")
    yield formatted(tree, "oasst", "columns", weights="humor,quality,toxicity", template=pieces)


def main():
    cases = [json.loads(case) for case in open(TESTS / "golden_cases.jsonl", encoding="utf-8")]
    lines = [base64.b64decode(case["line_base64"]) if "line_base64" in case else case["line"].encode()
             for case in cases]
    lines = [line for line in lines if len(line) <= LARGEST]

    lines += escaped_lines()

    seeds = {"line": lines}
    # Threads, chunk size and so on are drawn from the first three bytes.
    seeds["input"] = [bytes([(37 * i) % 256, i % 4, i % 8]) + line for i, line in enumerate(lines)]
    for size, flags in [(0, 1), (20, 3), (60, 6), (255, 2)]:
        for start in range(0, len(lines), 8):
            some = lines[start:start + 8]
            joined = b"\n".join(line for line in some if len(line) < 600)
            seeds["input"].append(bytes([size, start // 8 % 4, flags]) + joined)
    seeds["input"].append(bytes([9, 1, 3]) + b"\xef\xbb\xbf" + lines[0] + b"\r\n \t\n\r\n" + lines[1] + b"\n")
    seeds["label"] = sorted({label.encode() for line in lines for label in labels(line.decode(errors="replace"))
                             if not any("\ud800" <= character <= "\udfff" for character in label)})
    seeds["score"] = [score.encode() for score in SCORES]
    seeds["score"] += [" 4\t".encode(), "\u00a04\u3000".encode(), "\u0663".encode(), "4\x00".encode()]
    seeds["score"] += [b"\xff" + struct.pack("<d", number) for number in NUMBERS]

    seeds["format"] = list(formats())

    for target, data in seeds.items():
        folder = HERE / "seeds" / target
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for index, seed in enumerate(dict.fromkeys(data)):
            (folder / f"{index:03}").write_bytes(seed)
        print(f"{target}: {len(set(data))} seeds, {sum(map(len, set(data)))} bytes")


main()
