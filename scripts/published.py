#!/usr/bin/env python3
"""Converts published records with the original's own functions: its preprocessing, then its regression format.

    scripts/published.py NEMO_ALIGNER FORM [--only-attribute helpfulness] [--split train|val] < IN > OUT

FORM is helpsteer, helpsteer2-preference or oasst; NEMO_ALIGNER is your checkout of NeMo-Aligner. What the original's
scripts do besides is left out: they download, shuffle and split. Ends with an error at the first record on which the
original does. The expected outputs in tests/data/published were made with this.
"""

import argparse
import importlib
import json
import sys
import types


def conversations(args, record):
    """What the first script makes of a record: a list of SFT records."""
    if args.schema == "oasst":
        return importlib.import_module("preprocess_openassistant_data").get_data_records(
            [record], "User", "VALUE_TO_TEXT"
        )
    script = importlib.import_module("preprocess_helpsteer2_data")
    if args.schema == "helpsteer":
        return script.process_dataset([record], only_helpfulness=args.only_attribute is not None)
    # The function downloads; here it is handed one record.
    script.load_dataset = lambda *_, **__: {"train": [record]}
    train, val = script.download_helpsteer2_preference()
    wanted = {"train": train, "val": val, None: train + val}[args.split]
    return script.process_dataset(wanted)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout")
    parser.add_argument("schema", choices=["helpsteer", "helpsteer2-preference", "oasst"])
    parser.add_argument("--only-attribute", choices=["helpfulness"])
    parser.add_argument("--split", choices=["train", "val"])
    args = parser.parse_args()
    sys.path.insert(0, args.checkout + "/examples/nlp/data/steerlm")
    # Only needed to download.
    sys.modules["requests"] = types.ModuleType("requests")
    sys.modules["datasets"] = types.ModuleType("datasets")
    sys.modules["datasets"].load_dataset = None
    regression = importlib.import_module("process_to_regression_format")
    sys.setrecursionlimit(100_000)

    out = open(1, "w", encoding="utf-8", newline="\n")
    for line in open(0, encoding="utf-8", newline="\n"):
        for record in conversations(args, json.loads(line)):
            # The scripts hand records on in a file.
            regression.process_sample(json.loads(json.dumps(record, ensure_ascii=False)), out)


if __name__ == "__main__":
    main()
