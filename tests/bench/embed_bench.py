#!/usr/bin/env python3
"""Embedding rates of ours, sentence-transformers, onnxruntime and OpenVINO on the same passages.

    python3 tests/bench/embed_bench.py --bench build/bin/embed_bench \\
        --model build/models/all-MiniLM-L6-v2 --html /usr/share/doc/postgresql-doc-15/html \\
        [--venv DIR]

Prints each system's rate, its ratio to the fastest peer, and the cosines of its embeddings to those
of sentence-transformers in f32. onnxruntime's int8 is its dynamic quantisation; OpenVINO's is
NNCF's post-training quantisation for transformers, calibrated on other passages.

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

import peers

PACKAGES = [
    "sentence-transformers", "onnxruntime", "onnx", "onnxscript", "openvino", "nncf", "numpy",
    "torch",
]
BATCH = 32


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


def tokenize(tokenizer, texts):
    import numpy as np

    batch = tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="np")
    return {k: v.astype(np.int64) for k, v in batch.items()}


class Peer:
    """An exported encoder: tokenizes, runs `states_of` batch by batch, and pools."""

    def __init__(self, tokenizer, states_of):
        self.tokenizer = tokenizer
        self.states_of = states_of

    def encode(self, texts):
        import numpy as np

        rows = []
        for start in range(0, len(texts), BATCH):
            inputs = tokenize(self.tokenizer, texts[start : start + BATCH])
            mask = inputs["attention_mask"][..., None]
            pooled = (self.states_of(inputs) * mask).sum(1) / mask.sum(1)
            rows.append(pooled / np.linalg.norm(pooled, axis=1, keepdims=True))
        return np.concatenate(rows)


def onnxruntime_peer(path, tokenizer, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    return Peer(tokenizer, lambda inputs: session.run(None, inputs)[0])


def openvino_peer(path, tokenizer, threads, texts):
    """Quantised to int8 by `texts`."""
    import nncf
    import openvino

    core = openvino.Core()
    batches = [tokenize(tokenizer, texts[i : i + 4]) for i in range(0, len(texts), 4)]
    model = nncf.quantize(
        core.read_model(path), nncf.Dataset(batches), model_type=nncf.ModelType.TRANSFORMER
    )
    compiled = core.compile_model(
        model, "CPU", {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    )
    return Peer(tokenizer, lambda inputs: compiled(inputs)[0])


def ours(args, precision, texts):
    """Seconds of one pass, and the embeddings."""
    import numpy as np

    with tempfile.NamedTemporaryFile() as out:
        result = subprocess.run(
            [args.bench, "--model", args.model, "--precision", precision, "--out", out.name,
             "--threads", str(args.threads)],
            input="".join(t + "\n" for t in texts).encode(), stdout=subprocess.PIPE, check=True,
        )
        rows = np.fromfile(out.name, dtype="<f4").reshape(len(texts), -1)
    return json.loads(result.stdout)["best_seconds"], rows


def measure(args):
    import numpy as np
    import onnxruntime
    import openvino
    import sentence_transformers
    import torch
    from sentence_transformers import SentenceTransformer

    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    from embed_parity import passages

    threads = args.threads or len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    texts = passages(args.html, args.count + 64, words=(140,))
    texts, others = texts[: args.count], texts[args.count :]
    reference = SentenceTransformer(args.model, device="cpu")
    tokenizer = reference.tokenizer
    texts.sort(key=lambda t: len(tokenizer.tokenize(t)))
    tokens = sum(min(256, len(tokenizer(t)["input_ids"])) for t in texts)
    with tempfile.TemporaryDirectory() as folder:
        f32, int8 = export_onnx(args.model, folder)
        peers = {
            "onnxruntime f32": onnxruntime_peer(f32, tokenizer, threads),
            "onnxruntime int8": onnxruntime_peer(int8, tokenizer, threads),
            "openvino int8": openvino_peer(f32, tokenizer, threads, others),
        }
        # Each gives the seconds of one pass over all texts, without loading, and the embeddings.
        def timed(encode):
            start = time.perf_counter()
            rows = encode()
            return time.perf_counter() - start, rows

        systems = {"sentence-transformers f32":
                   lambda: timed(lambda: reference.encode(texts, batch_size=BATCH))}
        for name, peer in peers.items():
            systems[name] = lambda peer=peer: timed(lambda: peer.encode(texts))
        for precision in ("float32", "bfloat16", "int8"):
            systems[f"ours {precision}"] = lambda p=precision: ours(args, p, texts)
        seconds = {name: [] for name in systems}
        rows = {}
        for i in range(args.rounds):
            for name, run in systems.items():
                took, rows[name] = run()
                seconds[name].append(took)
                print(f"round {i + 1} of {args.rounds}: {name} {took:.1f} s", file=sys.stderr)
    rates = {name: tokens / statistics.median(s) for name, s in seconds.items()}
    best = max(rate for name, rate in rates.items() if not name.startswith("ours"))
    print(
        f"{len(texts)} passages, {tokens} tokens, {threads} threads, {args.rounds} rounds; "
        f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}, "
        f"onnxruntime {onnxruntime.__version__}, OpenVINO {openvino.__version__}"
    )
    print(f"{'system':28s}{'tokens/s':>10s}{'to best peer':>14s}{'mean cosine':>13s}{'least':>9s}")
    want = rows["sentence-transformers f32"].astype(np.float64)
    want /= np.linalg.norm(want, axis=1, keepdims=True)
    for name, rate in rates.items():
        got = rows[name].astype(np.float64)
        cosine = (want * got).sum(1) / np.linalg.norm(got, axis=1)
        print(f"{name:28s}{rate:10.0f}{rate / best:14.2f}{cosine.mean():13.5f}{cosine.min():9.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--html", required=True)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="of the peers; 0: one per CPU")
    peers.run(parser, PACKAGES, measure)


if __name__ == "__main__":
    main()
