#!/usr/bin/env python3
"""Writes retrieval_metrics.json: random rankings with pytrec_eval's figures.

Needs pytrec_eval (pip install pytrec_eval-terrier). Run it in this folder.
"""
import json
import random

import pytrec_eval

MEASURES = {"ndcg_cut_10": "ndcg@10", "map": "map", "recall_10": "recall@10",
            "recall_100": "recall@100"}


def make_case(rng, judged, retrieved, grades):
    docs = [f"d{i}" for i in range(400)]
    qrels = {doc: rng.choice(grades) for doc in rng.sample(docs, judged)}
    return qrels, rng.sample(docs, retrieved)


def score(qrels, ranking):
    # A score that falls with the rank gives pytrec_eval our order.
    run = {doc: float(len(ranking) - i) for i, doc in enumerate(ranking)}
    all_of_it = pytrec_eval.RelevanceEvaluator({"q": qrels}, set(MEASURES)).evaluate({"q": run})
    first_10 = {doc: run[doc] for doc in ranking[:10]}
    cut = pytrec_eval.RelevanceEvaluator({"q": qrels}, {"recip_rank"}).evaluate({"q": first_10})
    figures = {name: all_of_it["q"][measure] for measure, name in MEASURES.items()}
    figures["mrr@10"] = cut["q"]["recip_rank"]
    return figures


def main():
    rng = random.Random(2026)
    cases = []
    for judged, retrieved, grades in [
            (1, 10, [1]), (5, 10, [0, 1]), (30, 10, [1, 2, 3]), (50, 200, [0, 1, 2, 3]),
            (200, 300, [0, 1, 2, 3, 4]), (20, 5, [1, 2]), (3, 400, [1]), (10, 9, [-1, 0, 1, 5]),
            (400, 400, [0, 0, 0, 1]), (10, 50, [0]), (100, 1, [1]), (12, 400, [-2, 1, 9])]:
        for _ in range(3):
            qrels, ranking = make_case(rng, judged, retrieved, grades)
            cases.append({"qrels": qrels, "ranking": ranking, "figures": score(qrels, ranking)})
    with open("retrieval_metrics.json", "w", encoding="utf-8") as out:
        out.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
