#!/usr/bin/env python3
"""The command line as scripts see it: words, exit codes, JSON, help.

usage: cli_test.py FOOTNOTE_BINARY
"""
import array
import gzip
import json
import math
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

BINARY = ""
COMMANDS = ["ingest", "ask", "search", "serve", "generate", "delete", "stats", "verify", "snapshot",
            "restore", "eval retrieval", "eval qa", "embed", "rerank", "analyze", "model list",
            "model info", "model pull", "model convert", "bench embed", "bench search", "config",
            "doctor"]
PORTS = """# Gateway

## Ports

The gateway listens on port 7413 unless the option listen_port says otherwise.

## Storage

Archives are kept for ninety days in the cold vault. Older archives are removed every night.
"""
BREAD = """# Bread

## Rye bread

Rye bread needs a sour dough that rests for eighteen hours before it is baked.
"""


GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")


def made_safetensors(rows):
    """The weights of tests/golden/made_weights.py, without numpy."""
    mask = (1 << 64) - 1
    header, data = {}, array.array("f")
    for name, shape, mean, scale in rows:
        seed = 0xCBF29CE484222325
        for byte in name.encode():
            seed = ((seed ^ byte) * 0x100000001B3) & mask
        begin = 4 * len(data)
        for i in range(math.prod(shape)):
            z = (seed + i + 0x9E3779B97F4A7C15) & mask
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
            data.append(mean + scale * (2 * ((z ^ (z >> 31)) >> 40) / 2**24 - 1))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, 4 * len(data)]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data.tobytes()


def run(*args, stdin=None, env=None, timeout=240):
    return subprocess.run([BINARY, *args], capture_output=True, text=True, input=stdin,
                          timeout=timeout, env={**os.environ, **(env or {})}, check=False)


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
                (("tune",), ["unknown command"]),
                (("eval",), ["retrieval", "qa"]),
                (("eval", "soup"), ["soup", "retrieval", "qa"]),
                (("model", "push"), ["push", "list", "info", "pull"]),
                (("model", "melt"), ["melt", "list", "info"]),
                (("bench", "coffee"), ["coffee", "embed", "search"]),
                (("ingest",), ["PATH"]),
                (("search", "--data", "d"), ["QUERY"]),
                (("ask", "--data", "d"), ["QUESTION"]),
                (("delete", "--data", "d"), ["DOC"]),
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
                (("embed", "--precision", "f8"), ["f8", "int8"]),
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

    def test_rerank(self):
        with open(os.path.join(GOLDEN, "encoders.json"), encoding="utf-8") as f:
            golden = json.load(f)
        case = next(c for c in golden["cases"] if c["name"] == "bert_pairs")
        with tempfile.TemporaryDirectory() as folder:
            for name, text in case["files"].items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                    f.write(text)
            with open(os.path.join(folder, "model.safetensors"), "wb") as f:
                f.write(made_safetensors(case["tensors"]["model.safetensors"]))
            texts = golden["texts"]
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


