#!/usr/bin/env python3
"""Fits the extractive answerer's two models on what answer_bench wrote.

    fit_answers.py units FILE...       the table kUnitModel of generator/evidence/score.cc
    fit_answers.py confidence FILE...  kConfidenceIntercept and kConfidenceModel

The units' model is a conditional logit: among the units of one question, those
that hold a right answer should score highest. The confidence is a logistic
regression of "the answer is right". Each FILE weighs the same, whatever its
number of questions; FILE:3 weighs three times as much. A fifth of the groups
(articles, or the question set's split "check") is held out and reported.
answers.md has the whole procedure.
"""
import argparse
import json
import re
import sys
import zlib

import numpy as np
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score


def names_from_header(prefix):
    """The features' enumerators, in the order of generator/evidence/evidence.h."""
    import os
    header = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "../../generator/evidence/evidence.h")
    with open(header, encoding="utf-8") as source:
        body = re.search(r"enum %s \{(.*?)\};" % prefix, source.read(), re.S).group(1)
    names = re.findall(r"^\s*(k\w+),", body, re.M)
    return names[:-1]  # the last one is their count


def read(paths):
    sets = []
    for path in paths:
        path, _, weight = path.partition(":")
        with open(path, encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        sets.append((path, float(weight or 1), rows))
    return sets


def held_out(row):
    if row["group"] in ("fit", "check"):
        return row["group"] == "check"
    return zlib.crc32(row["group"].encode()) % 5 == 0


def fit_units(sets, names, l2, drop):
    keep = [i for i, name in enumerate(names) if name not in drop]
    questions = []
    for path, weight, rows in sets:
        usable = [r for r in rows if any(u["right"] for u in r["units"])
                  and not all(u["right"] for u in r["units"])]
        for row in usable:
            x = np.array([u["x"] for u in row["units"]])[:, keep]
            y = np.array([u["right"] for u in row["units"]])
            questions.append((path, held_out(row), weight / len(usable), x, y))

    train = [q for q in questions if not q[1]]
    offsets = np.cumsum([0] + [len(q[4]) for q in train])
    x = np.concatenate([q[3] for q in train])
    y = np.concatenate([q[4] for q in train])
    w = np.array([q[2] for q in train])
    w /= w.sum()
    scale = x.std(axis=0)
    scale[scale == 0] = 1
    z = x / scale
    starts = offsets[:-1]
    owner = np.repeat(np.arange(len(train)), np.diff(offsets))

    def loss(beta):
        s = z @ beta
        top = np.maximum.reduceat(s, starts)
        e = np.exp(s - top[owner])
        total = np.add.reduceat(e, starts)
        right = np.add.reduceat(e * y, starts)
        value = -(w * np.log(right / total)).sum() + l2 * (beta ** 2).sum()
        p = e / total[owner]
        q = e * y / right[owner]
        gradient = ((w[owner] * (p - q))[:, None] * z).sum(axis=0) + 2 * l2 * beta
        return value, gradient

    result = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B")
    beta = result.x / scale
    for path in dict.fromkeys(q[0] for q in questions):
        for held in (False, True):
            mine = [q for q in questions if q[0] == path and q[1] == held]
            if not mine:
                continue
            first = np.mean([q[4][np.argmax(q[3] @ beta)] for q in mine])
            third = np.mean([q[4][np.argsort(-(q[3] @ beta))[:3]].any() for q in mine])
            print(f"// {path} {'held out' if held else 'fitted'}: {len(mine)} questions, "
                  f"right first {first:.3f}, in three {third:.3f}", file=sys.stderr)
    print("constexpr Term kUnitModel[] = {")
    for i, b in zip(keep, beta):
        print(f"    {{{names[i]}, {b:.3f}}},")
    print("};")


def fit_confidence(sets, names, l2, drop):
    keep = [i for i, name in enumerate(names) if name not in drop]
    data = []
    for path, weight, rows in sets:
        rows = [r for r in rows if "x" in r]
        for row in rows:
            data.append((path, held_out(row), weight / len(rows), row))
    train = [d for d in data if not d[1]]
    x = np.array([d[3]["x"] for d in train])[:, keep]
    y = np.array([d[3]["answer_right"] for d in train], dtype=float)
    w = np.array([d[2] for d in train])
    w /= w.sum()
    mean = x.mean(axis=0)
    scale = x.std(axis=0)
    scale[scale == 0] = 1
    z = (x - mean) / scale

    def loss(beta):
        s = z @ beta[1:] + beta[0]
        value = (w * (np.logaddexp(0, s) - y * s)).sum() + l2 * (beta[1:] ** 2).sum()
        r = w * (1 / (1 + np.exp(-s)) - y)
        return value, np.concatenate([[r.sum()], r @ z + 2 * l2 * beta[1:]])

    result = minimize(loss, np.zeros(z.shape[1] + 1), jac=True, method="L-BFGS-B")
    beta = result.x[1:] / scale
    intercept = result.x[0] - (mean * beta).sum()

    for path in dict.fromkeys(d[0] for d in data):
        for held in (False, True):
            mine = [d[3] for d in data if d[0] == path and d[1] == held]
            if not mine:
                continue
            p = 1 / (1 + np.exp(-(np.array([r["x"] for r in mine])[:, keep] @ beta + intercept)))
            right = np.array([r["answer_right"] for r in mine])
            auc = roc_auc_score(right, p) if 0 < right.sum() < len(right) else float("nan")
            at = []
            for threshold in (0.4, 0.5, 0.6, 0.7):
                said = p >= threshold
                at.append(f"{threshold}: {said.mean():.2f} said, "
                          f"{right[said].mean() if said.any() else 0:.2f} right")
            print(f"// {path} {'held out' if held else 'fitted'}: {len(mine)}, right "
                  f"{right.mean():.3f}, mean confidence {p.mean():.3f}, auc {auc:.3f}; "
                  f"{'; '.join(at)}", file=sys.stderr)
    print(f"constexpr double kConfidenceIntercept = {intercept:.3f};")
    print("constexpr Term kConfidenceModel[] = {")
    for i, b in zip(keep, beta):
        print(f"    {{{names[i]}, {b:.3f}}},")
    print("};")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=["units", "confidence"])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--l2", type=float, default=1e-3)
    parser.add_argument("--drop", default="", help="features to leave out, by enumerator")
    args = parser.parse_args()
    drop = set(filter(None, args.drop.split(",")))
    if args.model == "units":
        fit_units(read(args.files), names_from_header("UnitFeature"), args.l2, drop)
    else:
        fit_confidence(read(args.files), names_from_header("AnswerFeature"), args.l2, drop)


if __name__ == "__main__":
    main()
