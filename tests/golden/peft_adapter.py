#!/usr/bin/env python3
"""Writes tests/golden/peft/, which the test of the adapter reader reads.

Usage: peft_adapter.py tests/golden/peft
Needs: pip install peft torch (peft 0.21.2 made the committed files)

A LoRA adapter of a small model with a rank and an alpha of their own for some modules, and
scaling.json: what PEFT multiplies each module's product by.
"""
import json
import os
import sys

import peft
import torch


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.q_proj = torch.nn.Linear(6, 5)
        self.up = torch.nn.Linear(6, 7, bias=False)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList([Block() for _ in range(2)])


def main():
    torch.manual_seed(4)
    config = peft.LoraConfig(
        r=4,
        lora_alpha=10,
        target_modules=["q_proj", "up"],
        use_rslora=True,
        rank_pattern={"^layers.1.up": 2, "up": 3},
        alpha_pattern={"1.q_proj": 7, "q_proj": 5},
        init_lora_weights=False,
    )
    model = peft.get_peft_model(Model(), config)
    model.save_pretrained(sys.argv[1])
    os.remove(os.path.join(sys.argv[1], "README.md"))
    scaling = {
        name.removeprefix("base_model.model."): module.scaling["default"]
        for name, module in model.named_modules()
        if hasattr(module, "scaling")
    }
    with open(os.path.join(sys.argv[1], "scaling.json"), "w", encoding="utf-8") as f:
        json.dump(scaling, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
