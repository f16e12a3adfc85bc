"""Trains the small tokenizers of tests/golden/tokenizers/. See tokenizer_kinds.py."""
import json
import os
import tempfile

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers,
                        pre_tokenizers, processors, trainers)

HERE = os.path.dirname(os.path.abspath(__file__))
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+"
          r"[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
BYTES = [f"<0x{b:02X}>" for b in range(256)]
NAMES = ["gpt2", "llama3", "qwen2", "roberta", "llama2", "gemma", "clip", "bpe-unk", "bytes-first",
         "t5", "xlmr", "unigram-bytes", "wordpiece", "splits", "added", "bert"]


def corpus():
    root = os.path.dirname(os.path.dirname(HERE))
    text = "".join(open(os.path.join(root, name), encoding="utf-8").read()
                   for name in ("README.md", "ARCHITECTURE.md"))
    extra = ["Grüße aus Zürich, naïve Café.", "Привет, мир! Это проверка.", "你好世界 中文 测试",
             "日本語のテスト", "한국어 테스트", "שלום עולם", "مرحبا بالعالم", "हिन्दी में", "ไทย", "Ελληνικά 😀 👍"]
    return [line for line in text.splitlines() if line] + extra * 30


def bpe(size=500, special=(), alphabet=None, **options):
    tokenizer = Tokenizer(models.BPE(**options))
    more = {k: options[k] for k in ("continuing_subword_prefix", "end_of_word_suffix")
            if k in options}
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=list(special),
                                  initial_alphabet=alphabet or [], show_progress=False, **more)
    return tokenizer, trainer


def byte_level(size=600, special=("<|endoftext|>",), **options):
    return bpe(size, special, pre_tokenizers.ByteLevel.alphabet(), **options)


def gpt2():
    t, trainer = byte_level()
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(corpus(), trainer)
    return t


def llama3():
    t, trainer = byte_level(special=("<s>", "</s>"), ignore_merges=True)
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(corpus(), trainer)
    t.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B",
                                      special_tokens=[("<s>", 0)])])
    return t


def qwen2():
    t, trainer = byte_level(special=())
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN2), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(corpus(), trainer)
    t.add_special_tokens(["<|endoftext|>", AddedToken("<|left|>", lstrip=True, special=True)])
    t.add_tokens([AddedToken("<added>", normalized=False)])
    return t


def roberta():
    t, trainer = byte_level(special=("<s>", "<pad>", "</s>", "<unk>"))
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(corpus(), trainer)
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    t.add_special_tokens([AddedToken("[MASK]", lstrip=True, special=True)])
    return t


def sentencepiece_style(split):
    t, trainer = bpe(700, ["<unk>", "<s>", "</s>"] + BYTES, unk_token="<unk>", fuse_unk=True,
                     byte_fallback=True)
    # Training joins within words only, as SentencePiece does.
    t.normalizer = normalizers.Replace(" ", "\u2581")
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.train_from_iterator(corpus(), trainer)
    t.pre_tokenizer = split
    state = json.loads(t.to_str())
    # The bytes are no special tokens in published files.
    state["added_tokens"] = [a for a in state["added_tokens"] if a["content"] not in BYTES]
    return Tokenizer.from_str(json.dumps(state))


def llama2():
    t = sentencepiece_style(None)
    t.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"),
                                         normalizers.Replace(" ", "\u2581")])
    t.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(),
                                   decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    t.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B",
                                                     special_tokens=[("<s>", 1)])
    return t


def gemma():
    t = sentencepiece_style(pre_tokenizers.Split(" ", "merged_with_previous"))
    t.normalizer = normalizers.Replace(" ", "\u2581")
    t.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(),
                                   decoders.Fuse()])
    return t


def clip():
    t, trainer = bpe(800, ["<|endoftext|>"], pre_tokenizers.ByteLevel.alphabet(),
                     unk_token="<|endoftext|>", end_of_word_suffix="</w>")
    t.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "),
                                         normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|"
                                   r"[^\s\p{L}\p{N}]+"), "removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    t.decoder = decoders.BPEDecoder("</w>")
    t.train_from_iterator(corpus(), trainer)
    return t


def bpe_unk():
    t, trainer = bpe(500, ["<unk>"], unk_token="<unk>", continuing_subword_prefix="##")
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Strip()])
    t.pre_tokenizer = pre_tokenizers.Whitespace()
    t.train_from_iterator(corpus(), trainer)
    return t


def bytes_first():
    t, trainer = byte_level(special=())
    t.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.ByteLevel()])
    t.pre_tokenizer = pre_tokenizers.Split("\u0120", "contiguous")
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(corpus(), trainer)
    return t


