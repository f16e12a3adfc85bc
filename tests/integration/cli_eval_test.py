#!/usr/bin/env python3
"""eval retrieval, eval qa and tune weight.

usage: cli_eval_test.py FOOTNOTE_BINARY
"""
import gzip
import json
import os
import re
import shutil
import tempfile
import unittest

from golden_model import golden_encoder
from program import main, run


class Evaluation(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="footnote-eval-")

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def test_retrieval(self):
        topics = ["gateway ports", "harbour lanterns", "rye bread", "granite quarries"]
        with gzip.open(self.path("corpus.jsonl.gz"), "wt", encoding="utf-8") as corpus, \
                open(self.path("queries.jsonl"), "w", encoding="utf-8") as queries, \
                open(self.path("qrels.tsv"), "w", encoding="utf-8") as qrels:
            qrels.write("query-id\tcorpus-id\tscore\n")
            for t, topic in enumerate(topics):
                queries.write(json.dumps({"_id": f"q{t}", "text": f"facts about {topic}"}) + "\n")
                for i in range(3):
                    text = f"This is part {i} of the book of {topic}."
                    corpus.write(json.dumps({"_id": f"d{t}{i}", "title": topic, "text": text})
                                 + "\n")
                    qrels.write(f"q{t}\td{t}{i}\t1\n")
            corpus.write(json.dumps({"_id": "empty", "title": "", "text": ""}) + "\n")
        files = ("--corpus", self.path("corpus.jsonl.gz"), "--queries",
                 self.path("queries.jsonl"), "--qrels", self.path("qrels.tsv"))
        for mode in ("hybrid", "dense", "lexical"):
            result = run("eval", "retrieval", *files, "--mode", mode, "--rerank", "off", "--run",
                         self.path("run.trec"), "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("1 documents are empty", result.stderr)
            figures = json.loads(result.stdout)
            for figure in ("ndcg@10", "map", "mrr@10", "recall@10", "recall@100"):
                self.assertAlmostEqual(figures[figure], 1, msg=f"{mode} {figure}")
            self.assertEqual(figures["queries"], 4)
            for figure in ("index_seconds", "query_ms_p50", "query_ms_p99"):
                self.assertGreater(figures[figure], 0)
            with open(self.path("run.trec"), encoding="utf-8") as run_file:
                rows = [line.split() for line in run_file]
            self.assertEqual({len(row) for row in rows}, {6})
            self.assertEqual([row[3] for row in rows if row[0] == "q1"][:3], ["1", "2", "3"])
        text = run("eval", "retrieval", *files)
        self.assertIn("nDCG@10    1.0000", text.stdout)
        self.compare(files)

    def judged(self, name, pairs):
        """Files of queries and judgments: (text, document) each."""
        with open(self.path(f"{name}.jsonl"), "w", encoding="utf-8") as queries, \
                open(self.path(f"{name}.tsv"), "w", encoding="utf-8") as qrels:
            qrels.write("query-id\tcorpus-id\tscore\n")
            for i, (text, doc) in enumerate(pairs):
                queries.write(json.dumps({"_id": f"q{i}", "text": text}) + "\n")
                qrels.write(f"q{i}\t{doc}\t1\n")
        return ("--queries", self.path(f"{name}.jsonl"), "--qrels", self.path(f"{name}.tsv"))

    def test_tune_weight(self):
        docs, data = self.path("docs"), self.path("data")
        os.mkdir(docs)
        crafts = ["baker", "mason", "tailor", "potter", "weaver", "cooper", "tanner", "glazier"]
        towns = ["Bremen", "Ghent", "Porto", "Turku"]
        pairs = []
        for craft in crafts:
            for town in towns:
                name = f"{craft}-{town}.md"
                with open(os.path.join(docs, name), "w", encoding="utf-8") as f:
                    f.write(f"# {town}\n\nThe {craft} of {town} works by the river.\n")
                pairs.append((f"which {craft} works in {town}", os.path.join(docs, name)))
        ingested = run("ingest", "--data", data, "--json", docs)
        self.assertEqual(ingested.returncode, 0, ingested.stderr)
        found = json.loads(run("search", "--data", data, "--json", "--mode", "lexical", "--k", "50",
                               "works river").stdout)
        id_of = {os.path.basename(p["doc"]): p["doc"] for p in found["passages"]}
        pairs = [(text, id_of[os.path.basename(path)]) for text, path in pairs]

        files = self.judged("all", pairs)
        tune = ("tune", "weight", "--data", data, "--json", *files)
        dry = json.loads(run(*tune, "--dry-run").stdout)
        self.assertFalse(dry["stored"])
        weight_in = lambda: json.loads(run("stats", "--data", data, "--json").stdout)[
            "collections"][0]["dense_weight"]
        weight_of = lambda *flags: json.loads(run(
            "search", "--data", data, "--json", *flags, "baker of Porto").stdout)["dense_weight"]
        self.assertIsNone(weight_in())
        self.assertEqual(weight_of(), 0.6)
        result = run(*tune)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("only 32 queries", result.stderr)
        learned = json.loads(result.stdout)
        self.assertEqual({**learned, "stored": False}, dry)
        self.assertEqual(learned["queries"], 32)
        self.assertGreater(learned["held_out_ndcg@10"], 0.9)
        for other in ("default", "dense", "lexical"):
            self.assertAlmostEqual(learned["held_out_ndcg@10"] - learned[other]["ndcg@10"],
                                   learned[other]["difference"])
        self.assertEqual(weight_in(), learned["dense_weight"])
        self.assertEqual(weight_of(), learned["dense_weight"])
        # Whoever says a weight has it.
        self.assertEqual(weight_of("--dense-weight", "0.25"), 0.25)
        self.assertEqual(weight_of("--set", "answer.dense_weight=0.5"), 0.5)
        forget = run("tune", "weight", "--data", data, "--forget")
        self.assertEqual(forget.returncode, 0, forget.stderr)
        self.assertIsNone(weight_in())

        for name, some, words in [("few", pairs[:5], "5 of the queries"),
                                  ("strange", [(text, "nobody.md") for text, _ in pairs],
                                   "no query finds a judged document")]:
            wrong = run("tune", "weight", "--data", data, *self.judged(name, some))
            self.assertEqual(wrong.returncode, 1)
            self.assertIn(words, wrong.stderr)

    def compare(self, files):
        """A reranker of random weights against the lexical run, which is perfect."""
        with tempfile.TemporaryDirectory() as folder:
            golden_encoder("bert_pairs", folder)
            command = ("eval", "retrieval", *files, "--mode", "lexical", "--rerank", "on",
                       "--reranker", folder, "--rerank-candidates", "5", "--baseline",
                       self.path("run.trec"), "--seed", "3")
            result = run(*command, "--per-query", self.path("wins.tsv"), "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            again = json.loads(run(*command, "--json").stdout)
            text = run(*command).stdout
        figures = json.loads(result.stdout)
        self.assertNotEqual(figures["reranker"], "")
        baseline = figures["baseline"]
        self.assertEqual((baseline["run"], baseline["seed"]), (self.path("run.trec"), 3))
        self.assertEqual(again["baseline"], baseline)
        for name in ("ndcg@10", "map", "mrr@10", "recall@10", "recall@100"):
            row = baseline["figures"][name]
            self.assertAlmostEqual(row["baseline"], 1)
            self.assertAlmostEqual(row["difference"], figures[name] - row["baseline"])
            self.assertEqual(row["wins"] + row["losses"] + row["ties"], 4)
            self.assertEqual(row["wins"], 0)
            self.assertLessEqual(row["interval_95"][0], row["difference"] + 1e-12)
            self.assertGreaterEqual(row["interval_95"][1], row["difference"] - 1e-12)
            self.assertTrue(0 < row["p_value"] <= 1)
        with open(self.path("wins.tsv"), encoding="utf-8") as table:
            rows = [line.rstrip("\n").split("\t") for line in table]
        self.assertEqual(rows[0],
                         ["query", "figure", "run", "baseline", "difference", "outcome"])
        self.assertEqual(len(rows), 1 + 4 * 5)
        self.assertIn("won", text)
        bad = run("eval", "retrieval", *files, "--baseline", self.path("qrels.tsv"))
        self.assertEqual(bad.returncode, 1)
        self.assertIn("qrels.tsv:1: expected 6 columns", bad.stderr)

    def test_qa(self):
        def question(id, text, *answers):
            return {"id": id, "question": text, "is_impossible": not answers,
                    "answers": [{"text": a, "answer_start": 0} for a in answers]}
        contexts = ["The gateway listens on port 7413 unless told otherwise.",
                    "Rye bread needs a sour dough that rests for eighteen hours."]
        squad = {"version": "v2.0", "data": [{"title": "Facts", "paragraphs": [
            {"context": contexts[0],
             "qas": [question("a", "Which port does the gateway listen on?", "7413"),
                     question("b", "Who painted the Mona Lisa?")]},
            {"context": contexts[1],
             "qas": [question("c", "How long does the dough of rye bread rest?",
                              "eighteen hours")]}]}]}
        with gzip.open(self.path("squad.json.gz"), "wt", encoding="utf-8") as f:
            json.dump(squad, f)
        for context in ("given", "retrieved"):
            result = run("eval", "qa", "--squad", self.path("squad.json.gz"), "--context", context,
                         "--predictions", self.path("pred.json"), "--na-probs",
                         self.path("na.json"), "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            figures = json.loads(result.stdout)
            for figure in ("em", "f1", "has_answer_f1", "no_answer_accuracy", "abstain_auroc",
                           "coverage@95"):
                self.assertTrue(0 <= figures[figure] <= 1, figure)
            self.assertEqual((figures["questions"], figures["has_answer"]), (3, 2))
            self.assertEqual(figures["abstain_auroc"], 1, context)
            with open(self.path("pred.json"), encoding="utf-8") as f:
                predictions = json.load(f)
            with open(self.path("na.json"), encoding="utf-8") as f:
                na_probs = json.load(f)
            self.assertEqual(set(predictions), {"a", "b", "c"})
            self.assertEqual(set(na_probs), {"a", "b", "c"})
            self.assertTrue(all(0 <= p <= 1 for p in na_probs.values()))
            self.assertEqual(predictions["b"], "")
            if predictions["a"]:
                self.assertIn("7413", predictions["a"])
        self.assertTrue(re.search("coverage", run("eval", "qa", "--squad",
                                                  self.path("squad.json.gz")).stdout))


if __name__ == "__main__":
    main()
