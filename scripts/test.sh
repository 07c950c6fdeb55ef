#!/usr/bin/env bash
# Everything that a change must pass: build, drift of generated files, lint, and all tests but those of the mesh.
# Arguments go to jest; JEST_SUMMARY names a file that its summary is written to.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh
scripts/requirements.sh
npm run --silent build
scripts/check-generated.sh
scripts/lint.sh
export NODE_OPTIONS="--experimental-vm-modules --disable-warning=ExperimentalWarning"
exec node node_modules/jest/bin/jest.js --ci --forceExit ${JEST_SUMMARY:+--json --outputFile="$JEST_SUMMARY"} "$@"
