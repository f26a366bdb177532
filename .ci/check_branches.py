"""Read ``coverage json`` on stdin; fail unless more than 95 % of the branches of each folder given were taken."""

from __future__ import annotations

import json
import sys

REQUIRED_PERCENT = 95.0


def main(folders: list[str]) -> int:
    """Print one line a folder; exit code 1 when one of them has not enough."""
    files = json.load(sys.stdin)["files"]
    enough = True
    for folder in folders:
        summaries = [report["summary"] for name, report in files.items() if name.startswith(f"azml_magics/{folder}/")]
        branches = sum(summary["num_branches"] for summary in summaries)
        percent = 100 * sum(summary["covered_branches"] for summary in summaries) / branches
        print(f"{folder}: {percent:.1f} % of {branches} branches")
        enough = enough and percent > REQUIRED_PERCENT
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
