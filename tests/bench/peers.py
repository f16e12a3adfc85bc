"""Peers of a bench live in a virtual environment: one that is named, or a throw-away one."""

import argparse
import pathlib
import subprocess
import sys
import tempfile


def run(parser, packages, measure):
    """Parses the arguments and calls measure(args) in the script's own process, started again by
    the environment's interpreter: that of --venv, else one that is made with `packages`."""
    parser.add_argument("--venv", help="a virtual environment that has " + ", ".join(packages))
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        measure(args)
        return
    with tempfile.TemporaryDirectory() as folder:
        python = pathlib.Path(args.venv or folder) / "bin" / "python"
        if not args.venv:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        subprocess.run([python, *sys.argv, "--inside"], check=True)
