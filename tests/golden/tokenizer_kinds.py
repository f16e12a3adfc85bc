#!/usr/bin/env python3
"""Small tokenizers of every kind, and what Hugging Face's `tokenizers` makes of texts with them.

  tokenizer_kinds.py write
      trains the tokenizers into tests/golden/tokenizers/NAME.json, and writes
      tests/golden/tokenizers.json: what texts are made of, and for every tokenizer a hash of the
      results of each bucket of texts, and some results in full.
  tokenizer_kinds.py check PROGRAM NAME [--count 100000] [--seed 0]
      compares with tests/transformer/tokenizer/dump_token_ids.cc text by text, to find out which
      text of a bucket differs.
  tokenizer_kinds.py bench PROGRAM
      our rate beside that of `tokenizers`, both on one thread: the best of five rounds by
      processor time, which what else runs on the machine disturbs little.

Texts are made by a small generator that tests/transformer/tokenizer/golden_texts.h has as well.
Needs: pip install tokenizers sentencepiece
"""
import argparse
import json
import os
import struct
import subprocess
import sys
import time
import zlib

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import tokenizers  # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tokenizer_kinds_train  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BUCKETS, PER_BUCKET, SAMPLES = 20, 5000, 24
MASK = (1 << 64) - 1

SCRIPTS = [
    (0x0041, 0x007A), (0x00A1, 0x024F), (0x0250, 0x02FF), (0x0370, 0x03FF), (0x0400, 0x052F),
    (0x0531, 0x058A), (0x0591, 0x05F4), (0x0600, 0x06FF), (0x0700, 0x074F), (0x0780, 0x07BF),
    (0x0900, 0x097F), (0x0980, 0x09FE), (0x0A01, 0x0A76), (0x0B82, 0x0BFA), (0x0C00, 0x0C7F),
    (0x0D00, 0x0D7F), (0x0D81, 0x0DF4), (0x0E01, 0x0E5B), (0x0E81, 0x0EDF), (0x0F00, 0x0FDA),
    (0x1000, 0x109F), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x139F), (0x13A0, 0x13FD),
    (0x1400, 0x167F), (0x1780, 0x17F9), (0x1800, 0x18AA), (0x1E00, 0x1FFE), (0x2000, 0x206F),
    (0x2070, 0x20BF), (0x2100, 0x23FF), (0x2460, 0x27BF), (0x2C00, 0x2DFF), (0x2E80, 0x303F),
    (0x3041, 0x30FF), (0x3105, 0x318E), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x4E00, 0x9FFF),
    (0xA000, 0xA4C6), (0xA640, 0xA7FF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFB00, 0xFDFF),
    (0xFE20, 0xFE6B), (0xFF01, 0xFFEE), (0x10300, 0x1034A), (0x10400, 0x104FF), (0x11000, 0x1107F),
    (0x12000, 0x12399), (0x1D100, 0x1D7FF), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF),
]
MARKS = [(0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05BD), (0x064B, 0x065F), (0x093C, 0x094D),
         (0x0E31, 0x0E3A), (0x1AB0, 0x1ABD), (0x20D0, 0x20F0), (0x302A, 0x302F), (0xFE00, 0xFE0F)]
BASES = ["a", "e", "o", "A", "E", "\u00e9", "\u1ec7", "\uac00", "\u05d0", "\u0915", "=", " ", "["]
EMOJI = ["\u200d", "\ufe0f", "\u20e3", "\U0001f3fd", "\U0001f1e9", "\U0001f1ea", "0", "#", "\u2122",
         "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd"]
CONTROL = [0, 1, 7, 8, 9, 10, 11, 12, 13, 27, 31, 127, 133, 143, 160, 173, 0x180E, 0x200B, 0x200E,
           0x2028, 0x202E, 0x2066, 0x2581, 0xFEFF, 0xFFF9, 0xFFFD, 0xFFFE, 0xE000]
SEPARATORS = [" ", " ", " ", " ", "", "  ", "\n", "\r\n", "\t", ", ", ". ", "   ", "\n\n", "\u3000",
              "-", "'", " '", "\"", "/", " \n "]
SPECIALS = ["<s>", "</s>", "<unk>", "<pad>", "<|endoftext|>", "[CLS]", "[MASK]", "<extra_id_0>",
            "<added>", "<|left|>", "Single", "UPPER", "<", ">", "|", "s", " ", "  ", "_", "word",
            "\u2581", "<0x41>", "<0x0A>", "\u00a0", "[", "]", "MASK"]
