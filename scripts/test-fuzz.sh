#!/usr/bin/env bash
# Seeded random inputs over every edge and every parse function. Arguments go to jest;
# JEST_SUMMARY names a file that its summary is written to. FUZZ=long runs a million inputs.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh
scripts/requirements.sh
npm run --silent build
export NODE_OPTIONS="--experimental-vm-modules --disable-warning=ExperimentalWarning"
exec node node_modules/jest/bin/jest.js --config jest.fuzz.config.mjs --ci --forceExit --runInBand \
  ${JEST_SUMMARY:+--json --outputFile="$JEST_SUMMARY"} "$@"
