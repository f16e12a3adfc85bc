#!/usr/bin/env python3
"""Writes transformer/tokenizer/character_classes.inc: the classes of characters that the regular
expressions and predicates of `tokenizers` know, asked of every code point.

  tokenizer_classes.py > transformer/tokenizer/character_classes.inc

Needs: pip install tokenizers
"""
import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

ALL = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
# Characters alone on a line, so that no rule sees a neighbour; line breaks are put back in.
TEXT = "".join(chr(c) for c in ALL)


def matched(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    return {ord(c) for piece, _ in split.pre_tokenize_str(TEXT) for c in piece}


def kept(pre_tokenizer):
    return {ord(c) for piece, _ in pre_tokenizer.pre_tokenize_str(TEXT) for c in piece}


def numeric():
    # Digits(individual) isolates each numeric character: of "xcx" it makes three pieces.
    digits = pre_tokenizers.Digits(individual_digits=True)
    return {c for c in ALL if len(digits.pre_tokenize_str("x" + chr(c) + "x")) == 3}


def words():
    # Whitespace is \w+|[^\w\s]+ of another library than Split's.
    w = pre_tokenizers.Whitespace()
    return {c for c in ALL if len(w.pre_tokenize_str("x" + chr(c))) == 1
            and w.pre_tokenize_str("x" + chr(c))[0][0] != "x"}


def accents():
    return {c for c in ALL if normalizers.StripAccents().normalize_str("x" + chr(c)) == "x"}


def ranges(chars):
    out = []
    for c in sorted(chars):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def write(name, comment, chars):
    print(f"\n// {comment}\ninline constexpr CharRange {name}[] = {{")
    line = "   "
    for low, high in ranges(chars):
        item = f" {{0x{low:X}, 0x{high:X}}},"
        if len(line + item) > 99:
            print(line)
            line = "   "
        line += item
    print(line + "\n};")


def main():
    print("// Written by tests/golden/tokenizer_classes.py from tokenizers "
          f"{tokenizers.__version__}. Don't edit.")
    write("kLetters", r"\p{L} of Split's regular expressions.", matched(r"\p{L}"))
    write("kNumbers", r"\p{N} of the same.", matched(r"\p{N}"))
    write("kMarksInRegex", r"\p{M} of the same.", matched(r"\p{M}"))
    write("kSpaces", r"\s of the same, and what char::is_whitespace says.", matched(r"\s"))
    write("kWordCharacters", r"\w of Whitespace and of single-word added tokens.", words())
    write("kNumericCharacters", "What Digits takes for a digit.", numeric())
    write("kAccents", "What StripAccents takes away.", accents())


if __name__ == "__main__":
    main()
