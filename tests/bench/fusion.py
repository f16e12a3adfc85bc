#!/usr/bin/env python3
"""Words alone, meaning alone, and both at the default and at the learned weight.

Runs `footnote eval retrieval` four times on a test collection and compares the other three
with the learned hybrid (paired randomisation test). Each query is ranked at a weight
learned from other queries, so that no query has taught its own.

    fusion.py FOOTNOTE --beir FOLDER | --squad FILE [--sample N] [--model NAME|DIR]

--beir: a folder with corpus.jsonl(.gz), queries.jsonl and qrels.tsv. --squad: a file in SQuAD's
layout, as an open task: find the paragraph that a question was written for; the paragraphs
without their article's title, N answerable questions drawn with a fixed seed.
"""
import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile

LEARNED = "hybrid, learned"
# The first is what the others are compared with.
RUNS = {LEARNED: ["--mode", "hybrid", "--learn-weight"], "words alone": ["--mode", "lexical"],
        "meaning alone": ["--mode", "dense"], "hybrid, 0.6": ["--mode", "hybrid"]}
FIGURES = ["ndcg@10", "map", "mrr@10", "recall@10", "recall@100"]


def from_squad(path, sample, folder):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as f:
        articles = json.load(f)["data"]
    questions = []
    with open(os.path.join(folder, "corpus.jsonl"), "w", encoding="utf-8") as corpus:
        for a, article in enumerate(articles):
            for p, paragraph in enumerate(article["paragraphs"]):
                doc = f"{a}-{p}"
                corpus.write(json.dumps({"_id": doc, "title": "", "text": paragraph["context"]}) + "\n")
                questions += [(q["id"], q["question"], doc) for q in paragraph["qas"]
                              if not q.get("is_impossible")]
    if sample < len(questions):
        questions = random.Random(1).sample(questions, sample)
    with open(os.path.join(folder, "queries.jsonl"), "w", encoding="utf-8") as queries, \
            open(os.path.join(folder, "qrels.tsv"), "w", encoding="utf-8") as qrels:
        qrels.write("query-id\tcorpus-id\tscore\n")
        for name, text, doc in questions:
            queries.write(json.dumps({"_id": name, "text": text}) + "\n")
            qrels.write(f"{name}\t{doc}\t1\n")
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("footnote")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--beir")
    source.add_argument("--squad")
    parser.add_argument("--sample", type=int, default=2000)
    parser.add_argument("--model", default="all-MiniLM-L6-v2")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = arguments.beir or from_squad(arguments.squad, arguments.sample, work)
        corpus = next(p for p in (os.path.join(folder, f"corpus.jsonl{e}") for e in (".gz", ""))
                      if os.path.exists(p))
        results = {}
        learned = os.path.join(work, "learned.trec")
        for name, flags in RUNS.items():
            command = [arguments.footnote, "eval", "retrieval", "--corpus", corpus, "--queries",
                       os.path.join(folder, "queries.jsonl"), "--qrels",
                       os.path.join(folder, "qrels.tsv"), "--model", arguments.model, "--json",
                       *flags, "--run" if name == LEARNED else "--baseline", learned]
            results[name] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            print(name, json.dumps(results[name]), file=sys.stderr, flush=True)
        print("| | " + " | ".join(FIGURES) + " |\n|---|" + "---|" * len(FIGURES))
        for name, result in results.items():
            print(f"| {name} | " + " | ".join(f"{result[f]:.4f}" for f in FIGURES) + " |")
        print("\nlearned weights:", results[LEARNED]["learned_dense_weights"])
        for name in list(RUNS)[1:]:
            figure = results[name]["baseline"]["figures"]["ndcg@10"]
            low, high = figure["interval_95"]
            print(f"{name} beside learned: {figure['difference']:+.4f} ({low:+.4f} to {high:+.4f}), "
                  f"p {figure['p_value']:.2g}, {figure['wins']} won, {figure['losses']} lost, "
                  f"{figure['ties']} even")


if __name__ == "__main__":
    main()
