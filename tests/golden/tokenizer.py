#!/usr/bin/env python3
"""Compares our token ids with those of Hugging Face's `tokenizers`.

Every text is synthetic: words of the model's vocabulary, random characters of every script,
every code point of Unicode, emoji sequences, runs of combining marks, control characters,
special tokens and invalid UTF-8 (which Python decodes with errors="replace").

  tokenizer.py check MODEL_DIR DUMP_TOKEN_IDS [--count 100000] [--seed 1] [--max-tokens 256]
      runs tests/transformer/tokenizer/dump_token_ids.cc over the texts and compares; also
      prints our rate on the ASCII ones.
  tokenizer.py write MODEL_DIR > tests/golden/tokenizer.jsonl
      writes the small file that the unit test reads: one line per text,
      {"text": hex, "ids": [...]}.

Needs: pip install tokenizers
"""
import argparse
import json
import random
import subprocess
import sys
import unicodedata

import tokenizers

# One representative range per script or kind of character.
SCRIPTS = [
    (0x0041, 0x007A), (0x00A1, 0x024F), (0x0250, 0x02FF), (0x0370, 0x03FF), (0x0400, 0x052F),
    (0x0531, 0x058A), (0x0591, 0x05F4), (0x0600, 0x06FF), (0x0700, 0x074F), (0x0780, 0x07BF),
    (0x07C0, 0x07FF), (0x0900, 0x097F), (0x0980, 0x09FE), (0x0A01, 0x0A76), (0x0A81, 0x0AFF),
    (0x0B01, 0x0B77), (0x0B82, 0x0BFA), (0x0C00, 0x0C7F), (0x0C80, 0x0CF2), (0x0D00, 0x0D7F),
    (0x0D81, 0x0DF4), (0x0E01, 0x0E5B), (0x0E81, 0x0EDF), (0x0F00, 0x0FDA), (0x1000, 0x109F),
    (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x139F), (0x13A0, 0x13FD), (0x1400, 0x167F),
    (0x1680, 0x169C), (0x16A0, 0x16F8), (0x1780, 0x17F9), (0x1800, 0x18AA), (0x1A00, 0x1A1F),
    (0x1B00, 0x1B7E), (0x1C00, 0x1C4F), (0x1E00, 0x1FFE), (0x2000, 0x206F), (0x2070, 0x20BF),
    (0x2100, 0x23FF), (0x2460, 0x27BF), (0x2C00, 0x2DFF), (0x2E00, 0x2E5D), (0x2E80, 0x303F),
    (0x3041, 0x30FF), (0x3105, 0x318E), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA4C6),
    (0xA640, 0xA7FF), (0xAB30, 0xABFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFB00, 0xFDFF),
    (0xFE20, 0xFE6B), (0xFF01, 0xFFEE), (0x10000, 0x100FA), (0x10300, 0x1034A),
    (0x10400, 0x104FF), (0x10A00, 0x10A9F), (0x11000, 0x1107F), (0x11900, 0x11959),
    (0x12000, 0x12399), (0x13000, 0x1342F), (0x16E40, 0x16EB8), (0x1D100, 0x1D7FF),
    (0x1E900, 0x1E95F), (0x1EE00, 0x1EEFF), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF),
    (0x2F800, 0x2FA1D), (0xE0001, 0xE007F),
]
SPECIAL = ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"]
MARKS = [c for c in map(chr, range(0x20000)) if unicodedata.category(c).startswith("M")]


