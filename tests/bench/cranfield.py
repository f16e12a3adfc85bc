#!/usr/bin/env python3
"""Retrieval on a test collection, beside three independent references.

For each mode it runs `footnote eval retrieval` and compares
  - our figures with pytrec_eval's on the run file (equal to 1e-6),
  - dense with sentence-transformers and exact search (nDCG@10 within 0.002),
  - lexical with a plain BM25 in Python over the terms of `footnote analyze`
    (nDCG@10 within 0.01),
  - hybrid with the better of the two (at least as good).
Exit status 1 if one of them fails.

usage: cranfield.py FOOTNOTE MODEL_DIR FOLDER [--json OUT]
FOLDER holds corpus.jsonl(.gz), queries.jsonl, qrels.tsv in BEIR's layout. Needs
pytrec_eval (pip install pytrec_eval-terrier), sentence_transformers and numpy.
"""
import argparse
import collections
import gzip
import json
import math
import os
import subprocess
import sys
import tempfile

import numpy
import pytrec_eval

MEASURES = {"ndcg_cut_10": "ndcg@10", "map": "map", "recall_10": "recall@10",
            "recall_100": "recall@100"}
DEPTH = 1000


def read_lines(path):
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8") as f:
        return [line for line in f if line.strip()]


def load(folder):
    corpus_path = next(p for p in (os.path.join(folder, "corpus.jsonl.gz"),
                                   os.path.join(folder, "corpus.jsonl")) if os.path.exists(p))
    corpus = {}
    for line in read_lines(corpus_path):
        record = json.loads(line)
        text = (record.get("title", "") + " " + record["text"]).strip()
        if text:
            corpus[record["_id"]] = text
    queries = {r["_id"]: r["text"] for r in map(json.loads, read_lines(
        os.path.join(folder, "queries.jsonl")))}
    qrels = collections.defaultdict(dict)
    for line in read_lines(os.path.join(folder, "qrels.tsv"))[1:]:
        query, doc, grade = line.rstrip("\n").split("\t")
        qrels[query][doc] = int(grade)
    return corpus_path, corpus, {q: t for q, t in queries.items() if q in qrels}, dict(qrels)


def mean_figures(qrels, run):
    per_query = pytrec_eval.RelevanceEvaluator(qrels, set(MEASURES)).evaluate(run)
    first_10 = {q: dict(sorted(docs.items(), key=lambda d: -d[1])[:10])
                for q, docs in run.items()}
    cut = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(first_10)
    figures = {name: float(numpy.mean([per_query[q][measure] for q in per_query]))
               for measure, name in MEASURES.items()}
    figures["mrr@10"] = float(numpy.mean([cut[q]["recip_rank"] for q in cut]))
    return figures


def ours(args, corpus_path, mode, precision, folder, extra=()):
    run_path = os.path.join(folder, f"{mode}.trec")
    result = subprocess.run(
        [args.footnote, "eval", "retrieval", "--corpus", corpus_path, "--queries",
         os.path.join(args.folder, "queries.jsonl"), "--qrels",
         os.path.join(args.folder, "qrels.tsv"), "--model", args.model, "--mode", mode,
         "--precision", precision, "--run", run_path, "--json", *extra],
        stdout=subprocess.PIPE, text=True, check=True)
    run = collections.defaultdict(dict)
    with open(run_path, encoding="utf-8") as f:
        for line in f:
            query, _, doc, _, score, _ = line.split()
            run[query][doc] = float(score)
    return json.loads(result.stdout), dict(run)


def sentence_transformers_run(args, corpus, queries):
    from sentence_transformers import SentenceTransformer
    model = SentenceTransformer(args.model, device="cpu")
    docs = list(corpus)
    encode = dict(normalize_embeddings=True, batch_size=32, show_progress_bar=False)
    vectors = model.encode([corpus[d] for d in docs], **encode)
    query_vectors = model.encode(list(queries.values()), **encode)
    run = {}
    for query, scores in zip(queries, query_vectors @ vectors.T):
        best = numpy.argsort(-scores, kind="stable")[:DEPTH]
        run[query] = {docs[i]: float(scores[i]) for i in best}
    return run


