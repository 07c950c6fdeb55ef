#!/usr/bin/env bash
# Installs the npm packages when they are missing or older than the lock file. No install script of a package runs.
set -euo pipefail
cd "$(dirname "$0")/.."
major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
if [ "$major" -lt 20 ]; then
  echo "Tidegate needs Node 20.19 or newer; this is $(node --version 2>/dev/null || echo 'no Node')." >&2
  exit 1
fi
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo 'installing npm packages (about a minute)'
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
