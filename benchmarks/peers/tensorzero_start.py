"""Starts the HTTP gateway that the wheel of tensorzero holds, and prints the port that it chose: PYTHON tensorzero_start.py CONFIG"""

import re
import sys
import threading

import tensorzero

gateway = tensorzero._start_http_gateway(  # noqa: SLF001 - the wheel offers its gateway in no other way
    config_file=sys.argv[1], clickhouse_url=None, postgres_url=None, valkey_url=None, async_setup=False
)
print("port", re.search(r":(\d+)", gateway.base_url.split("//")[1])[1], flush=True)
threading.Event().wait()
