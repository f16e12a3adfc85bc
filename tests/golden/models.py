#!/usr/bin/env python3
"""Makes tests/golden/models/: a tiny random model of every decoder family with what `transformers`
computes for it.

Each folder holds the model as transformers saves it (weights that bfloat16 represents exactly),
golden.json (a prompt, the 64 tokens that greedy decoding appends to its first tokens, versions) and
logits.f32 (little-endian [prompt, vocabulary], computed in f32 on the CPU). The weights' scale and
the seed are chosen so that the best token of every step is well apart from the second.

tests/golden/adapters/ has LoRA adapters for some of them with what peft computes.

Usage: models.py [CASE | btlm | variants | adapters]..     needs torch, transformers, safetensors, peft
"""
import json
import os
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
ADAPTERS = os.path.join(os.path.dirname(HERE), "adapters")
VOCABULARY = 96
PROMPT = 40
GREEDY_PROMPT = 12
GREEDY = 64
GAP = 0.02  # between the best and the second logit of each greedy step

SMALL = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
             num_attention_heads=4, max_position_embeddings=128, bos_token_id=1, eos_token_id=2,
             pad_token_id=0)


def small(**changes):
    return {**SMALL, **changes}


def gpt2_like(**changes):
    return {**dict(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, n_positions=128,
                   bos_token_id=1, eos_token_id=2), **changes}


LLAMA3 = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0,
              high_freq_factor=4.0, original_max_position_embeddings=32)
LONGROPE = dict(rope_type="longrope", rope_theta=10000.0,
                short_factor=[1.0, 1.1, 1.2, 1.3], long_factor=[1.5, 2.5, 4.0, 8.0])

# name -> (configuration class, its values)
CASES = {
    "gpt2": ("GPT2Config", gpt2_like()),
    "gpt_neo": ("GPTNeoConfig", dict(
        vocab_size=VOCABULARY, hidden_size=32, num_layers=2, num_heads=4, intermediate_size=48,
        attention_types=[[["global", "local"], 1]], window_size=8, max_position_embeddings=128,
        bos_token_id=1, eos_token_id=2)),
    "gptj": ("GPTJConfig", gpt2_like(rotary_dim=4)),
    "gpt_neox": ("GPTNeoXConfig", small(rope_parameters=dict(
        rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.25))),
    "gpt_neox_sequential": ("GPTNeoXConfig", small(
        use_parallel_residual=False, hidden_act="gelu_fast", rope_parameters=dict(
            rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.5))),
    "opt": ("OPTConfig", dict(
        vocab_size=VOCABULARY, hidden_size=32, ffn_dim=48, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=128, word_embed_proj_dim=32)),
    "opt_350m": ("OPTConfig", dict(
        vocab_size=VOCABULARY, hidden_size=32, ffn_dim=48, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=128, word_embed_proj_dim=16,
        do_layer_norm_before=False)),
    "bloom": ("BloomConfig", dict(vocab_size=VOCABULARY, hidden_size=48, n_layer=2, n_head=6)),
    "llama": ("LlamaConfig", small()),
    "llama_gqa_tied": ("LlamaConfig", small(num_key_value_heads=2, tie_word_embeddings=True)),
    "llama_3_1": ("LlamaConfig", small(num_key_value_heads=1, rope_parameters=LLAMA3)),
    "llama_code": ("LlamaConfig", small(
        rms_norm_eps=1e-5, attention_bias=True, mlp_bias=True,
        rope_parameters=dict(rope_type="linear", rope_theta=1000000.0, factor=4.0))),
    "mistral": ("MistralConfig", small(num_key_value_heads=2, sliding_window=16)),
    "mistral_no_window": ("MistralConfig", small(
        num_key_value_heads=2, sliding_window=None, head_dim=16)),
    "qwen2": ("Qwen2Config", small(num_key_value_heads=2)),
    "qwen2_tied": ("Qwen2Config", small(
        num_key_value_heads=2, tie_word_embeddings=True, use_sliding_window=True,
        sliding_window=12, max_window_layers=1)),
    "qwen3": ("Qwen3Config", small(num_key_value_heads=2, head_dim=16)),
    "gemma": ("GemmaConfig", small(num_key_value_heads=1, head_dim=16)),
    "gemma2": ("Gemma2Config", small(
        num_key_value_heads=2, head_dim=16, sliding_window=16, query_pre_attn_scalar=24)),
    "gemma3": ("Gemma3TextConfig", small(
        num_hidden_layers=3, num_key_value_heads=2, head_dim=16, sliding_window=12,
        sliding_window_pattern=3, query_pre_attn_scalar=24, rope_parameters=dict(
            full_attention=dict(rope_type="linear", rope_theta=1000000.0, factor=8.0),
            sliding_attention=dict(rope_type="default", rope_theta=10000.0)))),
    "phi": ("PhiConfig", small(rope_parameters=dict(
        rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.5))),
    "phi3": ("Phi3Config", small(sliding_window=14)),
    "phi3_longrope": ("Phi3Config", small(
        original_max_position_embeddings=32, rope_parameters=LONGROPE)),
}


