#!/usr/bin/env python3
"""The commands about models: model list|info, doctor, embed, rerank, bench embed.

usage: cli_model_test.py FOOTNOTE_BINARY
"""
import gzip
import json
import os
import tempfile
import unittest

from golden_model import golden_encoder
from program import main, run


class Model(unittest.TestCase):
    def test_list_info_doctor(self):
        listing = json.loads(run("model", "list", "--json").stdout)["models"]
        self.assertEqual(listing[0]["name"], "all-MiniLM-L6-v2")
        self.assertEqual(listing[0]["licence"], "Apache-2.0")
        info = json.loads(run("model", "info", "--json").stdout)
        self.assertEqual((info["dim"], info["layers"]), (384, 6))
        self.assertEqual(json.loads(run("model", "info", info["dir"], "--json").stdout)["dim"], 384)
        doctor = run("doctor", "--json")
        self.assertEqual(doctor.returncode, 0, doctor.stderr)
        found = json.loads(doctor.stdout)
        self.assertTrue(found["model"]["found"])
        self.assertIn(found["kernels"]["chosen"], found["kernels"]["usable"])
        self.assertGreater(found["machine"]["memory_bytes"], 0)
        self.assertGreater(found["machine"]["available_bytes"], 0)
        self.assertGreater(found["measured"]["read_bytes_per_second"], 1e6)
        self.assertEqual(list(found["measured"]["products_per_second"]), ["f32", "bf16", "int8"])
        self.assertEqual([m["precision"] for m in found["largest_models"]],
                         ["f32", "bf16", "int8", "int4"])
        for model in found["largest_models"]:
            self.assertGreater(model["parameters"], 0)
            self.assertGreater(model["tokens_per_second"], 0)
        cuda = found["cuda"]
        self.assertTrue(cuda["devices"] or cuda["error"], cuda)
        self.assertNotIn("measured", json.loads(run("doctor", "--no-measure", "--json").stdout))
        for command in (("model", "list"), ("model", "info"), ("doctor",)):
            result = run(*command)
            self.assertEqual(result.returncode, 0)
            self.assertIn("all-MiniLM-L6-v2", result.stdout)

    def test_doctor_says_that_the_model_is_missing(self):
        result = run("doctor", "--json", "--model", "/no/such/model")
        self.assertEqual(result.returncode, 1)
        self.assertFalse(json.loads(result.stdout)["model"]["found"])

    def test_doctor_sees_a_forced_level(self):
        result = run("doctor", "--json", "--no-measure", env={"FOOTNOTE_CPU": "portable"})
        found = json.loads(result.stdout)
        self.assertEqual(found["kernels"]["chosen"], "portable")
        self.assertIn("FOOTNOTE_CPU", found["kernels"]["why"])

    def test_embed(self):
        text = "a cat sat\n\na cat sat\n"
        result = run("embed", "--precision", "f32", stdin=text)
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([row["index"] for row in rows], [0, 1, 2])
        self.assertEqual([row["tokens"] for row in rows], [3, 0, 3])
        for row in rows:
            self.assertEqual(len(row["embedding"]), 384)
            self.assertAlmostEqual(sum(x * x for x in row["embedding"]), 1, places=4)
        for a, b in zip(rows[0]["embedding"], rows[2]["embedding"]):
            self.assertAlmostEqual(a, b, places=5)

    def test_rerank_with_a_model_that_is_no_cross_encoder(self):
        result = run("rerank", "--model", "all-MiniLM-L6-v2", "--query", "q", stdin="text\n")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout, "")
        self.assertIn("not a cross-encoder", result.stderr)

    def test_embed_with_other_outputs(self):
        with tempfile.TemporaryDirectory() as folder:
            texts, case = golden_encoder("xlm_roberta_m3", folder)
            lines = "".join(t + "\n" for t in texts)
            command = ("embed", "--model", folder, "--precision", "f32")
            result = run(*command, "--output", "sparse,colbert", stdin=lines)
            refused = run("embed", "--output", "sparse", stdin="text\n")
            info = run("model", "info", folder, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(len(rows), len(texts))
        for row, wanted in zip(rows, case["lexical_weights"]):
            self.assertEqual(list(row), ["index", "tokens", "lexical_weights", "colbert_vecs"])
            self.assertEqual(set(row["lexical_weights"]), set(wanted))
            for token, weight in wanted.items():
                self.assertAlmostEqual(row["lexical_weights"][token], weight, places=4)
            for vector in row["colbert_vecs"]:
                self.assertEqual(len(vector), case["colbert_dim"])
                self.assertAlmostEqual(sum(x * x for x in vector), 1, places=4)
        self.assertEqual(len(rows[1]["colbert_vecs"]), rows[1]["tokens"] + 1)
        self.assertEqual(json.loads(info.stdout)["outputs"], ["dense", "sparse", "colbert"])
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertIn("no sparse output", refused.stderr)

    def test_rerank(self):
        with tempfile.TemporaryDirectory() as folder:
            texts, case = golden_encoder("bert_pairs", folder)
            result = run("rerank", "--model", folder, "--precision", "f32", "--query",
                         case["queries"][0], stdin="".join(t + "\n" for t in texts))
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(sorted(row["index"] for row in rows), list(range(len(texts))))
        for row in rows:
            self.assertAlmostEqual(row["score"], case["scores"][row["index"]], places=3)
        self.assertEqual(rows, sorted(rows, key=lambda row: -row["score"]))

    def test_bench_embed(self):
        with tempfile.TemporaryDirectory() as folder:
            texts = os.path.join(folder, "texts.txt.gz")
            with gzip.open(texts, "wt", encoding="utf-8") as f:
                f.write("the gateway listens on a port\n" * 8)
            result = run("bench", "embed", "--json", "--runs", "1", "--texts", texts)
            self.assertEqual(result.returncode, 0, result.stderr)
            measured = json.loads(result.stdout)
            self.assertEqual(measured["texts"], 8)
            self.assertEqual(measured["tokens"], 8 * 9)  # "listens" is two, and two special ones
            self.assertGreater(measured["tokens_per_second"], 0)


if __name__ == "__main__":
    main()
