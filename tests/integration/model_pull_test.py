#!/usr/bin/env python3
"""`footnote model pull` against a model hub on this machine.

usage: model_pull_test.py FOOTNOTE_BINARY
"""
import hashlib
import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse

BINARY = ""
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def git_blob(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class Hub:
    """A hub with one repository, and the ways in which it misbehaves."""

    def __init__(self):
        self.files = {
            "config.json": b'{"model_type": "llama"}',
            "model.safetensors": bytes(range(256)) * 2000,
            "sub/tokenizer.json": b"{}",
        }
        self.large = {"model.safetensors"}
        self.token = None
        self.listing = {}  # name -> what the tree says instead
        self.cut_after = {}  # name -> bytes after which the connection ends, once
        self.ranges = True
        self.redirect = None  # the base URL that large files are redirected to
        self.status = None  # for every request
        self.page_size = 1000
        self.requests = []  # (path, headers)

    def tree(self):
        entries = [{"type": "directory", "path": "sub", "size": 0, "oid": "0" * 40}]
        for name, data in self.files.items():
            entry = {"type": "file", "path": name, "size": len(data), "oid": git_blob(data)}
            if name in self.large:
                entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data)}
                entry["size"] = len(data)
            entry.update(self.listing.get(name, {}))
            entries.append(entry)
        return entries


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub = None

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):  # pylint: disable=invalid-name
        hub = self.hub
        hub.requests.append((self.path, dict(self.headers)))
        if hub.status:
            return self.reply(hub.status, b"no", X_Error_Message="said the hub")
        path = urllib.parse.urlsplit(self.path)
        if path.path.startswith("/cdn/"):
            return self.send_file(urllib.parse.unquote(path.path[5:]))
        if hub.token and self.headers.get("Authorization") != "Bearer " + hub.token:
            return self.reply(401, b"no")
        if path.path == "/api/models/org/name/revision/main":
            names = [{"rfilename": name} for name in hub.files]
            return self.reply(200, json.dumps({"sha": COMMIT, "siblings": names}).encode())
        if path.path == f"/api/models/org/name/tree/{COMMIT}":
            page = int(urllib.parse.parse_qs(path.query).get("page", ["0"])[0])
            tree, first = hub.tree(), page * hub.page_size
            more = {}
            if first + hub.page_size < len(tree):
                link = f"http://{self.headers['Host']}{path.path}?recursive=true&page={page + 1}"
                more["Link"] = f'<{link}>; rel="next"'
            return self.reply(200, json.dumps(tree[first:first + hub.page_size]).encode(), **more)
        prefix = f"/org/name/resolve/{COMMIT}/"
        if path.path.startswith(prefix):
            name = urllib.parse.unquote(path.path[len(prefix):])
            if name in hub.large and hub.redirect:
                return self.reply(302, b"", Location=hub.redirect + "/cdn/" + name)
            return self.send_file(name)
        return self.reply(404, b"no")

    def send_file(self, name):
        hub, data, first = self.hub, self.hub.files[name], 0
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted and hub.ranges:
            first = int(wanted.group(1))
            if first >= len(data):
                return self.reply(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        cut = hub.cut_after.pop(name, None)
        self.wfile.write(data[first:] if cut is None else data[first:first + cut])
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)
        return None


class QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that goes away is part of the tests."""


def serve(hub, tls=None):
    """A server in a thread, and its base URL; over HTTPS with an ssl.SSLContext."""
    handler = type("Handler", (Handler,), {"hub": hub})
    server = QuietServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"


def certificate(folder, address):
    """A self-signed certificate for an IP address, and its key: PEM files."""
    files = os.path.join(folder, f"{address}.crt"), os.path.join(folder, f"{address}.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=hub",
                    "-addext", f"subjectAltName=IP:{address}", "-out", files[0], "-keyout",
                    files[1]], check=True, capture_output=True)
    return files


class ModelPull(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="footnote-model-pull-")
        self.to = os.path.join(self.folder, "name")
        self.hub = Hub()
        self.server, self.url = serve(self.hub)

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def pull(self, *args, name="org/name", mirror=None, **env):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FOOTNOTE_MODEL")}
        environment.update({"no_proxy": "*", "NO_PROXY": "*"}, **env)
        where = ["--mirror", mirror or self.url] if mirror != "" else []
        return subprocess.run([BINARY, "model", "pull", name, "--to", self.to, *where, *args],
                              capture_output=True, text=True, timeout=240, check=False,
                              env=environment)

    def assert_fails(self, result, *words, code=1):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def read(self, name):
        with open(os.path.join(self.to, name), "rb") as f:
            return f.read()

    def assert_whole(self):
        for name, data in self.hub.files.items():
            self.assertEqual(self.read(name), data, name)

    def paths(self, part):
        return [path for path, _ in self.hub.requests if part in path]

    def ranges(self):
        return [headers["Range"] for _, headers in self.hub.requests if "Range" in headers]

    def test_everything_arrives_and_the_second_time_is_free(self):
        result = self.pull("--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_whole()
        report = json.loads(result.stdout)
        self.assertEqual(report["commit"], COMMIT)
        self.assertEqual(report["bytes_fetched"], sum(map(len, self.hub.files.values())))
        before = len(self.paths("/resolve/"))
        again = json.loads(self.pull("--json").stdout)
        self.assertEqual(again["bytes_fetched"], 0)
        self.assertTrue(all(f["was_there"] for f in again["files"]))
        self.assertEqual(len(self.paths("/resolve/")), before)

    def test_a_long_list_has_pages(self):
        self.hub.page_size = 1
        self.assertEqual(self.pull().returncode, 0)
        self.assert_whole()

    def test_a_cut_connection_is_taken_up_again(self):
        self.hub.cut_after["model.safetensors"] = 100_000
        result = self.pull()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_whole()
        self.assertEqual(self.ranges(), ["bytes=100000-"])

    def test_a_later_call_goes_on_from_the_part(self):
        os.makedirs(self.to)
        with open(os.path.join(self.to, "model.safetensors.part"), "wb") as f:
            f.write(self.hub.files["model.safetensors"][:5000])
        self.assertEqual(self.pull().returncode, 0)
        self.assert_whole()
        self.assertEqual(self.ranges(), ["bytes=5000-"])
        self.assertFalse(os.path.exists(os.path.join(self.to, "model.safetensors.part")))

    def test_a_server_without_ranges_sends_all_again(self):
        self.hub.ranges = False
        self.hub.cut_after["model.safetensors"] = 100_000
        result = self.pull()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_whole()

    def test_a_part_of_something_else_is_thrown_away(self):
        for part in (b"x" * 5000, b"x" * 1_000_000, b"x" * len(self.hub.files["model.safetensors"])):
            shutil.rmtree(self.to, ignore_errors=True)
            os.makedirs(self.to)
            with open(os.path.join(self.to, "model.safetensors.part"), "wb") as f:
                f.write(part)
            result = self.pull()
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assert_whole()

    def test_a_changed_file_is_fetched_again(self):
        self.assertEqual(self.pull().returncode, 0)
        with open(os.path.join(self.to, "config.json"), "r+b") as f:
            f.write(b"X")
        self.assertEqual(self.pull().returncode, 0)
        self.assert_whole()

    def test_a_wrong_hash_is_refused_and_nothing_stays(self):
        self.hub.listing["model.safetensors"] = {
            "lfs": {"oid": "0" * 64, "size": len(self.hub.files["model.safetensors"])}}
        self.assert_fails(self.pull(), "model.safetensors has the digest", "0" * 64)
        self.assertEqual([n for n in os.listdir(self.to) if n.startswith("model")], [])
        self.hub.listing = {"config.json": {"oid": "1" * 40}}
        self.assert_fails(self.pull(), "config.json has the digest")

    def test_a_wrong_size_is_refused(self):
        for size in (10, 10_000_000):
            self.hub.listing["model.safetensors"] = {"lfs": {"oid": "0" * 64, "size": size}}
            self.assert_fails(self.pull(), "model.safetensors", str(size))

    def test_a_size_beyond_the_disk_is_refused_at_once(self):
        self.hub.listing["model.safetensors"] = {"lfs": {"oid": "0" * 64, "size": 2**50}}
        self.assert_fails(self.pull(), "free in")
        self.assertEqual(self.paths("/resolve/"), [])
        self.hub.listing["model.safetensors"] = {"lfs": {"oid": "0" * 64, "size": 2**64 - 1}}
        self.assert_fails(self.pull(), "no size")

    def test_names_that_lead_elsewhere_are_refused(self):
        for name in ("../evil", "/etc/evil", "a/../../evil", "a//b", "a\\b", "a\nb", "..", "",
                     "/".join("abcdefghi")):
            self.hub.files = {name: b"x"}
            self.assert_fails(self.pull(), "not a path inside")
        self.assertEqual(os.listdir(self.folder), [])

    def test_pickles_are_left_out(self):
        self.hub.files["pytorch_model.bin"] = b"PK"
        result = self.pull("--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["pickles_left_out"], ["pytorch_model.bin"])
        self.assertFalse(os.path.exists(os.path.join(self.to, "pytorch_model.bin")))

    def test_weights_in_pickles_alone_need_the_flag(self):
        self.hub.files["pytorch_model.bin"] = self.hub.files.pop("model.safetensors")
        self.assert_fails(self.pull(), "only as pickles", "pytorch_model.bin", "--allow-pickle")
        self.assertEqual(self.pull("--allow-pickle").returncode, 0)
        self.assert_whole()

    def test_other_files_are_left_out(self):
        self.hub.files.update({"tf_model.h5": b"x", ".gitattributes": b"x", "run.py": b"x"})
        self.assertEqual(self.pull().returncode, 0)
        self.assertEqual(sorted(os.listdir(self.to)), ["config.json", "model.safetensors", "sub"])

    def test_only(self):
        self.hub.files.update({"a.Q4_0.gguf": b"4", "a.Q8_0.gguf": b"8"})
        self.assertEqual(self.pull("--only", "*Q8_0.gguf").returncode, 0)
        self.assertEqual(os.listdir(self.to), ["a.Q8_0.gguf"])
        self.assert_fails(self.pull("--only", "*.none"), "no file that matches")

    def test_the_token_goes_to_the_mirror_alone(self):
        elsewhere = Hub()
        server, url = serve(elsewhere)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.hub.token, self.hub.redirect = "hf_secret", url
        token = os.path.join(self.folder, "token")
        with open(token, "w", encoding="utf-8") as f:
            f.write("hf_secret\n")
        for args, env in ((["--token-file", token], {}),
                          (["--set", f"models.token_file={token}"], {}),
                          ([], {"FOOTNOTE_MODEL_TOKEN": "hf_secret"})):
            result = self.pull(*args, **env)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assert_whole()
            shutil.rmtree(self.to)
        self.assertEqual(len(elsewhere.requests), 3)
        for _, headers in elsewhere.requests:
            self.assertNotIn("Authorization", headers)
        self.assert_fails(self.pull(), "HTTP 401", "token")
        self.assert_fails(self.pull("--token-file", token + "x"), "token")
        # Not unencrypted to another machine.
        result = self.pull("--token-file", token, mirror="http://192.0.2.1")
        self.assert_fails(result, "not encrypted")

    def serve_tls(self, hub, address="127.0.0.1"):
        files = certificate(self.folder, address)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*files)
        server, url = serve(hub, tls)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return url, files[0]

    def test_https_with_a_certificate_that_is_trusted(self):
        hub = Hub()
        hub.token = "hf_secret"
        url, ca = self.serve_tls(hub)
        self.hub = hub
        result = self.pull("--set", f"models.ca_file={ca}", mirror=url,
                           FOOTNOTE_MODEL_TOKEN="hf_secret")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_whole()

    def test_https_without_trust_sends_nothing(self):
        hub = Hub()
        url, _ = self.serve_tls(hub)
        result = self.pull(mirror=url, FOOTNOTE_MODEL_TOKEN="hf_secret")
        self.assert_fails(result, "certificate")
        # A certificate that is trusted, but is another machine's.
        url, ca = self.serve_tls(hub, "192.0.2.1")
        result = self.pull("--set", f"models.ca_file={ca}", mirror=url)
        self.assert_fails(result, "certificate")
        self.assertEqual(hub.requests, [])
        self.assertFalse(os.path.exists(self.to))

    def test_a_redirect_from_https_to_http_is_not_followed(self):
        hub = Hub()
        url, ca = self.serve_tls(hub)
        hub.redirect = self.url
        self.assert_fails(self.pull("--set", f"models.ca_file={ca}", mirror=url), "redirect")
        self.assertEqual(self.hub.requests, [])

    def test_the_mirror_comes_from_flag_environment_or_configuration(self):
        config = os.path.join(self.folder, "footnote.toml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f'[models]\nmirror = "{self.url}"\n')
        for args, env in ((["--config", config], {}),
                          ([], {"FOOTNOTE_MODEL_MIRROR": self.url})):
            result = self.pull(*args, mirror="", **env)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assert_whole()
            shutil.rmtree(self.to)

    def test_errors_say_what_to_do(self):
        for status, words in ((401, ["token"]), (403, ["licence", "said the hub"]),
                              (404, ["revision"]), (418, ["418"])):
            self.hub.status = status
            self.assert_fails(self.pull(), *words)
        self.hub.status = None
        self.assert_fails(self.pull("--revision", "v9"), "404")
        self.assert_fails(self.pull(mirror="http://127.0.0.1:1"), "127.0.0.1")

    def test_bad_words_are_wrong_use(self):
        for name in ("../x", "a/b/c", "org/na me", ""):
            self.assert_fails(self.pull(name=name), code=2)
        self.assert_fails(self.pull("--revision", "a/../b"), code=2)
        self.assert_fails(self.pull(mirror="ftp://127.0.0.1"), "neither an https nor an http")

    def test_bad_lists_are_refused(self):
        for entry in ({"size": -1}, {"size": "7"}, {"oid": "zz"}, {"path": "sub"}):
            self.hub.listing = {"config.json": entry}
            self.assertEqual(self.pull().returncode, 1)

    def test_two_at_once_are_refused(self):
        os.makedirs(self.to)
        import fcntl  # pylint: disable=import-outside-toplevel
        with open(os.path.join(self.to, "config.json.part"), "wb") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            self.assert_fails(self.pull(), "another process")


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main()
