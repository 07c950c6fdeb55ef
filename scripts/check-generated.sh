#!/usr/bin/env bash
# Fails when a generated file that is committed differs from what the sources make.
set -euo pipefail
cd "$(dirname "$0")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
node scripts/generate.mjs "$fresh"
status=0
while IFS= read -r -d '' file; do
  path=${file#"$fresh"/}
  if ! diff -u "$path" "$file"; then
    echo "$path is out of date: run npm run generate" >&2
    status=1
  fi
done < <(find "$fresh" -type f -print0)
exit $status
