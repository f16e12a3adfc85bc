#!/usr/bin/env python3
"""A model whose only tokenizer file is tokenizer.model, in the program that also holds gRPC: the
SentencePiece library's own Protobuf must not meet it.

usage: sentencepiece_test.py FOOTNOTE_BINARY
"""
import json
import os
import shutil
import struct
import tempfile
import unittest

from program import BINARY, GOLDEN, main, run

VOCABULARY = 700
# Of "the quick harbour 42" with <s> before it; by sentencepiece 0.2.3.
PROMPT_TOKENS = 12


def with_vocabulary(source, target, size):
    """Copies a safetensors file with the rows of the vocabulary's matrices repeated to `size`."""
    with open(source, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    header.pop("__metadata__", None)
    out, blob = {}, b""
    for name, tensor in header.items():
        begin, end = tensor["data_offsets"]
        values = data[begin:end]
        if name in ("model.embed_tokens.weight", "lm_head.weight"):
            row = len(values) // tensor["shape"][0]
            values = (values * (size // tensor["shape"][0] + 1))[:size * row]
            tensor["shape"][0] = size
        out[name] = {**tensor, "data_offsets": [len(blob), len(blob) + len(values)]}
        blob += values
    text = json.dumps(out).encode()
    with open(target, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + blob)


class SentencePiece(unittest.TestCase):
    def setUp(self):
        self.model = tempfile.mkdtemp(prefix="footnote-sentencepiece-")
        self.addCleanup(shutil.rmtree, self.model)
        llama = os.path.join(GOLDEN, "models", "llama")
        with open(os.path.join(llama, "config.json"), encoding="utf-8") as f:
            config = json.load(f)
        config["vocab_size"] = VOCABULARY
        with open(os.path.join(self.model, "config.json"), "w", encoding="utf-8") as f:
            json.dump(config, f)
        with_vocabulary(os.path.join(llama, "model.safetensors"),
                        os.path.join(self.model, "model.safetensors"), VOCABULARY)
        shutil.copy(os.path.join(GOLDEN, "sentencepiece", "bpe.model"),
                    os.path.join(self.model, "tokenizer.model"))

    def test_the_library_reads_it(self):
        info = run("model", "info", self.model, "--json")
        self.assertEqual(info.returncode, 0, info.stderr)
        self.assertIn("SentencePiece", info.stdout)
        result = run("generate", "--model", self.model, "--prompt", "the quick harbour 42",
                     "--max-tokens", "8", "--ignore-end", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        done = json.loads(result.stdout.splitlines()[-1])["done"]
        self.assertEqual((done["prompt_tokens"], done["tokens"]), (PROMPT_TOKENS, 8))

    def test_a_file_that_is_no_model_is_named(self):
        with open(os.path.join(self.model, "tokenizer.model"), "wb") as f:
            f.write(b"no model")
        result = run("generate", "--model", self.model, "--prompt", "a")
        self.assertEqual(result.returncode, 1)
        self.assertIn("tokenizer.model", result.stderr)
        self.assertIn("not a SentencePiece model", result.stderr)

    def test_a_missing_module_is_named(self):
        moved = os.path.join(self.model, "bin")
        os.mkdir(moved)
        program = shutil.copy(BINARY, moved)  # without lib/ beside its folder
        result = run("generate", "--model", self.model, "--prompt", "a", program=program)
        self.assertEqual(result.returncode, 1)
        self.assertIn("footnote_sentencepiece", result.stderr)


if __name__ == "__main__":
    main()
