"""Weights that a formula gives, so that golden files need not hold them.

Value i of the tensor `name` is mean + scale * (2 u - 1), rounded to f32, where u is the top 24 bits
of splitmix64(FNV-1a(name) + i) as a fraction. tests/transformer/made_weights.h is the same in C++.
"""

import math

import numpy as np


def fnv1a(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def values(name, shape, mean, scale):
    n = math.prod(shape)
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(name)) + np.arange(n, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    u = (z >> np.uint64(40)).astype(np.float64) / 2**24
    return (mean + scale * (2 * u - 1)).astype(np.float32).reshape(shape)


def spread(name, shape):
    """Mean and scale that keep a deep model's numbers in a usual range."""
    if "norm" in name.lower() and name.endswith("weight"):
        return 1.0, 0.3
    if len(shape) < 2:
        return 0.0, 0.1
    if "embed" in name or name.startswith("shared"):
        return 0.0, 1.0
    if name.endswith(("Attention.o.weight", "DenseReluDense.wo.weight")):
        # Of T5, so that what layers add outweighs the token that came in.
        return 0.0, round(8.0 / math.sqrt(shape[-1]), 6)
    return 0.0, round(2.0 / math.sqrt(shape[-1]), 6)


def fill(model, skip=()):
    """Gives all weights of a torch model; returns the rows [name, shape, mean, scale]."""
    import torch

    rows = []
    state = {}
    for name, tensor in model.state_dict().items():
        if not tensor.is_floating_point() or name in skip:
            continue
        shape = list(tensor.shape)
        mean, scale = spread(name, shape)
        rows.append([name, shape, mean, scale])
        state[name] = torch.from_numpy(values(name, shape, mean, scale))
    model.load_state_dict(state, strict=False)
    return rows
