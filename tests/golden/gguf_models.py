#!/usr/bin/env python3
"""Makes tests/golden/gguf/: GGUF files written by gguf-py, with what `transformers` computes with the
numbers that gguf-py reads back from them.

FAMILY.gguf holds the golden model of tests/golden/models of that family, its tensors renamed and
rearranged as llama.cpp's converter does; its golden values are that model's. llama_FORMAT.gguf holds a
Llama whose matrices are stored in that format, with FORMAT.json and FORMAT.f32 beside it. 
t5_names.json has the names of a T5's tensors.

Usage: gguf_models.py [FAMILY | FORMAT | t5]..     needs torch, transformers, safetensors, gguf
"""
import json
import os
import sys

import gguf
import models
import numpy as np
import torch
import transformers
from safetensors.torch import load_file

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gguf")
Q = gguf.GGMLQuantizationType


def write_tokenizer(writer, size):
    """A vocabulary as of SentencePiece: special tokens, then characters."""
    tokens = ["<unk>", "<s>", "</s>", "\u2581"] + [chr(c) for c in range(33, 33 + size - 4)]
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(i) for i in range(size)])
    writer.add_token_types([2, 3, 3] + [1] * (size - 3))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)


def common(writer, config):
    writer.add_context_length(config.max_position_embeddings if hasattr(
        config, "max_position_embeddings") else 2048)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)


def permute(weight, heads):
    """As LlamaModel.permute in llama.cpp's converter."""
    return (weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:])
            .swapaxes(1, 2).reshape(weight.shape))


def whole_qkv(weight, heads):
    """Per-head [q; k; v] to all q, all k, all v."""
    split = weight.reshape(heads, 3, -1, *weight.shape[1:])
    return np.concatenate([split[:, i].reshape(-1, *weight.shape[1:]) for i in range(3)])


def rms_family(writer, config):
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(rope(config).get("rope_theta", 10000.0))


def rope(config):
    parameters = config.rope_parameters
    return parameters.get("full_attention", parameters)


def head_dim(writer, config):
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)


def llama(writer, config, name, data):
    if name.endswith(("q_proj.weight", "q_proj.bias")):
        return permute(data, config.num_attention_heads)
    if name.endswith(("k_proj.weight", "k_proj.bias")):
        return permute(data, config.num_key_value_heads)
    return data


def llama_config(writer, config):
    rms_family(writer, config)
    head_dim(writer, config)
    writer.add_rope_dimension_count(config.head_dim)
    parameters = rope(config)
    if parameters["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(parameters["factor"])
    if parameters["rope_type"] == "llama3":
        # The factors by which llama.cpp's converter says how frequencies are scaled.
        from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
        scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
        plain = parameters["rope_theta"] ** -(torch.arange(0, config.head_dim, 2) / config.head_dim)
        writer.add_tensor("rope_freqs.weight", (plain / scaled).numpy().astype(np.float32))


def qwen_config(writer, config):
    rms_family(writer, config)
    if config.model_type == "qwen3":
        head_dim(writer, config)


def gemma_config(writer, config):
    rms_family(writer, config)
    head_dim(writer, config)
    if config.model_type != "gemma":
        writer.add_sliding_window(config.sliding_window)
    if config.model_type == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    if config.model_type == "gemma3_text":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope(config)["factor"])
        writer.add_sliding_window_pattern(3)


def gemma(writer, config, name, data):
    """Norms with their 1; the golden models' scale of the queries, which isn't their heads' and has
    no key in GGUF, goes into the weights."""
    data = data + 1 if name.endswith("norm.weight") else data
    scaled = {"gemma2": "q_proj.weight", "gemma3_text": "q_norm.weight"}.get(config.model_type)
    if scaled is not None and name.endswith(scaled):
        data = data * np.float32(np.sqrt(config.head_dim / config.query_pre_attn_scalar))
    return data


def layer_norm_family(writer, config):
    inner = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    writer.add_feed_forward_length(inner)
    writer.add_layer_norm_eps(getattr(config, "layer_norm_epsilon", None) or config.layer_norm_eps)


def neox_config(writer, config):
    layer_norm_family(writer, config)
    size = config.hidden_size // config.num_attention_heads
    writer.add_rope_dimension_count(int(size * config.rope_parameters["partial_rotary_factor"]))
    writer.add_parallel_residual(config.use_parallel_residual)


def phi2_config(writer, config):
    layer_norm_family(writer, config)
    writer.add_head_count_kv(config.num_attention_heads)
    size = config.hidden_size // config.num_attention_heads
    writer.add_rope_dimension_count(int(size * config.rope_parameters["partial_rotary_factor"]))