# How many of the greedy tokens must differ, where few seeds give 9.
VARIETY = {"gemma2": 4, "gemma3": 4, "btlm": 5}


def randomise(model, seed):
    """Weights of a size at which every layer matters, representable in bfloat16."""
    generator = torch.Generator().manual_seed(seed)
    gemma = "Gemma" in type(model).__name__
    offset = 0.0 if gemma else 1.0
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1:
                is_norm = name.endswith("weight")
                value = noise * 0.2 + (offset if is_norm else 0.0)
            elif "embed" in name or "wte" in name or "wpe" in name:
                # Gemma's are scaled by the root of the width.
                value = noise * ((0.15 if gemma else 0.3) if gemma or "position" in name or "wpe" in name else 0.8)
            elif "lm_head" in name or "embed_out" in name:
                value = noise * 0.5
            else:
                value = noise * 0.25
            parameter.copy_(value.to(torch.bfloat16).to(torch.float32))


def greedy(model, prompt):
    """The 64 tokens that follow, recomputing all, and the least gap to the second best."""
    ids = list(prompt)
    gap = float("inf")
    with torch.no_grad():
        for _ in range(GREEDY):
            logits = model(torch.tensor([ids]), use_cache=False).logits[0, -1]
            best = torch.topk(logits, 2).values
            gap = min(gap, float(best[0] - best[1]))
            ids.append(int(logits.argmax()))
    return ids[len(prompt):], gap


def versions():
    return {"torch": torch.__version__, "transformers": transformers.__version__}


def make(name):
    config_class, values = CASES[name]
    config = getattr(transformers, config_class)(**values)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    model = model.to(torch.float32).eval()
    for seed in range(1000):
        randomise(model, seed)
        generator = torch.Generator().manual_seed(seed)
        prompt = torch.randint(3, VOCABULARY, (PROMPT,), generator=generator).tolist()
        tokens, gap = greedy(model, prompt[:GREEDY_PROMPT])
        if gap >= GAP and len(set(tokens)) >= VARIETY.get(name, 9):
            break
    else:
        sys.exit(f"{name}: no seed keeps the tokens apart")
    # Each row is that of the text up to its token: LongRoPE looks at the text's length.
    with torch.no_grad():
        logits = torch.stack([model(torch.tensor([prompt[:n + 1]]), use_cache=False).logits[0, -1]
                              for n in range(PROMPT)]).to(torch.float32)
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    model.to(torch.bfloat16).save_pretrained(folder)
    # The values are f32 values that happen to fit: the reference is the model in f32.
    path = os.path.join(folder, "config.json")
    with open(path, encoding="utf-8") as f:
        saved = json.load(f)
    saved["dtype"] = "float32"
    with open(path, "w", encoding="utf-8") as f:
        json.dump(saved, f, indent=1, sort_keys=True)
        f.write("\n")
    generation = os.path.join(folder, "generation_config.json")
    if os.path.exists(generation):
        os.remove(generation)
    write_golden(folder, prompt, tokens, logits)
    print(f"{name}: seed {seed}, gap {gap:.3f}, {len(set(tokens))} different tokens, "
          f"largest logit {float(logits.abs().max()):.1f}")


def write_golden(folder, prompt, tokens, logits):
    with open(os.path.join(folder, "golden.json"), "w", encoding="utf-8") as f:
        json.dump({"prompt": prompt, "greedy_prompt": GREEDY_PROMPT, "greedy": tokens,
                   "versions": versions()}, f)
        f.write("\n")
    logits.contiguous().numpy().astype("<f4").tofile(os.path.join(folder, "logits.f32"))


