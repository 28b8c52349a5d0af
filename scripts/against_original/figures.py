"""Numbers, spelled in every way: those that are easily read or spelled wrong above all."""

import math
import struct
from decimal import Decimal, getcontext

getcontext().prec = 1200

ODD_SCORES = ["", " ", "3 4", "3\0", "3\u200b", "\ufeff3", "3\u2060", "1,5"]
ODD_SCORES += (
    ". + - e5 1e 1e+ +-3 --1 1..2 0x10 0b1 1e5.0 3f 3L yes None True -0 -0.0 00 007 0e0 1_0 1__0 _1 1_ 1e1_0".split()
)
ODD_SCORES += "nan -NaN inf Infinity +infinity -inf 1e999 -1e400 1e309 1e308 1e-400 ٣ １２ ४.५ −1 ½ ² ¹ Ⅷ".split()
# White space as Python has it, and what looks like it.
SPACES = (
    [chr(code) for code in range(0x3001) if chr(code).isspace()] + [" "] * 10 + ["\u180e", "\u200b", "\ufeff", "\0"]
)


def float64(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def float32(bits):
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def finite(rng, of, bits):
    while not math.isfinite(number := of(rng.getrandbits(bits))):
        pass
    return number


def rounded(number):
    """The nearest float32."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


def near_ten(rng):
    bits = struct.unpack("<Q", struct.pack("<d", 10.0 ** rng.randrange(-300, 300)))[0]
    return repr(float64(bits + rng.randrange(-3, 4)))


def halfway(rng):
    """The middle between a double and the next one, or a little beside it: exact, so up to 770 digits long."""
    number = abs(finite(rng, float64, 64)) if rng.random() < 0.5 else rng.uniform(0, 10 ** rng.randrange(20))
    above = math.nextafter(number, math.inf)
    if not math.isfinite(above):
        return repr(number)
    middle = (Decimal(number) + Decimal(above)) / 2
    spelled = f"{middle:e}" if rng.random() < 0.5 else f"{middle:f}"
    if rng.random() < 0.5:
        mantissa, e, exponent = spelled.partition("e")
        more = rng.choice(["", "0" * rng.randrange(40)]) + rng.choice("0159")
        spelled = mantissa + (more if "." in mantissa else "." + more) + e + exponent
    return spelled


def tie(rng):
    """A number that stands in the middle between two decimals of 16 or 17 digits, or near one."""
    number = rng.getrandbits(53) * 2.0 ** -rng.randrange(1, 60)
    return repr(rounded(number) if rng.random() < 0.5 else number)


def digits(rng, most):
    return "".join(rng.choices("0123456789", k=rng.randrange(1, most)))


def long_decimal(rng):
    whole = str(int(digits(rng, rng.choice([2, 5, 20, 60]))))
    return f"{whole}.{digits(rng, rng.choice([5, 18, 25, 120, 800]))}"


def scientific(rng):
    exponent = rng.choice(
        [rng.randrange(-345, 308), rng.randrange(-6, 25), *range(14, 18), -5, -4, -324, -323, -308, 307]
    )
    exponent += rng.random() < 0.002
    point = rng.choice(["", "." + digits(rng, 20)])
    e = rng.choice(["e", "E", "e+", "e0", "e-00", "E+0"]) if rng.random() < 0.2 and exponent >= 0 else "e"
    return f"{rng.randrange(1, 10)}{point}{e}{exponent}"


def small(rng):
    return f"{rng.uniform(-5, 5):.{rng.randrange(1, 19)}f}"


KINDS = {
    "one digit": lambda rng: rng.choice("01234"),
    "whole": lambda rng: str(rng.randrange(-1000, 1000)),
    "any whole": lambda rng: str(rng.getrandbits(rng.randrange(1, 1025)) * rng.choice([1, -1])),
    "decimal": small,
    "double": lambda rng: repr(finite(rng, float64, 64)),
    "double of 17 digits": lambda rng: f"{finite(rng, float64, 64):.{rng.randrange(14, 22)}e}",
    "float32": lambda rng: repr(finite(rng, float32, 32)),
    "float32 from 0 to 1000": lambda rng: repr(rounded(rng.uniform(0, 1000))),
    "subnormal": lambda rng: repr(float64(rng.getrandbits(rng.randrange(1, 53)))),
    "tie": tie,
    "halfway": halfway,
    "long": long_decimal,
    "scientific": scientific,
    "from 0 to 5": lambda rng: repr(rng.uniform(0, 5)),
    "near a power of ten": near_ten,
}


def number(rng):
    """A JSON number that is not too large, mostly."""
    return KINDS["one digit" if rng.random() < 0.4 else rng.choice([*KINDS])](rng)


def space(rng):
    """White space as some part of Python or Unicode has it."""
    return rng.choice(SPACES)


def score(rng, odd):
    """A score as labels spell it; with `odd` as the share of those that are no numbers."""
    spelled = number(rng)
    chance = rng.random()
    if chance < odd:
        spelled = rng.choice(ODD_SCORES)
    elif chance < odd + 0.03:
        spelled = rng.choice([spelled, spelled.lstrip("0") or "0", f"{spelled}."])
        spelled = rng.choice(["+", "0", "00", "-", ""]) + spelled
    if rng.random() < 0.04:
        spelled = rng.choice([space(rng), ""]) + spelled + rng.choice([space(rng), space(rng) + space(rng), ""])
    return spelled
