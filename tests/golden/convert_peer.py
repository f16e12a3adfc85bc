#!/usr/bin/env python3
"""Compares GGUF files that `footnote model convert` writes with their readers: gguf-py reads every
tensor and key, and llama.cpp gives the greedy tokens that `transformers` gave for the folder. Run by
hand: it needs packages that the tests don't.

Usage: convert_peer.py FOOTNOTE_BINARY     needs gguf, llama-cpp-python
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import gguf
import llama_cpp

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = ["llama", "llama_gqa_tied", "llama_3_1", "qwen2", "qwen3", "gpt2", "gpt_neox", "phi",
          "gemma", "bloom"]


def convert(binary, name, folder):
    source = os.path.join(folder, name)
    shutil.copytree(os.path.join(HERE, "models", name), source)
    for file in ("vocab.txt", "tokenizer_config.json"):
        shutil.copy(os.path.join(HERE, "models", file), source)
    target = os.path.join(folder, name + ".gguf")
    subprocess.run([binary, "model", "convert", source, "--to", target, "--precision", "f32"],
                   check=True, stdout=subprocess.DEVNULL)
    return target


def greedy(path, prompt, count):
    """Through the C interface: the tokens are given, no text is."""
    model = llama_cpp.Llama(path, n_ctx=128, n_threads=1, verbose=False, logits_all=False)
    model.eval(prompt)
    tokens = []
    for _ in range(count):
        logits = model._ctx.get_logits_ith(-1)
        tokens.append(max(range(model.n_vocab()), key=lambda i: logits[i]))
        model.eval([tokens[-1]])
    return tokens


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in MODELS:
            path = convert(sys.argv[1], name, folder)
            reader = gguf.GGUFReader(path)
            with open(os.path.join(HERE, "models", name, "golden.json"), encoding="utf-8") as f:
                golden = json.load(f)
            wanted = golden["greedy"]
            tokens = greedy(path, golden["prompt"][:golden["greedy_prompt"]], len(wanted))
            same = tokens == wanted
            failed += not same
            print(f"{name}: gguf-py reads {len(reader.tensors)} tensors and {len(reader.fields)} "
                  f"keys; llama.cpp's {len(wanted)} tokens are "
                  f"{'the same' if same else 'others'}")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