def phi3_config(writer, config):
    rms_family(writer, config)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    if config.sliding_window is not None:
        writer.add_sliding_window(config.sliding_window)
    parameters = rope(config)
    if parameters["rope_type"] == "longrope":
        original = parameters["original_max_position_embeddings"]
        scale = config.max_position_embeddings / original
        writer.add_rope_scaling_orig_ctx_len(original)
        writer.add_rope_scaling_attn_factors(
            float(np.sqrt(1 + np.log(scale) / np.log(original))))
        for key in ("long", "short"):
            writer.add_tensor(f"rope_factors_{key}.weight",
                              np.array(parameters[f"{key}_factor"], dtype=np.float32))


def interleaved(writer, config, name, data):
    if "query_key_value" in name:
        return whole_qkv(data, config.num_attention_heads)
    return data


def gpt2(writer, config, name, data):
    conv1d = name.endswith((".c_attn.weight", ".c_proj.weight", ".c_fc.weight"))
    return data.T.copy() if conv1d else data


# golden model -> (architecture, what to write of its configuration, what to do with a tensor)
FAMILIES = {
    "gpt2": (gguf.MODEL_ARCH.GPT2, layer_norm_family, gpt2),
    "gpt_neox": (gguf.MODEL_ARCH.GPTNEOX, neox_config, interleaved),
    "bloom": (gguf.MODEL_ARCH.BLOOM, layer_norm_family, interleaved),
    "llama_gqa_tied": (gguf.MODEL_ARCH.LLAMA, llama_config, llama),
    "llama_3_1": (gguf.MODEL_ARCH.LLAMA, llama_config, llama),
    "mistral_no_window": (gguf.MODEL_ARCH.LLAMA, llama_config, llama),
    "qwen2": (gguf.MODEL_ARCH.QWEN2, qwen_config, None),
    "qwen3": (gguf.MODEL_ARCH.QWEN3, qwen_config, None),
    "gemma": (gguf.MODEL_ARCH.GEMMA, gemma_config, gemma),
    "gemma2": (gguf.MODEL_ARCH.GEMMA2, gemma_config, gemma),
    "gemma3": (gguf.MODEL_ARCH.GEMMA3, gemma_config, gemma),
    "phi": (gguf.MODEL_ARCH.PHI2, phi2_config, None),
    "phi3_longrope": (gguf.MODEL_ARCH.PHI3, phi3_config, None),
}


def write_family(name):
    arch, write_config, change = FAMILIES[name]
    source = os.path.join(models.HERE, name)
    config = transformers.AutoConfig.from_pretrained(source)
    writer = gguf.GGUFWriter(os.path.join(HERE, f"{name}.gguf"), gguf.MODEL_ARCH_NAMES[arch])
    common(writer, config)
    write_config(writer, config)
    write_tokenizer(writer, config.vocab_size)
    names = gguf.get_tensor_name_map(arch, config.num_hidden_layers)
    for key, tensor in load_file(os.path.join(source, "model.safetensors")).items():
        data = tensor.to(torch.float32).numpy()
        if change is not None:
            data = change(writer, config, key, data)
        if name == "bloom":  # as the converter
            key = key.replace("transformer.", "")
        target = names.get_name(key, try_suffixes=(".weight", ".bias"))
        if target is None:
            sys.exit(f"{name}: GGUF has no name for {key}")
        exact = np.array_equal(data, gguf.dequantize(
            gguf.quantize(np.ascontiguousarray(data), Q.BF16), Q.BF16)) if data.ndim > 1 else False
        if not exact or arch == gguf.MODEL_ARCH.GPT2 and "position" in target:
            writer.add_tensor(target, np.ascontiguousarray(data))
        else:
            packed = gguf.quantize(np.ascontiguousarray(data), Q.BF16)
            writer.add_tensor(target, packed, raw_dtype=Q.BF16)
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def random_k_blocks(kind, shape, generator):
    """Blocks of a K format with plausible scales: gguf-py reads them, but doesn't make them."""
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = shape[0] * shape[1] // elements
    data = generator.integers(0, 256, (blocks, size), dtype=np.uint8)

    def half(value):
        return np.frombuffer(np.full(blocks, value, dtype=np.float16).tobytes(),
                             np.uint8).reshape(blocks, 2)
    if kind == Q.Q6_K:  # .. scales: 16 signed bytes, d: f16
        data[:, -18:-2] = generator.integers(-32, 32, (blocks, 16), dtype=np.int8).view(np.uint8)
        data[:, -2:] = half(0.0007)
    else:  # d, dmin: f16, 12 bytes of 6-bit scales and minima, ..
        data[:, 0:2] = half(0.0008 if kind == Q.Q4_K else 0.0004)
        data[:, 2:4] = half(0.006)
    return data.reshape(shape[0], -1)


FORMATS = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"]


