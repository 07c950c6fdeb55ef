#!/usr/bin/env bash
# The store and its clients under fire: real processes killed, stopped, flushed, failed over. Arguments go to jest;
# JEST_SUMMARY names a file that its summary is written to. FAULTS=long runs each story at its full length.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh
scripts/requirements.sh
npm run --silent build
export NODE_OPTIONS="--experimental-vm-modules --disable-warning=ExperimentalWarning"
exec node node_modules/jest/bin/jest.js --config jest.faults.config.mjs --ci --forceExit --runInBand \
  ${JEST_SUMMARY:+--json --outputFile="$JEST_SUMMARY"} "$@"
