#!/usr/bin/env python3
"""Writes adapters/flan_t5_all: a LoRA adapter of every linear layer of the case `flan_t5` of
encoder_decoders.json, with the logits that peft computes for that case's source and target.

    python tests/golden/encoder_decoder_adapters.py

Needs torch, transformers and peft; the versions are written into golden.json.
"""

import json
import os
import pathlib

import made_weights
import peft
import torch
import transformers

HERE = pathlib.Path(__file__).parent
BASE = "flan_t5"


def main():
    torch.set_num_threads(1)
    golden = json.loads((HERE / "encoder_decoders.json").read_text())
    case = next(c for c in golden["cases"] if c["name"] == BASE)
    model = transformers.AutoModelForSeq2SeqLM.from_config(
        transformers.AutoConfig.for_model(**case["config"]), attn_implementation="eager").float()
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    made_weights.fill(model, ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"])
    model = peft.get_peft_model(model, peft.LoraConfig(
        task_type="SEQ_2_SEQ_LM", r=2, lora_alpha=6, target_modules="all-linear")).eval()
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                noise = torch.randn(parameter.shape, generator=generator) * 0.2
                parameter.copy_(noise.to(torch.bfloat16).to(torch.float32))
        logits = model(input_ids=torch.tensor([case["source"]]),
                       decoder_input_ids=torch.tensor([case["target"]]),
                       use_cache=False).logits[0]
    model.peft_config["default"].base_model_name_or_path = BASE
    target = HERE / "adapters" / f"{BASE}_all"
    model.save_pretrained(target)
    os.remove(target / "README.md")
    versions = {"torch": torch.__version__, "transformers": transformers.__version__,
                "peft": peft.__version__}
    (target / "golden.json").write_text(json.dumps({"base": BASE, "versions": versions}) + "\n")
    logits[:: golden["every"]].numpy().astype("<f4").tofile(target / "logits.f32")
    print(f"largest logit {float(logits.abs().max()):.1f}")


if __name__ == "__main__":
    main()