WORDS = """the of and a in is it to for with on at by an The In I't don't DON'T we'll they're I'm
tokenizer tokens Encoding 3 42 1234567 3.14 1,000 2024-01-31 x_y foo(bar); #include <vector> == !=
fn main() { return 0; } http://example.org/a?b=c user@example.org C++20 $100 50% naïve café Zürich
Straße ﬁnance Ⅳ ½ ² 中文 你好世界 日本語 テスト 한국어 테스트 Привет мир Ελληνικά עברית العربية हिन्दी
ไทย ქართული հայերեն Übergröße ÀÉÎÕÜ ǅ İstanbul ſtraße 'ſ … — “quoted” ‘s’ 😀 👍🏽 🇩🇪""".split()
INVALID = ["80", "ff", "c0af", "eda080", "f4908080", "e282", "f09f98", "fffe", "c3", "e4b8"]


class Rng:
    """splitmix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 33) % n

    def pick(self, items):
        return items[self.next(len(items))]


def in_range(rng, ranges):
    low, high = rng.pick(ranges)
    return chr(low + rng.next(high - low + 1))


def words(rng):
    out = ""
    for _ in range(1 + rng.next(12)):
        out += rng.pick(WORDS)
        out += rng.pick(SEPARATORS)
    return out


def text(index):
    """The bytes of text number `index`."""
    rng = Rng(index)
    kind = rng.next(10)
    out = ""
    if kind <= 2:
        out = words(rng)
    elif kind == 3:
        for _ in range(1 + rng.next(6)):
            ranges = [rng.pick(SCRIPTS)]
            for _ in range(1 + rng.next(8)):
                out += in_range(rng, ranges)
            out += rng.pick(SEPARATORS)
    elif kind == 4:
        for _ in range(1 + rng.next(24)):
            c = rng.next(0x110000 - 0x800)
            out += chr(c + 0x800 if c >= 0xD800 else c)
    elif kind == 5:
        for _ in range(1 + rng.next(6)):
            out += rng.pick(BASES)
            for _ in range(1 + rng.next(4)):
                out += in_range(rng, MARKS)
    elif kind == 6:
        for _ in range(1 + rng.next(12)):
            out += rng.pick(EMOJI) if rng.next(5) < 2 else chr(0x1F300 + rng.next(0x800))
    elif kind == 7:
        for _ in range(1 + rng.next(12)):
            out += chr(rng.pick(CONTROL))
            out += rng.pick(WORDS) if rng.next(2) else ""
    elif kind == 8:
        for _ in range(1 + rng.next(10)):
            out += rng.pick(SPECIALS)
    else:
        data = bytearray((words(rng) if rng.next(2) else in_range(rng, SCRIPTS)).encode())
        for _ in range(1 + rng.next(6)):
            at = rng.next(len(data) + 1)
            if rng.next(3) == 0:
                del data[at:at + 1]
            else:
                data[at:at] = bytes.fromhex(rng.pick(INVALID))
        return bytes(data)
    return out.encode()


class Reference:
    def __init__(self, name):
        path = os.path.join(HERE, "tokenizers", name + ".json")
        self.with_special = tokenizers.Tokenizer.from_file(path)
        self.plain = tokenizers.Tokenizer.from_file(path)
        self.plain.encode_special_tokens = True

    def results(self, texts):
        """Per text: Encode, Tokenize without special tokens, both decodings of Encode."""
        decoded = [t.decode("utf-8", errors="replace") for t in texts]
        encoded = [e.ids for e in self.with_special.encode_batch_fast(decoded)]
        plain = [e.ids for e in self.plain.encode_batch_fast(decoded, add_special_tokens=False)]
        for ids, other in zip(encoded, plain):
            # `tokenizers` panics when its decoders get nothing.
            yield (ids, other, self.with_special.decode(ids, skip_special_tokens=False) if ids
                   else "", self.with_special.decode(ids) if ids else "")


def result_bytes(result):
    ids, plain, all_text, text_only = result
    data = b"".join(struct.pack("<I", len(x)) + struct.pack(f"<{len(x)}i", *x)
                    for x in (ids, plain))
    return data + all_text.encode() + b"\0" + text_only.encode() + b"\0"


def write(args):
    if not args.keep:
        tokenizer_kinds_train.train_all(os.path.join(HERE, "tokenizers"))
    texts = [text(i) for i in range(BUCKETS * PER_BUCKET)]
    characters = set("".join(t.decode("utf-8", errors="replace") for t in texts))
    print(f"tokenizers {tokenizers.__version__}: {len(texts)} texts, {len(characters)} characters")
    out = {"version": tokenizers.__version__, "per_bucket": PER_BUCKET, "scripts": SCRIPTS,
           "marks": MARKS, "bases": BASES, "emoji": EMOJI, "control": CONTROL,
           "separators": SEPARATORS, "specials": SPECIALS, "words": WORDS, "invalid": INVALID,
           "texts": [zlib.crc32(b"".join(texts[b * PER_BUCKET:(b + 1) * PER_BUCKET]))
                     for b in range(BUCKETS)], "tokenizers": {}}
    for name in tokenizer_kinds_train.NAMES:
        hashes, samples = [], []
        reference = Reference(name)
        for bucket in range(BUCKETS):
            part = texts[bucket * PER_BUCKET:(bucket + 1) * PER_BUCKET]
            h = 0
            for i, result in enumerate(reference.results(part)):
                h = zlib.crc32(result_bytes(result), h)
                if bucket == 0 and i < SAMPLES:
                    samples.append(result)
            hashes.append(h)
        out["tokenizers"][name] = {"hashes": hashes, "samples": samples}
        print(name, "done", flush=True)
    with open(os.path.join(HERE, "tokenizers.json"), "w", encoding="ascii") as f:
        json.dump(out, f, separators=(",", ":"))
        f.write("\n")


def check(args):
    reference = Reference(args.name)
    texts = [text(i) for i in range(args.seed, args.seed + args.count)]
    folder = os.path.join(HERE, "tokenizers", args.name + ".json")
    records = b"".join(b"%d\n%s\n" % (len(t), t) for t in texts)
    lines = subprocess.run([args.program, folder, "--all"], input=records, stdout=subprocess.PIPE,
                           check=True).stdout.decode().splitlines()
    assert len(lines) == len(texts), (len(lines), len(texts))
    different = 0
    for i, (raw, wanted, line) in enumerate(zip(texts, reference.results(texts), lines)):
        ids, plain, all_text, text_only = line.split("|")
        ours = ([int(x) for x in ids.split()], [int(x) for x in plain.split()],
                bytes.fromhex(all_text).decode(), bytes.fromhex(text_only).decode())
        if ours != wanted:
            different += 1
            if different <= args.show:
                print(f"DIFFERENT text {i + args.seed}: {raw!r}")
                for a, b in zip(wanted, ours):
                    if a != b:
                        print(f"  theirs {a!r}\n  ours   {b!r}")
    print(f"{args.name}: tokenizers {tokenizers.__version__}, {len(texts)} texts, "
          f"{different} differ")
    return 1 if different else 0


def bench(args):
    corpora = {
        # As prose is: the same words again and again.
        "words": [" ".join(Rng(i).pick(WORDS[:60]) for i in range(k, k + 60))
                  for k in range(0, 200000, 60)],
        # Hardly a word twice.
        "mixed": [text(i).decode("utf-8", errors="replace") for i in range(20000)]}
    for name in tokenizer_kinds_train.NAMES:
        path = os.path.join(HERE, "tokenizers", name + ".json")
        for corpus, texts in corpora.items():
            # Anew, since both keep words that they have met.
            reference = Reference(name).with_special
            raw = [t.encode() for t in texts]
            best = 1e9
            for _ in range(5):
                begin = time.process_time()
                reference.encode_batch_fast(texts)
                best = min(best, time.process_time() - begin)
            ours = subprocess.run([args.program, path, "--bench"],
                                  input=b"".join(b"%d\n%s\n" % (len(t), t) for t in raw),
                                  stdout=subprocess.PIPE, check=True).stdout.decode().strip()
            print(f"{name}, {corpus}: tokenizers {sum(map(len, raw)) / best / 1e6:.1f} MB/s; "
                  f"ours: {ours}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("write")
    p.add_argument("--keep", action="store_true", help="don't train again")
    p.set_defaults(run=write)
    p = commands.add_parser("check")
    p.add_argument("program")
    p.add_argument("name")
    p.add_argument("--count", type=int, default=100000)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--show", type=int, default=5)
    p.set_defaults(run=check)
    p = commands.add_parser("bench")
    p.add_argument("program")
    p.set_defaults(run=bench)
    args = parser.parse_args()
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
