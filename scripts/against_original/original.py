"""What the original's own functions make of a record."""

import importlib
import io
import json
import os
import sys
import types

SCRIPTS = "examples/nlp/data/steerlm"
USUAL_DEPTH = sys.getrecursionlimit()


class Failure(Exception):
    """The original fails on a record."""


class Constant(float):
    """`NaN`, `Infinity` or `-Infinity`, spelled so. (`1e999` is a `float`.)"""


def read(line):
    """A line as the original reads it."""
    return json.loads(line, parse_constant=Constant)


class Lifted:
    """Within this context Python's limits on nesting and on the digits of integers are out of the way."""

    def __enter__(self):
        sys.setrecursionlimit(10**6)
        getattr(sys, "set_int_max_str_digits", id)(0)

    def __exit__(self, *_):
        sys.setrecursionlimit(USUAL_DEPTH)
        getattr(sys, "set_int_max_str_digits", id)(4300)


class Original:
    """The functions of a checkout of NeMo-Aligner."""

    def __init__(self, checkout):
        sys.path.insert(0, os.path.join(checkout, SCRIPTS))
        # Needed to download only.
        sys.modules["requests"] = types.ModuleType("requests")
        sys.modules["datasets"] = types.ModuleType("datasets")
        sys.modules["datasets"].load_dataset = None
        self.regression = importlib.import_module("process_to_regression_format")
        self.helpsteer = importlib.import_module("preprocess_helpsteer_data")
        self.helpsteer2 = importlib.import_module("preprocess_helpsteer2_data")
        self.oasst = importlib.import_module("preprocess_openassistant_data")
        self.attributes = importlib.import_module("common").ALL_STEERLM_ATTRIBUTES

    def rows(self, schema, record):
        """The rows of a record, as a list of lines without their line feeds. Raises `Failure`."""
        try:
            return self._rows(self._conversations(schema, [record]))
        except Exception as error:
            raise Failure(f"{type(error).__name__}: {error}"[:200]) from error

    def rows_by_helpsteer1(self, record):
        """The rows of a HelpSteer record by the script for HelpSteer 1."""
        try:
            return self._rows(self.helpsteer.process_dataset([record]))
        except Exception as error:
            raise Failure(f"{type(error).__name__}: {error}"[:200]) from error

    def rows_of_conversation(self, conversation):
        """The rows of an SFT record by the second script alone."""
        return self._rows([conversation])

    def whole_file(self, schema, lines, folder):
        """The rows of valid records by way of files, as the original's scripts hand them on, and by its own `main`."""
        between, out = os.path.join(folder, "original.sft.jsonl"), os.path.join(folder, "original.jsonl")
        with open(between, "wb") as file:
            if schema.name == "sft":
                file.writelines(line + b"\n" for line in lines)
            else:
                for record in self._conversations(schema, [json.loads(line) for line in lines]):
                    file.write((json.dumps(record, ensure_ascii=False) + "\n").encode())
        self.regression.main(types.SimpleNamespace(input_file=between, output_file=out))
        with open(out, "rb") as file:
            return file.read().splitlines(keepends=True)

    def _conversations(self, schema, records):
        """What the first script makes of records: SFT records."""
        if schema.name == "sft":
            return records
        if schema.name == "oasst":
            return self.oasst.get_data_records(records, "User", "VALUE_TO_TEXT")
        if schema.name == "helpsteer":
            return self.helpsteer2.process_dataset(records, only_helpfulness=schema.only is not None)
        conversations = []
        for record in records:
            # The function downloads; here it is handed one record.
            self.helpsteer2.load_dataset = lambda *_, record=record, **__: {"train": [record]}
            train, val = self.helpsteer2.download_helpsteer2_preference()
            wanted = {"train": train, "val": val, None: train + val}[schema.split]
            conversations += self.helpsteer2.process_dataset(wanted)
        return conversations

    def _rows(self, conversations):
        out = io.StringIO()
        for conversation in conversations:
            self.regression.process_sample(conversation, out)
        # The file that the original writes to is UTF-8. Line feeds within texts are escaped.
        return out.getvalue().encode().split(b"\n")[:-1]
