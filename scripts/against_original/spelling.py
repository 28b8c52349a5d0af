"""Values as JSON text: as Python spells them, or in any way that JSON allows.

A value is what Python's json takes, or `Raw` text, or an object as `Members`, which may repeat a key.
"""

import json
import re

SURROGATE = re.compile("[\ud800-\udfff]")
SHORT = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Raw(str):
    """JSON text, or what should be some."""


class Members(list):
    """An object: pairs of keys and values."""


class Spelling:
    """One way to spell values."""

    def __init__(self, rng):
        self.rng = rng
        self.comma, self.colon = rng.choice([(", ", ": "), (", ", ": "), (",", ":"), (", ", ":"), (" ,", " : ")])
        self.is_ascii = rng.random() < 0.2
        # How often white space and escapes are odd.
        self.oddness = rng.choice([0, 0, 0, 0.05, 0.4])

    def value(self, value):
        if isinstance(value, Raw):
            return str(value)
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, Members):
            inside = (self.string(key) + self.odd_space() + self.colon + self.value(member) for key, member in value)
            return "{" + self.odd_space() + (self.comma + self.odd_space()).join(inside) + self.odd_space() + "}"
        if isinstance(value, list):
            inside = map(self.value, value)
            return "[" + self.odd_space() + (self.odd_space() + self.comma).join(inside) + self.odd_space() + "]"
        return json.dumps(value)

    def string(self, text):
        if self.oddness and len(text) < 200 and self.rng.random() < self.oddness * 2:
            return '"' + "".join(map(self.character, text)) + '"'
        spelled = json.dumps(text, ensure_ascii=self.is_ascii)
        # A lone surrogate has no UTF-8.
        return spelled if self.is_ascii or not has_surrogate(text) else json.dumps(text)

    def character(self, character):
        chance = self.rng.random()
        is_free = character >= " " and character not in '"\\' and not has_surrogate(character)
        if is_free and chance < 0.6:
            return character
        if character in SHORT and chance < 0.8:
            return SHORT[character]
        units = character.encode("utf-16-be", "surrogatepass")
        spelled = "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
        return spelled if chance < 0.9 else spelled.upper().replace("\\U", "\\u")

    def odd_space(self):
        if self.oddness and self.rng.random() < self.oddness:
            return self.rng.choice([" ", "  ", "\t", "\r", " \r\t", " " * self.rng.randrange(70)])
        return ""


def has_surrogate(text):
    return not text.isascii() and SURROGATE.search(text) is not None
