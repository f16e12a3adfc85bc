#!/usr/bin/env python3
"""Fails on a using-declaration that its file doesn't use.

clang-tidy's misc-unused-using-decls sees only a compilation's main file, and CI compiles sources
in batches.
"""
import os
import re
import sys

FOLDERS = ("kernels", "transformer", "retrieval", "generator", "ingest", "services")
USING = re.compile(r"(?m)^\s*using (?:\w+::)+(\w+);")


def unused(text):
    """The names that `text` declares and doesn't use."""
    rest = USING.sub("", text)
    return [name for name in USING.findall(text) if not re.search(rf"\b{name}\b", rest)]


def main():
    assert unused("using a::B;\nusing a::C;\nB b;") == ["C"]
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    found = 0
    for top in FOLDERS:
        for folder, _, files in os.walk(os.path.join(root, top)):
            for file in files:
                if not file.endswith((".cc", ".h", ".cu", ".cuh")):
                    continue
                path = os.path.join(folder, file)
                with open(path, encoding="utf-8") as f:
                    for name in unused(f.read()):
                        print(f"{os.path.relpath(path, root)}: {name} isn't used")
                        found += 1
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
