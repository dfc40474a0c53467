"""A gateway in a process of its own, so that its memory is its own: python lone_gateway.py UPSTREAM_PORT"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from running import application, http_upstream

from colonnade.gateway.server import listen, serve

if __name__ == "__main__":
    listener = listen("127.0.0.1", 0)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    upstream = http_upstream(f"http://127.0.0.1:{sys.argv[1]}", connections=256)
    serve(application(upstream, route={"timeout_s": 60.0, "idle_s": 1.0}), listener)