def make_btlm():
    from btlm_reference import Btlm, slopes
    config = dict(model_type="btlm", architectures=["BTLMLMHeadModel"], vocab_size=VOCABULARY,
                  n_embd=48, n_layer=2, n_head=6, n_inner=70, n_positions=128,
                  activation_function="swiglu", position_embedding_type="alibi",
                  layer_norm_epsilon=1e-5, mup_scale_qk_dot_by_d=True, mup_embeddings_scale=1.5,
                  mup_output_alpha=2.0, mup_width_scale=0.5, scale_attn_weights=True,
                  bos_token_id=1, eos_token_id=2, dtype="float32")
    width, inner = config["n_embd"], config["n_inner"]
    shapes = {"transformer.wte.weight": (VOCABULARY, width)}
    for i in range(config["n_layer"]):
        layer = f"transformer.h.{i}."
        for name, rows, columns in (("attn.c_attn", 3 * width, width), ("attn.c_proj", width, width),
                                    ("mlp.c_fc", inner, width), ("mlp.c_fc2", inner, width),
                                    ("mlp.c_proj", width, inner)):
            shapes[f"{layer}{name}.weight"] = (columns, rows)
            shapes[f"{layer}{name}.bias"] = (rows,)
        for name in ("ln_1", "ln_2"):
            shapes[f"{layer}{name}.weight"] = shapes[f"{layer}{name}.bias"] = (width,)
    shapes["transformer.ln_f.weight"] = shapes["transformer.ln_f.bias"] = (width,)
    module = torch.nn.Module()
    for name, shape in shapes.items():
        module.register_parameter(name.replace(".", "/"), torch.nn.Parameter(torch.zeros(shape)))
    for seed in range(1000):
        randomise(module, seed)
        weights = {k.replace("/", "."): v.detach() for k, v in module.named_parameters()}
        model = Btlm(config, weights)
        prompt = torch.randint(3, VOCABULARY, (PROMPT,),
                               generator=torch.Generator().manual_seed(seed)).tolist()
        tokens, gap = greedy(model, prompt[:GREEDY_PROMPT])
        if gap >= GAP and len(set(tokens)) >= VARIETY["btlm"]:
            break
    else:
        sys.exit("btlm: no seed keeps the tokens apart")
    folder = os.path.join(HERE, "btlm")
    os.makedirs(folder, exist_ok=True)
    stored = {k: v.to(torch.bfloat16).contiguous() for k, v in weights.items()}
    stored["transformer.relative_pe.slopes"] = torch.tensor(slopes(config["n_head"]))[:, None]
    save_file(stored, os.path.join(folder, "model.safetensors"))
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as f:
        json.dump(config, f, indent=1, sort_keys=True)
        f.write("\n")
    write_golden(folder, prompt, tokens, model(torch.tensor([prompt])).logits[0])
    print(f"btlm: seed {seed}, gap {gap:.3f}, {len(set(tokens))} different tokens")


def make_variants():
    """Golden models again, as other files hold them."""
    import shutil

    def variant(name, base):
        folder = os.path.join(HERE, name)
        os.makedirs(folder, exist_ok=True)
        for file in ("config.json", "golden.json", "logits.f32"):
            shutil.copy(os.path.join(HERE, base, file), folder)
        return folder, load_file(os.path.join(HERE, base, "model.safetensors"))

    # PyTorch's own file.
    folder, tensors = variant("llama_bin", "llama_gqa_tied")
    torch.save(tensors, os.path.join(folder, "pytorch_model.bin"))
    # Several files.
    folder, tensors = variant("llama_sharded", "llama_gqa_tied")
    names = sorted(tensors)
    shards = {"model-00001-of-00002.safetensors": names[:7],
              "model-00002-of-00002.safetensors": names[7:]}
    for file, part in shards.items():
        save_file({n: tensors[n] for n in part}, os.path.join(folder, file))
    index = {"metadata": {"total_size": sum(t.nbytes for t in tensors.values())},
             "weight_map": {n: file for file, part in shards.items() for n in part}}
    with open(os.path.join(folder, "model.safetensors.index.json"), "w", encoding="utf-8") as f:
        json.dump(index, f, indent=1)
        f.write("\n")
    # GPT-2 as it was first published: without the wrapper's name, and with the masks.
    folder, tensors = variant("gpt2_first", "gpt2")
    tensors = {n.replace("transformer.", ""): t for n, t in tensors.items()}
    for i in range(2):
        tensors[f"h.{i}.attn.bias"] = torch.tril(torch.ones(8, 8, dtype=torch.uint8))[None, None]
    save_file(tensors, os.path.join(folder, "model.safetensors"))
    # Phi with its first code's names, and queries, keys and values in one.
    folder, tensors = variant("phi_msft", "phi")
    renamed = {}
    for old, new in (("model.embed_tokens.weight", "transformer.embd.wte.weight"),
                     ("model.final_layernorm.weight", "lm_head.ln.weight"),
                     ("model.final_layernorm.bias", "lm_head.ln.bias"),
                     ("lm_head.weight", "lm_head.linear.weight"),
                     ("lm_head.bias", "lm_head.linear.bias")):
        renamed[new] = tensors[old]
    for i in range(2):
        old, new = f"model.layers.{i}.", f"transformer.h.{i}."
        for end in ("weight", "bias"):
            renamed[f"{new}ln.{end}"] = tensors[f"{old}input_layernorm.{end}"]
            renamed[f"{new}mixer.Wqkv.{end}"] = torch.cat(
                [tensors[f"{old}self_attn.{x}_proj.{end}"] for x in "qkv"])
            renamed[f"{new}mixer.out_proj.{end}"] = tensors[f"{old}self_attn.dense.{end}"]
            for part in ("fc1", "fc2"):
                renamed[f"{new}mlp.{part}.{end}"] = tensors[f"{old}mlp.{part}.{end}"]
    save_file(renamed, os.path.join(folder, "model.safetensors"))
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as f:
        json.dump(dict(model_type="phi-msft", architectures=["PhiForCausalLM"],
                       vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, n_inner=48,
                       n_positions=128, rotary_dim=4, layer_norm_epsilon=1e-5,
                       activation_function="gelu_new"), f, indent=1)
        f.write("\n")


