"""Writes the hash-locked lists from pyproject.toml; they hold for Python 3.11 and newer, and name no index."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
COMMON = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet"]
LISTS = {
    "dev.txt": ["build", "example", "dev"],
    "run.txt": ["build", "example"],
    "clients.txt": ["clients"],
    "validators.txt": ["validators"],
}
APART = {"clients.txt", "validators.txt"}
"""Lists without the product: what it installs is no client's business."""


def main() -> None:
    """Compile each list; `run.txt` takes its versions from `dev.txt`."""
    for name, groups in LISTS.items():
        chosen = [word for group in groups for word in ("--group", group)]
        product = [] if name in APART else ["pyproject.toml", "--extra", "local"]
        held = ["--constraint", "requirements/dev.txt"] if name == "run.txt" else []
        target = ["--output-file", f"requirements/{name}"]
        command = [sys.executable, "-m", "uv", "pip", "compile", *product, *COMMON, *chosen, *held, *target]
        subprocess.run(command, cwd=HERE.parent, check=True)


if __name__ == "__main__":
    main()
