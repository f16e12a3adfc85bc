"""The program under test: what the tests of this folder share.

A test is called with the program's path first; main() takes it.
"""
import os
import subprocess
import sys
import unittest

BINARY = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")


def run(*args, stdin=None, env=None, timeout=240, program=BINARY):
    """Runs the program to its end."""
    return subprocess.run([program, *args], capture_output=True, text=True, input=stdin,
                          timeout=timeout, env={**os.environ, **(env or {})}, check=False)


def main():
    unittest.main(module="__main__", argv=sys.argv[:1], verbosity=2)
