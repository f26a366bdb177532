"""``python -m azml_magics.cli``: the same as ``azml``."""

from __future__ import annotations

import sys

from azml_magics.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
