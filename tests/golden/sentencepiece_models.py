#!/usr/bin/env python3
"""Writes small SentencePiece models into tests/golden/sentencepiece/ and what the library makes of
the texts of tokenizer_kinds.py with them: a CRC-32 of the ids per 1,000 texts, and for the model of
type BPE its pieces, scores and types, from which a GGUF file's tokenizer is made.

Needs: pip install sentencepiece tokenizers
"""
import json
import os
import struct
import sys
import zlib

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as pb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tokenizer_kinds  # noqa: E402
import tokenizer_kinds_train  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "sentencepiece")
COUNT, PER_HASH = 100000, 5000
MODELS = {
    "bpe": dict(model_type="bpe", vocab_size=700, byte_fallback=True, split_digits=True,
                remove_extra_whitespaces=False),
    "unigram": dict(model_type="unigram", vocab_size=400, pad_id=0, eos_id=1, unk_id=2, bos_id=-1),
}


def main():
    os.makedirs(FOLDER, exist_ok=True)
    texts = [tokenizer_kinds.text(i).decode("utf-8", errors="replace") for i in range(COUNT)]
    out = {"sentencepiece": sentencepiece.__version__, "per_hash": PER_HASH}
    for name, options in MODELS.items():
        prefix = os.path.join(FOLDER, name)
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(tokenizer_kinds_train.corpus()), model_prefix=prefix,
            character_coverage=0.99, minloglevel=2, hard_vocab_limit=False,
            normalization_rule_name="identity", num_threads=1, **options)
        os.remove(prefix + ".vocab")
        processor = sentencepiece.SentencePieceProcessor(model_file=prefix + ".model")
        proto = pb.ModelProto()
        with open(prefix + ".model", "rb") as f:
            proto.ParseFromString(f.read())
        hashes = []
        for begin in range(0, COUNT, PER_HASH):
            h = 0
            for ids in processor.encode(texts[begin:begin + PER_HASH]):
                h = zlib.crc32(struct.pack("<I", len(ids)) + struct.pack(f"<{len(ids)}i", *ids), h)
            hashes.append(h)
        out[name] = {"size": processor.get_piece_size(), "hashes": hashes,
                     "samples": processor.encode(texts[:20])}
        if name == "bpe":
            out[name]["pieces"] = [p.piece for p in proto.pieces]
            out[name]["scores"] = [p.score for p in proto.pieces]
            out[name]["types"] = [p.type for p in proto.pieces]
        print(name, processor.get_piece_size(), "pieces")
    with open(os.path.join(HERE, "sentencepiece.json"), "w", encoding="ascii") as f:
        json.dump(out, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
