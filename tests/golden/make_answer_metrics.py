#!/usr/bin/env python3
"""Writes answer_metrics.json: answers with the figures of SQuAD 2.0's evaluator.

The evaluator's arithmetic is written out here once more, with Python's own
regular expressions and str methods; the area under the curve is scikit-learn's.
Run it in this folder.
"""
import collections
import json
import random
import re
import string

from sklearn.metrics import roc_auc_score


def normalize(text):
    text = text.lower()
    text = "".join(c for c in text if c not in set(string.punctuation))
    text = re.sub(r"\b(a|an|the)\b", " ", text, flags=re.UNICODE)
    return " ".join(text.split())


def f1_of(answer, right):
    answer_words, right_words = normalize(answer).split(), normalize(right).split()
    if not answer_words or not right_words:
        return float(answer_words == right_words)
    same = sum((collections.Counter(answer_words) & collections.Counter(right_words)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(answer_words), same / len(right_words)
    return 2 * precision * recall / (precision + recall)


def contains(answer, right):
    answer_words, right_words = normalize(answer).split(), normalize(right).split()
    return bool(right_words) and any(
        answer_words[i:i + len(right_words)] == right_words
        for i in range(len(answer_words) - len(right_words) + 1))


def score(case):
    golds = [text for text in case["right"] if normalize(text)] or [""]
    return {
        "normalized": normalize(case["text"]),
        "exact": float(max(normalize(case["text"]) == normalize(gold) for gold in golds)),
        "f1": max(f1_of(case["text"], gold) for gold in golds),
        "contains": any(contains(case["text"], gold) for gold in golds),
    }


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else 0.0


def score_set(cases, threshold):
    rows = []
    for case in cases:
        answered = case["confidence"] >= threshold and case["text"] != ""
        shown = dict(case, text=case["text"] if answered else "")
        rows.append((bool(case["right"]), answered, score(shown), score(case)["contains"], case))
    figures = {
        "threshold": threshold,
        "questions": len(rows),
        "has_answer": sum(has for has, *_ in rows),
        "answered": sum(answered for _, answered, *_ in rows),
        "exact": mean(s["exact"] for _, _, s, _, _ in rows),
        "f1": mean(s["f1"] for _, _, s, _, _ in rows),
        "has_answer_exact": mean(s["exact"] for has, _, s, _, _ in rows if has),
        "has_answer_f1": mean(s["f1"] for has, _, s, _, _ in rows if has),
        "no_answer_accuracy": mean(s["exact"] for has, _, s, _, _ in rows if not has),
        "has_answer_contains": mean(float(s["contains"]) for has, _, s, _, _ in rows if has),
        "precision": mean(float(s["contains"]) for _, answered, s, _, _ in rows if answered),
    }
    labels = [has for has, *_ in rows]
    if len(set(labels)) == 2:
        figures["abstain_auroc"] = roc_auc_score(labels, [c["confidence"] for *_, c in rows])
    best = 0
    for least in {case["confidence"] for case in cases}:
        kept = [right for *_, right, case in rows if case["confidence"] >= least]
        if kept and sum(kept) / len(kept) >= 0.95:
            best = max(best, len(kept))
    figures["coverage_at_95"] = best / len(rows) if rows else 0.0
    return figures


WORDS = ["the", "The", "a", "An", "an", "A.", "cat", "Cat's", "1,000", "1000", "$12", "U.S.",
         "Zürich", "ZÜRICH", "İstanbul", "ΟΔΟΣ", "naïve", "a–b", "x—the—y", "co-operate",
         "snake_case", "“quoted”", "東京", "ﬁne", "Straße", "STRASSE", "½", "x²", "e\u0301a",
         "--", "?", "…", "the\u00a0cat", "an\u2009owl", "tab\there", "\u0130", "Ⅷ"]


def text_of(rng, longest):
    return rng.choice([" ", "  ", "\n", " "]).join(
        rng.choice(WORDS) for _ in range(rng.randint(0, longest)))


def main():
    rng = random.Random(2026)
    cases = []
    for _ in range(150):
        right = [text_of(rng, 4) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
        text = text_of(rng, 8)
        if right and rng.random() < 0.4:
            text = " ".join([text_of(rng, 2), rng.choice(right), text_of(rng, 2)])
        cases.append({"text": text, "right": right,
                      "confidence": rng.choice([rng.random(), 0.25, 0.5, 1.0])})
    # Sets on which confidence tells right from wrong, so that coverage isn't 0.
    sure = [dict(c, confidence=(0.8 if score(c)["contains"] else 0.2) + 0.2 * rng.random())
            for c in cases]
    sets = [cases[:1], cases[:10], cases[:40], cases, sure[:50],
            [c for c in cases if c["right"]][:20], [c for c in cases if not c["right"]][:20]]
    golden = {
        "answers": [dict(c, **score(c)) for c in cases],
        "sets": [{"answers": s, "figures": [score_set(s, t) for t in (0.0, 0.5, 0.9, 2.0)]}
                 for s in sets if s is not cases] +
                [{"answers": "all", "figures": [score_set(cases, t) for t in (0.0, 0.5, 0.9)]}],
    }
    with open("answer_metrics.json", "w", encoding="utf-8") as out:
        json.dump(golden, out, ensure_ascii=True, indent=0)
        out.write("\n")


if __name__ == "__main__":
    main()
