#!/usr/bin/env python3
"""Prompt and decode rates of ours and of llama.cpp on the same GGUF file, and their ratios.

    python3 tests/bench/decode_bench.py --bench build-dev/bin/decode_bench [--venv DIR]

The file is a Llama of 1.1B parameters (22 layers, width 2048, 32 heads over 4 of keys and values,
feed-forward 5632, vocabulary 32000) with random blocks, made in a temporary folder. Rounds take
turns between both systems, so that a busy machine hurts both alike; medians are compared. llama.cpp
runs through llama-cpp-python with as many threads as ours, from --venv or from this interpreter.
Decoding begins at an empty context.

The share of the read bandwidth is bytes of weights per token x tokens/s / bandwidth, both rates
means over all rounds, in which our tokens take turns with passes over a buffer of as many bytes:
memory of a shared machine may give half as much again in one second as in the next.
"""

import argparse
import ctypes
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

LAYERS, WIDTH, HEADS, KV_HEADS, INNER, VOCABULARY = 22, 2048, 32, 4, 5632, 32000
BLOCKS = {"Q8_0": (32, 34), "Q4_0": (32, 18)}  # numbers and bytes


def random_blocks(rng, quantization, rows, columns):
    """Blocks whose numbers have a deviation of about 0.02, as a trained model's."""
    import numpy as np

    numbers, size = BLOCKS[quantization]
    data = np.frombuffer(rng.bytes(rows * columns // numbers * size), dtype=np.uint8)
    data = data.reshape(rows, columns // numbers, size).copy()
    step = 0.02 / (73.9 if quantization == "Q8_0" else 4.6)
    data[:, :, :2] = np.frombuffer(np.float16(step).tobytes(), dtype=np.uint8)
    return data.reshape(rows, -1)


def write_gguf(path, quantization):
    """The file, and the bytes of weights that a token reads: all but the embedding table."""
    import gguf
    import numpy as np

    rng = np.random.default_rng(1)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(4096)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{i:02X}>" for i in range(256)]
    kinds = [2, 3, 3] + [6] * 256
    tokens += [f"w{i}" for i in range(VOCABULARY - len(tokens))]
    kinds += [1] * (VOCABULARY - len(kinds))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(i) for i in range(VOCABULARY)])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    kind = gguf.GGMLQuantizationType[quantization]
    read = 0

    def add(name, rows, columns):
        nonlocal read
        data = random_blocks(rng, quantization, rows, columns)
        writer.add_tensor(name, data, raw_dtype=kind)
        read += 0 if name == "token_embd.weight" else data.nbytes

    add("token_embd.weight", VOCABULARY, WIDTH)
    for i in range(LAYERS):
        kv = WIDTH // HEADS * KV_HEADS
        writer.add_tensor(f"blk.{i}.attn_norm.weight", np.ones(WIDTH, dtype=np.float32))
        add(f"blk.{i}.attn_q.weight", WIDTH, WIDTH)
        add(f"blk.{i}.attn_k.weight", kv, WIDTH)
        add(f"blk.{i}.attn_v.weight", kv, WIDTH)
        add(f"blk.{i}.attn_output.weight", WIDTH, WIDTH)
        writer.add_tensor(f"blk.{i}.ffn_norm.weight", np.ones(WIDTH, dtype=np.float32))
        add(f"blk.{i}.ffn_gate.weight", INNER, WIDTH)
        add(f"blk.{i}.ffn_up.weight", INNER, WIDTH)
        add(f"blk.{i}.ffn_down.weight", WIDTH, INNER)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    add("output.weight", VOCABULARY, WIDTH)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return read


class Ours:
    """The bench program; a line in, a round's rates out."""

    def __init__(self, bench, model, threads, prompt, tokens, precision):
        command = [bench, str(model), "--threads", str(threads), "--prompt", str(prompt),
                   "--tokens", str(tokens)]
        if precision:
            command += ["--precision", precision]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.loaded = json.loads(self.process.stdout.readline())

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class LlamaCpp:
    """llama.cpp's own functions, without the work that the Python wrapper adds."""

    def __init__(self, model, threads, prompt, tokens):
        import llama_cpp

        self.lib = llama_cpp
        self.version = llama_cpp.__version__
        self.prompt, self.tokens = prompt, tokens
        self.llama = llama_cpp.Llama(model_path=str(model), n_ctx=max(2048, prompt + tokens),
                                     n_batch=prompt, n_threads=threads, n_threads_batch=threads,
                                     verbose=False)
        self.context = self.llama.ctx

    def forward(self, ids):
        array = (ctypes.c_int32 * len(ids))(*ids)
        start = time.perf_counter()
        if self.lib.llama_decode(self.context, self.lib.llama_batch_get_one(array, len(ids))) != 0:
            sys.exit("llama_decode failed")
        self.lib.llama_get_logits_ith(self.context, -1)  # waits for the result
        return time.perf_counter() - start

    def clear(self):
        self.lib.llama_memory_clear(self.lib.llama_get_memory(self.context), True)

    def round(self):
        ids = [(i * 7919 + 5) % VOCABULARY for i in range(max(self.prompt, self.tokens))]
        self.clear()
        prefill = self.forward(ids[: self.prompt])
        self.clear()
        decode = sum(self.forward([i]) for i in ids[: self.tokens])
        return {"prefill_tokens_per_s": self.prompt / prefill,
                "decode_tokens_per_s": self.tokens / decode}


def measure(arguments, quantization, folder):
    """One table row."""
    path = pathlib.Path(folder) / f"llama-1.1b-{quantization}.gguf"
    read = write_gguf(path, quantization)
    size = path.stat().st_size
    ours = Ours(arguments.bench, path, arguments.threads, arguments.prompt, arguments.tokens, None)
    theirs = LlamaCpp(path, arguments.threads, arguments.prompt, arguments.tokens)
    rounds = {"ours": [], "theirs": []}
    shared = []
    for _ in range(arguments.rounds):
        rounds["ours"].append(ours.ask("round"))
        rounds["theirs"].append(theirs.round())
        shared.append(ours.ask(f"bandwidth {read}"))
    ours.close()
    path.unlink()
    row = {"quantization": quantization, "file_bytes": size, "bytes_per_token": read,
           "llama_cpp_python": theirs.version, "load": ours.loaded}
    for system, results in rounds.items():
        for key in ("prefill_tokens_per_s", "decode_tokens_per_s"):
            row[f"{system}_{key}"] = round(statistics.median(r[key] for r in results), 2)
    for key in ("prefill", "decode"):
        ratios = [a[f"{key}_tokens_per_s"] / b[f"{key}_tokens_per_s"]
                  for a, b in zip(rounds["ours"], rounds["theirs"])]
        row[f"{key}_ratio"] = round(statistics.median(ratios), 3)
    # Of equal amounts of work the mean rate is the harmonic one.
    decoded = statistics.harmonic_mean([r["decode_tokens_per_s"] for r in shared])
    bandwidth = statistics.harmonic_mean([r["read_bytes_per_s"] for r in shared])
    row["read_bandwidth_bytes_per_s"] = round(bandwidth)
    row["ours_of_bandwidth"] = round(decoded * read / bandwidth, 3)
    row["ours_of_bandwidth_by_round"] = [
        round(r["decode_tokens_per_s"] * read / r["read_bytes_per_s"], 3) for r in shared]
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--venv", help="a virtual environment with llama-cpp-python and gguf")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--prompt", type=int, default=1024)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quantization", action="append", choices=sorted(BLOCKS))
    arguments = parser.parse_args()
    if arguments.venv:
        python = pathlib.Path(arguments.venv) / "bin" / "python"
        if pathlib.Path(sys.prefix).resolve() != pathlib.Path(arguments.venv).resolve():
            os.execv(python, [str(python)] + sys.argv)
    with tempfile.TemporaryDirectory() as folder:
        for quantization in arguments.quantization or ["Q8_0", "Q4_0"]:
            print(json.dumps(measure(arguments, quantization, folder), indent=2), flush=True)


if __name__ == "__main__":
    main()
