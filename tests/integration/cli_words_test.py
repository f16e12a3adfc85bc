#!/usr/bin/env python3
"""The command line as scripts see it: words, exit codes, JSON, help.

usage: cli_words_test.py FOOTNOTE_BINARY
"""
import json
import os
import subprocess
import tempfile
import time
import unittest

from program import BINARY, main, run

COMMANDS = ["ingest", "ask", "search", "serve", "generate", "delete", "access", "compact", "stats", "verify", "snapshot",
            "restore", "eval retrieval", "eval qa", "tune weight", "embed", "rerank", "analyze", "model list",
            "model info", "model pull", "model convert", "bench embed", "bench search", "config",
            "doctor"]


class Words(unittest.TestCase):
    """What needs neither a model nor a store."""

    def test_every_command_has_help_with_an_example(self):
        listing = run("--help")
        self.assertEqual(listing.returncode, 0)
        for command in COMMANDS:
            self.assertRegex(listing.stdout, r"(?m)^\s+" + command.split()[0] + r"\s")
            result = run(*command.split(), "--help")
            self.assertEqual(result.returncode, 0, command)
            self.assertEqual(result.stderr, "", command)
            self.assertIn("Examples:", result.stdout, command)
            self.assertIn("footnote " + command, result.stdout, command)
            self.assertIn("--json", result.stdout, command)

    def test_help_takes_no_time(self):
        # It must not load the model. Best of five: a busy machine isn't the program's fault.
        times = []
        for _ in range(5):
            start = time.monotonic()
            run("--help")
            times.append(time.monotonic() - start)
        self.assertLess(min(times), 1.0)

    def test_version(self):
        result = run("--version")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"^footnote \d+\.\d+\.\d+\n$")

    def test_wrong_use_is_exit_2_and_says_what_is_known(self):
        for args, words in [
                ((), ["ingest"]),
                (("frobnicate",), ["frobnicate", "ingest", "eval", "doctor"]),
                (("generate",), ["--model"]),
                (("rankle",), ["unknown command"]),
                (("tune",), ["weight"]),
                (("tune", "soup"), ["soup", "weight"]),
                (("tune", "weight", "--data", "d"), ["--queries", "--qrels", "--forget"]),
                (("eval",), ["retrieval", "qa"]),
                (("eval", "soup"), ["soup", "retrieval", "qa"]),
                (("model", "push"), ["push", "list", "info", "pull"]),
                (("model", "melt"), ["melt", "list", "info"]),
                (("bench", "coffee"), ["coffee", "embed", "search"]),
                (("ingest",), ["PATH"]),
                (("search", "--data", "d"), ["QUERY"]),
                (("ask", "--data", "d"), ["QUESTION"]),
                (("delete", "--data", "d"), ["DOC", "--filter"]),
                (("delete", "--data", "d", "--filter", "a = 1", "doc"), ["DOC", "--filter"]),
                (("delete", "--data", "d", "--filter", ""), ["expected a field"]),
                (("search", "--data", "d", "--filter", "lang = en", "q"),
                 ["at byte 8", "text in quotes"]),
                (("ask", "--data", "d", "--filter", "(a = 1", "q"), ["at its end"]),
                (("search", "--data", "d", "--profile", "deep", "q"), ["deep", "default"]),
                (("ask", "--data", "d", "--profile", "deep", "q"), ["deep", "default"]),
                (("ingest", "--data", "d", "--meta", "lang", "p"), ["KEY=VALUE"]),
                (("ingest", "--data", "d", "--meta", "a=1", "--meta", "a=2", "p"), ["twice"]),
                (("access", "--data", "d"), ["--acl", "--everybody"]),
                (("access", "--data", "d", "--acl", "x", "--everybody"), ["--everybody"]),
                (("search", "--data", "d", "--nonsense", "q"), ["--nonsense"]),
                (("search", "--data", "d", "--k", "0", "q"), ["1", "1000"]),
                (("search", "--data", "d", "--k", "-1", "q"), ["1000"]),
                (("search", "--data", "d", "--k", "1000000000", "q"), ["1000"]),
                (("search", "--data", "d", "--k", "ten", "q"), ["ten"]),
                (("search", "--data", "d", "--mode", "psychic", "q"), ["psychic", "hybrid"]),
                (("search", "--data", "d", "--fusion", "cold", "q"), ["cold", "convex", "rrf"]),
                (("search", "--data", "d", "--rerank", "on", "q"), ["no reranker is installed"]),
                (("ask", "--data", "d", "--rerank", "on", "q"), ["no reranker is installed"]),
                (("search", "--data", "d", "--set", "nonsense", "q"), ["KEY=VALUE"]),
                (("search", "--data", "d", "--set", "no.such=1", "q"), ["no.such"]),
                (("eval", "retrieval", "--corpus", "c"), ["--queries"]),
                (("eval", "retrieval", "--corpus", "c", "--queries", "q", "--qrels", "r",
                  "--rerank", "on"), ["no reranker is installed"]),
                (("eval", "qa", "--squad", "f", "--context", "stolen"), ["given", "retrieved"]),
                (("eval", "qa", "--squad", "f", "--rerank", "on"), ["no reranker is installed"]),
                (("bench", "search", "--data", "d", "--rerank", "on"),
                 ["no reranker is installed"]),
                (("search", "--data", "d", "--rerank", "often", "q"), ["often", "off", "on"]),
                (("search", "--data", "d", "--rerank-candidates", "0", "q"), ["1", "1000"]),
                (("search", "--data", "d", "--mmr-lambda", "2", "q"), ["0", "1"]),
                (("search", "--data", "d", "--before", "21", "q"), ["0", "20"]),
                (("search", "--data", "d", "--profile", "nobody", "--set",
                  "profiles.mine.version=3", "q"), ["nobody", "mine", "default"]),
                (("embed", "--precision", "f8"), ["f8", "int8"]),
                (("embed", "--output", "dense,word"), ["word", "colbert"]),
                (("rerank", "--query", "q"), ["--model"]),
                (("rerank", "--model", "m"), ["--query"]),
        ]:
            result = run(*args, stdin="")
            self.assertEqual(result.returncode, 2, f"{args}: {result.stdout}{result.stderr}")
            self.assertEqual(result.stdout, "", args)
            for word in words:
                self.assertIn(word, result.stderr, args)

    def test_failures_are_exit_1_and_name_the_thing(self):
        with tempfile.TemporaryDirectory() as folder:
            missing = os.path.join(folder, "missing")
            for args in [
                    ("ingest", "--data", os.path.join(folder, "new"), missing),
                    ("search", "--data", missing, "q"),
                    ("stats", "--data", missing),
                    ("restore", "--data", os.path.join(folder, "new"), missing),
                    ("search", "--config", missing, "q"),
                    ("embed", "--model", missing),
                    ("rerank", "--model", missing, "--query", "q"),
                    ("model", "info", missing),
                    ("eval", "qa", "--squad", missing),
                    ("eval", "retrieval", "--corpus", missing, "--queries", missing, "--qrels",
                     missing)]:
                result = run(*args, stdin="")
                self.assertEqual(result.returncode, 1, f"{args}: {result.stdout}{result.stderr}")
                self.assertIn("missing", result.stderr, args)
                self.assertTrue(result.stderr.startswith("footnote: "), result.stderr)
            self.assertFalse(os.path.exists(os.path.join(folder, "new")))

    def test_errors_are_json_where_json_is_wanted(self):
        for args, code, name in [
                (("frobnicate", "--json"), 2, "INVALID_ARGUMENT"),
                (("eval", "soup", "--json"), 2, "INVALID_ARGUMENT"),
                (("search", "--json", "--k", "0", "q"), 2, "INVALID_ARGUMENT"),
                (("search", "--json", "--set", "no.such=1", "q"), 2, "INVALID_ARGUMENT"),
                (("stats", "--json", "--data", "/no/such"), 1, "NOT_FOUND"),
                (("model", "info", "--json", "/no/such"), 1, "NOT_FOUND")]:
            result = run(*args)
            self.assertEqual((result.returncode, result.stdout), (code, ""), args)
            error = json.loads(result.stderr)["error"]
            self.assertEqual(error["code"], name, args)
            self.assertNotEqual(error["message"], "", args)

    def test_config_prints_a_file_that_reads_back(self):
        changed = ("--set", "answer.passages=20", "--set", "http.allowed_hosts=docs.example")
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(run("config", *changed).stdout)
            file.flush()
            text = run("config", "--config", file.name)
            self.assertEqual(text.returncode, 0, text.stderr)
            self.assertIn("\n# Passages that are read", text.stdout)
            settings = json.loads(run("config", "--config", file.name, "--json").stdout)
        self.assertEqual(settings["answer"]["passages"], 20)
        self.assertEqual(settings["http"]["allowed_hosts"], ["docs.example"])
        self.assertEqual(settings["limits"]["default_deadline"], "30s")
        self.assertEqual(settings["model"]["precision"], "int8")

    def test_analyze(self):
        result = run("analyze", "--json", stdin="The pg_dump archives\n\nRunning\n")
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([row["index"] for row in rows], [0, 1, 2])
        self.assertIn("pg_dump", rows[0]["terms"])
        self.assertIn("archiv", rows[0]["terms"])
        self.assertEqual(rows[1]["terms"], [])
        self.assertEqual(rows[2]["terms"], ["run"])
        self.assertEqual(run("analyze", stdin="Running\n").stdout, "run\n")

    def test_analyze_refuses_what_is_not_utf8(self):
        result = subprocess.run([BINARY, "analyze"], input=b"a\n\xff\n", capture_output=True,
                                timeout=60, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"line 2", result.stderr)

    def test_a_full_pipe_end_is_a_failure_not_a_death(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([BINARY, "analyze"], input="word\n", text=True, stdout=full,
                                    stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("could not be written", result.stderr)


if __name__ == "__main__":
    main()