def write_format(name):
    kind = getattr(Q, name)
    blocks_of_256 = name.endswith("_K")
    values = models.small(num_key_value_heads=2, intermediate_size=64, head_dim=8,
                          tie_word_embeddings=True)
    if blocks_of_256:
        values.update(hidden_size=256, num_hidden_layers=1)
    config = transformers.LlamaConfig(**values)
    model = transformers.LlamaForCausalLM._from_config(config, attn_implementation="eager")
    model = model.to(torch.float32).eval()
    arch = gguf.MODEL_ARCH.LLAMA
    names = gguf.get_tensor_name_map(arch, config.num_hidden_layers)
    for seed in range(1000):
        models.randomise(model, seed)
        generator = np.random.default_rng(seed)
        tensors = []
        state = model.state_dict()
        for key, tensor in state.items():
            if key == "lm_head.weight":
                continue
            target = names.get_name(key, try_suffixes=(".weight", ".bias"))
            data = tensor.numpy()
            if data.ndim == 1:
                tensors.append((target, data.astype(np.float32), Q.F32))
                continue
            # As files do it: what isn't a multiple of 256 wide is stored otherwise, and some
            # matrices are kept at another precision.
            used = kind
            if blocks_of_256 and data.shape[1] % 256 != 0:
                used = Q.F16
            if name == "Q4_K" and "v_proj" in key:
                used = Q.Q6_K
            data = llama(None, config, key, data)
            if used in (Q.Q4_K, Q.Q5_K, Q.Q6_K):
                packed = random_k_blocks(used, data.shape, generator)
            else:
                packed = gguf.quantize(np.ascontiguousarray(data), used)
            tensors.append((target, packed, used))
            exact = gguf.dequantize(packed, used).reshape(data.shape).astype(np.float32)
            if "q_proj" in key or "k_proj" in key:  # the converter's order undone
                heads = (config.num_attention_heads if "q_proj" in key
                         else config.num_key_value_heads)
                exact = (exact.reshape(heads, exact.shape[0] // heads // 2, 2, -1)
                         .swapaxes(1, 2).reshape(exact.shape))
            with torch.no_grad():
                state[key].copy_(torch.from_numpy(exact.copy()))
        prompt = torch.randint(3, models.VOCABULARY, (models.PROMPT,),
                               generator=torch.Generator().manual_seed(seed)).tolist()
        tokens, gap = models.greedy(model, prompt[:models.GREEDY_PROMPT])
        if gap >= models.GAP and len(set(tokens)) > 4:
            break
    else:
        sys.exit(f"{name}: no seed keeps the tokens apart")
    with torch.no_grad():
        logits = model(torch.tensor([prompt]), use_cache=False).logits[0]
    writer = gguf.GGUFWriter(os.path.join(HERE, f"llama_{name}.gguf"), "llama")
    common(writer, config)
    llama_config(writer, config)
    write_tokenizer(writer, config.vocab_size)
    for target, data, used in tensors:
        writer.add_tensor(target, np.ascontiguousarray(data),
                          raw_dtype=None if used == Q.F32 else used)
    finish(writer)
    with open(os.path.join(HERE, f"llama_{name}.json"), "w", encoding="utf-8") as f:
        json.dump({"prompt": prompt, "greedy_prompt": models.GREEDY_PROMPT, "greedy": tokens,
                   "versions": {**models.versions(), "gguf": "0.19.0"}}, f)
        f.write("\n")
    logits.contiguous().numpy().astype("<f4").tofile(os.path.join(HERE, f"llama_{name}.f32"))
    print(f"{name}: seed {seed}, gap {gap:.3f}, {len(set(tokens))} different tokens, "
          f"largest logit {float(logits.abs().max()):.1f}")


def write_t5():
    """What gguf-py calls the tensors of two cases of encoder_decoders.json: [GGUF's name, name,
    shape, mean, scale]."""
    with open(os.path.join(os.path.dirname(HERE), "encoder_decoders.json"), encoding="utf-8") as f:
        cases = {c["name"]: c for c in json.load(f)["cases"]}
    out = {"gguf": "0.19.0"}
    for case in ("t5_v1", "flan_t5"):
        names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.T5, 3)
        out[case] = [[names.get_name(row[0], try_suffixes=(".weight", ".bias")), *row]
                     for row in cases[case]["tensors"]]
    with open(os.path.join(HERE, "t5_names.json"), "w", encoding="utf-8") as f:
        json.dump(out, f, separators=(",", ":"))
        f.write("\n")


def main():
    torch.set_num_threads(1)
    os.makedirs(HERE, exist_ok=True)
    for name in sys.argv[1:] or [*FAMILIES, *FORMATS, "t5"]:
        if name == "t5":
            write_t5()
            continue
        (write_family if name in FAMILIES else write_format)(name)


if __name__ == "__main__":
    main()
