"""The page in headless Chromium against a scripted server: its modules' units, and every state that
an answer, a search and a document can be in.

    states_test.py PAGE_DIR
"""

import os
import sys
import threading
import unittest

from scripted_server import ScriptedServer
from webdriver import LOW_CONTRAST, Browser, PATIENCE_S

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE_DIR = None
EVIL = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"
TRACE = "0123456789abcdef0123456789abcdef"

TEXT = ("Lamps\n\nThe lamp “Größe” uses 漢字 and 🙂 signs. It burns for nine hours. "
        "Then it is refilled.\n\nOil\n\nOil is kept in the cellar.")


def span(quote):
    start = len(TEXT[:TEXT.index(quote)].encode())
    return {"start": start, "end": start + len(quote.encode())}


def block(kind, quote, level=0):
    return {"kind": kind, "level": level, "anchor": "", **span(quote)}


BODY = TEXT.split("\n\n")[1]
DOCUMENT = {
    "doc": "lamps", "collection": "default", "title": "Lamps", "source": "/srv/lamps.md",
    "text": TEXT, "metadata": {},
    "blocks": [block("HEADING", "Lamps", 1), block("PARAGRAPH", BODY), block("HEADING", "Oil", 2),
               block("PARAGRAPH", "Oil is kept in the cellar.")],
}


def passage(text, **members):
    return {"doc": "lamps", "title": "Lamps", "source": "/srv/lamps.md", "heading_path": "Lamps",
            "anchor": "", "chunk": 0, **span(text), "text": text, "score": 0.75,
            "dense": {"score": 0.5, "rank": 1}, "highlights": [], **members}


def footnote(number, quote, **members):
    return {"number": number, "doc": "lamps", "title": "Lamps", "quote": quote, **span(quote),
            "heading_path": "Lamps", "source": "/srv/lamps.md", "anchor": "", "passage": 0,
            **members}


QUOTE = "It burns for nine hours."
QUOTE_2 = "The lamp “Größe” uses 漢字 and 🙂 signs."
PASSAGES = [passage(BODY, highlights=[{"start": 4, "end": 8}]),
            passage("Oil is kept in the cellar.", chunk=1, heading_path="Lamps > Oil")]
RESPONSE = {
    "outcome": "ANSWERED", "answer": f"{QUOTE_2} {QUOTE}", "confidence": 0.875,
    "footnotes": [footnote(1, QUOTE_2), footnote(2, QUOTE)], "passages": PASSAGES,
    "trace_id": TRACE, "reason": "", "author": "extractive", "sequence": "41",
    "sentences": [{"text": QUOTE_2, "footnotes": [1]}, {"text": QUOTE, "footnotes": [2]}],
    "times": [{"stage": "embed", "milliseconds": 3.5}, {"stage": "answer", "milliseconds": 12.0}],
}
NO_ANSWER = {**RESPONSE, "outcome": "ABSTAINED", "answer": "", "footnotes": [], "sentences": [],
             "reason": "No passage speaks of whales."}


def whole_answer(response):
    def on_ask(request, call):
        stream = call.stream()
        stream.raw(b": heartbeat\n\n")
        stream.event("passages", {"passages": response["passages"], "trace_id": TRACE})
        for note, sentence in zip(response["footnotes"], response["sentences"]):
            stream.event("footnote", note)
            stream.event("sentence", sentence)
        stream.event("done", response)
    return on_ask


class StatesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = ScriptedServer(PAGE_DIR, os.path.join(HERE, "units"))
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.server.close()

    def setUp(self):
        self.server.on_ask = whole_answer(RESPONSE)
        self.server.on_search = lambda request, call: call.json(
            {"passages": PASSAGES, "trace_id": TRACE, "sequence": "41", "times": []})
        self.server.on_document = lambda request, call: call.json(DOCUMENT)
        self.server.asked.clear()
        self.browser.resize(1280, 860)
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
        for url in self.browser.requests:
            self.assertTrue(url.startswith((self.server.url, "about:", "data:")), url)

    def open(self, fragment=""):
        self.browser.go(f"{self.server.url}/{fragment}")
        self.browser.wait("document.readyState === 'complete'")

    def done(self):
        self.browser.wait("document.getElementById('results').ariaBusy === 'false'")

    def reader_shows(self, quote):
        self.browser.wait("!document.getElementById('reader').hidden && "
                          "document.querySelector('#reader mark') !== null", "the document")
        self.assertEqual("".join(self.browser.texts("#reader mark")), quote)

    def test_units(self):
        self.browser.go(f"{self.server.url}/units/units.html")
        results = self.browser.wait("window.results")
        self.assertEqual(results["failures"], [])
        self.assertGreater(results["count"], 50)

    def test_start(self):
        self.open()
        self.assertEqual(self.browser.run("return document.activeElement.id"), "question")
        self.assertFalse(self.browser.visible("#results"))
        self.assertTrue(self.browser.visible("#start-note"))
        self.assertEqual(self.server.asked, [])

    def test_parts_appear_as_they_arrive(self):
        steps = [threading.Event() for _ in range(3)]

        def on_ask(request, call):
            stream = call.stream()
            stream.event("passages", {"passages": PASSAGES, "trace_id": TRACE})
            steps[0].wait(PATIENCE_S)
            stream.event("footnote", RESPONSE["footnotes"][0])
            stream.event("sentence", RESPONSE["sentences"][0])
            steps[1].wait(PATIENCE_S)
            stream.event("footnote", RESPONSE["footnotes"][1])
            stream.event("sentence", RESPONSE["sentences"][1])
            steps[2].wait(PATIENCE_S)
            stream.event("done", RESPONSE)
        self.server.on_ask = on_ask
        self.open()
        self.browser.write("nine hours?")
        self.browser.press("Enter")
        self.browser.wait("document.querySelectorAll('.passage').length === 2")
        self.assertEqual(self.browser.texts(".sentence"), [])
        self.browser.wait("document.getElementById('progress').checkVisibility()")
        steps[0].set()
        self.browser.wait("document.querySelectorAll('.sentence').length === 1")
        self.assertEqual(self.browser.texts(".sentence"), [QUOTE_2 + "1"])
        self.assertEqual(self.browser.texts("#footnotes .note-quote"), [QUOTE_2])
        self.assertEqual(self.browser.text("#colophon"), "")
        # What has arrived can be opened before the rest has.
        self.browser.click("[data-open='mark-1']")
        self.reader_shows(QUOTE_2)
        steps[1].set()
        self.browser.wait("document.querySelectorAll('.sentence').length === 2")
        first = self.browser.run("return window.first = document.querySelector('.sentence')")
        steps[2].set()
        self.done()
        self.assertTrue(self.browser.visible("#reader"))
        self.assertIn("Confidence 88%", self.browser.text("#colophon"))
        self.assertTrue(self.browser.run("return window.first.isConnected"),
                        "what was streamed isn't drawn anew")
        self.assertIsNotNone(first)
        self.assertEqual(self.browser.text("#status"), "Answered, with 2 footnotes.")
        self.assertEqual(self.browser.run(
            "return document.getElementById('sentences').ariaLive"), "polite")
        request, headers = self.server.asked[0]
        self.assertEqual(request, {"question": "nine hours?", "collection": ""})
        self.assertEqual(headers["Accept"], "text/event-stream")

    def test_the_last_event_has_the_last_word(self):
        def on_ask(request, call):
            stream = call.stream()
            stream.event("sentence", {"text": "Half of it.", "footnotes": []})
            stream.event("done", RESPONSE)
        self.server.on_ask = on_ask
        self.open("#q=x")
        self.done()
        self.assertEqual(self.browser.texts(".sentence"), [QUOTE_2 + "1", QUOTE + "2"])
        self.assertEqual(len(self.browser.texts(".note")), 2)

    def test_passages(self):
        self.open("#q=x")
        self.done()
        self.assertEqual(self.browser.texts(".passage .word"), ["lamp"])
        self.assertEqual("".join(self.browser.texts(".passage mark.quote")),
                         "The lamp “Größe” uses 漢字 and 🙂 signs.It burns for nine hours.")
        self.assertEqual(self.browser.texts(".passage .path"), ["Lamps", "Lamps›Oil"])
        self.assertFalse(self.browser.visible(".scores"))
        self.browser.click("#scores")
        self.assertEqual(self.browser.texts(".passage:first-child dd"),
                         ["0.750", "0.500 · no. 1", "not found"])

    def test_other_outcomes(self):
        cases = [
            ("ABSTAINED", PASSAGES, "The documents don’t say.", "These passages come nearest"),
            ("ABSTAINED", [], "The documents don’t say.", "No passage came near"),
            ("NEEDS_CLARIFICATION", PASSAGES, "Which do you mean?", "ask again"),
            ("NEEDS_MORE_INFORMATION", [], "That needs a little more.", "ask again"),
            ("AN_OUTCOME_TO_COME", [], "There is no answer.", ""),
        ]
        for outcome, passages, title, advice in cases:
            with self.subTest(outcome=outcome, passages=len(passages)):
                self.server.on_ask = whole_answer(
                    {**NO_ANSWER, "outcome": outcome, "passages": passages})
                self.open("#q=whales")
                self.done()
                self.assertEqual(self.browser.text("#notice h2"), title)
                self.assertIn("No passage speaks of whales.", self.browser.text("#notice"))
                self.assertIn(advice, self.browser.text("#notice"))
                self.assertFalse(self.browser.visible("#answer"))
                self.assertEqual(len(self.browser.texts(".passage")), len(passages))
                self.assertIn(title, self.browser.run(
                    "return document.getElementById('status').textContent"))
                self.browser.run("document.querySelector('#notice summary').click()")
                self.assertIn(TRACE, self.browser.text("#notice .details"))

    def failing(self, on_ask, title, *texts):
        self.server.on_ask = on_ask
        self.open("#q=x")
        self.done()
        self.assertEqual(self.browser.text("#notice h2"), title)
        for text in texts:
            self.assertIn(text, self.browser.text("#notice"))
        self.assertFalse(self.browser.visible("#answer"), "half an answer is no answer")
        self.server.on_ask = whole_answer(RESPONSE)
        self.browser.click("#retry")
        self.browser.wait("document.querySelectorAll('.sentence').length === 2")
        self.done()
        self.assertFalse(self.browser.visible("#notice"))

    def test_an_error_in_the_stream(self):
        def on_ask(request, call):
            stream = call.stream()
            stream.event("passages", {"passages": PASSAGES, "trace_id": TRACE})
            stream.event("sentence", RESPONSE["sentences"][0])
            stream.event("error", {"error": {"code": "DEADLINE_EXCEEDED", "trace_id": TRACE,
                                             "message": "the answer took longer than 30s"}})
        self.failing(on_ask, "That didn’t work.", "the answer took longer than 30s", TRACE)

    def test_a_stream_that_ends_early(self):
        def on_ask(request, call):
            stream = call.stream()
            stream.event("sentence", RESPONSE["sentences"][0])
        self.failing(on_ask, "That didn’t work.", "before the answer was complete")

    def test_a_stream_that_makes_no_sense(self):
        def on_ask(request, call):
            call.stream().raw(b"event: done\ndata: {\"outcome\n\n")
        self.failing(on_ask, "That didn’t work.", "broke before the answer was complete")

    def test_http_errors(self):
        self.expected_failures = 3
        self.failing(lambda r, call: call.error(500, "INTERNAL", "the disk is on fire", TRACE),
                     "That didn’t work.", "the disk is on fire", TRACE)
        self.failing(lambda r, call: call.error(429, "RESOURCE_EXHAUSTED", "too many requests"),
                     "That didn’t work.", "too many requests")
        self.failing(lambda r, call: call.raw(502, "text/html", b"<h1>Bad gateway</h1>"),
                     "That didn’t work.", "HTTP status 502")

    def test_no_documents(self):
        self.expected_failures = 2
        self.server.on_ask = lambda r, call: call.error(404, "NOT_FOUND", "no such collection")
        self.open("#q=x")
        self.done()
        self.assertEqual(self.browser.text("#notice h2"), "No documents yet.")
        self.assertIn("footnote ingest --data DATA path/to/folder", self.browser.text("#notice"))
        self.browser.go(f"{self.server.url}/?collection=manuals#q=x")
        self.done()
        self.assertEqual(self.browser.text("#notice h2"), "No documents in “manuals” yet.")
        self.assertIn("--collection manuals", self.browser.text("#notice"))

    def test_a_new_question_ends_the_old_one(self):
        late = threading.Event()
        left = threading.Event()

        def on_ask(request, call):
            if request["question"] != "old":
                whole_answer(RESPONSE)(request, call)
                return
            stream = call.stream()
            stream.event("passages", {"passages": PASSAGES, "trace_id": TRACE})
            late.wait(PATIENCE_S)
            try:
                while True:
                    stream.event("sentence", {"text": "Late.", "footnotes": []})
            except OSError:
                left.set()
        self.server.on_ask = on_ask
        self.open("#q=old")
        self.browser.wait("document.querySelectorAll('.passage').length === 2")
        self.browser.run("document.getElementById('question').select()")
        self.browser.write("new")
        self.browser.press("Enter")
        self.browser.wait("document.querySelectorAll('.sentence').length === 2")
        late.set()
        self.assertTrue(left.wait(PATIENCE_S), "the old stream was left open")
        self.assertNotIn("Late.", self.browser.text("#sentences"))

    def test_document_blocks(self):
        text = ("Guide\n\nFirst\n\nSecond\n\nName | Size\nlamp | 3 € | x\n\n"
                "let a = 1;\n  b();\n\nA picture")
        kinds = ["HEADING", "LIST_ITEM", "LIST_ITEM", "TABLE", "CODE", "CAPTION"]
        blocks, at = [], 0
        for kind, part in zip(kinds, text.split("\n\n")):
            size = len(part.encode())
            blocks.append({"kind": kind, "level": 1 if kind in kinds[:2] else 0, "start": at,
                           "end": at + size, "anchor": ""})
            at += size + 2
        quote = {"start": blocks[3]["start"], "end": blocks[4]["end"]}
        note = {**footnote(1, QUOTE), **quote}
        self.server.on_ask = whole_answer({**RESPONSE, "footnotes": [note]})
        self.server.on_document = lambda r, call: call.json(
            {**DOCUMENT, "text": text, "blocks": blocks})
        self.open("#q=x&note=1")
        self.browser.wait("document.querySelector('#reader td')")
        self.assertEqual(self.browser.texts("#reader h3"), ["Guide"])
        self.assertEqual(self.browser.texts("#reader .list .item"), ["First", "Second"])
        cells = ["Name", "Size", "lamp", "3 €", "x"]
        self.assertEqual(self.browser.texts("#reader td"), cells)
        self.assertEqual(self.browser.texts("#reader td mark"), cells)
        self.assertEqual(self.browser.texts("#reader pre mark"), ["let a = 1;\n  b();"])
        self.assertEqual(self.browser.texts("#reader .caption"), ["A picture"])
        self.assertEqual(self.browser.texts("#reader .caption mark"), [])

    def test_terms_and_numbers_in_a_document(self):
        parts = [("CAPTION", 0, "-F"), ("LIST_ITEM", 2, "Selects the format."),
                 ("LIST_ITEM", 1, "1. First"), ("CAPTION", 0, "A figure")]
        blocks, at = [], 0
        for kind, level, part in parts:
            blocks.append({"kind": kind, "level": level, "start": at, "end": at + len(part),
                           "anchor": ""})
            at += len(part) + 2
        self.server.on_ask = whole_answer(
            {**RESPONSE, "footnotes": [{**footnote(1, QUOTE), "start": 0, "end": 2}]})
        self.server.on_document = lambda r, call: call.json(
            {**DOCUMENT, "text": "\n\n".join(part for _, _, part in parts), "blocks": blocks})
        self.open("#q=x&note=1")
        self.reader_shows("-F")
        self.assertEqual(self.browser.run("""
          return [...document.querySelectorAll('#reader article > p, #reader .item')]
            .map((e) => e.className + ' ' + (e.dataset.level ?? ''))"""),
            ["term 2", "item definition 2", "item numbered 1", "caption "])

    def test_a_long_document_opens_at_the_quote(self):
        parts = [f"Paragraph {i} é." for i in range(8000)]
        blocks, at = [], 0
        for part in parts:
            size = len(part.encode())
            blocks.append({"kind": "PARAGRAPH", "level": 0, "start": at, "end": at + size,
                           "anchor": ""})
            at += size + 2
        note = {**footnote(1, QUOTE), "quote": parts[5000], "start": blocks[5000]["start"],
                "end": blocks[5000]["end"]}
        self.server.on_ask = whole_answer({**RESPONSE, "footnotes": [note]})
        self.server.on_document = lambda r, call: call.json(
            {**DOCUMENT, "text": "\n\n".join(parts), "blocks": blocks})
        self.open("#q=x&note=1")
        self.reader_shows("Paragraph 5000 é.")
        in_sight = ("(() => { const r = document.querySelector('#reader mark')"
                    ".getBoundingClientRect(); return r.top > 100 && r.bottom < innerHeight })()")
        self.assertTrue(self.browser.run(f"return {in_sight}"))
        count = "document.querySelectorAll('#reader article > p').length"
        self.assertLess(self.browser.run(f"return {count}"), 2000)
        self.browser.run("document.querySelector('#reader .grow').click()")
        self.assertTrue(self.browser.run(f"return {in_sight}"), "growing upwards moves nothing")
        self.browser.run("""
          for (let b; (b = document.querySelector('#reader .grow'));) b.click();""")
        self.assertEqual(self.browser.run(f"return {count}"), 8000)
        self.assertEqual(self.browser.texts("#reader article > p"), parts)

    def test_a_document_that_fails(self):
        self.expected_failures = 1
        self.server.on_document = lambda r, call: call.error(
            404, "NOT_FOUND", "it was deleted", TRACE)
        self.open("#q=x&note=2")
        self.browser.wait("document.querySelector('.reader-error')")
        self.assertIn("it was deleted", self.browser.text("#reader-body"))
        self.assertIn(TRACE, self.browser.text("#reader-body"))
        self.server.on_document = lambda r, call: call.json(DOCUMENT)
        self.browser.click("#reader-body button")
        self.reader_shows(QUOTE)

    def test_markup_stays_text(self):
        evil = {"title": EVIL, "heading_path": EVIL, "doc": EVIL,
                "source": "javascript:document.title='pwned'//"}
        whole = {"start": 0, "end": len(EVIL)}
        evil_passage = {**passage(BODY), **evil, "text": EVIL, **whole,
                        "highlights": [{"start": 2, "end": 9}]}
        response = {
            **RESPONSE, "author": EVIL, "trace_id": EVIL, "passages": [evil_passage],
            "footnotes": [{**footnote(1, QUOTE), **evil, "quote": EVIL, **whole}],
            "sentences": [{"text": EVIL, "footnotes": [1]}],
            "times": [{"stage": EVIL, "milliseconds": 1}],
        }
        self.server.on_document = lambda r, call: call.json({
            **DOCUMENT, "text": EVIL, "title": EVIL,
            "blocks": [{"kind": "PARAGRAPH", "level": 0, "anchor": "", **whole}]})
        self.server.on_ask = whole_answer(response)
        self.open("#q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&note=1")
        self.reader_shows(EVIL)
        self.assertEqual(self.browser.texts(".sentence"), [EVIL + "1"])
        self.assertEqual(self.browser.texts(".passage .path strong"), [EVIL])
        self.assertEqual(self.browser.text("#reader-title"), EVIL)
        self.browser.press("Escape")
        self.server.on_ask = whole_answer({**NO_ANSWER, "reason": EVIL, "outcome": EVIL})
        self.open("#q=y")
        self.done()
        self.assertIn(EVIL, self.browser.text("#notice"))
        self.server.on_ask = lambda r, call: call.error(400, "INVALID_ARGUMENT", EVIL, EVIL)
        self.expected_failures = 1
        self.open("#q=z")
        self.done()
        self.assertIn(EVIL, self.browser.text("#notice"))
        self.assertEqual(self.browser.run("return document.querySelectorAll('img').length"), 0)
        self.assertEqual(self.browser.run(
            "return document.querySelectorAll('a[href^=\"javascript\" i]').length"), 0)
        self.assertEqual(self.browser.run("return document.title"), "z · Footnote")

    def test_web_sources_are_links_that_tell_nothing(self):
        self.server.on_ask = whole_answer({**RESPONSE, "footnotes": [
            footnote(1, QUOTE_2, source="http://intranet/lamps.html"), footnote(2, QUOTE)]})
        self.open("#q=x&note=1")
        self.reader_shows(QUOTE_2)
        self.assertEqual(self.browser.run(
            "const a = document.querySelector('#reader-source a'); return [a.href, a.rel]"),
            ["http://intranet/lamps.html", "noreferrer noopener"])

    def test_search_grows(self):
        texts = [f"Paragraph {i}." for i in range(25)]
        passages = [{**PASSAGES[1], "text": text, "chunk": i} for i, text in enumerate(texts)]
        requests = []

        def on_search(request, call):
            requests.append(request)
            call.json({"passages": passages[:request["k"]], "trace_id": TRACE, "sequence": "41",
                       "times": []})
        self.server.on_search = on_search
        self.open("#q=oil&view=search&mode=lexical")
        self.done()
        self.assertEqual(requests, [{"query": "oil", "collection": "", "mode": "LEXICAL", "k": 10}])
        self.assertEqual(self.browser.texts(".passage-text"), texts[:10])
        self.browser.click("#more")
        self.browser.wait("document.querySelectorAll('.passage').length === 20")
        self.browser.click("#more")
        self.browser.wait("document.querySelectorAll('.passage').length === 25")
        self.assertEqual(self.browser.texts(".passage-text"), texts)
        self.assertFalse(self.browser.visible("#more"))
        self.assertEqual(self.server.asked, [])

    def test_nothing_found(self):
        self.server.on_search = lambda r, call: call.json(
            {"passages": [], "trace_id": TRACE, "sequence": "41", "times": []})
        self.open("#q=oil&view=search")
        self.done()
        self.assertEqual(self.browser.text("#notice h2"), "No passage matches.")

    def test_collections(self):
        self.browser.go(f"{self.server.url}/?collection=a,b#q=x")
        self.done()
        self.assertTrue(self.browser.visible("#collection"))
        self.browser.run("""
          const choice = document.getElementById('collection');
          choice.value = 'b';
          choice.dispatchEvent(new Event('change'));""")
        self.browser.wait("document.getElementById('results').ariaBusy === 'false'")
        self.assertEqual([request["collection"] for request, _ in self.server.asked], ["a", "b"])
        self.open("?collection=a#q=x")
        self.assertFalse(self.browser.visible("#collection"))

    def test_copies(self):
        self.open("#q=x")
        self.done()
        copied = """
          window.copied = [];
          document.addEventListener('copy', () => window.copied.push(getSelection().toString()));
          Object.defineProperty(navigator, 'clipboard', {value: {
            writeText: async (text) => { window.copied.push(text); }}});"""
        self.browser.run(copied)
        self.browser.click("#colophon button:nth-of-type(1)")
        self.browser.click("#colophon button:nth-of-type(2)")
        self.browser.wait("window.copied.length === 2")
        answer, link = self.browser.run("return window.copied")
        self.assertIn(f"{QUOTE_2} [1] {QUOTE} [2]\n\n[1] “{QUOTE_2}” (Lamps, /srv/lamps.md)", answer)
        self.assertEqual(link, f"{self.server.url}/#q=x")
        # Plain http from another machine has no clipboard API.
        self.open("#q=x")
        self.done()
        self.browser.run("Object.defineProperty(navigator, 'clipboard', {value: undefined});")
        self.browser.click("#colophon button:nth-of-type(1)")
        self.browser.wait("document.querySelector('#colophon button').textContent === 'Copied'")
        self.assertEqual(self.browser.texts("textarea"), [""], "nothing is left behind")

    def test_a_long_question(self):
        question = "why " * 3000
        self.open()
        self.browser.run("""
          document.getElementById('question').value = arguments[0];
          document.getElementById('ask').requestSubmit();""", question)
        self.done()
        self.assertEqual(self.server.asked[0][0]["question"], question.strip())
        self.assertLess(self.browser.run(
            "return document.getElementById('question').offsetHeight"), 400)

    def test_a_question_of_several_lines(self):
        self.open()
        self.browser.write("one")
        self.browser.press("Shift+Enter")
        self.browser.write("two")
        self.assertEqual(self.server.asked, [])
        self.browser.press("Enter")
        self.browser.wait("document.querySelector('.sentence')")
        self.assertEqual(self.server.asked[0][0]["question"], "one\ntwo")

    def test_less_motion(self):
        self.browser.media(prefers_reduced_motion="reduce")
        try:
            self.open("#q=x&note=1")
            self.reader_shows(QUOTE_2)
            longest = self.browser.run("""
              return Math.max(...[...document.querySelectorAll('*')].map((e) =>
                parseFloat(getComputedStyle(e).animationDuration)))""")
            self.assertLess(longest, 0.001)
        finally:
            self.browser.media()

    def test_print(self):
        self.open("#q=x&note=1")
        self.reader_shows(QUOTE_2)
        self.browser.run("document.documentElement.dataset.theme = 'dark'")
        self.browser.media(media="print")
        try:
            self.assertEqual(
                self.browser.run("return getComputedStyle(document.body).color"), "rgb(30, 28, 25)")
            self.assertFalse(self.browser.visible("#reader"))
            self.assertFalse(self.browser.visible("#submit"))
            self.assertTrue(self.browser.visible("#footnotes .note-quote"))
            self.assertEqual(self.browser.run(
                "return getComputedStyle(document.getElementById('page')).marginRight"), "0px")
        finally:
            self.browser.media()

    def test_contrast(self):
        pages = ["", "#q=x", "#q=x&note=1", "#q=x&view=search"]
        for theme in ("light", "dark"):
            self.browser.media(prefers_color_scheme=theme)
            for page in pages:
                with self.subTest(theme=theme, page=page):
                    self.open(page)
                    self.done()
                    if "note" in page:
                        self.reader_shows(QUOTE_2)
                    # Fading text has the contrast of its end.
                    self.browser.wait("document.getAnimations().length === 0")
                    self.assertEqual(
                        self.browser.run("return document.documentElement.dataset.theme"), theme)
                    self.assertEqual(self.browser.run(LOW_CONTRAST), [])
        self.browser.media()


if __name__ == "__main__":
    PAGE_DIR = sys.argv.pop(1)
    unittest.main(verbosity=2)
