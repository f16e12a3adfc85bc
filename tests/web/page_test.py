"""The search page in headless Chromium, served by the real process over a small real store.

    page_test.py FOOTNOTE MODEL_DIR
"""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from webdriver import Browser, PATIENCE_S

HERE = os.path.dirname(os.path.abspath(__file__))
FOOTNOTE = MODEL_DIR = None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`footnote serve` on a port of its own. The port stays the same over stop() and start()."""

    def __init__(self, data_dir):
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        self.log = open(f"{self.data_dir}.log", "ab")
        self.process = subprocess.Popen(
            [FOOTNOTE, "serve", "--data", self.data_dir, "--set", f"model.name={MODEL_DIR}",
             "--http", f"127.0.0.1:{self.port}", "--grpc", ""],
            stdout=self.log, stderr=self.log)
        end = time.monotonic() + PATIENCE_S
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                with open(self.log.name, encoding="utf-8", errors="replace") as log:
                    raise RuntimeError("footnote serve didn't start:\n" + log.read())
            time.sleep(0.05)

    def is_ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.log.close()
            self.process = None


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="footnote-page-test-")
        data_dir = os.path.join(cls.folder.name, "data")
        subprocess.run(
            [FOOTNOTE, "ingest", "--data", data_dir, "--set", f"model.name={MODEL_DIR}",
             os.path.join(HERE, "sample")], check=True)
        cls.server = Server(data_dir)
        cls.server.start()
        cls.empty = Server(os.path.join(cls.folder.name, "empty"))
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.server.stop()
        cls.empty.stop()
        cls.folder.cleanup()

    def setUp(self):
        self.browser.resize(1280, 860)
        self.browser.media(prefers_color_scheme="light")
        self.browser.collect_logs()
        self.browser.console.clear()
        self.browser.requests.clear()
        self.expected_failures = 0  # requests that the test makes fail

    def tearDown(self):
        self.browser.collect_logs()
        loud = [entry["message"] for entry in self.browser.console
                if entry["level"] in ("SEVERE", "WARNING")]
        network = [message for message in loud if "Failed to load resource" in message]
        self.assertEqual([m for m in loud if m not in network], [], "the console")
        self.assertEqual(len(network), self.expected_failures, network)
        allowed = (self.server.url, self.empty.url, "about:", "data:")
        for url in self.browser.requests:
            self.assertTrue(url.startswith(allowed), f"a request to another origin: {url}")

    def open(self, fragment=""):
        self.browser.go(f"{self.server.url}/{fragment}")

    def done(self):
        self.browser.wait("document.getElementById('results').ariaBusy === 'false'")

    def ask(self, question):
        self.open()
        self.browser.write(question)
        self.browser.press("Enter")
        self.browser.wait("!document.getElementById('results').hidden")
        self.done()

    def test_an_answer_and_its_quotes(self):
        self.ask("When was the lighthouse built?")
        sentences = self.browser.texts(".sentence")
        self.assertGreaterEqual(len(sentences), 1, self.browser.text("#results"))
        self.assertIn("1874", "".join(sentences))
        quotes = self.browser.texts("#footnotes .note-quote")
        self.assertIn("1874", "".join(quotes))
        self.assertGreaterEqual(len(self.browser.texts(".passage mark.quote")), 1)
        for number, quote in enumerate(quotes, start=1):
            # Each one in its document: as text, and byte for byte as the store has it.
            self.browser.run(f"document.querySelector('[data-open=\"note-{number}\"]').click()")
            self.browser.wait("document.getElementById('reader-place').textContent"
                              f".startsWith('Footnote {number}') && "
                              "document.querySelector('#reader mark') !== null")
            self.assertEqual("".join(self.browser.texts("#reader mark")), quote)
            top, bottom, height = self.browser.run("""
              const box = document.querySelector('#reader mark').getBoundingClientRect();
              return [box.top, box.bottom, innerHeight]""")
            self.assertTrue(0 < top < bottom <= height, "the quote is in sight")
        self.assertIn("lighthouse", self.browser.text("#reader-title"))

    def test_the_documents_do_not_say(self):
        self.ask("What is the capital of France?")
        self.assertEqual(self.browser.text("#notice h2"), "The documents don’t say.")
        self.assertNotEqual(self.browser.text("#notice .reason").strip(), "")
        self.assertFalse(self.browser.visible("#answer"))

    def test_an_empty_store(self):
        self.expected_failures = 1
        self.empty.start()
        try:
            self.browser.go(f"{self.empty.url}/#q=anything")
            self.done()
            self.assertEqual(self.browser.text("#notice h2"), "No documents yet.")
            self.assertIn("footnote ingest", self.browser.text("#notice"))
        finally:
            self.empty.stop()

    def test_a_killed_server(self):
        self.ask("When was the lighthouse built?")
        self.server.stop()
        try:
            self.browser.run("document.getElementById('question').select()")
            self.browser.write("How much is the mooring fee?")
            self.browser.press("Enter")
            self.browser.wait("document.getElementById('retry')")
            self.assertEqual(self.browser.text("#notice h2"), "The server isn’t answering.")
            self.browser.click("#retry")
            self.browser.wait("document.getElementById('retry')")
        finally:
            self.server.start()
        self.browser.click("#retry")
        self.browser.wait("document.querySelector('.sentence')")
        self.done()
        self.assertIn("3 €", "".join(self.browser.texts(".sentence")))
        self.browser.collect_logs()
        self.expected_failures = sum(
            "ERR_CONNECTION_REFUSED" in entry["message"] for entry in self.browser.console)
        self.assertEqual(self.expected_failures, 2)

    def test_by_keyboard_alone(self):
        focused = "document.activeElement"
        self.open()
        self.assertEqual(self.browser.run(f"return {focused}.id"), "question")
        self.browser.write("When was the lighthouse built?")
        self.browser.press("Enter")
        self.browser.wait("document.querySelector('.note')")
        self.done()
        # From the box to the first mark with Tab alone.
        for _ in range(30):
            self.browser.press("Tab")
            if self.browser.run(f"return {focused}.classList.contains('mark')"):
                break
        self.assertEqual(self.browser.run(f"return {focused}.dataset.open"), "mark-1")
        self.browser.press("Enter")
        self.browser.wait("document.querySelector('#reader mark')")
        self.assertEqual(self.browser.run(f"return {focused}.id"), "reader-body")
        self.browser.press("Escape")
        self.browser.wait("document.getElementById('reader').hidden")
        self.assertEqual(self.browser.run(f"return {focused}.dataset.open"), "mark-1")
        self.browser.press("j")
        self.assertEqual(self.browser.run(f"return {focused}.dataset.open"), "note-1")
        self.browser.press("1")
        self.browser.wait("document.querySelector('#reader mark')")
        self.browser.press("Escape")
        self.browser.wait("document.getElementById('reader').hidden")
        self.browser.press("/")
        self.assertEqual(self.browser.run(f"return {focused}.id"), "question")
        self.browser.press("Escape")
        self.assertEqual(self.browser.run("return document.getElementById('question').value"), "")
        self.browser.press("Tab", "Tab", "Tab")
        self.browser.press("?")
        self.browser.wait("document.getElementById('help').open")
        self.browser.press("Escape")
        self.browser.wait("!document.getElementById('help').open")

    def test_links_back_and_forward(self):
        self.ask("When was the lighthouse built?")
        answered = "document.querySelectorAll('.sentence').length > 0"
        link = self.browser.run("return location.href")
        self.assertIn("#q=When+was+the+lighthouse+built", link)
        self.browser.click("[data-open='note-1']")
        self.browser.wait("document.querySelector('#reader mark')")
        opened = self.browser.run("return location.href")
        self.browser.back()
        self.browser.wait("document.getElementById('reader').hidden")
        self.assertEqual(self.browser.run("return location.href"), link)
        self.browser.back()
        self.browser.wait("document.getElementById('results').hidden")
        self.assertEqual(self.browser.run("return document.getElementById('question').value"), "")
        self.browser.forward()
        self.browser.wait(answered)
        self.browser.go(opened)
        self.browser.wait("document.querySelector('#reader mark')")
        self.assertEqual(self.browser.run("return document.getElementById('question').value"),
                         "When was the lighthouse built?")

    def test_passages_alone(self):
        for mode in ("hybrid", "dense", "lexical"):
            with self.subTest(mode=mode):
                self.open(f"#q=diesel+generator&view=search&mode={mode}")
                self.browser.wait("document.querySelector('.passage')")
                self.done()
                self.assertIn("diesel generator", self.browser.texts(".passage-text")[0])
                self.assertFalse(self.browser.visible("#answer"))
        self.assertIn("diesel", self.browser.texts(".passage:first-child .word"))
        self.browser.click(".passage:first-child .path")
        self.browser.wait("document.querySelector('#reader mark')")
        self.assertIn("diesel generator", "".join(self.browser.texts("#reader mark")))
        self.browser.click("input[value='answer']")
        self.browser.wait("location.hash === '#q=diesel+generator'")
        self.done()

    def test_markup_in_a_document_stays_text(self):
        self.ask("What is the oldest rope in the sail loft?")
        self.assertIn("<script>document.title='pwned'</script>",
                      self.browser.text("#answer") + self.browser.text("#passages"))
        self.browser.click("[data-open='passage-1']")
        self.browser.wait("document.querySelector('#reader mark')")
        self.assertIn("<script>document.title='pwned'</script>", self.browser.text("#reader-body"))
        self.assertIn("<img src=x onerror=", self.browser.text("#reader-title"))
        self.assertEqual(self.browser.run("return document.querySelectorAll('img').length"), 0)
        self.assertNotIn("pwned", self.browser.run("return document.title"))

    def test_dark_and_light(self):
        background = "return getComputedStyle(document.documentElement).backgroundColor"
        self.open()
        light = self.browser.run(background)
        self.browser.media(prefers_color_scheme="dark")
        self.browser.wait("document.documentElement.dataset.theme === 'dark'")
        dark = self.browser.run(background)
        self.assertNotEqual(light, dark)
        self.browser.click("#theme")
        self.assertEqual(self.browser.run(background), light)
        self.open()
        self.assertEqual(self.browser.run(background), light, "the choice holds over a visit")
        self.browser.click("#theme")
        self.assertEqual(self.browser.run(background), dark)
        self.assertIsNone(self.browser.run("return localStorage.getItem('footnote.theme')"))

    def test_a_narrow_window(self):
        self.browser.resize(360, 740)
        fits = "return document.documentElement.scrollWidth <= innerWidth"
        self.open()
        self.assertTrue(self.browser.run(fits), "the start page")
        self.ask("When was the lighthouse built?")
        self.assertTrue(self.browser.run(fits), "an answer")
        self.browser.click("#scores")
        self.assertTrue(self.browser.run(fits), "with scores")
        self.browser.click("[data-open='note-1']")
        self.browser.wait("document.querySelector('#reader mark')")
        self.assertTrue(self.browser.run(fits), "a document")
        self.assertTrue(self.browser.run("return document.getElementById('page').inert"))
        self.browser.press("Escape")
        self.browser.wait("document.getElementById('reader').hidden")
        self.assertFalse(self.browser.run("return document.getElementById('page').inert"))

    def test_headers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        self.assertIn("default-src 'self'", response.getheader("Content-Security-Policy"))
        connection.request("GET", "/", headers={"If-None-Match": response.getheader("ETag")})
        self.assertEqual(connection.getresponse().status, 304)
        connection.close()


if __name__ == "__main__":
    FOOTNOTE, MODEL_DIR = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main(verbosity=2)
