#!/usr/bin/env python3
"""Latency of Search and Ask in the running server, one client, over REST.

    python3 tests/bench/search_latency.py build/bin/footnote DATA_FOLDER [--rounds 5]

DATA_FOLDER holds the ingested PostgreSQL manual; the questions are those of
postgresql_questions.jsonl beside this file. Times are a client's: request sent to
last byte read, the query's embedding included. Each question is asked once before
the measured rounds.
"""
import argparse
import http.client
import json
import pathlib
import re
import statistics
import subprocess
import time


def percentile(values, p):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(p / 100 * len(ordered)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("data")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    questions = [json.loads(line)["question"] for line in
                 (pathlib.Path(__file__).parent / "postgresql_questions.jsonl").open()]
    server = subprocess.Popen([options.binary, "serve", "--data", options.data, "--grpc",
                               "127.0.0.1:0", "--http", "127.0.0.1:0"],
                              stderr=subprocess.PIPE, text=True)
    try:
        for line in server.stderr:
            found = re.search(r"http://([\d.]+):(\d+)", line)
            if found:
                break
        # The log is drained, so that the server never waits for this script.
        import threading
        threading.Thread(target=server.stderr.read, daemon=True).start()
        connection = http.client.HTTPConnection(found.group(1), int(found.group(2)))

        def call(path, body):
            start = time.perf_counter()
            connection.request("POST", path, json.dumps(body),
                               {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read()
            if response.status != 200:
                raise SystemExit(f"{path}: {response.status} {text[:300]}")
            return 1000 * (time.perf_counter() - start)

        for name, path, field in (("search", "/v1/search", "query"), ("ask", "/v1/ask", "question")):
            for question in questions:
                call(path, {field: question})
            times = [call(path, {field: question})
                     for _ in range(options.rounds) for question in questions]
            print(f"{name}: {len(times)} calls, p50 {statistics.median(times):.1f} ms, "
                  f"p90 {percentile(times, 90):.1f} ms, p99 {percentile(times, 99):.1f} ms, "
                  f"max {max(times):.1f} ms")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
