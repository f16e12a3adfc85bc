#!/usr/bin/env python3
"""Writes significance.json: paired figures with scipy's tests, run files with pytrec_eval's.

Needs numpy, scipy and pytrec_eval (pip install pytrec_eval-terrier). Run it in this folder.
"""
import json
import random
from importlib.metadata import version

import numpy as np
import pytrec_eval
import scipy.stats

MEASURES = {"ndcg_cut_10": "ndcg@10", "map": "map", "recall_10": "recall@10",
            "recall_100": "recall@100"}


def mean_difference(run, baseline, axis=-1):
    return np.mean(run, axis=axis) - np.mean(baseline, axis=axis)


def paired_case(rng, queries, effect, ties):
    """Figures in 64ths, so that sums that should be equal are."""
    baseline = rng.integers(0, 49, queries) / 64
    change = rng.integers(-12, 13, queries) / 64 + effect
    change[rng.random(queries) < ties] = 0
    run = np.clip(baseline + change, 0, 1)
    exact = np.count_nonzero(run != baseline) <= 16
    test = scipy.stats.permutation_test(
        (run, baseline), mean_difference, permutation_type="samples", vectorized=True,
        n_resamples=np.inf if queries <= 16 else 400000, batch=2000, rng=np.random.default_rng(1))
    if np.all(run == baseline):
        low = high = 0.0
    else:
        interval = scipy.stats.bootstrap(
            (run, baseline), mean_difference, paired=True, vectorized=True, n_resamples=100000,
            method="percentile", batch=2000, rng=np.random.default_rng(2)).confidence_interval
        low, high = interval.low, interval.high
    return {"run": run.tolist(), "baseline": baseline.tolist(),
            "exact": bool(queries <= 16 and exact), "p_value": float(test.pvalue),
            "low": float(low), "high": float(high)}


def run_case(rng):
    """Few different scores, so that ties decide, and lines in no order."""
    docs = [f"d{i}" for i in range(60)]
    qrels, run, lines = {}, {}, []
    for query in ("q1", "q2", "q3"):
        qrels[query] = {doc: rng.choice([0, 1, 2]) for doc in rng.sample(docs, 20)}
        run[query] = {doc: rng.randrange(12) / 4 for doc in rng.sample(docs, 40)}
        lines += [f"{query} Q0 {doc} 1 {score} tag" for doc, score in run[query].items()]
    rng.shuffle(lines)
    figures = pytrec_eval.RelevanceEvaluator(qrels, set(MEASURES)).evaluate(run)
    return {"qrels": qrels, "lines": lines,
            "figures": {query: {name: row[measure] for measure, name in MEASURES.items()}
                        for query, row in figures.items()}}


def main():
    rng = np.random.default_rng(2026)
    paired = [paired_case(rng, *case) for case in [
        (5, 0.0, 0.0), (8, 0.1, 0.2), (12, 0.0, 0.5), (14, 0.15, 0.0), (10, -0.1, 0.3),
        (6, 0.0, 1.0), (60, 0.03, 0.2), (150, 0.0, 0.4), (200, 0.02, 0.1)]]
    python_rng = random.Random(7)
    golden = {"versions": {name: version(name)
                           for name in ("numpy", "scipy", "pytrec_eval-terrier")},
              "paired": paired, "runs": [run_case(python_rng) for _ in range(3)]}
    with open("significance.json", "w", encoding="utf-8") as out:
        out.write(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
