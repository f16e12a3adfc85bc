#!/usr/bin/env python3
"""BM25's best ten: our lexical index and tantivy on the same words, one thread each.

    python3 tests/bench/lexical_bench.py --bench build/bin/lexical_bench \\
        [--html /usr/share/doc/postgresql-doc-15/html] [--venv DIR] [--passages 500000]

Passages are stretches of the PostgreSQL manual, where --html names it, and generated ones: a word's
share falls as 1 / rank over 200,000 words, and a quarter of a passage's words are of ten that it
repeats. Queries have 1 to 6 different words, each drawn as text is (so very common ones are among
them), from a passage, or from all words alike. Both systems get words, not text: ours as the
analyser would leave them, tantivy through its whitespace tokenizer, without positions.

Rounds take turns between the two; a query's time is its best of all rounds, so that other work on
the machine hurts neither. Tantivy is called from Python, with the query made beforehand and without
counting hits. --check N compares our best ten with scoring every passage on N other queries.

--before PROGRAM takes an older build of lexical_bench into the rounds in place of tantivy. Phrases
are two to four words that stand next to each other in a passage, found in every passage; misspelt
words are words with a letter more, less or changed, or two swapped, and what is measured is finding
all words at most two such changes away.
"""

import argparse
import itertools
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

import peers

PACKAGES = ["tantivy", "numpy"]
VOCABULARY = 200_000
SEED = 20261121


def manual(folder):
    """Stretches of 100 words of each page, one after the other, lower case."""
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    from embed_parity import passages  # one stretch of each file, then another

    files = len(list(pathlib.Path(folder).glob("**/*.html")))
    for text in passages(folder, 10 * files):
        words = re.findall(r"[a-z0-9_]+", text.lower())
        if words:
            yield words


def generated(count, numpy):
    chooser = numpy.random.default_rng(SEED)
    shares = numpy.cumsum(1 / numpy.arange(1, VOCABULARY + 1))
    shares /= shares[-1]
    names = [f"t{i:x}" for i in range(VOCABULARY)]
    done = 0
    while done < count:
        n = min(10_000, count - done)
        lengths = numpy.clip(chooser.lognormal(4.6, 0.5, n), 10, 400).astype(int)
        drawn = numpy.searchsorted(shares, chooser.random(lengths.sum()))
        topics = numpy.searchsorted(shares, chooser.random((n, 10)) * 0.7 + 0.3)
        owner = numpy.repeat(numpy.arange(n), lengths)
        own = chooser.random(len(drawn)) < 0.25
        drawn[own] = topics[owner[own], chooser.integers(0, 10, own.sum())]
        for words in numpy.split(drawn, numpy.cumsum(lengths)[:-1]):
            yield [names[w] for w in words]
        done += n


def write_queries(path, count, seed, sample, words, chooser_of_text):
    chooser = random.Random(seed)
    with open(path, "w", encoding="utf-8") as out:
        for _ in range(count):
            query = set()
            wanted = chooser.randint(1, 6)
            while len(query) < wanted:
                kind = chooser.randrange(3)
                if kind == 0:
                    query.add(chooser_of_text(chooser))
                elif kind == 1:
                    query.add(chooser.choice(chooser.choice(sample)))
                else:
                    query.add(chooser.choice(words))
            out.write(" ".join(sorted(query)) + "\n")


def write_phrases(path, count, seed, sample):
    chooser = random.Random(seed)
    with open(path, "w", encoding="utf-8") as out:
        for _ in range(count):
            words = chooser.choice(sample)
            size = chooser.randint(2, 4)
            begin = chooser.randint(0, max(0, len(words) - size))
            out.write(" ".join(words[begin:begin + size]) + "\n")


def misspelt(word, chooser):
    at = chooser.randint(1, len(word) - 1)  # the first letter stays
    letter = chooser.choice("abcdefghijklmnopqrstuvwxyz")
    return chooser.choice([word[:at] + letter + word[at:], word[:at] + word[at + 1:],
                           word[:at] + letter + word[at + 1:],
                           word[:at] + word[at:at + 2][::-1] + word[at + 2:]])


def write_misspelt(path, count, seed, words):
    chooser = random.Random(seed)
    long_words = [w for w in words if len(w) >= 4 and w.isalpha()] or words
    with open(path, "w", encoding="utf-8") as out:
        for _ in range(count):
            out.write(misspelt(chooser.choice(long_words), chooser) + "\n")


