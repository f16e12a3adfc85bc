#!/usr/bin/env python3
"""Reading 512 tokens and writing 64: ours and CTranslate2, both in int8, on a flan-T5-small shape.

    python3 tests/bench/t5_bench.py --bench build/bin/decode_bench [--venv DIR] [--threads 2]

The model has the sizes of flan-T5-small (8 + 8 layers, width 512, 6 heads of 64, gated feed-forward
1024, vocabulary 32128) and random weights, made in a temporary folder. Both decode greedily, one
sequence, exactly as many tokens; rounds take turns between them, and medians are compared. Needs
torch, transformers, tokenizers and ctranslate2, from --venv or from this interpreter.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

VOCABULARY = 32128
CONFIG = {
    "model_type": "t5", "architectures": ["T5ForConditionalGeneration"], "vocab_size": VOCABULARY,
    "d_model": 512, "d_kv": 64, "d_ff": 1024, "num_layers": 8, "num_decoder_layers": 8,
    "num_heads": 6, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False,
    "pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0,
}


def write_model(folder):
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import AutoConfig, AutoModelForSeq2SeqLM, PreTrainedTokenizerFast

    torch.manual_seed(1)
    model = AutoModelForSeq2SeqLM.from_config(AutoConfig.for_model(**CONFIG)).eval()
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach() * 0.05)
    model.save_pretrained(folder)
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(f"\u2581w{i}", -float(i)) for i in range(VOCABULARY - len(pieces))]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    (pathlib.Path(folder) / "config.json").write_text(json.dumps(CONFIG))
    return [piece for piece, _ in pieces]


def measure(args):
    import ctranslate2
    from ctranslate2.converters import TransformersConverter

    with tempfile.TemporaryDirectory() as folder:
        model = str(pathlib.Path(folder) / "t5")
        os.mkdir(model)
        pieces = write_model(model)
        converted = str(pathlib.Path(folder) / "ct2")
        TransformersConverter(model).convert(converted, quantization="int8")
        translator = ctranslate2.Translator(
            converted, device="cpu", compute_type="int8", inter_threads=1,
            intra_threads=args.threads,
        )
        source = [pieces[(i * 7919 + 5) % VOCABULARY] for i in range(args.source)]
        bench = subprocess.Popen(
            [args.bench, model, "--precision", "int8", "--threads", str(args.threads), "--prompt",
             str(args.source), "--tokens", str(args.tokens)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        print(bench.stdout.readline().strip())

        def ours():
            bench.stdin.write("round\n")
            bench.stdin.flush()
            return json.loads(bench.stdout.readline())

        def theirs():
            start = time.perf_counter()
            result = translator.translate_batch(
                [source], beam_size=1, min_decoding_length=args.tokens,
                max_decoding_length=args.tokens, max_input_length=0,
            )
            seconds = time.perf_counter() - start
            assert len(result[0].hypotheses[0]) == args.tokens
            return seconds

        def their_reading():
            start = time.perf_counter()
            translator.translate_batch(
                [source], beam_size=1, max_decoding_length=1, max_input_length=0)
            return time.perf_counter() - start

        ours(), theirs()
        rounds = [(ours(), theirs(), their_reading()) for _ in range(args.rounds)]
        bench.stdin.close()
        bench.wait()
    encode = statistics.median(r[0]["encode_s"] for r in rounds)
    decode = statistics.median(r[0]["decode_s"] for r in rounds)
    total = statistics.median(r[0]["encode_s"] + r[0]["decode_s"] for r in rounds)
    peer = statistics.median(r[1] for r in rounds)
    reading = statistics.median(r[2] for r in rounds)
    print(f"{args.source} tokens read, {args.tokens} written, {args.threads} threads, "
          f"{args.rounds} rounds; CTranslate2 {ctranslate2.__version__}")
    print(f"ours int8:        {1e3 * total:8.1f} ms ({1e3 * encode:.1f} to read, "
          f"{1e3 * decode:.1f} to write)")
    print(f"CTranslate2 int8: {1e3 * peer:8.1f} ms (about {1e3 * reading:.1f} to read)")
    print(f"ratio: {peer / total:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True)
    parser.add_argument("--source", type=int, default=512)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--venv", help="a virtual environment that has the peer")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.venv and not args.inside:
        python = pathlib.Path(args.venv) / "bin" / "python"
        sys.exit(subprocess.run([python, __file__, *sys.argv[1:], "--inside"]).returncode)
    measure(args)


if __name__ == "__main__":
    main()
