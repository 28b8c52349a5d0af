#!/usr/bin/env python3
"""Makes fuzz/seeds from the golden cases: a file for each case and target that it suits. Large cases are left out.
Lines with strings of many escapes are added, since what handles blocks of 32 and 64 bytes wants more than one."""

import base64
import json
import shutil
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent / "tests"
LARGEST = 8 << 10

SCORES = """3 4.5 -0.0 .5 5. 1e3 1E-3 +2.5e+05 00012 1e16 1e-5 9999999999999998 0.1 1e-400 1e400 5e-324 nan inf 1_0 -
+-1 1e e5 . 2.2250738585072011e-308 1.7976931348623157e308 0.30000000000000004 123456789012345678901234567890""".split()
NUMBERS = [0.0, -0.0, 1.0, -100.0, 0.1, 1e-5, 1e-4, 1e15, 1e16, 1e17, 5e-324, 1.7976931348623157e308, 1e23, 2.0**53]


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

    for target, data in seeds.items():
        folder = HERE / "seeds" / target
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for index, seed in enumerate(dict.fromkeys(data)):
            (folder / f"{index:03}").write_bytes(seed)
        print(f"{target}: {len(set(data))} seeds, {sum(map(len, set(data)))} bytes")


main()
