#!/usr/bin/env python3
"""Numbers as CPython spells them (`repr`) and reads them (`float`).

    scripts/cpython_numbers.py golden > tests/golden_numbers.jsonl
    scripts/cpython_numbers.py figures > tests/golden_figures.jsonl
    scripts/cpython_numbers.py check TOOL [COUNT] [SEED]

`golden` writes the cases of tests/golden_numbers.rs, the same each time, and `figures` rows of two scores with their means,
deviations and correlations, by fractions: for src/report/figures/pairs.rs and tests/cli/figures.rs. `check` sends COUNT random scores through TOOL (a
built steer2reg) and compares each of them with `repr`: doubles of any bits, float32 values between 0 and 1000 and others
that lie half-way between two spellings, dyadic and decimal fractions.
"""

import json
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

# What the tool rejects although `float` reads it: see docs/guarantees.md.
OURS = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
INFINITE = (float("inf"), float("-inf"))


def of_bits(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def finite(rng):
    """A double of random bits."""
    while True:
        value = of_bits(rng.getrandbits(64))
        if value == value and value not in INFINITE:
            return value


def tie(rng):
    """A double with 17 digits or more, of which the last is a 5: often half-way between two of the spellings with one less."""
    return rng.randrange(2**52, 2**53) / 2 ** rng.randrange(1, 12)


KINDS = {
    "random bits": finite,
    "float32 from 0 to 100": lambda rng: float32(rng.random() * 100),
    "float32 from 100 to 1000": lambda rng: float32(100 + rng.random() * 900),
    "half-way": tie,
    "dyadic fractions": lambda rng: rng.randrange(-(2**30), 2**30) / 2 ** rng.randrange(0, 60),
    "decimal fractions": lambda rng: rng.randrange(-(10**6), 10**6) / 10 ** rng.randrange(0, 9),
    "from 0 to 5": lambda rng: rng.random() * 5,
    "whole": lambda rng: float(rng.randrange(-(10 ** rng.randrange(1, 20)), 10 ** rng.randrange(1, 20))),
}


def spelled(rng, value):
    """The value in full, or as `repr` spells it."""
    return format(Decimal(value), "f") if rng.random() < 0.2 and 1e-30 < abs(value) < 1e30 else repr(value)


def check(tool, count, seed):
    rng = random.Random(seed)
    kinds = list(KINDS.items())
    attributes = [f"a{place}" for place in range(100)]
    compared = dict.fromkeys(KINDS, 0)
    wrong = 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        inputs, outputs = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
        while sum(compared.values()) < count:
            expected = []
            with inputs.open("w") as file:
                for row in range(min(5000, -(-(count - sum(compared.values())) // len(attributes)))):
                    name, make = kinds[row % len(kinds)]
                    values = [make(rng) for _ in attributes]
                    label = ",".join(f"{key}:{spelled(rng, value)}" for key, value in zip(attributes, values))
                    turn = {"from": "Assistant", "value": "", "label": label}
                    file.write(json.dumps({"conversations": [turn], "mask": "User"}) + "\n")
                    expected.append((name, values))
            flags = ["--attributes", ",".join(attributes), "--missing-value", "-12345.678", "-q"]
            subprocess.run([tool, "-i", inputs, "-o", outputs, *flags], check=True)
            with outputs.open() as file:
                for (name, values), line in zip(expected, file, strict=True):
                    got = line[line.index('"label": [') + 10 : -3].split(", ")
                    for value, text in zip(values, got, strict=True):
                        if text != repr(value):
                            wrong += 1
                            if wrong <= 20:
                                print(f"{name}: {text} for {value!r}")
                    compared[name] += len(values)
    for name, of in compared.items():
        print(f"{of:>12,}  {name}")
    total, seconds = sum(compared.values()), time.monotonic() - started
    print(f"{total:>12,}  in all, {wrong} of them not as repr spells them; seed {seed}, {seconds:.0f} s")
    return 1 if wrong else 0


def read(text):
    """What `float` makes of a text, as `repr` spells it; nothing if it refuses."""
    try:
        return repr(float(text))
    except ValueError:
        return None


def case(text):
    """A text, what CPython reads, and whether the tool refuses it all the same."""
    made = {"text": text, "repr": read(text)}
    if made["repr"] is not None:
        # The white space is CPython's own: it goes as long as that changes nothing for `float`.
        bare = text
        while len(bare) > 1 and read(bare[1:]) == made["repr"] and not re.match(r"[0-9+.-]", bare):
            bare = bare[1:]
        while len(bare) > 1 and read(bare[:-1]) == made["repr"] and not re.match(r"[0-9.]", bare[-1]):
            bare = bare[:-1]
        if not OURS.fullmatch(bare) or float(bare) in INFINITE:
            made["refused"] = True
    return made


def values(rng):
    """Doubles to be spelled."""
    for exponent in range(-1074, 1024):
        if exponent % 5 == 0 or -70 < exponent < 70:
            yield 2.0**exponent
    for exponent in range(-323, 309):
        if exponent % 10 == 0 or -20 < exponent < 25:
            yield float(f"1e{exponent}")
            yield float(f"9.999e{exponent - 1}")
    yield from (0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1.7976931348623157e308)
    yield from (9007199254740991.0, 9007199254740992.0, 9007199254740994.0, 9999999999999998.0, 1e16, 1.0000000000000002e16)
    for make in KINDS.values():
        for _ in range(120):
            yield make(rng)
    # Each of these ties; a formatter that rounds up is wrong about half of them.
    for _ in range(300):
        yield tie(rng)


def odd_texts(rng):
    """Texts that are odd, or no numbers at all."""
    yield from "3 +3 -3 03 0003 3. .5 -.5 +.5 0.50 1e3 1E3 1e+3 1E-3 1e03 1.e2 .5e1 -0 -0.0 +0 0e0 -0e9 00 1e0000001".split()
    yield from "1e308 1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308 1.8e308 1e309 -1e309 1e999".split()
    yield from "5e-324 3e-324 2.4703282292062327e-324 2.4703282292062328e-324 2e-324 1e-999 -1e-999 1e-9999999999".split()
    yield from "1e9999999999999999999 0e9999999999999999999 1e-9999999999999999999".split()
    yield from "9007199254740993 9007199254740993.0000000000000001 9007199254740992.9999 1.00000000000000011102230246251565404".split()
    yield from ("0." + "0" * 400 + "1e401", "1" + "0" * 400 + "e-400", "1" * 800, "1" * 800 + "e-800", "0" * 500 + "7")
    yield from "nan NaN NAN -nan +nan inf Inf INF -inf +inf infinity -Infinity INFINITY infinit nan(1) in".split()
    yield from "1_0 1_0.5 1__0 _1 1_ 1_.0 1._0 1e1_0 1e_1 0_0".split()
    yield from "٣ ３ ３.５ १२ 1٣ 𝟛 ３e３ ² ½ Ⅷ 一".split()
    yield from "+ - . e E + . e1 .e1 +.e1 1e 1e+ 1e- 1e1.5 1e1e1 --1 ++1 +-1 -+1 1- 1+ 1..0 1.0.0 0x1 0x1p3 1f 1d 1j 1L 1% $1".split()
    yield from "true True yes no None null NULL 1/2 ½ 1'000 1;0 −1 ‒1 1·5 １．５ e3 0b1 0o7".split()
    yield from ("", " ", "\t\n", "1 2", "1 .5", "- 1", "+ 1", "1e 3", "1 e3", "1\x00", "\x001", "1\x002", "\ufeff1", "1\u200b", "1\ufeff")
    yield from (" 3", "3 ", "\t3\n", "\r\n3\r\n", " \t\n\v\f\r3 \t\n\v\f\r", "\u00a03\u3000", "\u2003 \u20283\u2029 \u0085")
    # Every character that is white space to anybody, and its neighbours.
    spaces = {code for code in range(0x110000) if chr(code).isspace()} | set(range(0x21)) | set(range(0x7F, 0xA1))
    spaces |= {0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0x2800, 0x3164, 0xFEFF, 0xFFA0, 0xE0020}
    for code in sorted(spaces | {code + step for code in spaces for step in (-1, 1) if code > 0x20}):
        if chr(code) not in ",:":
            yield f"{chr(code)}4"
            yield f"4{chr(code)}"
            yield f" {chr(code)} 4.25 {chr(code)} "
            yield f"4{chr(code)}5"
    for _ in range(500):
        yield "".join(rng.choice("00123456789..eE+-_ \t\x1c\x1f\x85\xa0٣nif") for _ in range(rng.randrange(1, 8)))
    # Half-way between two doubles, and a little beside that.
    for _ in range(150):
        low = abs(finite(rng)) if rng.random() < 0.3 else rng.random() * 10 ** rng.randrange(-5, 17)
        bits = struct.unpack("<Q", struct.pack("<d", low))[0]
        middle = (Decimal(low) + Decimal(of_bits(bits + 1))) / 2
        if 1e-30 < low < 1e30:
            text = format(middle, "f")
            yield text
            yield text + ("0" * 30 if "." in text else "." + "0" * 30) + "1"


def golden():
    rng = random.Random(1)
    seen = set()

    def write(text):
        if text not in seen:
            seen.add(text)
            print(json.dumps(case(text)))

    for value in values(rng):
        write(repr(value))
        if rng.random() < 0.3 and 1e-30 < abs(value) < 1e30:
            write(format(Decimal(value), "f"))
        elif rng.random() < 0.3:
            write(f"{value:.16e}")
    for text in odd_texts(rng):
        write(text)


def root(fraction):
    """The root of a fraction, rounded once."""
    with localcontext() as context:
        context.prec, context.Emax, context.Emin = 60, 10**6, -(10**6)
        return float((Decimal(fraction.numerator) / Decimal(fraction.denominator)).sqrt())


def figures_of(x, y):
    """Means, the standard deviation of x and Pearson's correlation, each rounded once from the exact value."""
    n, xs, ys = len(x), [*map(Fraction, x)], [*map(Fraction, y)]
    mean_x, mean_y = sum(xs) / n, sum(ys) / n
    xx = sum((value - mean_x) ** 2 for value in xs)
    yy = sum((value - mean_y) ** 2 for value in ys)
    xy = sum((a - mean_x) * (b - mean_y) for a, b in zip(xs, ys))
    correlation = None
    if xx and yy:
        correlation = repr(root(xy * xy / (xx * yy)) * (-1 if xy < 0 else 1))
    return {"mean": repr(float(mean_x)), "deviation": repr(root(xx / n)), "correlation": correlation}


def sets_of_scores(rng):
    """Scores of two attributes, row by row."""
    kinds = {
        "whole": lambda: float(rng.randrange(5)),
        "quarters": lambda: rng.randrange(-40, 40) / 4,
        "decimals": lambda: rng.randrange(0, 500) / 100,
        "float32": lambda: float32(rng.random() * 5),
        "doubles": lambda: rng.random() * 5,
        "far from zero": lambda: 1e9 + rng.random(),
        "very far from zero": lambda: 1e15 + rng.randrange(8) / 8,
        "of every size": lambda: rng.random() * 10.0 ** rng.randrange(-300, 300),
        "large": lambda: rng.choice((1e308, -1e308, 1.7976931348623157e308, 1.5e308)),
        "the largest": lambda: 1.7976931348623157e308,
        "both largest": lambda: rng.choice((1.7976931348623157e308, -1.7976931348623157e308)),
        "subnormal": lambda: rng.randrange(-50, 50) * 5e-324,
        "tiny": lambda: rng.random() * 1e-310,
        "large and small": lambda: rng.choice((1e300, -1e300, 1.0, 0.1, 3.0)),
        "the same": lambda: 0.1,
        "zeros": lambda: rng.choice((0.0, -0.0)),
        "any bits": lambda: finite(rng),
    }
    for name, make in kinds.items():
        for length in (1, 2, 3, 10, 100):
            x = [make() for _ in range(length)]
            yield f"{name}, {length}", x, [make() for _ in x]
            yield f"{name}, {length}, that go together", x, [value / 2 + make() / 8 for value in x]


def figures():
    for name, x, y in sets_of_scores(random.Random(2)):
        scores = {"x": [*map(repr, x)], "y": [*map(repr, y)]}
        print(json.dumps({"name": name, **scores, **figures_of(x, y)}))


def main():
    match sys.argv[1:]:
        case ["golden"]:
            golden()
        case ["figures"]:
            figures()
        case ["check", tool, *rest] if len(rest) <= 2:
            count, seed = [*map(int, rest), *[10_000_000, 1][len(rest) :]]
            return check(tool, count, seed)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
