"""``python -m tests.corpus``: generates models with Keras, converts them, runs them, prints a table.

python -m tests.corpus --keras 3 --formats keras,h5 --backends wasm,cpu --only 'conv*,pooling' --cache FOLDER
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from pathlib import Path

from tests.corpus.cases import Case, all_cases
from tests.corpus.harness import run_cases
from tests.corpus.table import by_family, not_exact, silent


def main() -> int:
    """Exit code 1 when something is not as its case says."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("--keras", default="3,2", help="3, 2 or both (3,2)")
    parser.add_argument("--formats", default="keras,h5", help="keras, h5, both, or: alternate")
    parser.add_argument("--backends", default="wasm,cpu")
    parser.add_argument("--only", default="*", help="patterns of names or families, with commas between")
    parser.add_argument("--cache", type=Path, help="a folder for what Keras makes, kept for the next run")
    parser.add_argument("--json", type=Path, help="a file for all outcomes")
    parser.add_argument("--large", action="store_true", help="the large models, too")
    parser.add_argument("--list", action="store_true", help="names alone, nothing runs")
    options = parser.parse_args()
    patterns = options.only.split(",")
    outcomes = []
    for major in map(int, options.keras.split(",")):
        cases = [case for case in all_cases().values() if major in case.keras and _matches(case, patterns)]
        cases = [case for case in cases if options.large or not case.large]
        if options.list:
            print("\n".join(f"{major} {case.family} {case.name}" for case in cases))
            continue
        formats, backends = options.formats.split(","), options.backends.split(",")
        for outcome in run_cases(cases, major, formats, backends, options.cache):
            outcomes.append(outcome)
            if sys.stderr.isatty():
                print(f"\r\033[K{len(outcomes)} {outcome.name} {outcome.verdict}", end="", file=sys.stderr)
    if options.list:
        return 0
    if options.json:
        options.json.write_text(json.dumps([outcome.record() for outcome in outcomes], indent=1))
    print("\n" + not_exact(outcomes) + "\n\n" + by_family(outcomes))
    unexpected = [outcome for outcome in outcomes if not outcome.as_expected]
    print(f"{len(unexpected)} not as their cases say, {len(silent(outcomes))} silently wrong")
    return 1 if unexpected else 0


def _matches(case: Case, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(text, pattern) for text in (case.name, case.family) for pattern in patterns)


if __name__ == "__main__":
    sys.exit(main())
