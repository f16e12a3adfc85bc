"""BTLM's forward pass in f32, written from the formulae of its published modelling code (Cerebras'
BTLM-3B-8K remote code; `transformers` has no class for it): GPT-2's layers with ALiBi, a gated
feed-forward c_fc(x) * silu(c_fc2(x)), scores scaled by 1 / head size, embeddings and logits scaled.
"""
import math

import torch


def slopes(heads):
    def power_of_two(n):
        start = 2 ** (-(2 ** -(math.log2(n) - 3)))
        return [start * start ** i for i in range(n)]

    if math.log2(heads).is_integer():
        return power_of_two(heads)
    below = 2 ** math.floor(math.log2(heads))
    return power_of_two(below) + slopes(2 * below)[0::2][:heads - below]


class Btlm:
    """Callable as a model of transformers: logits of one text, [1, tokens, vocabulary]."""

    def __init__(self, config, weights):
        self.config = config
        self.weights = weights

    def linear(self, name, x):  # Conv1D: stored as [in, out]
        return x @ self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def norm(self, name, x):
        return torch.nn.functional.layer_norm(
            x, x.shape[-1:], self.weights[name + ".weight"], self.weights[name + ".bias"],
            self.config["layer_norm_epsilon"])

    def attention(self, name, x):
        heads = self.config["n_head"]
        tokens, width = x.shape
        size = width // heads
        q, k, v = (part.reshape(tokens, heads, size).transpose(0, 1)
                   for part in self.linear(name + ".c_attn", x).split(width, dim=-1))
        power = 1.0 if self.config["mup_scale_qk_dot_by_d"] else 0.5
        scores = q @ k.transpose(1, 2) * size ** -power
        positions = torch.arange(tokens)
        distance = (positions[None, :] - positions[:, None]).abs()
        scores = scores - torch.tensor(slopes(heads))[:, None, None] * distance
        scores = scores.masked_fill(positions[None, :] > positions[:, None], float("-inf"))
        mixed = torch.softmax(scores, dim=-1) @ v
        return self.linear(name + ".c_proj", mixed.transpose(0, 1).reshape(tokens, width))

    def __call__(self, ids, use_cache=False):
        config = self.config
        embedding = self.weights["transformer.wte.weight"]
        x = embedding[ids[0]] * config["mup_embeddings_scale"]
        for i in range(config["n_layer"]):
            layer = f"transformer.h.{i}."
            x = x + self.attention(layer + "attn", self.norm(layer + "ln_1", x))
            y = self.norm(layer + "ln_2", x)
            up = self.linear(layer + "mlp.c_fc", y)
            gate = torch.nn.functional.silu(self.linear(layer + "mlp.c_fc2", y))
            x = x + self.linear(layer + "mlp.c_proj", up * gate)
        x = self.norm("transformer.ln_f", x)
        scale = config["mup_output_alpha"] * config["mup_width_scale"]
        result = type("Output", (), {})()
        result.logits = (x @ embedding.T * scale)[None]
        return result
