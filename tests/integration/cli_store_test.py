#!/usr/bin/env python3
"""The commands about a store: ingest, search, ask, delete, access, compact, stats, verify, snapshot, serve.

usage: cli_store_test.py FOOTNOTE_BINARY
"""
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import unittest

from golden_model import golden_encoder
from program import BINARY, main, run

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

    def test_filters_metadata_and_denial(self):
        data, _ = self.fresh("filtered")
        for name, flags in (("ports.md", ["--meta", "lang=en", "--meta", "year=2019"]),
                            ("bread.md", ["--meta", "lang=de", "--deny", "user:eve"])):
            result = run("ingest", "--data", data, *flags, os.path.join(self.docs, name))
            self.assertEqual(result.returncode, 0, result.stderr)

        def found(expression, *flags):
            result = run("search", "--data", data, "--json", "--filter", expression, *flags, "dough")
            self.assertEqual(result.returncode, 0, result.stderr)
            return {os.path.basename(p["doc"]) for p in json.loads(result.stdout)["passages"]}

        ann = ("--principal", "user:ann")
        self.assertEqual(found("exists(lang)"), {"ports.md"})  # who names nobody may be eve
        self.assertEqual(found("exists(lang)", "--principal", "user:eve"), {"ports.md"})
        self.assertEqual(found("exists(lang)", *ann), {"ports.md", "bread.md"})
        self.assertEqual(found("lang = 'en' and year < 2020", *ann), {"ports.md"})
        self.assertEqual(found("year >= 2020", *ann), set())
        self.assertEqual(found("not exists(year)", *ann), {"bread.md"})
        result = run("ask", "--data", data, "--json", "--filter", "lang = 'de'",
                     "What port does the gateway listen on?")
        self.assertEqual(json.loads(result.stdout)["outcome"], "ABSTAINED")
        # The same flags again change nothing; other ones replace the document.
        for flags, outcome in ((["--meta", "lang=en", "--meta", "year=2019"], "unchanged"),
                               (["--meta", "lang=en", "--meta", "year=2021"], "replaced")):
            result = run("ingest", "--data", data, "--json", *flags,
                         os.path.join(self.docs, "ports.md"))
            self.assertEqual(json.loads(result.stdout.splitlines()[-1])[outcome], 1)
        self.assertEqual(found("year >= 2020"), {"ports.md"})
        result = run("delete", "--data", data, "--json", "--filter", "lang = 'en'")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["deleted"], "1")
        result = run("delete", "--data", data, "--filter", "lang = 'en'")
        self.assertEqual((result.returncode, result.stdout), (0, "deleted 0\n"))

        result = run("access", "--data", data, "--acl", "group:bakers", "--deny", "user:eve")
        self.assertEqual(result.returncode, 0, result.stderr)
        hidden = run("search", "--data", data, *ann, "dough")
        missing = run("search", "--data", data, *ann, "--collection", "defaulx", "dough")
        self.assertEqual((hidden.returncode, missing.returncode), (1, 1))
        self.assertEqual(hidden.stderr, missing.stderr.replace("defaulx", "default"))
        self.assertEqual(found("exists(lang)", "--principal", "group:bakers"), {"bread.md"})
        stats = json.loads(run("stats", "--data", data, "--json").stdout)["collections"][0]
        self.assertEqual((stats["acl"], stats["deny"]), (["group:bakers"], ["user:eve"]))
        self.assertGreater(stats["fields_memory_bytes"], 0)
        self.assertGreater(stats["words_memory_bytes"], 0)
        self.assertEqual(run("access", "--data", data, "--everybody").returncode, 0)
        self.assertEqual(found("exists(lang)", *ann), {"bread.md"})

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

    def test_search_reads_operators(self):
        def search(*args):
            result = run("search", "--data", self.data, "--json", *args)
            self.assertEqual(result.returncode, 0, result.stderr)
            response = json.loads(result.stdout)
            return {os.path.basename(p["doc"]) for p in response["passages"]}, response

        for mode in ("hybrid", "dense", "lexical"):
            found, response = search("--mode", mode, '"sour dough"')
            self.assertEqual(found, {"bread.md"})
            self.assertEqual(response["required"], ["sour dough"])
            self.assertEqual(search("--mode", mode, '"dough sour"')[0], set())
            found, response = search("--mode", mode, "hours ninety -dough")
            self.assertEqual(found, {"ports.md"})
            self.assertEqual(response["excluded"], ["dough"])
            self.assertEqual(search("--mode", mode, "older +rye")[0], {"bread.md"})
        found, response = search("--plain", '+rye "dough sour" port')
        self.assertEqual(found, {"bread.md", "ports.md"})
        self.assertEqual(response["required"], [])
        self.assertIn("without \"dough\"", run("search", "--data", self.data, "--explain",
                                               "ninety -dough").stdout)

    def test_search_takes_a_misspelt_word_for_one_that_is_there(self):
        args = ("search", "--data", self.data, "--mode", "lexical")
        response = json.loads(run(*args, "--json", "gatway").stdout)
        self.assertEqual(response["corrections"],
                         [{"word": "gatway", "replacements": ["Gateway"]}])
        self.assertEqual({os.path.basename(p["doc"]) for p in response["passages"]}, {"ports.md"})
        self.assertIn("also searched for Gateway", run(*args, "gatway").stdout)
        self.assertEqual(run(*args, "--fuzzy", "off", "gatway").stdout, "No passage was found.\n")
        off = ("--set", "profiles.strict.fuzzy=false", "--profile", "strict")
        self.assertEqual(run(*args, *off, "gatway").stdout, "No passage was found.\n")

    def test_words_of_an_older_program_are_indexed_anew(self):
        kept = os.path.join(os.path.dirname(__file__), "..", "format_compat", "v1")
        data = os.path.join(self.folder, "older")
        shutil.copytree(kept, data)
        first = run("verify", "--data", data)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("indexing the words of default anew", first.stderr)
        second = run("verify", "--data", data)
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertNotIn("anew", second.stderr)

    def test_search_reranks_and_explains(self):
        with tempfile.TemporaryDirectory() as folder:
            golden_encoder("bert_pairs", folder)
            result = run("search", "--data", self.data, "--json", "--rerank", "on", "--reranker",
                         folder, "--rerank-candidates", "3", "--explain", "which", "port")
            self.assertEqual(result.returncode, 0, result.stderr)
            response = json.loads(result.stdout)
            by_profile = run("search", "--data", self.data, "--json", "--set",
                             f"reranker.model={folder}", "--set", "profiles.deep.rerank=true",
                             "--set", "profiles.deep.rerank_candidates=3", "--set",
                             "profiles.deep.version=v7", "--profile", "deep", "which", "port")
            self.assertEqual(by_profile.returncode, 0, by_profile.stderr)
            profiled = json.loads(by_profile.stdout)
            text = run("search", "--data", self.data, "--rerank", "on", "--reranker", folder,
                       "--explain", "which", "port").stdout
            asked = run("ask", "--data", self.data, "--json", "--rerank", "on", "--reranker",
                        folder, "Which port does the gateway have?")
            self.assertEqual(asked.returncode, 0, asked.stderr)
        passages = response["passages"]
        self.assertEqual([p["reranked"]["rank"] for p in passages[:3]], [1, 2, 3])
        scores = [p["reranked"]["score"] for p in passages[:3]]
        self.assertEqual(scores, sorted(scores, reverse=True))
        for passage in passages[3:]:
            self.assertNotIn("reranked", passage)
        self.assertIn("rerank", [time["stage"] for time in response["times"]])
        self.assertNotEqual(response["reranker"], "")
        self.assertEqual((response["profile"], response["profile_version"]), ("default", "1"))
        for passage in passages:
            why = passage["explanation"]
            total = sum(term["contribution"] for term in why.get("terms", []))
            self.assertAlmostEqual(total, why.get("lexical", {}).get("score", 0), places=12)
            self.assertGreater(why["fused"]["rank"], 0)
        self.assertEqual((profiled["profile"], profiled["profile_version"]), ("deep", "v7"))
        self.assertEqual([p["doc"] + str(p.get("chunk", 0)) for p in profiled["passages"]],
                         [p["doc"] + str(p.get("chunk", 0)) for p in passages])
        self.assertIn("reranked", text)
        self.assertIn("length norm", text)
        self.assertIn("profile default, version 1", text)
        self.assertNotEqual(json.loads(asked.stdout)["reranker"], "")

    def test_search_shows_context_and_folds(self):
        data, docs = self.fresh("context")
        for name in ("a", "b"):
            with open(os.path.join(docs, name + ".md"), "w", encoding="utf-8") as f:
                f.write(PORTS)
        self.assertEqual(run("ingest", "--data", data, docs).returncode, 0)

        def passages(*args):
            result = run("search", "--data", data, "--json", *args, "which", "port")
            self.assertEqual(result.returncode, 0, result.stderr)
            return json.loads(result.stdout)["passages"]
        both = passages("--section")
        self.assertEqual({os.path.basename(p["doc"]) for p in both}, {"a.md", "b.md"})
        for passage in both:
            section = passage["section"]
            self.assertLessEqual(section.get("start", 0), passage.get("start", 0))
            self.assertGreaterEqual(section["end"], passage["end"])
        folded = passages("--fold", "1")
        self.assertEqual(2 * len(folded), len(both))
        for passage in folded:
            self.assertEqual([f["similarity"] for f in passage["folded"]], [1])
            self.assertNotEqual(passage["folded"][0]["doc"], passage["doc"])
        docs_seen = [p["doc"] for p in passages("--max-per-document", "1")]
        self.assertEqual(len(docs_seen), len(set(docs_seen)))

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
        result = run("compact", "--data", restored, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        compacted = json.loads(result.stdout)
        self.assertLessEqual(compacted["disk_bytes"], compacted["disk_bytes_before"])
        self.assertRegex(run("compact", "--data", restored).stdout, "^on disk .*, before ")
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
        for args in (("stats",), ("verify",), ("compact",), ("snapshot", copy),
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


if __name__ == "__main__":
    main()
