#!/usr/bin/env python3
"""Writes encoders.json: what sentence-transformers makes of texts and pairs with tiny models.

    python tests/golden/encoders.py [CASE..]

With names it makes those cases alone and keeps the others.

Each case holds a model folder's small files, the shapes of its tensors (values by made_weights.py)
and the expected embeddings or scores. The case with heads on single tokens holds their files as
torch.save writes them, and what FlagEmbedding 1.4.2's formulas make of transformers' hidden states.
Made with sentence-transformers 6.2.0, transformers 5.23.0,
tokenizers 0.23.3 and torch 2.15.0 on a CPU in f32.
"""

import base64
import json
import pathlib
import sys
import tempfile

import made_weights
import numpy as np
import torch
from safetensors.torch import save_file
from sentence_transformers import CrossEncoder, SentenceTransformer
from tokenizers import (
    Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers,
)
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification, AutoTokenizer

HERE = pathlib.Path(__file__).parent

TEXTS = [
    "",
    "yes",
    "The ferry to the island leaves at half past six, except on public holidays.",
    "Set max_connections to at least 200 and restart the server.",
    "Copper conducts electricity better than iron but worse than silver.",
    "Die W\u00fcrde des Menschen ist unantastbar; \u65e5\u672c\u8a9e and \U0001F600 too",
    "An index speeds up reading and slows down writing, and it takes space on disk. " * 12,
]
QUERIES = ["how do I restart the server?", "ferry holidays " * 40, ""]

BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def words():
    return TEXTS + QUERIES + [t.upper() for t in TEXTS[1:6]]


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(
        words(), trainers.WordPieceTrainer(vocab_size=200, special_tokens=BERT_SPECIAL)
    )
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", sep), ("[CLS]", cls))
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer, {
        "tokenizer_class": "BertTokenizerFast", "cls_token": "[CLS]", "sep_token": "[SEP]",
        "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]", "model_max_length": 64,
    }


def roberta_config():
    return {
        "tokenizer_class": "PreTrainedTokenizerFast", "cls_token": "<s>", "sep_token": "</s>",
        "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>", "bos_token": "<s>",
        "eos_token": "</s>", "model_max_length": 64,
    }


def roberta_template():
    return processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(
        words(),
        trainers.UnigramTrainer(vocab_size=220, special_tokens=ROBERTA_SPECIAL, unk_token="<unk>"),
    )
    tokenizer.post_processor = roberta_template()
    return tokenizer, roberta_config()


def byte_bpe():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        words(),
        trainers.BpeTrainer(
            vocab_size=360, special_tokens=ROBERTA_SPECIAL,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer, roberta_config()


SIZES = {
    "hidden_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 192,
}
BERT = {"model_type": "bert", "max_position_embeddings": 64, **SIZES}
# A head of 10 values, and other settings than the usual.
ODD_BERT = {
    **BERT, "hidden_size": 60, "num_attention_heads": 6, "layer_norm_eps": 1e-5,
    "hidden_act": "gelu_new",
}
XLMR = {
    "model_type": "xlm-roberta", "max_position_embeddings": 66, "type_vocab_size": 1,
    "layer_norm_eps": 1e-5, "pad_token_id": 1, **SIZES,
}
ROBERTA = {**XLMR, "model_type": "roberta"}
IDENTITY = {"sentence_transformers": {"activation_fn": "torch.nn.modules.linear.Identity"}}

CASES = [
    # name, config, tokenizer, pooling, extra files: of an embedder
    ("bert_mean", BERT, wordpiece, "mean", {}),
    ("bert_cls", ODD_BERT, wordpiece, "cls", {
        "config_sentence_transformers.json": {
            "prompts": {"query": "Represent this: "}, "default_prompt_name": None}}),
    ("bert_dense", BERT, wordpiece, "mean", {"dense": 40}),
    ("bert_unigram_e5", BERT, unigram, "mean", {
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None}}),
    ("xlm_roberta_cls", XLMR, unigram, "cls", {}),
    ("xlm_roberta_m3", XLMR, unigram, "cls", {"heads": 16}),
    ("roberta_mean", ROBERTA, byte_bpe, "mean", {}),
    ("camembert_wordpiece", {**XLMR, "model_type": "camembert", "pad_token_id": 0}, wordpiece,
     "mean", {}),
    # pooling None: of a cross-encoder
    ("bert_pairs", BERT, wordpiece, None, {}),
    ("bert_pairs_logits", {**ODD_BERT, **IDENTITY}, wordpiece, None, {}),
    ("xlm_roberta_pairs", XLMR, unigram, None, {}),
    ("roberta_pairs", {**ROBERTA, **IDENTITY}, byte_bpe, None, {}),
]


def write_sentence_files(folder, pooling, dim, extra):
    dense = extra.pop("dense", None)
    modules = [("", "Transformer"), ("1_Pooling", "Pooling")]
    tensors = {}
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling/config.json").write_text(json.dumps({
        "word_embedding_dimension": dim, "pooling_mode_mean_tokens": pooling == "mean",
        "pooling_mode_cls_token": pooling == "cls"}))
    if dense:
        (folder / "2_Dense").mkdir()
        (folder / "2_Dense/config.json").write_text(json.dumps({
            "in_features": dim, "out_features": dense, "bias": True,
            "activation_function": "torch.nn.modules.activation.Tanh"}))
        rows = [["linear.weight", [dense, dim], 0.0, 0.3], ["linear.bias", [dense], 0.0, 0.1]]
        tensors["2_Dense/model.safetensors"] = rows
        save_file({r[0]: torch.from_numpy(made_weights.values(*r)) for r in rows},
                  folder / "2_Dense/model.safetensors")
        modules.append(("2_Dense", "Dense"))
    modules.append((f"{len(modules)}_Normalize", "Normalize"))
    (folder / "modules.json").write_text(json.dumps([
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(modules)]))
    for name, content in extra.items():
        (folder / name).write_text(json.dumps(content))
    return tensors


