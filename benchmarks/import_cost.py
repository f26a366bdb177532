"""What ``%load_ext azml_magics`` adds to an IPython shell, as a ratio to ``import IPython``; the goal is at most 0.5.

Every round starts one new interpreter for each side, in turn; medians are compared. ``import azml_magics`` alone is
printed too. ``python benchmarks/import_cost.py [ROUNDS]``
"""

from __future__ import annotations

import statistics
import subprocess
import sys

GOAL = 0.5
SIDES = {
    "import IPython": "import IPython",
    "import azml_magics": "import azml_magics",
    "%load_ext azml_magics": "shell.run_line_magic('load_ext', 'azml_magics')",
}
PREPARE = {
    "%load_ext azml_magics": "from IPython.core.interactiveshell import InteractiveShell\n"
    "shell = InteractiveShell.instance()\n",
}


def seconds_of(side: str) -> float:
    program = (
        f"import time\n{PREPARE.get(side, '')}began = time.perf_counter()\n{SIDES[side]}\n"
        "print(time.perf_counter() - began)\n"
    )
    return float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    for side in SIDES:
        seconds_of(side)  # bytecode is compiled and files are in memory from here on
    taken: dict[str, list[float]] = {side: [] for side in SIDES}
    for _ in range(rounds):
        for side in SIDES:
            taken[side].append(seconds_of(side))
    medians = {side: statistics.median(seconds) for side, seconds in taken.items()}
    for side, median in medians.items():
        print(f"{side:<22} {1000 * median:7.1f} ms   x{median / medians['import IPython']:.2f}")
    ratio = medians["%load_ext azml_magics"] / medians["import IPython"]
    print(f"ratio {ratio:.2f}, goal at most {GOAL}: {'reached' if ratio <= GOAL else 'missed'}")


if __name__ == "__main__":
    main()
