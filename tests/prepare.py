"""Obtains the models that tests marked `models` need; without them those tests are left out, and it says so."""

import sys

from colonnade.cli.progress import progress_for
from colonnade.errors import SetupError
from colonnade.registry.models import ModelStore

NEEDED = {
    "smollm2-135m-instruct-q4_1": "tests of the embedded text runtime",
    "bge-small-en-v1.5-int8": "tests of embeddings",
    "ms-marco-minilm-l-12-v2-int8": "tests of reranking",
}


def main() -> None:
    """Each model for itself: one that is missing takes only its own tests away."""
    store = ModelStore()
    if all(store.find(name) for name in NEEDED):
        return
    for name, tests in NEEDED.items():
        try:
            with progress_for(silent=False) as progress:
                store.ensure(name, progress)
        except SetupError as error:
            sys.stderr.write(f"{error}\n=> left out: {tests} (marked `models`)\n")


if __name__ == "__main__":
    main()
