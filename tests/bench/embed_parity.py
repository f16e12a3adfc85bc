#!/usr/bin/env python3
"""Compares our embeddings with sentence-transformers' on passages of a folder of HTML files.

    python tests/bench/embed_parity.py --bench build-dev/bin/embed_bench \\
        --model build/models/all-MiniLM-L6-v2 --html /usr/share/doc/postgresql-doc-15/html

Needs sentence-transformers. Prints, for each precision, the lowest, first-percentile and mean
cosine, and fails if one is below what is promised: 0.9999 in float32, 0.999 in int8.
"""

import argparse
import html
import itertools
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import numpy as np

PROMISED = {"float32": 0.9999, "bfloat16": 0.9999, "int8": 0.999}


def passages(folder, count, words=(60, 100, 130, 150, 150, 150)):
    """Stretches of words, one from each file, then another from each, always the same ones."""
    files = sorted(pathlib.Path(folder).glob("**/*.html"))
    chooser = random.Random(7)
    chooser.shuffle(files)
    out = []
    for file in itertools.cycle(files):
        text = file.read_text(encoding="utf-8", errors="replace")
        text = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.S)
        split = html.unescape(re.sub("<[^>]+>", " ", text)).split()
        start = chooser.randrange(max(1, len(split) - 150))
        out.append(" ".join(split[start : start + chooser.choice(words)]))
        if len(out) == count:
            break
    return out


def ours(bench, model, precision, texts):
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(
            [bench, "--model", model, "--precision", precision, "--out", out.name],
            input="".join(t + "\n" for t in texts).encode(),
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return np.fromfile(out.name, dtype="<f4").reshape(len(texts), -1).astype(np.float64)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--html", required=True)
    parser.add_argument("--count", type=int, default=1000)
    args = parser.parse_args()

    from sentence_transformers import SentenceTransformer

    texts = passages(args.html, args.count)
    model = SentenceTransformer(args.model, device="cpu")
    want = model.encode(texts, normalize_embeddings=True, batch_size=32).astype(np.float64)
    failed = False
    for precision, promised in PROMISED.items():
        got = ours(args.bench, args.model, precision, texts)
        cosine = (want * got).sum(1) / np.linalg.norm(want, axis=1) / np.linalg.norm(got, axis=1)
        ok = cosine.min() >= promised
        failed |= not ok
        print(
            f"{precision:9s} {len(texts)} passages: min {cosine.min():.7f}  "
            f"p1 {np.quantile(cosine, 0.01):.7f}  mean {cosine.mean():.7f}  "
            f"{'ok' if ok else f'BELOW {promised}'}"
        )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
