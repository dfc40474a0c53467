#!/usr/bin/env bash
# Puts the gateways that `benchmarks/faults.py --peers` compares into a folder of their own, each into an environment of its
# own: benchmarks/peers/install.sh [FOLDER]   Left out is what cannot be installed from a package registry.
set -euo pipefail
folder="${1:-${COLONNADE_PEERS:-${TMPDIR:-/tmp}/colonnade-peers}}"
mkdir -p "$folder"

environment() {  # name, packages
  local name="$1"; shift
  [ -x "$folder/$name/bin/python" ] && return
  python3 -m venv "$folder/$name"
  "$folder/$name/bin/pip" install -q "$@"
}

environment litellm "litellm[proxy]==1.106.2"
environment tensorzero "tensorzero==2026.6.0"
environment ferrogw "ferrogw==1.5.10"
environment smg "smg==1.13.0"
environment mlflow "mlflow[gateway]==3.17.2"
if [ ! -x "$folder/sglang/bin/python" ]; then  # without its dependencies, which would bring all of PyTorch
  python3 -m venv "$folder/sglang"
  "$folder/sglang/bin/pip" install -q --no-deps "sglang-router==0.3.2"
  "$folder/sglang/bin/pip" install -q setproctitle uvicorn fastapi orjson aiohttp requests
fi
if [ ! -d "$folder/portkey/node_modules" ]; then  # with the two overrides, or every stream is answered with 500
  mkdir -p "$folder/portkey"
  cat > "$folder/portkey/package.json" <<'JSON'
{"name": "peers", "version": "1.0.0", "dependencies": {"@portkey-ai/gateway": "1.15.2"},
 "overrides": {"hono": "4.9.7", "@hono/node-server": "1.13.0"}}
JSON
  (cd "$folder/portkey" && npm install --no-audit --no-fund --silent)
fi
