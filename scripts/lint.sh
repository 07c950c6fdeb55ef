#!/usr/bin/env bash
# Everything that is checked without running the product. Each tool prints its own findings; all run, then the result.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()
check() {
  local name=$1
  shift
  if ! output=$("$@" 2>&1); then
    failed+=("$name")
    printf -- '--- %s\n%s\n' "$name" "$output"
  fi
}
check types npx --no-install tsc -p tsconfig.json
check oxlint npx --no-install oxlint --type-aware --deny-warnings
check format npx --no-install prettier --check --log-level warn .
check layers npx --no-install depcruise --config .dependency-cruiser.cjs src client-sdk/src migrations demo test
check dead-code npx --no-install knip
check lock-file node scripts/check-lock.mjs
if [ ${#failed[@]} -gt 0 ]; then
  echo "lint failed: ${failed[*]}"
  exit 1
fi
echo 'lint: clean'
