"""SIGKILL at random points of registering, downloading and saving: the workspace opens, nothing is half there."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("program.py")
KILLS = 56


def test_nothing_half_written_is_visible(tmp_path: Path) -> None:
    # The same points in every run, so that a failure is about the change; AZML_EXPLORE=1 looks for new ones.
    seed = random.SystemRandom().randrange(1 << 30) if os.environ.get("AZML_EXPLORE") else 4
    print(f"seed {seed}")
    command = [sys.executable, str(PROGRAM), str(tmp_path), str(seed), str(KILLS)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    assert finished.returncode == 0, f"seed {seed}\n{finished.stderr[-4000:]}"
    killed = json.loads(finished.stdout.splitlines()[-1])
    print(killed)
    assert sum(killed.values()) >= 50
    assert len(killed) == 7
