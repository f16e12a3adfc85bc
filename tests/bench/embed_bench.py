#!/usr/bin/env python3
"""Embedding rates of ours, sentence-transformers and onnxruntime on the same passages.

    python3 tests/bench/embed_bench.py --bench build/bin/embed_bench \\
        --model build/models/all-MiniLM-L6-v2 --html /usr/share/doc/postgresql-doc-15/html \\
        [--venv DIR]

Peers live in a virtual environment: DIR, or a throw-away one that is made with pip. Rounds take
turns between all systems, so that a busy machine hurts all alike; the medians are compared.
Every system runs on all CPUs and is given texts, not tokens. Peers get batches of 32 texts
sorted by length, which is what suits them best.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

PACKAGES = ["sentence-transformers", "onnxruntime", "onnx", "onnxscript", "numpy", "torch"]


def export_onnx(model_dir, folder):
    """The encoder as ONNX in f32, and quantised to dynamic int8 by onnxruntime."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModel

    class States(torch.nn.Module):
        """Named arguments in, one tensor out: what the exporter can trace."""

        def __init__(self):
            super().__init__()
            self.model = AutoModel.from_pretrained(model_dir, attn_implementation="eager")

        def forward(self, input_ids, attention_mask, token_type_ids):
            return self.model(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).last_hidden_state

    model = States().eval()
    inputs = {
        "input_ids": torch.ones(2, 16, dtype=torch.long),
        "attention_mask": torch.ones(2, 16, dtype=torch.long),
        "token_type_ids": torch.zeros(2, 16, dtype=torch.long),
    }
    f32 = str(pathlib.Path(folder) / "f32.onnx")
    torch.onnx.export(
        model,
        (inputs["input_ids"], inputs["attention_mask"], inputs["token_type_ids"]),
        f32,
        input_names=list(inputs),
        output_names=["states"],
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in list(inputs) + ["states"]},
        opset_version=17,
        dynamo=False,
    )
    int8 = str(pathlib.Path(folder) / "int8.onnx")
    quantize_dynamic(f32, int8, weight_type=QuantType.QInt8)
    return f32, int8


class Onnx:
    def __init__(self, path, model_dir, threads):
        import onnxruntime
        from transformers import AutoTokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        self.tokenizer = AutoTokenizer.from_pretrained(model_dir)

    def encode(self, texts):
        import numpy as np

        for start in range(0, len(texts), 32):
            batch = self.tokenizer(
                texts[start : start + 32], padding=True, truncation=True, max_length=256,
                return_tensors="np",
            )
            inputs = {k: v.astype(np.int64) for k, v in batch.items()}
            states = self.session.run(None, inputs)[0]
            mask = inputs["attention_mask"][..., None]
            pooled = (states * mask).sum(1) / mask.sum(1)
            pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def ours(args, precision, texts):
    result = subprocess.run(
        [args.bench, "--model", args.model, "--precision", precision],
        input="".join(t + "\n" for t in texts).encode(), stdout=subprocess.PIPE, check=True,
    )
    return json.loads(result.stdout)["best_seconds"]


def measure(args):
    import onnxruntime
    import sentence_transformers
    import torch
    from sentence_transformers import SentenceTransformer

    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    from embed_parity import passages

    threads = len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    texts = passages(args.html, args.count, words=(140,))
    peer = SentenceTransformer(args.model, device="cpu")
    texts.sort(key=lambda t: len(peer.tokenizer.tokenize(t)))
    tokens = sum(min(256, len(peer.tokenizer(t)["input_ids"])) for t in texts)
    with tempfile.TemporaryDirectory() as folder:
        f32, int8 = export_onnx(args.model, folder)
        onnx_f32, onnx_int8 = (Onnx(p, args.model, threads) for p in (f32, int8))
        # Each gives the seconds of one pass over all texts, without loading.
        def timed(encode):
            start = time.perf_counter()
            encode()
            return time.perf_counter() - start

        systems = {
            "sentence-transformers f32": lambda: timed(lambda: peer.encode(texts, batch_size=32)),
            "onnxruntime f32": lambda: timed(lambda: onnx_f32.encode(texts)),
            "onnxruntime int8": lambda: timed(lambda: onnx_int8.encode(texts)),
            "ours float32": lambda: ours(args, "float32", texts),
            "ours bfloat16": lambda: ours(args, "bfloat16", texts),
            "ours int8": lambda: ours(args, "int8", texts),
        }
        seconds = {name: [] for name in systems}
        for _ in range(args.rounds):
            for name, run in systems.items():
                seconds[name].append(run())
    rates = {name: tokens / statistics.median(s) for name, s in seconds.items()}
    best = max(rates["sentence-transformers f32"], rates["onnxruntime f32"])
    print(
        f"{len(texts)} passages, {tokens} tokens, {threads} threads, {args.rounds} rounds; "
        f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}, "
        f"onnxruntime {onnxruntime.__version__}"
    )
    print(f"{'system':28s}{'tokens/s':>10s}{'to best f32 peer':>20s}")
    for name, rate in rates.items():
        print(f"{name:28s}{rate:10.0f}{rate / best:20.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--html", required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--venv", help="a virtual environment that has the peers")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        measure(args)
        return
    with tempfile.TemporaryDirectory() as folder:
        python = pathlib.Path(args.venv or folder) / "bin" / "python"
        if not args.venv:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        subprocess.run([python, __file__, *sys.argv[1:], "--inside"], check=True)


if __name__ == "__main__":
    main()