def with_adapters():
    """Two LoRA adapters for the model `llama` and one for `gpt_neox`, whose fused rows are
    interleaved, with the logits that peft computes."""
    import peft
    for folder, base, values in (
            ("llama_q_v", "llama", dict(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"])),
            ("llama_all", "llama", dict(r=2, lora_alpha=6, target_modules="all-linear",
                                        use_rslora=True)),
            ("gpt_neox_all", "gpt_neox", dict(r=4, lora_alpha=4, target_modules="all-linear"))):
        source = os.path.join(HERE, base)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            source, dtype=torch.float32, attn_implementation="eager")
        model = peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", **values)).eval()
        generator = torch.Generator().manual_seed(len(folder))
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_" in name:
                    noise = torch.randn(parameter.shape, generator=generator) * 0.2
                    parameter.copy_(noise.to(torch.bfloat16).to(torch.float32))
            with open(os.path.join(source, "golden.json"), encoding="utf-8") as f:
                prompt = json.load(f)["prompt"]
            logits = model(torch.tensor([prompt]), use_cache=False).logits[0]
        model.peft_config["default"].base_model_name_or_path = base
        target = os.path.join(ADAPTERS, folder)
        model.save_pretrained(target)
        os.remove(os.path.join(target, "README.md"))
        with open(os.path.join(target, "golden.json"), "w", encoding="utf-8") as f:
            json.dump({"base": base, "versions": {**versions(), "peft": peft.__version__}}, f)
            f.write("\n")
        logits.numpy().astype("<f4").tofile(os.path.join(target, "logits.f32"))
        print(f"{folder}: largest logit {float(logits.abs().max()):.1f}")


def write_tokenizer():
    """One WordPiece vocabulary that is as large as the models' and serves them all."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words += [chr(c) for c in range(ord("a"), ord("z") + 1)]
    words += ["##" + chr(c) for c in range(ord("a"), ord("z") + 1)]
    words += [str(d) for d in range(10)] + [c for c in ".,;:!?-()'\"/%&+=*<>@#$[]{}_|~"]
    with open(os.path.join(HERE, "vocab.txt"), "w", encoding="utf-8") as f:
        f.write("\n".join(words[:VOCABULARY]) + "\n")
    with open(os.path.join(HERE, "tokenizer_config.json"), "w", encoding="utf-8") as f:
        f.write('{"tokenizer_class": "BertTokenizer", "do_lower_case": true}\n')


def main():
    torch.set_num_threads(1)
    os.makedirs(HERE, exist_ok=True)
    write_tokenizer()
    others = {"btlm": make_btlm, "variants": make_variants, "adapters": with_adapters}
    for name in sys.argv[1:] or [*CASES, *others]:
        if name in others:
            others[name]()
        else:
            make(name)


if __name__ == "__main__":
    main()
