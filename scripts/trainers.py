#!/usr/bin/env python3
"""Loads pairs with a trainer's own reading code, and compares what the trainer keeps of them with the rows.

    scripts/trainers.py TRAINER ROWS [--source CHECKOUT]

TRAINER is trl, trl-dpo, nemo-rl, swift, llamafactory or openrlhf, and must be installed in the environment of this Python.
nemo-rl and openrlhf are read from CHECKOUT, a checkout of their repository. No weights are needed: the tokenizer has a token for
each byte and the template of ChatML, and the model, if the trainer wants one, is small and random.

The trainer tokenizes the rows with its length limit off. A row is kept if both of its token sequences, decoded, have each
message of the context and then the response, in order, and nothing else between the markers of ChatML. Prints the numbers of rows
read, kept and lost, the lines that were lost, and the margins that the trainer reads. Exits with 1 if a row was lost.
"""

import argparse
import importlib.metadata
import json
import re
import sys
import tempfile
from difflib import SequenceMatcher
from pathlib import Path
from types import SimpleNamespace

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# No text is as long in tokens.
NO_LIMIT = 1 << 24


def pair(row):
    """The contents of a row of any layout: the context's and the chosen one, the context's and the rejected one."""
    if "completions" in row:
        context = row["context"]
        chosen, rejected = (completion["completion"][0]["content"] for completion in row["completions"])
    elif "rejected_response" in row:
        *context, chosen = row["messages"]
        chosen, rejected = chosen["content"], row["rejected_response"]
    elif "conversations" in row:
        system = [row["system"]] if "system" in row else []
        context = system + [turn["value"] for turn in row["conversations"]]
        return context + [row["chosen"]["value"]], context + [row["rejected"]["value"]]
    else:
        context, chosen, rejected = row["prompt"], row["chosen"][0]["content"], row["rejected"][0]["content"]
    context = [message["content"] for message in context]
    return context + [chosen], context + [rejected]