def analyze(footnote, texts):
    lines = "\n".join(" ".join(text.split()) for text in texts) + "\n"
    result = subprocess.run([footnote, "analyze", "--json"], input=lines, stdout=subprocess.PIPE,
                            text=True, check=True)
    return [json.loads(line)["terms"] for line in result.stdout.splitlines()]


def bm25_run(footnote, corpus, queries, k1=1.2, b=0.75):
    """Robertson and Zaragoza 2009, with Lucene's idf, from the formula."""
    docs = list(corpus)
    terms = [collections.Counter(t) for t in analyze(footnote, corpus.values())]
    lengths = [sum(counts.values()) for counts in terms]
    average = sum(lengths) / len(lengths)
    df = collections.Counter(t for counts in terms for t in counts)
    run = {}
    for query, words in zip(queries, analyze(footnote, queries.values())):
        scores = {}
        for i, counts in enumerate(terms):
            score = 0.0
            for word in words:
                tf = counts.get(word, 0)
                if tf == 0:
                    continue
                idf = math.log(1 + (len(docs) - df[word] + 0.5) / (df[word] + 0.5))
                score += idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * lengths[i] / average))
            if score > 0:
                scores[docs[i]] = score
        run[query] = dict(sorted(scores.items(), key=lambda s: -s[1])[:DEPTH])
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("footnote")
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("--json")
    args = parser.parse_args()
    corpus_path, corpus, queries, qrels = load(args.folder)
    rows, failures = {}, []

    def check(ok, what):
        print(("ok    " if ok else "WRONG ") + what, flush=True)
        if not ok:
            failures.append(what)

    with tempfile.TemporaryDirectory() as folder:
        for name, mode, precision, extra in [
                ("lexical", "lexical", "int8", ()), ("dense f32", "dense", "f32", ()),
                ("dense int8", "dense", "int8", ()), ("hybrid", "hybrid", "int8", ()),
                ("hybrid rrf", "hybrid", "int8", ("--fusion", "rrf"))]:
            figures, run = ours(args, corpus_path, mode, precision, folder, extra)
            rows[name] = figures
            print(f"{name}: " + ", ".join(f"{k} {v:.4f}" for k, v in figures.items()
                                          if isinstance(v, float)), flush=True)
            theirs = mean_figures(qrels, run)
            worst = max(abs(figures[f] - theirs[f]) for f in theirs)
            check(worst <= 1e-6, f"{name}: figures equal pytrec_eval's (largest difference "
                                 f"{worst:.1e})")
    rows["reference BM25"] = mean_figures(qrels, bm25_run(args.footnote, corpus, queries))
    rows["sentence-transformers"] = mean_figures(
        qrels, sentence_transformers_run(args, corpus, queries))

    def difference(a, b):
        return rows[a]["ndcg@10"] - rows[b]["ndcg@10"]
    d = difference("lexical", "reference BM25")
    check(abs(d) <= 0.01, f"lexical is within 0.01 of the reference BM25 ({d:+.5f})")
    for name in ("dense f32", "dense int8"):
        d = difference(name, "sentence-transformers")
        check(abs(d) <= 0.002, f"{name} is within 0.002 of sentence-transformers ({d:+.5f})")
    better = max(("lexical", "dense int8"), key=lambda n: rows[n]["ndcg@10"])
    d = difference("hybrid", better)
    check(d >= 0, f"hybrid is at least as good as {better} ({d:+.5f})")

    columns = ["ndcg@10", "map", "mrr@10", "recall@10", "recall@100"]
    print(f"\n{'':22}" + "".join(f"{c:>12}" for c in columns))
    for name, figures in rows.items():
        print(f"{name:22}" + "".join(f"{figures[c]:12.4f}" for c in columns))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(rows, out, indent=1)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
