#!/usr/bin/env bash
# The story on a real API server, istiod and Envoy. The first run builds them (about 17 minutes), later ones reuse them.
# Arguments go to jest; JEST_SUMMARY names a file that its summary is written to.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh
scripts/requirements.sh
npm run --silent build
export NODE_OPTIONS="--experimental-vm-modules --disable-warning=ExperimentalWarning"
exec test/mesh/testbed/run.sh node node_modules/jest/bin/jest.js --config jest.mesh.config.mjs --ci --forceExit --runInBand \
  ${JEST_SUMMARY:+--json --outputFile="$JEST_SUMMARY"} "$@"
