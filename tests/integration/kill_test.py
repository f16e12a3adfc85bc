#!/usr/bin/env python3
"""Kills an ingest with SIGKILL at random moments and checks what is left.

After each kill: the store verifies, and every document whose ingest was
acknowledged (a line of --json output) is there. At the end a plain ingest
completes the job. FOOTNOTE_KILLS sets the number of kills (default 6).

usage: kill_test.py FOOTNOTE_BINARY
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

WORDS = ("harbour lantern protocol archive replica window ledger cipher granite pollen "
         "turbine meadow socket vector canyon mirror signal thread beacon copper").split()


def make_documents(folder, count, rng):
    for i in range(count):
        lines = [f"# Document {i}"]
        for section in range(4):
            lines.append(f"## Section {section}")
            for _ in range(3):
                words = " ".join(rng.choice(WORDS) for _ in range(60))
                lines.append(f"Entry {i}-{section}: {words}.")
        with open(os.path.join(folder, f"doc{i:04}.md"), "w", encoding="ascii") as f:
            f.write("\n\n".join(lines) + "\n")


def ingest(binary, data, docs, kill_after=None):
    """Returns (exit code, ids acknowledged, seconds)."""
    start = time.monotonic()
    process = subprocess.Popen([binary, "ingest", "--json", "--data", data, docs],
                               stdout=subprocess.PIPE, text=True)
    timer = None
    if kill_after is not None:
        timer = threading.Timer(kill_after, process.kill)
        timer.start()
    acknowledged = set()
    for line in process.stdout:
        if not line.endswith("\n"):
            break  # cut by the kill
        record = json.loads(line)
        if record.get("outcome") in ("ADDED", "REPLACED", "UNCHANGED"):
            acknowledged.add(record["id"])
    code = process.wait()
    if timer is not None:
        timer.cancel()
    return code, acknowledged, time.monotonic() - start


def verify(binary, data):
    result = subprocess.run([binary, "verify", "--json", "--data", data], capture_output=True,
                            text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"verify failed: {result.stdout}{result.stderr}")
    report = json.loads(result.stdout.strip().splitlines()[-1])
    if report["divergences"]:
        sys.exit(f"divergences: {report['divergences'][:5]}")
    return int(report["documents"])


def main():
    binary = os.path.abspath(sys.argv[1])
    kills = int(os.environ.get("FOOTNOTE_KILLS", "6"))
    seed = int(os.environ.get("FOOTNOTE_SEED", str(random.randrange(1 << 30))))
    rng = random.Random(seed)
    print(f"seed {seed}, {kills} kills")
    folder = tempfile.mkdtemp(prefix="footnote-kill-")
    try:
        docs = os.path.join(folder, "docs")
        os.mkdir(docs)
        count = 400
        make_documents(docs, count, rng)
        # An undisturbed run says how long the whole takes.
        code, acknowledged, seconds = ingest(binary, os.path.join(folder, "reference"), docs)
        if code != 0 or len(acknowledged) != count:
            sys.exit(f"the undisturbed ingest failed: exit {code}, {len(acknowledged)} documents")
        killed = 0
        data = os.path.join(folder, "data")
        ever = set()
        while killed < kills:
            code, acknowledged, _ = ingest(binary, data, docs, rng.uniform(0.02, seconds))
            ever |= acknowledged
            if code == 0:  # it won the race: start over
                shutil.rmtree(data)
                ever.clear()
                continue
            killed += 1
            documents = verify(binary, data) if ever else 0
            if documents < len(ever):
                sys.exit(f"{len(ever)} documents were acknowledged, {documents} are there")
            print(f"kill {killed}: {len(ever)} acknowledged, sound")
        code, acknowledged, _ = ingest(binary, data, docs)
        if code != 0 or len(acknowledged) != count or verify(binary, data) != count:
            sys.exit(f"the last ingest did not complete the job: exit {code}")
        print(f"{killed} kills, no acknowledged document lost, job completed")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
