#!/usr/bin/env python3
"""`footnote model info` and `footnote model convert` on a tiny language model.

usage: model_convert_test.py FOOTNOTE_BINARY
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARY = ""
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")


def run(*args):
    return subprocess.run([BINARY, "model", *args], capture_output=True, text=True, timeout=240,
                          check=False)


class ModelConvert(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="footnote-model-convert-")
        self.model = os.path.join(self.folder, "llama")
        models = os.path.join(GOLDEN, "models")
        shutil.copytree(os.path.join(models, "llama"), self.model)
        for name in ("vocab.txt", "tokenizer_config.json"):
            shutil.copy(os.path.join(models, name), self.model)

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def to(self, name):
        return os.path.join(self.folder, name)

    def test_info(self):
        with open(os.path.join(self.model, "README.md"), "w", encoding="utf-8") as f:
            f.write("---\nlicense: mit\n---\n")
        result = run("info", self.model, "--json", "--gpu-memory", "24GB")
        self.assertEqual(result.returncode, 0, result.stderr)
        info = json.loads(result.stdout)
        self.assertEqual((info["family"], info["layers"], info["context"], info["licence"]),
                         ("llama", 2, 128, "mit"))
        self.assertEqual(info["tokenizer"]["tokens"], 96)
        self.assertEqual([m["precision"] for m in info["memory"]],
                         ["as stored", "f32", "bf16", "f16", "int8", "int4"])
        for plan in info["memory"]:
            self.assertTrue(plan["contexts"][-1]["fits_cpu"])
            self.assertEqual(plan["contexts"][-1]["gpu"], {"gpu": 0})
        self.assertIn("llama", run("info", self.model).stdout)

    def test_what_fits_no_gpu_is_split_over_two(self):
        everything = json.loads(run("info", self.model, "--json").stdout)["memory"][1]
        # Room for the weights, but not for the cache too.
        most = everything["scratch_bytes"] + everything["weights_bytes"]
        result = run("info", self.model, "--json", "--gpu-memory", str(most), "--gpu-memory",
                     str(most))
        f32 = json.loads(result.stdout)["memory"][1]
        self.assertEqual(f32["contexts"][0]["gpu"], {"layers_on_gpu_0": 1, "layers_on_gpu_1": 1})

    def test_info_of_what_is_no_model(self):
        result = run("info", os.path.join(GOLDEN, "blocks.gguf"))
        self.assertEqual(result.returncode, 1)
        self.assertIn('the GGUF architecture "test" is not supported', result.stderr)

    def test_convert(self):
        result = run("convert", self.model, "--to", self.to("f32"), "--precision", "f32", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual(report["target_bytes"], 2 * report["source_bytes"])
        self.assertEqual(report["check"]["max_logit_difference"], 0)
        self.assertEqual(report["check"]["top1_agreement"], 1)
        back = run("convert", self.to("f32"), "--to", self.to("bf16"), "--precision", "bf16")
        self.assertEqual(back.returncode, 0, back.stderr)
        self.assertIn("the same for 100.0 %", back.stdout)

    def test_convert_to_the_other_kind_and_back(self):
        result = run("convert", self.model, "--to", self.to("x.gguf"), "--precision", "f32",
                     "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertLess(report["check"]["max_logit_difference"], 1e-4)
        self.assertEqual(report["check"]["top1_agreement"], 1)
        info = json.loads(run("info", self.to("x.gguf"), "--json").stdout)
        self.assertEqual((info["family"], info["tokenizer"]["tokens"]), ("llama", 96))
        result = run("convert", self.to("x.gguf"), "--to", self.to("back"), "--precision", "bf16",
                     "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["check"]["top1_agreement"], 1)
        generate = [subprocess.run([BINARY, "generate", "--model", model, "--prompt", "a b c",
                                    "--max-tokens", "8"], capture_output=True, text=True,
                                   timeout=240, check=False)
                    for model in (self.model, self.to("x.gguf"), self.to("back"))]
        for result in generate:
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout, generate[0].stdout)

    def test_convert_gguf_without_a_model_in_it(self):
        source = os.path.join(GOLDEN, "blocks.gguf")
        result = run("convert", source, "--to", self.to("x.gguf"), "--precision", "q4_0")
        self.assertEqual(result.returncode, 1)
        self.assertIn("--no-check", result.stderr)
        self.assertFalse(os.path.exists(self.to("x.gguf")))
        result = run("convert", source, "--to", self.to("x.gguf"), "--precision", "q4_0",
                     "--no-check")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_wrong_use(self):
        result = run("convert", self.model, "--to", self.to("x"), "--precision", "q9")
        self.assertEqual(result.returncode, 2)
        self.assertIn("f32, f16, bf16", result.stderr)
        result = run("convert", self.model, "--to", self.to("x"), "--precision", "q4_0")
        self.assertEqual(result.returncode, 1)
        self.assertIn("safetensors can't hold q4_0", result.stderr)
        result = run("convert", self.model, "--to", self.model, "--precision", "f16")
        self.assertIn("exists already", result.stderr)


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main()
