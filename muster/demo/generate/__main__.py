"""Make the demo company's data: `python -m muster.demo.generate --seed 7 --edition 1 --out data/demo`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from muster.demo.generate.edition import make_edition, write_edition


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; the files are written."""
    parser = argparse.ArgumentParser(prog="python -m muster.demo.generate", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--edition", type=int, default=1, help="later editions have other customers and numbers"
    )
    parser.add_argument("--out", type=Path, default=Path("data/demo"))
    chosen = parser.parse_args(arguments)
    if chosen.edition < 1:
        parser.error("--edition starts at 1")
    files = make_edition(chosen.seed, chosen.edition)
    write_edition(files, chosen.out)
    size_kb = sum(len(content) for content in files.values()) // 1024
    sys.stdout.write(f"{len(files)} files, {size_kb} KB, in {chosen.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
