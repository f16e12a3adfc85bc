#!/usr/bin/env python3
"""Writes tests/golden/state_dict.bin, which the unit test of the PyTorch reader reads.

Usage: weights.py tests/golden/state_dict.bin
Needs: pip install torch
"""
import collections
import sys

import torch


def main():
    tensors = collections.OrderedDict()
    tensors["a.weight"] = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    tensors["a.tied"] = tensors["a.weight"]
    tensors["a.row"] = tensors["a.weight"][1]
    tensors["b"] = torch.tensor([1.5, -2], dtype=torch.bfloat16)
    tensors["half"] = torch.tensor([0.5], dtype=torch.float16)
    tensors["ids"] = torch.arange(4).reshape(1, 4)
    tensors["empty"] = torch.zeros(0, 3)
    tensors["scalar"] = torch.tensor(3.0)
    # What torch.nn.Module.state_dict() adds.
    tensors._metadata = collections.OrderedDict([("", {"version": 1})])
    torch.save(tensors, sys.argv[1])


if __name__ == "__main__":
    main()
