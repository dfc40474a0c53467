"""The encrypted store: keys, schema, migrations."""
