#!/usr/bin/env python3
"""Writes transformer/tokenizer/character_ranges.inc from the package `tokenizers`.

Hugging Face's BERT normalizer and pre-tokenizer know the categories of an old
version of Unicode. Which characters they drop, split at or strip is asked of the
package itself, for every code point, so that our tables are equal by
construction and don't change with the installed ICU.

Usage: tokenizer_characters.py > transformer/tokenizer/character_ranges.inc
"""
import sys
import unicodedata

import tokenizers
from tokenizers import normalizers, pre_tokenizers

ALL = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
OFF = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
clean = normalizers.BertNormalizer(**{**OFF, "clean_text": True})
strip = normalizers.BertNormalizer(**{**OFF, "strip_accents": True})
lower = normalizers.BertNormalizer(**{**OFF, "lowercase": True})
chinese = normalizers.BertNormalizer(**{**OFF, "handle_chinese_chars": True})
split = pre_tokenizers.BertPreTokenizer()
nfd = normalizers.NFD()


def ranges(points):
    out = []
    for c in points:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def emit(name, comment, points):
    rows = ["{0x%X, 0x%X}" % (a, b) for a, b in ranges(points)]
    print(f"\n// {comment}\ninline constexpr CharRange {name}[] = {{")
    for i in range(0, len(rows), 5):
        print("    " + ", ".join(rows[i : i + 5]) + ",")
    print("};")


def pieces(c):
    return len(split.pre_tokenize_str("a" + chr(c) + "b"))


def combining_class(c, representatives):
    """The class that the package sorts `c` by; 0 if it doesn't move."""
    ch = chr(c)
    if nfd.normalize_str(ch) != ch:
        return 0
    low, high = representatives[1], representatives[240]
    moves = (nfd.normalize_str("a" + ch + low) != "a" + ch + low
             or nfd.normalize_str("a" + high + ch) != "a" + high + ch)
    if not moves:
        return 0
    for k, r in representatives.items():
        if (nfd.normalize_str("a" + ch + r) == "a" + ch + r
                and nfd.normalize_str("a" + r + ch) == "a" + r + ch):
            return k
    sys.exit(f"no combining class for U+{c:04X}")


def main():
    representatives = {}
    for c in ALL:
        k = unicodedata.combining(chr(c))
        if k and k not in representatives and unicodedata.decomposition(chr(c)) == "":
            representatives[k] = chr(c)
    marks = [c for c in ALL if strip.normalize_str(chr(c)) == ""
             and nfd.normalize_str(chr(c)) == chr(c)]
    classes = {c: combining_class(c, representatives) for c in ALL}
    kept = {c: k for c, k in classes.items() if k and c not in set(marks)}

    print("// Written by tests/golden/tokenizer_characters.py from tokenizers "
          f"{tokenizers.__version__}. Don't edit.")
    emit("kDropped", "Removed by clean_text.",
         [c for c in ALL if clean.normalize_str("a" + chr(c) + "b") == "ab"])
    emit("kWhitespace", "Split at, and made a space by clean_text.",
         [c for c in ALL if pieces(c) == 2])
    emit("kPunctuation", "A word by itself.", [c for c in ALL if pieces(c) == 3])
    emit("kChinese", "A word by itself with handle_chinese_chars.",
         [c for c in ALL if chinese.normalize_str(chr(c)) == f" {chr(c)} "])
    emit("kMarks", "Removed by strip_accents.", marks)
    emit("kFixedMarks", "Those of kMarks that end a run of marks to sort (combining class 0).",
         [c for c in marks if classes[c] == 0])

    rows = []
    for k in sorted(set(kept.values())):
        rows += [(a, b, k) for a, b in ranges(c for c in sorted(kept) if kept[c] == k)]
    print("\n// Combining classes of the marks that strip_accents keeps.")
    print("inline constexpr ClassRange kKeptClasses[] = {")
    for i in range(0, len(rows), 4):
        print("    " + ", ".join("{0x%X, 0x%X, %d}" % r for r in rows[i : i + 4]) + ",")
    print("};")

    # Everything else is asked of ICU, whose answers for assigned characters are fixed by
    # Unicode's stability policies. (This Python knows 14.0; 15.0 has no new capital letter.)
    rows = []
    for c in ALL:
        low = lower.normalize_str(chr(c))
        if low != chr(c) and unicodedata.category(chr(c)) == "Cn":
            if len(low) != 1:
                sys.exit(f"U+{c:04X} has a long lower case")
            rows.append((c, ord(low)))
    runs = []
    for c, low in rows:
        if runs and runs[-1][1] == c - 1 and low - c == runs[-1][2]:
            runs[-1][1] = c
        else:
            runs.append([c, c, low - c])
    print("\n// Lower case of characters newer than Unicode 15.0: first, last, distance.")
    print("inline constexpr DeltaRange kLateLowerCase[] = {")
    for i in range(0, len(runs), 4):
        print("    " + ", ".join("{0x%X, 0x%X, %d}" % tuple(r) for r in runs[i : i + 4]) + ",")
    print("};")


if __name__ == "__main__":
    main()