def make_model(folder, causal=False):
    """Saves a tokenizer of bytes and a small random model."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, PreTrainedTokenizerFast, Qwen2Config

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={byte: number for number, byte in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=["<|im_start|>"],
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    size = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": NO_LIMIT}
    config = Qwen2Config(vocab_size=len(tokenizer), pad_token_id=tokenizer.pad_token_id, **size, **heads)
    if causal:
        model = AutoModelForCausalLM.from_config(config)
    else:
        config.num_labels = 1
        model = AutoModelForSequenceClassification.from_config(config)
    model.save_pretrained(folder)
    return tokenizer, model


def trl(args, folder):
    from datasets import load_dataset
    from trl import RewardConfig, RewardTrainer
    from trl.data_utils import is_conversational

    rows = load_dataset("json", data_files=args.rows, split="train", cache_dir=f"{folder}/cache")
    print(f"conversational to TRL: {sum(map(is_conversational, rows))} of {len(rows)} rows")
    tokenizer, model = make_model(folder)
    limits = {"max_length": None, "max_steps": 1, "per_device_train_batch_size": 4}
    config = RewardConfig(f"{folder}/out", report_to="none", use_cpu=True, bf16=False, save_strategy="no", **limits)
    trainer = RewardTrainer(model, args=config, processing_class=tokenizer, train_dataset=rows)
    print(f"one step of training: loss {trainer.train().training_loss:.3f}")
    batch = trainer.data_collator([trainer.train_dataset[0]])
    decoded = [(tokenizer.decode(row["chosen_ids"]), tokenizer.decode(row["rejected_ids"])) for row in trainer.train_dataset]
    return decoded, trainer.train_dataset["margin"] if "margin" in batch else None


def trl_dpo(args, folder):
    from datasets import load_dataset
    from trl import DPOConfig, DPOTrainer

    rows = load_dataset("json", data_files=args.rows, split="train", cache_dir=f"{folder}/cache")
    tokenizer, _ = make_model(folder, causal=True)
    limits = {"max_length": None, "max_steps": 1, "per_device_train_batch_size": 4}
    config = DPOConfig(f"{folder}/out", report_to="none", use_cpu=True, bf16=False, save_strategy="no", **limits)
    trainer = DPOTrainer(folder, args=config, processing_class=tokenizer, train_dataset=rows)
    print(f"one step of training: loss {trainer.train().training_loss:.3f}")
    batch = trainer.data_collator([trainer.train_dataset[0]])
    ids = [[row["prompt_ids"] + row[f"{side}_ids"] for side in ("chosen", "rejected")] for row in trainer.train_dataset]
    decoded = [tuple(map(tokenizer.decode, sides)) for sides in ids]
    return decoded, trainer.train_dataset["margin"] if "margin" in batch else None


def nemo_rl(args, folder):
    from nemo_rl.data.datasets.preference_datasets import load_preference_dataset
    from nemo_rl.data.processors import preference_preprocessor

    tokenizer, _ = make_model(folder)
    rows = load_preference_dataset({"dataset_name": "PreferenceDataset", "data_path": args.rows})
    decoded = []
    for number, row in enumerate(rows.dataset):
        datum = preference_preprocessor(row, rows.task_spec, tokenizer, NO_LIMIT, number)
        sides = (datum[f"message_log_{side}"] for side in ("chosen", "rejected"))
        decoded.append(tuple("".join(tokenizer.decode(part["token_ids"]) for part in side) for side in sides))
    return decoded, None


def swift(args, folder):
    from swift.arguments import RLHFArguments
    from swift.pipelines.train.rlhf import SwiftRLHF

    tokenizer, _ = make_model(folder)
    flags = {"rlhf_type": "rm", "dataset": [args.rows], "dataset_shuffle": False, "split_dataset_ratio": 0.0}
    model = {"model": folder, "model_type": "qwen2", "template": "chatml", "output_dir": f"{folder}/out"}
    limits = {"max_length": NO_LIMIT, "torch_dtype": "float32", "load_from_cache_file": False, "report_to": "none"}
    pipeline = SwiftRLHF(RLHFArguments(**flags, **model, **limits))
    rows, _ = pipeline._prepare_dataset()
    # Of a row that it can't encode, the trainer's data set gives another one in its place.
    encoded = []
    for row in rows.dataset:
        try:
            encoded.append(pipeline.template.encode(row, return_length=True))
        except Exception as error:
            print(f"not encoded: {type(error).__name__}: {str(error)[:100]}")
    sides = ("chosen_input_ids", "rejected_input_ids")
    decoded = [tuple(tokenizer.decode(row[side]) for side in sides) for row in encoded]
    batch = pipeline.template.data_collator(encoded)
    return decoded, batch["margin"].tolist() if "margin" in batch else None


def llamafactory(args, folder):
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    tokenizer, _ = make_model(folder)
    rows = Path(args.rows).resolve()
    columns = {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"}
    if "system" in json.loads(rows.open(encoding="utf-8").readline()):
        columns["system"] = "system"
    info = {"file_name": str(rows), "formatting": "sharegpt", "ranking": True, "columns": columns}
    Path(folder, "dataset_info.json").write_text(json.dumps({"pairs": info}))
    flags = {"stage": "rm", "do_train": True, "dataset": "pairs", "dataset_dir": folder, "template": "chatml"}
    model = {"model_name_or_path": folder, "output_dir": f"{folder}/out", "cutoff_len": NO_LIMIT, "report_to": "none"}
    model_args, data_args, training_args, _, _ = get_train_args({**flags, **model, "overwrite_cache": True})
    loaded = load_tokenizer(model_args)
    template = get_template_and_fix_tokenizer(loaded["tokenizer"], data_args)
    kept = get_dataset(template, model_args, data_args, training_args, stage="rm", **loaded)["train_dataset"]
    sides = ("chosen_input_ids", "rejected_input_ids")
    return [tuple(tokenizer.decode(row[side]) for side in sides) for row in kept], None


def openrlhf(args, folder):
    from openrlhf.datasets import RewardDataset
    from openrlhf.datasets.utils import blending_datasets

    tokenizer, _ = make_model(folder)
    keys = {"prompt_key": "prompt", "chosen_key": "chosen", "rejected_key": "rejected"}
    data = SimpleNamespace(**keys, apply_chat_template=True, tokenizer_chat_template=None)
    strategy = SimpleNamespace(args=SimpleNamespace(data=data, use_ms=False), print=print, is_rank_0=lambda: False)
    rows = RewardDataset(blending_datasets(args.rows, strategy=strategy), tokenizer, NO_LIMIT, strategy, num_processors=1)
    decoded = [(tokenizer.decode(chosen[0]), tokenizer.decode(rejected[0])) for chosen, _, rejected, _, _ in rows]
    return decoded, list(rows.extras)


def contents(text):
    """The messages of a text, whatever white space the trainer writes after the last one."""
    messages = re.findall(r"<\|im_start\|>(\w+)\n(.*?)<\|im_end\|>\n?", text, re.DOTALL)
    return tuple(content for _, content in messages)


def main():
    trainers = {"trl": trl, "trl-dpo": trl_dpo, "nemo-rl": nemo_rl, "swift": swift}
    trainers |= {"llamafactory": llamafactory, "openrlhf": openrlhf}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trainer", choices=trainers)
    parser.add_argument("rows")
    parser.add_argument("--source", help="a checkout of the trainer's repository")
    args = parser.parse_args()
    if args.source:
        sys.path.insert(0, args.source)
    args.rows = str(Path(args.rows).resolve())
    with open(args.rows, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]

    with tempfile.TemporaryDirectory() as folder:
        decoded, margins = trainers[args.trainer](args, folder)
    written = [tuple(map(tuple, pair(row))) for row in rows]
    kept = [(contents(chosen), contents(rejected)) for chosen, rejected in decoded]
    same = set()
    for block in SequenceMatcher(None, written, kept, autojunk=False).get_matching_blocks():
        same.update(range(block.a, block.a + block.size))
    lost = [number + 1 for number in range(len(rows)) if number not in same]

    packages = {"trl-dpo": "trl", "swift": "ms-swift"}
    names = [packages.get(args.trainer, args.trainer), "datasets", "transformers"]
    installed = {found.metadata["Name"].replace("_", "-"): found.version for found in importlib.metadata.distributions()}
    print(", ".join(f"{name} {installed.get(name, 'of the checkout')}" for name in names))
    print(f"rows: {len(rows)} written, {len(decoded)} read by the trainer, {len(rows) - len(lost)} as written")
    if lost:
        print(f"lost or changed: lines {', '.join(map(str, lost[:20]))}{' …' if len(lost) > 20 else ''}")
    if margins:
        print(f"margins that the trainer reads: {len(margins)}, from {min(margins):g} to {max(margins):g}")
    else:
        print("margins that the trainer reads: none")
    sys.exit(bool(lost))


if __name__ == "__main__":
    main()