class Store(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="footnote-cli-")
        cls.docs = os.path.join(cls.folder, "docs")
        cls.data = os.path.join(cls.folder, "data")
        os.mkdir(cls.docs)
        cls.write("ports.md", PORTS)
        cls.write("bread.md", BREAD)
        result = run("ingest", "--data", cls.data, "--json", cls.docs)
        assert result.returncode == 0, result.stderr
        cls.ingested = [json.loads(line) for line in result.stdout.splitlines()]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def write(cls, name, text):
        path = os.path.join(cls.docs, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def fresh(self, name):
        """A data folder and a folder of documents of the test's own."""
        root = os.path.join(self.folder, name)
        os.makedirs(os.path.join(root, "docs"))
        return os.path.join(root, "data"), os.path.join(root, "docs")

    def test_ingest_json_has_a_line_per_document_and_a_summary(self):
        *documents, summary = self.ingested
        self.assertEqual(sorted(os.path.basename(d["id"]) for d in documents),
                         ["bread.md", "ports.md"])
        for document in documents:
            self.assertEqual(document["outcome"], "ADDED")
            self.assertGreaterEqual(document["chunks"], 1)
            self.assertEqual(document["error"], "")
        self.assertEqual((summary["added"], summary["failed"], summary["cancelled"]),
                         (2, 0, False))
        self.assertGreater(summary["tokens"], 0)

    def test_a_second_ingest_does_nothing_and_changes_are_seen(self):
        data, docs = self.fresh("again")
        path = os.path.join(docs, "a.md")
        with open(path, "w", encoding="utf-8") as f:
            f.write(PORTS)

        def summary(*args):
            result = run("ingest", "--data", data, "--json", *args, docs)
            return result.returncode, json.loads(result.stdout.splitlines()[-1])
        self.assertEqual(summary()[1]["added"], 1)
        code, second = summary()
        self.assertEqual((code, second["unchanged"], second["tokens"]), (0, 1, 0))
        with open(path, "w", encoding="utf-8") as f:
            f.write(PORTS.replace("7413", "9000"))
        self.assertEqual(summary()[1]["replaced"], 1)
        os.rename(path, os.path.join(docs, "b.md"))
        third = summary("--sync")[1]
        self.assertEqual((third["added"], third["removed"]), (1, 1))

    def test_ingest_reports_failures_at_the_end_and_goes_on(self):
        data, docs = self.fresh("failures")
        with open(os.path.join(docs, "good.md"), "w", encoding="utf-8") as f:
            f.write(PORTS)
        with open(BINARY, "rb") as program, open(os.path.join(docs, "bad.html"), "wb") as f:
            f.write(program.read(200_000))
        result = run("ingest", "--data", data, docs)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("1 added", result.stdout)
        self.assertIn("1 failed", result.stdout)
        self.assertIn("bad.html", result.stderr.splitlines()[-2])

    def test_acl_and_principals(self):
        data, docs = self.fresh("acl")
        with open(os.path.join(docs, "a.md"), "w", encoding="utf-8") as f:
            f.write(PORTS)
        result = run("ingest", "--data", data, "--acl", "hr,board", "--collection", "secret", docs)
        self.assertEqual(result.returncode, 0, result.stderr)

        def found(*args):
            result = run("search", "--data", data, "--collection", "secret", "--json", *args,
                         "gateway port")
            self.assertEqual(result.returncode, 0, result.stderr)
            return len(json.loads(result.stdout)["passages"])
        self.assertEqual(found(), 0)
        self.assertEqual(found("--principal", "sales"), 0)
        self.assertGreater(found("--principal", "sales", "--principal", "board"), 0)

    def test_search_json_follows_the_proto(self):
        for mode in ("hybrid", "dense", "lexical"):
            result = run("search", "--data", self.data, "--json", "--mode", mode, "--k", "1",
                         "--rerank", "off", "which", "port")
            self.assertEqual(result.returncode, 0, result.stderr)
            response = json.loads(result.stdout)
            self.assertEqual(len(response["passages"]), 1)
            passage = response["passages"][0]
            self.assertIn("7413", passage["text"])
            self.assertIn("heading_path", passage)
            self.assertIn("highlights", passage)
            self.assertRegex(response["trace_id"], "^[0-9a-f]{32}$")

    def test_search_text(self):
        result = run("search", "--data", self.data, "sour dough")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("1. Bread > Rye bread", result.stdout)
        self.assertIn("eighteen hours", result.stdout)
        self.assertNotIn("\x1b", result.stdout)
        self.assertLessEqual(max(map(len, result.stdout.splitlines())), 200)

    def test_ask_answers_with_footnotes(self):
        question = "What port does the gateway listen on?"
        response = json.loads(run("ask", "--data", self.data, "--json", question).stdout)
        self.assertEqual(response["outcome"], "ANSWERED")
        self.assertIn("7413", response["answer"])
        self.assertTrue(0 <= response["confidence"] <= 1)
        footnote = response["footnotes"][0]
        self.assertIn("7413", footnote["quote"])
        passage = next(p for p in response["passages"] if p["doc"] == footnote["doc"])
        self.assertLessEqual(passage["start"], footnote["start"])
        self.assertEqual(len(footnote["quote"].encode()), footnote["end"] - footnote["start"])
        text = run("ask", "--data", self.data, question).stdout
        self.assertIn("7413", text)
        self.assertIn("[1]", text)
        self.assertIn("ports.md", text)

    def test_ask_abstains(self):
        result = run("ask", "--data", self.data, "--json", "What is the capital of France?")
        self.assertEqual(result.returncode, 0, result.stderr)
        response = json.loads(result.stdout)
        self.assertEqual((response["outcome"], response["answer"], response["footnotes"]),
                         ("ABSTAINED", "", []))
        text = run("ask", "--data", self.data, "What is the capital of France?").stdout
        self.assertIn("ABSTAINED", text)

    def test_stats_verify_delete_snapshot_restore(self):
        snapshot = os.path.join(self.folder, "snapshot")
        restored = os.path.join(self.folder, "restored")
        for args in (("snapshot", "--data", self.data, "--json", snapshot),
                     ("restore", "--data", restored, "--json", snapshot)):
            result = run(*args)
            self.assertEqual(result.returncode, 0, result.stderr)
            json.loads(result.stdout)
        self.assertEqual(run("snapshot", "--data", self.data, snapshot).returncode, 1)
        self.assertEqual(run("restore", "--data", restored, snapshot).returncode, 1)

        def documents():
            stats = json.loads(run("stats", "--data", restored, "--json").stdout)
            return stats["collections"][0]["documents"]
        self.assertEqual(documents(), 2)
        bread = os.path.join(self.docs, "bread.md")
        result = run("delete", "--data", restored, "--json", bread, bread)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(int(json.loads(result.stdout)["deleted"]), 1)
        result = run("delete", "--data", restored, bread)
        self.assertEqual(result.returncode, 1)
        self.assertIn("1 of these ids", result.stderr)
        self.assertEqual(documents(), 1)
        result = run("verify", "--data", restored, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["divergences"], [])
        self.assertIn("no divergence", run("verify", "--data", restored).stdout)
        self.assertIn("default", run("stats", "--data", restored).stdout)

    def test_a_store_is_checked_copied_and_pruned_without_its_model(self):
        data = os.path.join(self.folder, "orphan")
        copy = os.path.join(self.folder, "orphan-copy")
        shutil.copytree(self.data, data)
        gone = ("--data", data, "--set", "model.name=/no/such/model")
        for args in (("stats",), ("verify",), ("snapshot", copy),
                     ("delete", os.path.join(self.docs, "bread.md"))):
            result = run(args[0], *gone, *args[1:])
            self.assertEqual(result.returncode, 0, f"{args}: {result.stderr}")
        self.assertEqual(run("verify", *gone).returncode, 0)
        result = run("search", *gone, "port")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/no/such/model", result.stderr)

    def test_bench_search(self):
        result = run("bench", "search", "--data", self.data, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        measured = json.loads(result.stdout)
        self.assertEqual(measured["queries"], 2)
        self.assertGreaterEqual(measured["query_ms_p99"], measured["query_ms_p50"])

    def terminal(self, *args, env=None):
        """Standard output and error on a pseudo terminal."""
        try:
            primary, secondary = pty.openpty()
        except OSError as error:
            self.skipTest(f"this machine has no pseudo-terminals (/dev/pts): {error}")
        process = subprocess.Popen([BINARY, *args], stdin=subprocess.DEVNULL, stdout=secondary,
                                   stderr=secondary, close_fds=True,
                                   env={**os.environ, "TERM": "xterm", **(env or {})})
        os.close(secondary)
        output = b""
        while True:
            select.select([primary], [], [], 240)
            try:
                piece = os.read(primary, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            output += piece
        os.close(primary)
        self.assertEqual(process.wait(timeout=60), 0, output)
        return output.decode()

    def test_colours_only_on_a_terminal_and_without_no_color(self):
        search = ("search", "--data", self.data, "gateway port")
        self.assertIn("\x1b[1;33m", self.terminal(*search, env={"NO_COLOR": ""}))
        self.assertNotIn("\x1b", self.terminal(*search, env={"NO_COLOR": "1"}))
        self.assertNotIn("\x1b", self.terminal(*search, env={"TERM": "dumb"}))

    def test_ingest_has_a_bar_on_a_terminal(self):
        data, docs = self.fresh("bar")
        for i in range(20):
            with open(os.path.join(docs, f"{i}.md"), "w", encoding="utf-8") as f:
                f.write(PORTS * 5)
        output = self.terminal("ingest", "--data", data, docs)
        self.assertRegex(output, r"\[[#-]+\] +\d+%  \d+/20 files")
        self.assertIn("20 added", output)

    def test_interrupt_keeps_what_is_stored(self):
        data, docs = self.fresh("interrupt")
        for i in range(300):
            with open(os.path.join(docs, f"{i:03}.md"), "w", encoding="utf-8") as f:
                f.write("".join(f"# Part {j}\n\n" + PORTS for j in range(10)))
        process = subprocess.Popen([BINARY, "ingest", "--data", data, "--json", docs],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = process.stdout.read(), process.stderr.read()
        process.wait(timeout=240)
        process.stdout.close()
        process.stderr.close()
        lines = [json.loads(line) for line in (first + rest).splitlines()]
        self.assertEqual(process.returncode, 1, errors)
        self.assertEqual(lines[-1]["cancelled"], True)
        self.assertEqual(lines[-1]["stored"], len(lines) - 1)
        self.assertIn("Run the same command again", errors)
        stats = json.loads(run("stats", "--data", data, "--json").stdout)
        self.assertGreaterEqual(stats["collections"][0]["documents"], len(lines) - 1)
        self.assertEqual(run("verify", "--data", data).returncode, 0)

    def test_a_folder_in_use_says_how_to_go_on(self):
        data = os.path.join(self.folder, "in-use")
        shutil.copytree(self.data, data)
        server = subprocess.Popen([BINARY, "serve", "--data", data, "--json", "--grpc", "",
                                   "--http", "127.0.0.1:0"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True)
        try:
            for line in server.stderr:
                if "listening" in line:
                    break
            result = run("search", "--data", data, "port")
            self.assertEqual(result.returncode, 1)
            self.assertIn(data, result.stderr)
            self.assertIn("another", result.stderr)
            self.assertIn("footnote serve", result.stderr)
        finally:
            server.terminate()
            server.stderr.read()
            server.wait(timeout=60)
            server.stderr.close()
        self.assertEqual(run("search", "--data", data, "port").returncode, 0)


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
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
