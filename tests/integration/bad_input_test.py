#!/usr/bin/env python3
"""Bad input to the real program: a clear error, the right exit code, nothing lost.

usage: bad_input_test.py FOOTNOTE_BINARY MODEL_DIR
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARY = ""
MODEL = ""
GOOD = "# Ports\n\nThe gateway listens on port 7413 unless told otherwise.\n"


def run(*args, stdin=None, before=()):
    return subprocess.run([*before, BINARY, *args], capture_output=True, text=True,
                          errors="replace", timeout=240, input=stdin, check=False)


class BadInput(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="footnote-bad-input-")
        self.data = os.path.join(self.folder, "data")
        self.docs = os.path.join(self.folder, "docs")
        os.mkdir(self.docs)

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, content):
        path = os.path.join(self.docs, name)
        mode = "wb" if isinstance(content, bytes) else "w"
        with open(path, mode) as f:
            f.write(content)
        return path

    def ingest(self, *args, **kw):
        return run("ingest", "--data", self.data, *args, **kw)

    def ingest_good(self):
        self.write("good.md", GOOD)
        result = self.ingest(self.docs)
        self.assertEqual(result.returncode, 0, result.stderr)

    def assert_sound(self, documents):
        """The store verifies and holds that many documents."""
        result = run("verify", "--data", self.data, "--json")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        report = json.loads(result.stdout.strip().splitlines()[-1])
        self.assertEqual(report["divergences"], [])
        self.assertEqual(int(report["documents"]), documents)

    def assert_fails(self, result, *words, code=1):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        text = (result.stdout + result.stderr).lower()
        for word in words:
            self.assertIn(word.lower(), text)

    def test_empty_folder(self):
        self.assert_fails(self.ingest(self.docs), self.docs)

    def test_missing_path(self):
        self.assert_fails(self.ingest(os.path.join(self.folder, "nowhere")), "nowhere")

    def test_no_permission(self):
        self.write("good.md", GOOD)
        secret = self.write("secret.md", "# Secret\n\nNot readable.\n")
        os.chmod(secret, 0)
        # root may read everything unless it gives that right up.
        give_up = [] if os.geteuid() != 0 else [
            "setpriv", "--bounding-set=-dac_override,-dac_read_search",
            "--inh-caps=-dac_override,-dac_read_search"]
        result = self.ingest(self.docs, before=give_up)
        self.assert_fails(result, "secret.md", "permission")
        os.chmod(secret, 0o644)
        self.assertEqual(self.ingest(self.docs).returncode, 0)
        self.assert_sound(2)

    def test_file_of_200_mb(self):
        self.write("good.md", GOOD)
        with open(os.path.join(self.docs, "huge.txt"), "w", encoding="ascii") as f:
            for _ in range(200):
                f.write("All work and no play makes a dull text. " * 26215)
        self.assert_fails(self.ingest(self.docs), "huge.txt")
        self.assert_sound(1)

    def test_binary_renamed_html(self):
        self.write("good.md", GOOD)
        with open(BINARY, "rb") as program:
            self.write("program.html", program.read(300_000))
        self.assert_fails(self.ingest(self.docs), "program.html")
        self.assert_sound(1)

    def test_invalid_utf8_is_ingested_as_replacement_characters(self):
        self.write("latin.md", b"# Caf\xe9\n\nThe caf\xe9 in the old harbour opens at seven every day.\n")
        result = self.ingest(self.docs)
        self.assertEqual(result.returncode, 0, result.stderr)
        found = run("search", "--data", self.data, "--json", "when does the harbour open")
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertIn("opens at seven", json.loads(found.stdout)["passages"][0]["text"])

    def test_deeply_nested_html(self):
        self.write("good.md", GOOD)
        self.write("deep.html", "<html><body>" + "<div>" * 1_000_000 + "text" + "</body></html>")
        result = self.ingest(self.docs)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        if result.returncode == 1:
            self.assertIn("deep.html", result.stdout + result.stderr)
        self.assert_sound(1 if result.returncode == 1 else 2)

    def test_unknown_collection(self):
        self.ingest_good()
        for command in ("search", "ask"):
            self.assert_fails(run(command, "--data", self.data, "--collection", "nope", "port?"),
                              "nope")

    def test_missing_data_folder(self):
        self.assert_fails(run("search", "--data", os.path.join(self.folder, "none"), "port"),
                          "none")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "none")))

    def test_question_of_100_kb(self):
        self.ingest_good()
        self.assert_fails(run("ask", "--data", self.data, "why " * 25_600), "bytes")

    def test_k_out_of_range(self):
        self.ingest_good()
        for k in ("0", "-1", "1000000000"):
            result = run("search", "--data", self.data, f"--k={k}", "port")
            self.assertIn(result.returncode, (1, 2), k)
            self.assertIn("1000", result.stdout + result.stderr, k)
        result = run("search", "--data", self.data, "--k", "ten", "port")
        self.assertEqual(result.returncode, 2)

    def test_corrupted_model(self):
        for damage in ("truncate", "header"):
            model = os.path.join(self.folder, "model-" + damage)
            shutil.copytree(MODEL, model)
            weights = os.path.join(model, "model.safetensors")
            os.chmod(weights, 0o644)
            with open(weights, "r+b") as f:
                if damage == "truncate":
                    f.truncate(os.path.getsize(weights) // 2)
                else:
                    f.write(b"\xff" * 16)
            result = run("embed", "--model", model, stdin="hello\n")
            self.assert_fails(result, "model.safetensors")

    def test_two_processes(self):
        self.ingest_good()
        server = subprocess.Popen(
            [BINARY, "serve", "--data", self.data, "--grpc", "127.0.0.1:0", "--http",
             "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            for line in server.stdout:
                if "http" in line:
                    break
            self.assert_fails(run("search", "--data", self.data, "port"), self.data, "process")
        finally:
            server.terminate()
            server.stdout.read()
            server.wait(timeout=60)
            server.stdout.close()
        self.assertEqual(server.returncode, 0)
        self.assert_sound(1)

    def test_full_disk(self):
        """The data folder is on a file system of 6 MB; the documents need more."""
        self.write("a.md", GOOD)
        for i in range(40):
            body = "\n\n".join(
                f"Paragraph {j} of part {i}: " + os.urandom(600).hex() for j in range(60))
            self.write(f"part{i}.md", f"# Part {i}\n\n{body}\n")
        mount = os.path.join(self.folder, "small")
        os.mkdir(mount)
        script = (f'set -e; mount -t tmpfs -o size=6m tmpfs "{mount}"; '
                  f'trap \'umount "{mount}"\' EXIT; set +e; '
                  f'"{BINARY}" ingest --data "{mount}/data" "{self.docs}/a.md" >&2 || exit 90; '
                  f'"{BINARY}" ingest --data "{mount}/data" "{self.docs}"; code=$?; '
                  f'mount -o remount,size=400m "{mount}"; '
                  f'"{BINARY}" verify --data "{mount}/data" >&2 || exit 91; '
                  f'"{BINARY}" search --data "{mount}/data" "gateway port" | grep -q 7413 '
                  f'|| exit 92; '
                  f'"{BINARY}" ingest --data "{mount}/data" "{self.docs}" >&2 || exit 93; '
                  f'"{BINARY}" verify --data "{mount}/data" >&2 || exit 94; '
                  f'exit $code')
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        result = subprocess.run(
            ["unshare", *user, "--mount", "--propagation", "unchanged", "bash", "-c", script],
            capture_output=True, text=True, errors="replace", timeout=280, check=False)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("space", (result.stdout + result.stderr).lower())


if __name__ == "__main__":
    BINARY, MODEL = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    unittest.main(argv=sys.argv[:1], verbosity=2)
