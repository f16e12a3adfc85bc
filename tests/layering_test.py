#!/usr/bin/env python3
"""Fails on an include that goes against the dependency direction.

ARCHITECTURE.md has the picture. The two tables below are the rule: which
folders a folder may include, and which folder is the one home of a library.
"""
import os
import re
import sys

MAY_INCLUDE = {
    "kernels": {"kernels"},
    "transformer": {"kernels", "transformer"},
    "retrieval": {"kernels", "transformer", "retrieval"},
    "generator": {"kernels", "transformer", "generator"},
    "ingest": {"kernels", "transformer", "retrieval", "ingest"},
    "web": {"web"},
    "services": {"kernels", "transformer", "retrieval", "generator", "ingest", "web", "services",
                 "footnote"},
}

# A pattern of third-party headers, and the only places that may include them.
HOMES = [
    (r"(oneapi/dnnl/|dnnl)", ["tests/bench/"]),
    (r"immintrin\.h", ["kernels/"]),
    (r"(cuda_|cublas)", ["kernels/cuda/"]),
    (r"xxhash\.h", ["kernels/base/"]),
    (r"zlib\.h", ["kernels/base/"]),
    (r"unicode/", ["transformer/"]),
    (r"sentencepiece", ["transformer/tokenizer/sentencepiece_module.cc"]),
    (r"libstemmer\.h", ["transformer/text/"]),
    (r"cld2/", ["transformer/text/"]),
    (r"nlohmann/", ["transformer/", "retrieval/eval/", "generator/eval/", "services/"]),
    (r"faiss/", ["retrieval/"]),
    (r"rocksdb/", ["retrieval/"]),
    (r"gumbo\.h", ["ingest/"]),
    (r"md4c", ["ingest/"]),
    (r"(grpc|grpcpp)/", ["services/"]),
    (r"google/protobuf/", ["services/"]),
    (r"footnote/v1/", ["services/"]),
    (r"boost/", ["services/http/"]),
    (r"prometheus/", ["services/observability/"]),
    (r"toml\+\+/|toml\.h", ["services/config/"]),
    (r"CLI/", ["services/cli/"]),
    (r"curl/", ["services/download/"]),
    (r"openssl/", ["services/download/"]),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def violations(root, may_include, homes):
    """Yields 'file:line: what is wrong' for each wrong include below root."""
    for folder in sorted(may_include):
        for directory, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if not name.endswith((".h", ".cc", ".cu", ".cuh")):
                    continue
                path = os.path.join(directory, name)
                relative = os.path.relpath(path, root)
                with open(path, encoding="utf-8") as source:
                    for number, line in enumerate(source, 1):
                        match = INCLUDE.match(line)
                        if not match:
                            continue
                        header = match.group(2)
                        if header.endswith((".cc", ".cpp", ".cxx")):
                            yield f"{relative}:{number}: {header} is a source, not a header"
                        top = header.split("/")[0]
                        if match.group(1) == '"' and "/" in header:
                            known = top in may_include or top == "footnote"
                            if known and top not in may_include[folder]:
                                yield f"{relative}:{number}: {folder}/ must not include {header}"
                        for pattern, places in homes:
                            if re.match(pattern, header) and not relative.startswith(tuple(places)):
                                yield (f"{relative}:{number}: {header} may only be included in "
                                       f"{', '.join(places)}")


def check_the_check(root):
    """The rule must find a planted violation, or it proves nothing."""
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "kernels"))
        with open(os.path.join(folder, "kernels", "bad.cc"), "w", encoding="utf-8") as f:
            f.write('#include "retrieval/engine.h"\n#include <rocksdb/db.h>\n')
        found = list(violations(folder, MAY_INCLUDE, HOMES))
    if len(found) != 2:
        sys.exit(f"the layering check is broken: planted 2 violations, found {found}")


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    check_the_check(root)
    found = list(violations(root, MAY_INCLUDE, HOMES))
    for line in found:
        print(line)
    print(f"layering: {len(found)} violations")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
