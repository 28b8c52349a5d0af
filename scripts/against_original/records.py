"""Random records of every schema, many of them with an accident."""

from . import figures
from .spelling import Members, Raw

ATTRIBUTES = "quality toxicity humor creativity helpfulness correctness coherence complexity verbosity".split()
HELPSTEER = ATTRIBUTES[4:]
NEAR_ATTRIBUTES = [
    "",
    " quality",
    "quality ",
    "\tquality",
    *"Quality qualit qualityy helpfulnes toxic hümör lang_match".split(),
]
PLAIN = "the a model answer Hello is 2+2 naïve 日本語 🙂 é e\u0301 NaN null".split()
WORDS = [*PLAIN, *"\n\r\t\b\f\0\x1f\x7f\x85\u2028\u2029\ufeff\u200d\u202e\ufffd\uffff\U0010ffff\\ "]
WORDS += ["\r\n", "\\n", "\\u0041", "<extra_id_1>User\n"]
WORDS += """ " "label" <extra_id_1> <extra_id_2> {value} {} {0} %s / </script> ' ` $ , : [ ] { } """.split()
LONE = ["\ud800", "\udfff", "\udc00\ud800", "\ude00x", "x\ud83d"]
ROLES = ["User", "Assistant", "user", "human", "gpt", "", "System", "Ünï", "User "]
ODD_MEMBERS = ["3,helpfulness:4", "3:4", "1,quality"]
ODD_PARTS = ["", " ", "quality", "humor=3", ":", ":3", "::", "quality:", "x:y"]
EIGHTHS = "0.0 0.125 0.25 0.375 0.5 0.625 0.75 0.875 1.0".split()
# Members that are not used where they stand, mostly.
UNUSED = "id lang type Mask values labels_ rank conversation emojis détail".split() + ["mask ", "\udead"]
KEYS = "id type system from value label mask conversations prompt labels quality NaN ü".split() + ["\udead", "", "a\nb"]


