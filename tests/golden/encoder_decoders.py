#!/usr/bin/env python3
"""Writes encoder_decoders.json: what transformers computes with tiny T5 models.

    python tests/golden/encoder_decoders.py

Each case holds a configuration, the shapes of the tensors (values by made_weights.py), a source, a
decoder prompt with the logits of every fourth position, and the 64 tokens that greedy decoding
gives, each with the five best. The source is chosen so that the best token of every step is well
apart from the second. "buckets" holds transformers' relative positions. Made with transformers
5.23.0 and torch 2.15.0 on a CPU in f32.
"""

import base64
import json
import pathlib

import made_weights
import numpy as np
import torch
from transformers import AutoConfig, AutoModelForSeq2SeqLM
from transformers.models.t5.modeling_t5 import T5Attention

HERE = pathlib.Path(__file__).parent
VOCABULARY = 96
GREEDY = 64
GAP = 0.002
EVERY = 4

T5 = {
    "model_type": "t5", "vocab_size": VOCABULARY, "d_model": 32, "d_kv": 8, "d_ff": 48,
    "num_layers": 2, "num_heads": 4, "pad_token_id": 0, "eos_token_id": 1,
    "decoder_start_token_id": 0,
}
V1_1 = {**T5, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}

# name -> configuration, source tokens, decoder tokens, a head of its own
CASES = {
    "t5_v1": (T5, 40, 40, False),
    "t5_v1_long": ({**T5, "d_kv": 16}, 300, 200, False),
    "flan_t5": ({**V1_1, "num_heads": 6, "num_decoder_layers": 3}, 70, 40, True),
    "flan_t5_other_buckets": (
        {**V1_1, "relative_attention_num_buckets": 20, "relative_attention_max_distance": 50},
        90, 80, True),
    "mt5": ({**V1_1, "model_type": "mt5", "num_decoder_layers": 1}, 33, 40, True),
    "gated_silu": ({**V1_1, "feed_forward_proj": "gated-silu"}, 1, 40, True),
}


def f32(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()


def greedy(model, source):
    ids, best5, gap = [0], [], float("inf")
    encoded = model.get_encoder()(torch.tensor([source]))
    for _ in range(GREEDY):
        logits = model(encoder_outputs=encoded, decoder_input_ids=torch.tensor([ids]),
                       use_cache=False).logits[0, -1]
        best = torch.topk(logits, 5)
        gap = min(gap, float(best.values[0] - best.values[1]))
        if gap < GAP:
            break
        best5.append(best.indices.tolist())
        ids.append(best5[-1][0])
    return ids[1:], best5, gap


def make(name, config, source_length, target_length, own_head):
    torch.manual_seed(1)
    model = AutoModelForSeq2SeqLM.from_config(
        AutoConfig.for_model(**config), attn_implementation="eager").eval().float()
    if own_head:
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    # The copies of the shared table, which files need not hold.
    skip = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]
    if not own_head:
        skip.append("lm_head.weight")
    rows = made_weights.fill(model, skip)
    with torch.no_grad():
        for seed in range(2000):
            generator = torch.Generator().manual_seed(seed)
            source = torch.randint(2, VOCABULARY, (source_length,), generator=generator).tolist()
            tokens, best5, gap = greedy(model, source)
            if gap >= GAP and len(set(tokens)) > 4:
                break
        else:
            raise SystemExit(f"{name}: no source keeps the tokens apart")
        target = [0] + torch.randint(2, VOCABULARY, (target_length - 1,),
                                     generator=generator).tolist()
        logits = model(input_ids=torch.tensor([source]),
                       decoder_input_ids=torch.tensor([target]), use_cache=False).logits[0]
    print(f"{name}: seed {seed}, gap {gap:.3f}, {len(set(tokens))} different tokens, "
          f"largest logit {float(logits.abs().max()):.1f}", flush=True)
    return {
        "name": name, "config": config, "tensors": rows, "source": source, "target": target,
        "logits": f32(logits[::EVERY].numpy()), "greedy": tokens, "best5": best5,
    }


def buckets():
    distances = torch.arange(-300, 301)
    return [
        {"buckets": n, "max_distance": far, "bidirectional": both,
         "of": T5Attention._relative_position_bucket(distances, both, n, far).tolist()}
        for n, far in [(32, 128), (20, 50), (4, 8), (64, 256)] for both in (False, True)
    ]


def main():
    torch.set_num_threads(1)
    cases = [make(name, *case) for name, case in CASES.items()]
    (HERE / "encoder_decoders.json").write_text(
        json.dumps({"every": EVERY, "cases": cases, "buckets": buckets()}) + "\n")


if __name__ == "__main__":
    main()
