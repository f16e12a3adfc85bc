#!/usr/bin/env python3
"""Decoding and prompts of random Llama shapes on a GPU: transformers beside footnote_cuda_check.

Needs torch with CUDA and transformers; run it on the machine with the GPU:

    tests/bench/cuda_peers.py --check build-cuda/bin/footnote_cuda_check

The models have random bf16 weights in the shapes of tests/kernels/cuda/check/llama.h. Decoding is
at batch 1 after 512 tokens, with a static cache and, by default, torch.compile's graphs; prompts
are of 2,048 tokens with the last one's logits. Rates are medians. Prints the same shares as
footnote_cuda_check does: weights read per second of the copy bandwidth, operations per second of
the bf16 product's. Exits with 77 where there is no GPU.
"""
import argparse
import importlib.metadata
import statistics
import subprocess
import sys
import time

# name, hidden, layers, heads, kv_heads, head_dim, intermediate, vocab
SHAPES = [
    ("Llama 1.1B", 2048, 22, 32, 4, 64, 5632, 32000),
    ("Llama 8B", 4096, 32, 32, 8, 128, 14336, 128256),
]
PROMPT = 2048
CONTEXT = 512
TOKENS = 64


def seconds(torch, work, rounds):
    """The median time of `work` in seconds, after two rounds to warm up."""
    times = []
    for i in range(rounds + 2):
        torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        if i >= 2:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def copy_bandwidth(torch):
    x = torch.empty(2 << 30, dtype=torch.uint8, device="cuda")
    y = torch.empty_like(x)
    return 2 * x.numel() / seconds(torch, lambda: y.copy_(x), 9)


def matrix_rate(torch):
    n = 8192
    a = torch.randn(n, n, device="cuda", dtype=torch.bfloat16)
    b = torch.randn(n, n, device="cuda", dtype=torch.bfloat16)
    return 2 * n**3 / seconds(torch, lambda: a @ b, 9)


def make_model(torch, transformers, shape):
    _, hidden, layers, heads, kv_heads, head_dim, intermediate, vocab = shape
    config = transformers.LlamaConfig(
        hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads,
        num_key_value_heads=kv_heads, head_dim=head_dim, intermediate_size=intermediate,
        vocab_size=vocab, max_position_embeddings=4096)
    with torch.device("cuda"):
        torch.set_default_dtype(torch.bfloat16)
        model = transformers.LlamaForCausalLM(config).eval()
        torch.set_default_dtype(torch.float32)
    return model


def operations(shape):
    _, hidden, layers, heads, kv_heads, head_dim, intermediate, vocab = shape
    width, kv_width = heads * head_dim, kv_heads * head_dim
    layer = 2 * hidden * (2 * width + 2 * kv_width) + 6 * hidden * intermediate
    return layers * (PROMPT * layer + 2 * width * PROMPT * (PROMPT + 1)) + 2 * hidden * vocab


def measure(torch, transformers, shape, compiled, bandwidth, rate):
    model = make_model(torch, transformers, shape)
    vocab = shape[-1]
    read = sum(p.numel() * p.element_size() for p in model.parameters())
    read -= model.model.embed_tokens.weight.numel() * 2
    ids = torch.randint(vocab, (1, PROMPT), device="cuda")
    with torch.inference_mode():
        prompt = seconds(torch, lambda: model(ids, use_cache=True, logits_to_keep=1), 5)
        cache = transformers.StaticCache(config=model.config, max_cache_len=CONTEXT + TOKENS + 8)
        model(ids[:, :CONTEXT], past_key_values=cache, logits_to_keep=1,
              cache_position=torch.arange(CONTEXT, device="cuda"))
        forward = model.forward
        if compiled:
            forward = torch.compile(model.forward, mode="reduce-overhead", fullgraph=True)
        times = []
        token = ids[:, :1].clone()
        position = torch.tensor([CONTEXT], device="cuda")
        for i in range(TOKENS):
            torch.cuda.synchronize()
            start = time.perf_counter()
            logits = forward(input_ids=token, past_key_values=cache,
                             cache_position=position).logits
            token.copy_(logits[:, -1:].argmax(-1))
            torch.cuda.synchronize()
            if i >= 8:  # the first ones compile
                times.append(time.perf_counter() - start)
            position += 1
    step = statistics.median(times)
    print(f"{shape[0]:10} BF16  decode {1 / step:8.1f} tokens/s "
          f"{100 * read / step / bandwidth:5.1f} % of copy | prompt {PROMPT / prompt:8.0f} tokens/s "
          f"{100 * operations(shape) / prompt / rate:5.1f} % of bf16", flush=True)
    del model, cache
    torch.cuda.empty_cache()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", help="footnote_cuda_check, to run it beside")
    parser.add_argument("--eager", action="store_true", help="without torch.compile")
    args = parser.parse_args()
    import torch
    import transformers
    if not torch.cuda.is_available():
        print("cuda_peers: torch sees no GPU; nothing was run", file=sys.stderr)
        return 77
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, "
          f"transformers {importlib.metadata.version('transformers')}, "
          f"{'eager' if args.eager else 'compiled'}")
    bandwidth, rate = copy_bandwidth(torch), matrix_rate(torch)
    print(f"copy {bandwidth / 1e9:.0f} GB/s, bf16 product {rate / 1e12:.0f} TFLOP/s")
    for shape in SHAPES:
        measure(torch, transformers, shape, not args.eager, bandwidth, rate)
    if args.check:
        print("footnote_cuda_check --bench", flush=True)
        return subprocess.run([args.check, "--bench"], check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