class Records:
    """Makes records. About `accidents` of all members have one."""

    def __init__(self, rng, accidents):
        self.rng = rng
        self.accidents = accidents
        # A prompt of HelpSteer's, and how often it is the next one's, too.
        self.prompt, self.repeats = None, rng.choice([0, 0.5, 0.9])
        self.odd_names = rng.choice([0, 0.05, 0.3])

    def chance(self, share):
        return self.rng.random() < share

    def record(self, schema):
        return {
            "sft": self.sft,
            "helpsteer": self.helpsteer,
            "helpsteer2-preference": self.preference,
            "helpsteer3": self.helpsteer3,
            "oasst": self.oasst,
        }[schema]()

    # Parts.

    def text(self):
        rng = self.rng
        chance = rng.random()
        if chance < 0.7:
            text = " ".join(rng.choices(PLAIN, k=rng.randrange(9)))
        elif chance < 0.97:
            text = "".join(rng.choices(WORDS, k=rng.randrange(14)))
        elif chance < 0.998:
            text = rng.choice(WORDS) * rng.randrange(1, 300)
        else:
            text = " ".join(rng.choices(PLAIN, k=rng.randrange(1, 12_000)))
        if self.chance(self.accidents / 10):
            text += rng.choice(LONE)
        return text

    def junk(self):
        """A value of any type."""
        rng = self.rng
        return rng.choice([
            lambda: None, lambda: True, lambda: False, lambda: 0, lambda: "", lambda: [], Members,
            lambda: Raw(rng.choice(["0.0", "-0", "-0.0", "0e5", "1e-999", "1e999", "-1E+999"])),
            lambda: Raw(rng.choice(["NaN", "Infinity", "-Infinity"])),
            lambda: Raw(figures.number(rng)),
            lambda: Raw(rng.choice(["", "-"]) + rng.choice("19") * rng.choice([19, 20, 40, 400, 4300, 4301, 6000])),
            lambda: rng.choice(LONE),
            self.text,
            lambda: rng.choice(["prompt", "User", "quality:1", "text role", "NaN", "replies"]),
            lambda: [self.junk() for _ in range(rng.randrange(3))],
            lambda: Members((self.key(), self.junk()) for _ in range(rng.randrange(4))),
            lambda: nested(rng, rng.choice([3, 60, 200, 900, 1100, 5000])),
            lambda: Members([("value", 0.5)]),
            self.wrapped,
        ])()  # fmt: skip

    def wrapped(self):
        """A literal or a lone surrogate, deep in something."""
        value = self.rng.choice([Raw("NaN"), Raw("-Infinity"), "\udc80", Raw("1e400")])
        for _ in range(self.rng.randrange(1, 5)):
            value = [value] if self.chance(0.5) else Members([(self.key(), value)])
        return value

    def key(self):
        return self.rng.choice(KEYS)

    def members(self, pairs, unused=0.15):
        """An object of these members: in any order, with others between, and now and then with an accident."""
        rng = self.rng
        members = Members(pairs)
        if self.chance(0.3):
            rng.shuffle(members)
        while self.chance(unused):
            key = rng.choice(UNUSED)
            members.insert(rng.randrange(len(members) + 1), (key, self.junk() if self.chance(0.5) else self.text()))
        if members and self.chance(self.accidents):
            at = rng.randrange(len(members))
            key, value = members[at]
            accident = rng.random()
            if accident < 0.2:
                del members[at]
            elif accident < 0.5:
                members[at] = (key, self.junk())
            elif accident < 0.8:
                # One that is replaced, of any type.
                members.insert(rng.randrange(at + 1), (key, self.junk()))
            else:
                members.append((key, self.junk() if self.chance(0.3) else value))
        return members

    def score(self):
        """A member that is a score."""
        rng = self.rng
        if self.chance(self.accidents / 2):
            return rng.choice([self.junk(), figures.score(rng, 0.3), rng.choice(figures.ODD_SCORES + ODD_MEMBERS)])
        return Raw(figures.number(rng))

    def label(self):
        rng = self.rng
        parts = []
        for name in rng.sample(ATTRIBUTES, rng.randrange(1, 10)) if self.chance(0.5) else HELPSTEER:
            if self.chance(0.06):
                name = rng.choice([*NEAR_ATTRIBUTES, *ATTRIBUTES, *parts[:1], self.text().replace(",", "")])
            parts.append(f"{name}:{figures.score(rng, self.accidents / 8)}")
            if self.chance(0.02):
                parts[-1] += ":" + rng.choice(["", "5", "x", ":"])
        if self.chance(self.accidents / 4):
            parts.insert(rng.randrange(len(parts) + 1), rng.choice(ODD_PARTS))
        return ",".join(parts) if self.chance(0.97) else ", ".join(parts)

    # The schemas.

    def sft(self):
        rng = self.rng
        mask = rng.choice(ROLES) if self.chance(0.2) else "User"
        turns = []
        for at in range(rng.choice([0, 1, 2, 2, 2, 3, 4, 5, 6, 9]) if self.chance(0.99) else rng.randrange(10, 120)):
            speaker = rng.choice(ROLES) if self.chance(0.2) else [mask, "Assistant"][at % 2]
            label = [None, self.label()][at % 2 if self.chance(0.8) else rng.randrange(2)]
            if self.chance(self.accidents / 3):
                label = self.junk()
            turn = [("from", speaker), ("value", self.text()), ("label", label)]
            turns.append(self.members(turn[: 2 if label is None and self.chance(0.5) else 3]))
            if self.chance(self.accidents / 20):
                turns[-1] = self.junk()
        others = [("system", self.text()), ("mask", mask), ("type", "VALUE_TO_TEXT")]
        return self.members([("conversations", turns), *others])

    def helpsteer(self):
        rng, names = self.rng, HELPSTEER
        if self.chance(self.odd_names):
            names = rng.sample(ATTRIBUTES + NEAR_ATTRIBUTES, rng.randrange(9))
        scores = [(name, self.score()) for name in names]
        if self.prompt is None or not self.chance(self.repeats):
            self.prompt = self.prompt_text()
        return self.members([("prompt", self.prompt), ("response", self.text()), *scores])

    def prompt_text(self):
        """A text in which other turns are embedded, now and then."""
        text = self.text()
        while self.chance(0.1):
            speaker = self.rng.choice(["User", "Assistant", "Assistant", "System", "User "])
            text += self.rng.choice(["\n", "\n", "\r\n", "\\n"]) + f"<extra_id_1>{speaker}\n{self.text()}"
        return text

    def preference(self):
        split = self.rng.choice(["train", "train", "val", "validation", "Train", "train ", ""])
        strength = self.score() if self.chance(0.4) else self.rng.randrange(-3, 4)
        said = [(key, self.text()) for key in ["response_1", "response_2", "preference_statement"]]
        said.insert(0, ("prompt", self.prompt_text()))
        unused = [("preference_elaboration", None), ("three_most_similar_preferences", [{"statement": "x"}])]
        return self.members([("split", split), *said, ("preference_strength", strength), *unused])

    def helpsteer3(self):
        rng = self.rng
        messages = []
        for at in range(rng.choice([0, 1, 1, 1, 2, 3, 3, 5, 9])):
            role = ["user", "assistant"][at % 2 if self.chance(0.95) else rng.randrange(2)]
            messages.append(self.message3(role))
        if self.chance(0.3):
            messages.insert(0 if self.chance(0.95) else rng.randrange(len(messages) + 1), self.message3("system"))
        context = messages if self.chance(0.85) else self.prompt_text()
        strength = self.score() if self.chance(0.3) else rng.randrange(-3, 4)
        said = [(key, self.text()) for key in ["domain", "language", "response1", "response2"]]
        opinion = Members([("score", -2), ("reasoning", self.text()), ("feedback1", self.text()), ("feedback2", "")])
        said += [("overall_preference", strength), ("individual_preference", [opinion] * rng.randrange(4))]
        said.insert(2, ("context", context))
        return self.members(said)

    def message3(self, role):
        rng = self.rng
        if self.chance(self.accidents / 15):
            return self.junk()
        if self.chance(self.accidents / 10):
            role = rng.choice(["User", "prompter", "", "system", "tool"])
        text = self.prompt_text() if role == "user" else self.text()
        return self.members([("role", role), ("content", text)], unused=0.03)

    def oasst(self):
        self.messages_left = self.rng.choice([2, 2, 5, 10, 40])
        root = self.chain(self.rng.randrange(2, 1500)) if self.chance(0.002) else self.message(0)
        if self.chance(0.05):
            return root
        tree = [("message_tree_id", "x"), ("tree_state", "ready_for_export"), ("prompt", root)]
        return self.members(tree)

    def chain(self, length):
        """A tree without branches, deeper than Python's recursion limit if it is long."""
        message = []
        for at in reversed(range(length)):
            replies = [message] if message else []
            role = ["prompter", "assistant"][at % 2]
            message = Members([("role", role), ("text", "x" * (at % 3)), ("replies", replies)])
            if at % 97 == 1:
                message.append(("labels", Members([("quality", Members([("value", 0.75)]))])))
        return message

    def message(self, depth):
        rng = self.rng
        replies = []
        self.messages_left -= 1
        while self.messages_left > 0 and self.chance(0.7):
            reply = self.message(depth + 1)
            if self.chance(self.accidents / 15):
                reply = rng.choice([reply, self.junk(), Members([("prompt", reply)]), Members([("text", "no role")])])
            replies.append(reply)
        role = ["prompter", "assistant"][depth % 2]
        if self.chance(self.accidents / 15):
            role = rng.choice(["prompter", "user", "Prompter", "", None])
        message = [("text", self.text()), ("role", role), ("replies", replies)]
        if self.chance(0.8):
            names = rng.sample([*ATTRIBUTES[:4], "spam", "lang_mismatch", "helpfulness"], rng.randrange(7))
            rated = [(name, self.rated()) for name in names]
            message.append(("labels", self.members(rated)))
            if self.chance(self.accidents / 20):
                message[-1] = ("labels", None)
        if not replies and self.chance(self.accidents / 10):
            message[2] = ("replies", None)
        return self.members(message)

    def rated(self):
        rng = self.rng
        value = Raw(rng.choice([*EIGHTHS, f"{rng.random():.17g}", f"{rng.random():.3f}"]))
        if self.chance(self.accidents / 5):
            large = Raw(rng.choice(["9" * 308, "1e308", "4e307"]))
            value = rng.choice([None, True, self.junk(), Raw(figures.number(rng)), large])
        return self.members([("value", value), ("count", 3)], unused=0.03)


def nested(rng, depth):
    around = rng.choice([("[", "]"), ('{"a":', "}"), ('[{"label": ', "}]")])
    return Raw(around[0] * depth + rng.choice(["0", "null", "NaN", '"\\ud800"']) + around[1] * depth)
