#!/usr/bin/env bash
# Installs what is missing, builds, and starts: the demo, or with --no-demo the service alone on a durable folder.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh
echo 'building (about half a minute)'
npm run --silent build
if [ "${1:-}" = --no-demo ]; then
  shift
  exec node dist/src/main.js "$@"
fi
exec node dist/demo/main.js "$@"