def write_heads(folder, dim, colbert_dim):
    """The files beside a bge-m3 model's weights: F32 and F16, as either is met."""
    heads = {}
    for name, outputs, dtype in (("sparse_linear", 1, torch.float32),
                                 ("colbert_linear", colbert_dim, torch.float16)):
        head = heads[name] = torch.nn.Linear(dim, outputs)
        head.load_state_dict({
            key: torch.from_numpy(made_weights.values(f"{name}.{key}", list(value.shape), 0.0, 0.3))
            .to(dtype) for key, value in head.state_dict().items()})
        if name == "sparse_linear":
            head.bias.data += 1.4  # so that about half of the tokens weigh more than nothing
        torch.save({key: value.to(dtype) for key, value in head.state_dict().items()},
                   folder / f"{name}.pt")
    return heads


def heads_golden(folder, model, heads):
    """FlagEmbedding's outputs: finetune/embedder/encoder_only/m3/modeling.py (_sparse_embedding,
    _colbert_embedding, _encode) and inference/embedder/encoder_only/m3.py
    (_process_token_weights, _process_colbert_vecs)."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    unused = {tokenizer.cls_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id,
              tokenizer.unk_token_id}
    weights, vectors = [], []
    for text in TEXTS:
        ids = tokenizer(text, truncation=True, max_length=64, return_tensors="pt")
        with torch.no_grad():
            states = model(**ids).last_hidden_state
            token_weights = torch.relu(heads["sparse_linear"](states))[0, :, 0].tolist()
            colbert = torch.nn.functional.normalize(heads["colbert_linear"](states[:, 1:]), dim=-1)
        lexical = {}
        for weight, token in zip(token_weights, ids["input_ids"][0].tolist()):
            if token not in unused and weight > lexical.get(str(token), 0):
                lexical[str(token)] = weight
        weights.append(lexical)
        vectors.append(f32(colbert[0].numpy()))
    return {"lexical_weights": weights, "colbert_vecs": vectors,
            "binary_files": {f"{name}.pt": base64.b64encode(
                (folder / f"{name}.pt").read_bytes()).decode() for name in heads}}


def f32(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()


def make(name, config, make_tokenizer, pooling, extra, folder):
    tokenizer, tokenizer_config = make_tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config))
    config = {**config, "vocab_size": tokenizer.get_vocab_size()}
    cross = pooling is None
    if cross:
        config["architectures"] = ["AnyForSequenceClassification"]
        config["id2label"] = {"0": "LABEL_0"}
    (folder / "config.json").write_text(json.dumps(config))
    auto = AutoModelForSequenceClassification if cross else AutoModel
    model = auto.from_config(AutoConfig.from_pretrained(folder)).eval()
    tensors = {"model.safetensors": made_weights.fill(model)}
    save_file(model.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    case = {"name": name, "tensors": tensors}
    if cross:
        # Checkpoints of several labels name them all; transformers wants a known class too.
        real = CrossEncoder(str(folder), device="cpu", max_length=64)
        pairs = [(q, t) for q in QUERIES for t in TEXTS]
        case["queries"] = QUERIES
        case["scores"] = [float(s) for s in real.predict(pairs, batch_size=1)]
    else:
        extra = dict(extra)
        colbert_dim = extra.pop("heads", None)
        if colbert_dim:
            heads = write_heads(folder, config["hidden_size"], colbert_dim)
            case["colbert_dim"] = colbert_dim
            case.update(heads_golden(folder, model, heads))
        tensors.update(write_sentence_files(folder, pooling, config["hidden_size"], extra))
        real = SentenceTransformer(str(folder), device="cpu")
        case["dim"] = int(real.encode("a").shape[0])
        case["passages"] = f32(real.encode_document(TEXTS, batch_size=1))
        case["queries"] = f32(real.encode_query(TEXTS, batch_size=1))
        ids = AutoTokenizer.from_pretrained(folder)(TEXTS[4], return_tensors="pt")
        with torch.no_grad():
            case["states_of_4"] = f32(model(**ids).last_hidden_state[0].numpy())
    case["files"] = {
        str(p.relative_to(folder)): p.read_text()
        for p in sorted(folder.rglob("*.json"))
    }
    return case


def main():
    torch.set_num_threads(1)
    golden = HERE / "encoders.json"
    # Training breaks ties as it likes, so that a case made again isn't the same.
    kept = {}
    if sys.argv[1:]:
        kept = {case["name"]: case for case in json.loads(golden.read_text())["cases"]}
    cases = []
    for case in CASES:
        if case[0] not in sys.argv[1:] and case[0] in kept:
            cases.append(kept[case[0]])
            continue
        with tempfile.TemporaryDirectory() as folder:
            cases.append(make(*case, pathlib.Path(folder)))
        print(cases[-1]["name"], cases[-1].get("scores", "")[:4])
    golden.write_text(
        json.dumps({"texts": TEXTS, "cases": cases}, ensure_ascii=True, indent=0) + "\n")


if __name__ == "__main__":
    main()
