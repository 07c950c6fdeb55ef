#!/usr/bin/env bash
# Runs a command inside a network of its own, with the addresses the testbed's pods and client use:
#   test/mesh/testbed/run.sh <command> [argument …]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "testbed: $*" >&2
  exit 1
}

[ $# -gt 0 ] || fail "usage: run.sh <command> [argument …]"
[ "$(id -u)" -eq 0 ] || fail "must be root: the cluster lives in a network namespace, and only root may make one"
for tool in unshare setpriv; do
  command -v "$tool" >/dev/null || fail "$tool is missing (Debian package util-linux)"
done

"$here/build.sh"

# One folder for the data of every testbed started inside: a test that crashes cannot remove its own.
TIDEGATE_TESTBED_DATA=$(mktemp -d "${TMPDIR:-/tmp}/tidegate-testbed-XXXXXX")
export TIDEGATE_TESTBED_DATA

inside='
  set -euo pipefail
  ip link set lo up
  for last in $(seq 11 40); do echo "addr add 10.244.0.$last/32 dev lo"; done | ip -batch -
  status=0
  "$@" || status=$?
  exit "$status"
'

# The process namespace is what guarantees that nothing stays behind: when its first process ends, for whatever
# reason, the kernel kills all others in it. setpriv covers the one case no trap can, this script being killed.
setpriv --pdeathsig KILL \
  unshare --net --pid --mount-proc --fork --kill-child -- \
  bash -c "$inside" testbed "$@" <&0 &
namespace=$!
clean_up() {
  kill -KILL "$namespace" 2>/dev/null || true
  wait "$namespace" 2>/dev/null || true
  if [ -n "${TIDEGATE_TESTBED_KEEP:-}" ]; then
    echo "testbed: logs and data are in $TIDEGATE_TESTBED_DATA" >&2
  else
    rm -rf "$TIDEGATE_TESTBED_DATA"
  fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

status=0
wait "$namespace" || status=$?
exit "$status"
