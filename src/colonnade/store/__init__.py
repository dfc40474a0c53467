"""The encrypted store: keys, schema, migrations."""

from colonnade.store.custody import custody_of
from colonnade.store.engine import Store, open_store

__all__ = ["Store", "custody_of", "open_store"]