class Texts:
    def __init__(self, vocab, seed):
        self.rng = random.Random(seed)
        self.words = sorted(t for t in vocab if t not in SPECIAL)
        self.rest = []

    def pick(self, n):
        """Characters of which each is met once before any is met twice."""
        while len(self.rest) < n:
            block = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
            self.rng.shuffle(block)
            self.rest = block + self.rest
        return [self.rest.pop() for _ in range(n)]

    def script(self):
        low, high = self.rng.choice(SCRIPTS)
        return "".join(chr(self.rng.randint(low, high)) for _ in range(self.rng.randint(1, 12)))

    def word(self):
        word = self.rng.choice(self.words).removeprefix("##")
        return self.rng.choice([word, word, word.upper(), word.title(), word + self.rng.choice(
            [",", ".", "'s", "-", "_", "(", "!", "?", "#", "##", "ing", "ed"])])

    def ascii(self):
        return " ".join(self.word() for _ in range(self.rng.randint(1, 60)))

    def scripts(self):
        return self.rng.choice([" ", "", "  ", "\t", "\u3000"]).join(
            self.script() for _ in range(self.rng.randint(1, 12)))

    def everything(self):
        return "".join(c + self.rng.choice(["", "", " ", "a", "E"]) for c in self.pick(36))

    def marks(self):
        base = self.rng.choice("aeiouAEIO\u00e9\u1ec7\uac00\u05d0\u0915=\u2260 [")
        return "".join(base + "".join(self.rng.choices(MARKS, k=self.rng.randint(1, 6)))
                       for _ in range(self.rng.randint(1, 6)))

    def emoji(self):
        parts = ["\u200d", "\ufe0f", "\u20e3", "\U0001f3fd", "\U0001f1e9", "\U0001f1ea", "0", "#",
                 "\u00a9", "\u2122", "\u3030"]
        return "".join(self.rng.choice(parts) if self.rng.random() < 0.4
                       else chr(self.rng.randint(0x1F300, 0x1FAFF))
                       for _ in range(self.rng.randint(1, 20)))

    def control(self):
        return "".join(chr(self.rng.choice([0, 1, 7, 8, 9, 10, 11, 12, 13, 27, 31, 127, 133, 160,
                                            173, 0x200B, 0x200E, 0x2028, 0x202E, 0x2066, 0xFEFF,
                                            0xFFF9, 0xFFFD, 0xFFFE, 0xE000]))
                       + self.rng.choice(["", "x", "Word", "\u00e9", " "])
                       for _ in range(self.rng.randint(1, 15)))

    def special(self):
        return "".join(self.rng.choice(SPECIAL + ["[MASK", "MASK]", "[mask]", "[", "]", " ",
                                                  "\u00a0", "word", "\u00c9", "[[MASK]]", "[PAD] "])
                       for _ in range(self.rng.randint(1, 12)))

    def long(self):
        n = self.rng.choice([99, 100, 101, 102, 150, 400])
        c = self.rng.choice(["a", "xy", "\u00e9", "\uac00", "\u4e2d", "\u0915\u093f", "\u1ec7"])
        return self.script() + " " + (c * n)[:n] + self.rng.choice(["", " ", ".", "b"])

    def invalid(self):
        text = bytearray(self.rng.choice([self.scripts, self.emoji, self.ascii])()[:60].encode())
        for _ in range(self.rng.randint(1, 6)):
            i = self.rng.randrange(len(text) + 1)
            kind = self.rng.random()
            if kind < 0.4:
                text[i:i] = bytes([self.rng.randint(0x80, 0xFF)])
            elif kind < 0.7:
                del text[i : i + 1]
            else:
                text[i:i] = self.rng.choice([b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
                                             b"\xe2\x82", b"\xf0\x9f\x98", b"\xff\xfe", b"\x80"])
        return bytes(text)

    def random_bytes(self):
        return self.rng.randbytes(self.rng.randint(0, 40))

    def all(self, count):
        kinds = [self.ascii] * 2 + [self.scripts] * 3 + [self.everything] * 7 + [
            self.marks, self.emoji, self.control, self.special, self.long, self.invalid,
            self.invalid, self.random_bytes]
        fixed = ["", " ", "a", "\n", "[MASK]", "\u0130I\u0131i", "\u03a3\u03b1\u03c2 \u03a3",
                 "\u1e9e\u00df", "\ufb01\ufb02", "\u2126\u212a\u212b", "caf\u00e9 cafe\u0301",
                 "\u1100\u1161\u11a8\uac01"]
        for text in fixed[:count]:
            yield text.encode()
        for _ in range(count - len(fixed)):
            text = self.rng.choice(kinds)()
            yield text if isinstance(text, bytes) else text.encode()


def load(model_dir, max_tokens):
    tokenizer = tokenizers.Tokenizer.from_file(model_dir + "/tokenizer.json")
    tokenizer.no_padding()
    if max_tokens:
        tokenizer.enable_truncation(max_length=max_tokens)
    else:
        tokenizer.no_truncation()
    return tokenizer


def records(texts):
    return b"".join(b"%d\n%s\n" % (len(t), t) for t in texts)


def check(args):
    cut, whole = load(args.model_dir, args.max_tokens), load(args.model_dir, None)
    texts = list(Texts(whole.get_vocab(), args.seed).all(args.count))
    decoded = [t.decode("utf-8", errors="replace") for t in texts]
    print(f"tokenizers {tokenizers.__version__}: {len(texts)} texts, "
          f"{sum(map(len, texts)) / 1e6:.1f} MB, {len(set(''.join(decoded)))} characters")
    wanted = [e.ids for e in cut.encode_batch(decoded)]
    counts = [len(e.ids) for e in whole.encode_batch(decoded, add_special_tokens=False)]
    out = subprocess.run([args.program, args.model_dir, str(args.max_tokens)],
                         input=records(texts), stdout=subprocess.PIPE, check=True).stdout
    lines = out.decode().splitlines()
    assert len(lines) == len(texts), (len(lines), len(texts))
    different = 0
    for text, ids, count, line in zip(texts, wanted, counts, lines):
        ours, our_count = line.split("|")
        if list(map(int, ours.split())) != ids or int(our_count) != count:
            different += 1
            if different <= 5:
                print(f"DIFFERENT {text!r}\n  theirs {ids} {count}\n  ours   {line}")
    print(f"{sum(counts)} tokens, {different} texts differ")

    rng = Texts(whole.get_vocab(), args.seed)
    plain = [rng.ascii().encode() for _ in range(5000)]
    print(subprocess.run([args.program, args.model_dir, "--bench"], input=records(plain),
                         stdout=subprocess.PIPE, check=True).stdout.decode(), end="")
    return 1 if different else 0


def write(args):
    tokenizer = load(args.model_dir, None)
    for text in Texts(tokenizer.get_vocab(), 7).all(420):
        ids = tokenizer.encode(text.decode("utf-8", errors="replace")).ids
        print(json.dumps({"text": text.hex(), "ids": ids}, separators=(",", ":")))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("check")
    p.add_argument("model_dir")
    p.add_argument("program")
    p.add_argument("--count", type=int, default=100000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--max-tokens", type=int, default=256)
    p.set_defaults(run=check)
    p = commands.add_parser("write")
    p.add_argument("model_dir")
    p.set_defaults(run=write)
    args = parser.parse_args()
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
