#!/usr/bin/env python3
"""Vector search of ours, faiss-cpu, hnswlib and usearch on the same vectors, on one thread.

    python3 tests/bench/vector_bench.py --bench build-ci/bin/vector_bench [--count 100000]
        [--peers hnswlib,faiss-hnsw,faiss-sq8,faiss-ivf,usearch-f32,usearch-i8] [--folder DIR]
        [--venv DIR]

Vectors are clustered and synthetic, of 384 dimensions: 2,000 centres in a space of 32, around each
a cloud there, mapped to 384 and blurred; the seed is given. The truth is that of an exhaustive
search. Each system is built with 16 links (32 on the lowest level) and a
construction pool of 128 on two threads, then searched with growing pools; the table says at which
rate each first reaches a recall@10 of 0.95 and 0.99. Rates are queries per second of processor
time, the best of three rounds over 1,000 queries, so that a busy machine hurts all alike.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import tempfile
import time

import peers

try:
    import numpy as np
except ImportError:  # not yet in the environment of the peers
    np = None

PACKAGES = ["faiss-cpu", "hnswlib", "usearch", "numpy"]
DIM, LATENT, CLUSTERS, SEED, QUERIES, NEAREST = 384, 32, 2000, 7, 1000, 10
LINKS, CONSTRUCTION = 16, 128
POOLS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384)
PROBES = (1, 2, 4, 8, 12, 16, 24, 32, 64, 128)
CHUNK = 50000


def draw(count):
    """Base vectors and queries, unit length, from one distribution."""
    random = np.random.default_rng(SEED)
    lift = random.standard_normal((LATENT, DIM), dtype=np.float32) / np.sqrt(DIM)
    centres = random.standard_normal((CLUSTERS, LATENT), dtype=np.float32)

    def sample(rows):
        out = np.empty((rows, DIM), np.float32)
        for start in range(0, rows, CHUNK):
            n = min(rows - start, CHUNK)
            z = centres[random.integers(0, CLUSTERS, n)]
            z = z + np.float32(0.7) * random.standard_normal((n, LATENT), dtype=np.float32)
            x = z @ lift.astype(np.float32)
            x /= np.linalg.norm(x, axis=1, keepdims=True)
            x += random.standard_normal((n, DIM), dtype=np.float32) * np.float32(0.4 / DIM**0.5)
            out[start:start + n] = x / np.linalg.norm(x, axis=1, keepdims=True)
        return out

    return sample(count), sample(QUERIES)


def exhaustive(base, queries):
    scores = np.full((len(queries), NEAREST), -np.inf, np.float32)
    rows = np.zeros((len(queries), NEAREST), np.int64)
    for start in range(0, len(base), CHUNK):
        part = queries @ base[start:start + CHUNK].T
        best = np.argpartition(-part, NEAREST, axis=1)[:, :NEAREST]
        scores = np.concatenate([scores, np.take_along_axis(part, best, 1)], 1)
        rows = np.concatenate([rows, best + start], 1)
        order = np.argsort(-scores, axis=1)[:, :NEAREST]
        scores = np.take_along_axis(scores, order, 1)
        rows = np.take_along_axis(rows, order, 1)
    return rows


def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class Peer:
    """One library: build(base, threads), then search(queries, setting) -> rows."""

    def __init__(self, name):
        self.name = name
        self.settings = PROBES if name == "faiss-ivf" else POOLS

    def build(self, base):
        if self.name == "hnswlib":
            import hnswlib
            self.index = hnswlib.Index("ip", DIM)
            self.index.init_index(len(base), M=LINKS, ef_construction=CONSTRUCTION)
            self.index.add_items(base, num_threads=2)
        elif self.name.startswith("usearch"):
            from usearch.index import Index
            self.index = Index(ndim=DIM, metric="ip", dtype=self.name.split("-")[1],
                               connectivity=LINKS, expansion_add=CONSTRUCTION)
            self.index.add(np.arange(len(base)), base, threads=2)
        else:
            import faiss
            faiss.omp_set_num_threads(2)
            kinds = {
                "faiss-hnsw": f"HNSW{LINKS},Flat",
                "faiss-sq8": f"HNSW{LINKS},SQ8",
                "faiss-ivf": f"IVF{int(4 * len(base) ** 0.5)},SQ8",
            }
            self.index = faiss.index_factory(DIM, kinds[self.name], faiss.METRIC_INNER_PRODUCT)
            if hasattr(self.index, "hnsw"):
                self.index.hnsw.efConstruction = CONSTRUCTION
            self.index.train(base)
            self.index.add(base)
            faiss.omp_set_num_threads(1)

    def search(self, queries, setting):
        if self.name == "hnswlib":
            self.index.set_ef(max(setting, NEAREST))
            return self.index.knn_query(queries, NEAREST, num_threads=1)[0]
        if self.name.startswith("usearch"):
            self.index.expansion_search = setting
            return self.index.search(queries, NEAREST, threads=1).keys
        if self.name == "faiss-ivf":
            self.index.nprobe = setting
        else:
            self.index.hnsw.efSearch = setting
        return self.index.search(queries, NEAREST)[1]


def recall(found, truth):
    right = sum(len(set(a) & set(b)) for a, b in zip(found.tolist(), truth.tolist()))
    return right / truth.size


def report(name, build, row_bytes, points):
    """points: (recall, queries per second)."""
    rates = []
    for wanted in (0.95, 0.99):
        reached = [qps for r, qps in points if r >= wanted]
        rates.append(f"{max(reached):,.0f}" if reached else "not reached")
    print(f"| {name} | {rates[0]} | {rates[1]} | {row_bytes:,.0f} | {build:,.1f} |", flush=True)


def measure(arguments):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(arguments.folder or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        files = {k: folder / f"{k}{arguments.count}" for k in ("base", "queries", "truth")}
        if not all(f.exists() for f in files.values()):
            base, queries = draw(arguments.count)
            base.tofile(files["base"])
            queries.tofile(files["queries"])
            exhaustive(base, queries).astype(np.int32).tofile(files["truth"])
        base = np.fromfile(files["base"], np.float32).reshape(-1, DIM)
        queries = np.fromfile(files["queries"], np.float32).reshape(-1, DIM)
        truth = np.fromfile(files["truth"], np.int32).reshape(-1, NEAREST)

        command = [arguments.bench, "--dim", str(DIM), "--threads", "2", "--links", str(LINKS),
                   "--pool", str(CONSTRUCTION), "--pools", ",".join(map(str, POOLS))]
        for name, file in files.items():
            command += ["--" + name, str(file)]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        ours = [json.loads(line) for line in lines.splitlines()]
        for line in ours:
            print(json.dumps(line))
        print("\n| system | qps at 0.95 | qps at 0.99 | bytes a vector | seconds to build |")
        print("|---|---|---|---|---|")
        graph = next(line for line in ours if line["what"] == "built")
        report("ours", graph["build_seconds"], graph["bytes_per_row"] + 4 * DIM,
               [(line["recall"], line["qps"]) for line in ours if line["what"] == "graph"])
        for name in filter(None, arguments.peers.split(",")):
            peer = Peer(name)
            before = resident()
            start = time.perf_counter()
            peer.build(base)
            build = time.perf_counter() - start
            row_bytes = (resident() - before) / len(base)
            points = []
            for setting in peer.settings:
                times = []
                for _ in range(3):
                    begin = time.process_time()
                    found = peer.search(queries, setting)
                    times.append(time.process_time() - begin)
                points.append((recall(found, truth), len(queries) / min(times)))
                if points[-1][0] >= 0.995:
                    break
            report(name, build, row_bytes, points)
            del peer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True)
    parser.add_argument("--count", type=int, default=100000)
    parser.add_argument("--peers",
                        default="hnswlib,faiss-hnsw,faiss-sq8,faiss-ivf,usearch-f32,usearch-i8")
    parser.add_argument("--folder", help="for the vectors; kept")
    peers.run(parser, PACKAGES, measure)


if __name__ == "__main__":
    main()