class Ours:
    """A running lexical_bench."""

    def __init__(self, program, corpus, documents_per_write):
        self.process = subprocess.Popen([program, str(corpus), str(documents_per_write)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.index = json.loads(self.process.stdout.readline())

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def time(self, path):
        return self.ask(f"time {path}")["ms"]

    def describe(self, name):
        i = self.index
        return (f"{name}: {i['segments']} segments, {i['seconds']:.1f} s, the longest write "
                f"{i['longest_write_ms']:.0f} ms, {i['bytes'] / i['passages']:.0f} bytes a "
                f"passage, {i['bytes'] / i['postings']:.2f} a posting")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Tantivy:
    def __init__(self, corpus, folder):
        import tantivy

        schema = tantivy.SchemaBuilder().add_text_field(
            "body", tokenizer_name="whitespace", index_option="freq").build()
        self.tantivy, self.schema = tantivy, schema
        index = tantivy.Index(schema, path=str(folder))
        start = time.perf_counter()
        # One thread and a buffer for all of it: one segment.
        writer = index.writer(heap_size=4_000_000_000, num_threads=1)
        with open(corpus, encoding="utf-8") as lines:
            for line in lines:
                writer.add_document(tantivy.Document(body=line.rstrip("\n")))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self.seconds = time.perf_counter() - start
        self.searcher = index.searcher()
        self.bytes = sum(f.stat().st_size for f in pathlib.Path(folder).iterdir())

    def time(self, path):
        query, occur = self.tantivy.Query, self.tantivy.Occur.Should
        out = []
        for line in open(path, encoding="utf-8"):
            made = query.boolean_query(
                [(occur, query.term_query(self.schema, "body", w)) for w in line.split()])
            start = time.perf_counter()
            self.searcher.search(made, 10, count=False)
            out.append(1000 * (time.perf_counter() - start))
        return out

    def describe(self, name):
        return (f"{name}: {self.searcher.num_segments} segments, {self.seconds:.1f} s, "
                f"{self.bytes / self.searcher.num_docs:.0f} bytes a passage")

    def close(self):
        pass


def percentile(values, p):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(p / 100 * len(ordered)))]


def show_times(values):
    return (f"p50 {percentile(values, 50):.3f}, p99 {percentile(values, 99):.3f}, most "
            f"{max(values):.3f} ms")


def measure(args):
    import numpy
    import tantivy

    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = pathlib.Path(name)
        corpus, timed, checked = folder / "passages", folder / "timed", folder / "checked"
        sample, kept = [], random.Random(SEED)
        text_words = []
        seen = set()
        manual_passages = manual(args.html) if args.html else ()
        with open(corpus, "w", encoding="utf-8") as out:
            total = 0
            for words in itertools.islice(
                    itertools.chain(manual_passages, generated(args.passages, numpy)),
                    args.passages):
                out.write(" ".join(words) + "\n")
                total += len(words)
                seen.update(words)
                if kept.random() < 0.02:
                    sample.append(words)
                    text_words.append(kept.choice(words))
        seen = sorted(seen)
        for path, count, seed in ((timed, args.queries, 1), (checked, args.check, 2)):
            write_queries(path, count, seed, sample, seen, lambda c: c.choice(text_words))
        print(f"{args.passages} passages, {total} words, {len(seen)} different; "
              f"tantivy {tantivy.__version__}", flush=True)
        phrases, wrong = folder / "phrases", folder / "misspelt"
        write_phrases(phrases, args.queries, 3, sample)
        write_misspelt(wrong, args.queries, 4, seen)
        if args.before:
            other = "before"
            peer = Ours(args.before, corpus, args.documents_per_write)
        else:
            other = "tantivy"
            (folder / other).mkdir()
            peer = Tantivy(corpus, folder / other)
        ours = Ours(args.bench, corpus, args.documents_per_write)
        times = {"ours": [], other: []}
        for _ in range(args.rounds):
            times["ours"].append(ours.time(timed))
            times[other].append(peer.time(timed))
        best = {k: [min(t) for t in zip(*rounds)] for k, rounds in times.items()}
        all_rounds = {k: list(itertools.chain(*rounds)) for k, rounds in times.items()}
        print(ours.describe("ours"))
        print(peer.describe(other))
        print(f"{args.queries} queries, {args.rounds} rounds, milliseconds")
        print(f"{'':10s}{'p50':>9s}{'p90':>9s}{'p99':>9s}{'most':>9s}{'mean':>9s}"
              f"{'p99 of all rounds':>20s}")
        for name, values in best.items():
            print(f"{name:10s}" + "".join(f"{percentile(values, p):9.3f}" for p in (50, 90, 99, 100))
                  + f"{sum(values) / len(values):9.3f}{percentile(all_rounds[name], 99):20.3f}")
        print(f"time of {other} over ours: "
              + ", ".join(f"p{p} {percentile(best[other], p) / percentile(best['ours'], p):.2f}"
                          for p in (50, 90, 99))
              + f", mean {sum(best[other]) / sum(best['ours']):.2f}")
        worst = sorted(range(args.queries), key=lambda i: -best["ours"][i])[:5]
        lines = timed.read_text(encoding="utf-8").splitlines()
        for i in worst:
            print(f"  {best['ours'][i]:.3f} ms, {other} {best[other][i]:.3f}: {lines[i]}")
        for what, path, count in (("phrases", phrases, "passages"), ("similar", wrong, "words")):
            rounds = [ours.ask(f"{what} {path}") for _ in range(args.rounds)]
            values = [min(t) for t in zip(*(r["ms"] for r in rounds))]
            found = rounds[0][count]
            print(f"{len(values)} {what}: {show_times(values)}; {sum(found) / len(found):.1f} "
                  f"{count} each")
        if args.check > 0:
            result = ours.ask(f"check {checked}")
            print(f"{result['queries']} other queries against scoring every passage: "
                  f"{result['different']} differ")
        ours.close()
        peer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True)
    parser.add_argument("--before", help="an older build of the bench, instead of tantivy")
    parser.add_argument("--html", help="the PostgreSQL manual")
    parser.add_argument("--passages", type=int, default=500_000)
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--check", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--documents-per-write", type=int, default=1000)
    parser.add_argument("--folder", help="for the passages and tantivy's index; default: temporary")
    peers.run(parser, PACKAGES, measure)


if __name__ == "__main__":
    main()
