"""Obtains what tests need beyond Python: model weights and a browser. What cannot be had is named, with the tests it costs."""

import os
import shutil
import subprocess
import sys

from colonnade.cli.progress import progress_for
from colonnade.errors import SetupError
from colonnade.registry.models import ModelStore

MODELS = {
    "smollm2-135m-instruct-q4_1": "tests of the embedded text runtime",
    "bge-small-en-v1.5-int8": "tests of embeddings",
    "ms-marco-minilm-l-12-v2-int8": "tests of reranking",
}
BROWSER = "chromium"


def main() -> None:
    """Each thing for itself: one that is missing takes only its own tests away."""
    obtain_models()
    install_browser()


def obtain_models() -> None:
    """The weights that tests marked `models` use."""
    store = ModelStore()
    for name, tests in MODELS.items():
        if store.find(name) is not None:
            continue
        try:
            with progress_for(silent=False) as progress:
                store.ensure(name, progress)
        except SetupError as error:
            sys.stderr.write(f"{error}\n=> left out: {tests} (marked `models`)\n")


def install_browser() -> None:
    """Debian's Chromium, where this user may install it; tests marked `browser` use it."""
    if shutil.which(BROWSER):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        sys.stderr.write("no Chromium, and no right to install it => left out: tests marked `browser`\n")
        return
    sys.stderr.write("installing Chromium for the browser tests (about a minute)\n")
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", BROWSER]
    for command in (["apt-get", "update", "--quiet"], install):
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            timeout=300,
            check=False,
        )
        if done.returncode != 0:
            sys.stderr.write("Chromium could not be installed => left out: tests marked `browser`\n")
            return


if __name__ == "__main__":
    main()