def charsmap():
    """SentencePiece's compiled table for some of NFKC's rules, to keep the file small."""
    import unicodedata
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2 as pb
    with tempfile.TemporaryDirectory() as folder:
        rules = {chr(c): unicodedata.normalize("NFKC", chr(c)) for low, high in (
            (0xA0, 0x17F), (0x1C4, 0x1CC), (0x2000, 0x206F), (0x2460, 0x2490), (0xFB00, 0xFB06),
            (0xFF01, 0xFF5E), (0xFF66, 0xFF9F)) for c in range(low, high + 1)}
        for base in "aeounAEOUN":
            for mark in "\u0300\u0301\u0302\u0303\u0308\u0323":
                rules[base + mark] = unicodedata.normalize("NFKC", base + mark)
        rules.update({"\t": " ", "\n": " ", "\r": " ", "\u200b": "", "\u00ad": "", "\x07": "",
                      "\u3000": " ", "\u0915\u094d": "K"})
        tsv = os.path.join(folder, "rules.tsv")
        with open(tsv, "w", encoding="utf-8") as f:
            for old, new in sorted(rules.items()):
                if old != new:
                    f.write(" ".join(f"{ord(c):X}" for c in old) + "\t"
                            + " ".join(f"{ord(c):X}" for c in new) + "\n")
        prefix = os.path.join(folder, "m")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(corpus()), model_prefix=prefix, vocab_size=300,
            model_type="unigram", character_coverage=1.0, minloglevel=2, hard_vocab_limit=False,
            normalization_rule_tsv=tsv)
        proto = pb.ModelProto()
        with open(prefix + ".model", "rb") as f:
            proto.ParseFromString(f.read())
    return proto.normalizer_spec.precompiled_charsmap


def unigram(size, special, unk, byte_fallback=False):
    t = Tokenizer(models.Unigram())
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=size, special_tokens=special, unk_token=unk,
                                      show_progress=False)
    t.train_from_iterator(corpus(), trainer)
    state = json.loads(t.to_str())
    if byte_fallback:
        state["model"]["vocab"] += [[b, 0.0] for b in BYTES]
        state["model"]["byte_fallback"] = True
    for row in state["model"]["vocab"]:
        row[1] = round(row[1], 4)  # keeps the file small
    return Tokenizer.from_str(json.dumps(state))


def t5():
    t = unigram(500, ["<pad>", "</s>", "<unk>"], "<unk>")
    t.normalizer = normalizers.Sequence([
        normalizers.Precompiled(charsmap()), normalizers.Strip(left=False, right=True),
        normalizers.Replace(Regex(" {2,}"), "\u2581")])
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    t.decoder = decoders.Metaspace(prepend_scheme="always")
    t.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>",
                                                     special_tokens=[("</s>", 1)])
    t.add_special_tokens(["<extra_id_0>", "<extra_id_1>"])
    return t


def xlmr():
    t = unigram(500, ["<s>", "<pad>", "</s>", "<unk>"], "<unk>")
    t.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(),
                                         normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(),
                                               pre_tokenizers.Metaspace()])
    t.decoder = decoders.Metaspace()
    t.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)])
    return t


def unigram_bytes():
    t = unigram(400, ["<unk>", "<s>"], "<unk>", byte_fallback=True)
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    t.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return t


def wordpiece():
    t = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20))
    t.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.Lowercase(),
                                         normalizers.StripAccents()])
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.Punctuation("merged_with_next")])
    t.decoder = decoders.WordPiece(cleanup=True)
    t.train_from_iterator(corpus(), trainers.WordPieceTrainer(
        vocab_size=500, special_tokens=["[UNK]", "[CLS]", "[MASK]"], show_progress=False))
    t.post_processor = processors.BertProcessing(("[MASK]", 2), ("[CLS]", 1))
    return t


def splits():
    """WordLevel over many ways of splitting."""
    t = Tokenizer(models.WordLevel(unk_token="<unk>"))
    t.normalizer = normalizers.Sequence([
        normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True,
                                   strip_accents=False, lowercase=False),
        normalizers.Replace("o", "oo"), normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"[^\S\n]+"), "merged_with_previous"),
        pre_tokenizers.CharDelimiterSplit("/"), pre_tokenizers.Digits(),
        pre_tokenizers.Split("'", "isolated"), pre_tokenizers.Punctuation("contiguous"),
        pre_tokenizers.Split(Regex(r"\d?\p{L}+"), "contiguous", invert=True)])
    t.train_from_iterator(corpus(), trainers.WordLevelTrainer(
        vocab_size=500, special_tokens=["<unk>"], show_progress=False))
    return t


def added():
    """Added tokens with every flag."""
    t, trainer = bpe(450, ["<unk>", "<s>"], unk_token="<unk>", fuse_unk=True)
    t.normalizer = normalizers.Lowercase()
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    t.decoder = decoders.Metaspace(prepend_scheme="first")
    t.train_from_iterator(corpus(), trainer)
    t.add_tokens([AddedToken("Single", single_word=True, normalized=False),
                  AddedToken("UPPER", normalized=True), AddedToken("<added>", rstrip=True),
                  AddedToken("word", single_word=True, lstrip=True, rstrip=True),
                  AddedToken("MASK", normalized=False, lstrip=True)])
    t.add_special_tokens([AddedToken("<|left|>", lstrip=True, special=True),
                          AddedToken("<pad>", rstrip=True, special=True, normalized=True), "</s>"])
    return t


def bert():
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer()
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece(cleanup=False)
    t.train_from_iterator(corpus(), trainers.WordPieceTrainer(
        vocab_size=500, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
        show_progress=False))
    t.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return t


def train_all(folder):
    os.makedirs(folder, exist_ok=True)
    for name in NAMES:
        tokenizer = globals()[name.replace("-", "_")]()
        state = json.loads(tokenizer.to_str())
        with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as f:
            json.dump(state, f, ensure_ascii=False, separators=(",", ":"))
            f.write("\n")
