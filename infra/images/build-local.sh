#!/usr/bin/env bash
# Builds every image of infra/compose.yaml without an image registry: stand-ins for the published ones from Debian's packages and
# the distribution, under names of their own (cdc-local/…), and our own three on top of them. Then writes infra/images/local.env,
# which selects them, for docker-compose and for the tests.
#
#   infra/images/build-local.sh [--if-docker-answers] [DISTRIBUTION]
#
# With --if-docker-answers it does nothing where no Docker answers, and succeeds.
# DISTRIBUTION is an unpacked distribution; by default the one that the build has made (`mvn -Dquick -DskipTests package`).
# Needs root, Debian, Docker, debootstrap and a JDK. Package mirrors and proxies are those of this system's own apt. What has not
# changed is not built again: a second run takes seconds.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
export DOCKER_BUILDKIT=0 # the builder that every Docker has

fail() {
  echo "build-local.sh: $1" >&2
  exit 1
}

if [ "${1:-}" = --if-docker-answers ]; then
  shift
  docker info >/dev/null 2>&1 || {
    echo "build-local.sh: Docker does not answer; no images are built"
    exit 0
  }
fi

for tool in docker debootstrap tar sha256sum; do
  command -v "$tool" >/dev/null || fail "$tool is missing; apt-get install docker.io debootstrap"
done
command -v jar >/dev/null || fail "jar is missing; install a JDK 17 or later"
docker info >/dev/null 2>&1 || fail "Docker does not answer; start it (dockerd), or see docker info"
[ "$(id -u)" = 0 ] || fail "debootstrap needs root; run it with sudo"

dist=${1:-}
if [ -z "$dist" ]; then
  for candidate in "$root"/cdc-app/target/dist/cdc-*; do
    [ -f "$candidate/.built" ] && dist=$candidate
  done
fi
[ -n "$dist" ] && [ -d "$dist/kafka" ] && [ -d "$dist/plugins" ] ||
  fail "no distribution at '${dist:-cdc-app/target/dist}'; build one with: mvn -Dquick -DskipTests -pl cdc-app -am package"
dist=$(cd "$dist" && pwd -P)
version=${dist##*/cdc-}

work=$(mktemp -d "${TMPDIR:-/tmp}/cdc-images.XXXXXX")
trap 'rm -rf "$work"' EXIT

# inputs FILE...: one sum over the names and contents of everything that an image is made of
inputs() {
  find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sed "s#  $root/#  #" | sha256sum | cut -c1-40
}

# current IMAGE SUM: whether the image was made of just that
current() {
  [ "$(docker image inspect --format '{{index .Config.Labels "dev.cdcpipeline.inputs"}}' "$1" 2>/dev/null)" = "$2" ]
}

# image NAME SUM CONTEXT [OPTION...]
image() {
  local name=$1 sum=$2 context=$3
  shift 3
  if current "$name" "$sum"; then
    echo "== $name is current"
    return
  fi
  echo "== $name"
  docker build -q --label "dev.cdcpipeline.inputs=$sum" -t "$name" "$@" "$context" >"$work/id" || fail "cannot build $name"
}

# shellcheck source=/dev/null
. /etc/os-release
[ "${ID:-}" = debian ] && [ -n "${VERSION_CODENAME:-}" ] || fail "this is ${PRETTY_NAME:-no Debian}; the stand-ins are made of Debian's packages"

# The first mirror that this system's own apt uses for its own release.
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 2>/dev/null | awk -v r="$VERSION_CODENAME" '$2 == r { print $1; exit }')
[ -n "$mirror" ] || fail "this system's apt has no source for $VERSION_CODENAME; see /etc/apt/sources.list.d, and run apt-get update"

debian=cdc-local/debian:$VERSION_CODENAME
sources=$(apt-get indextargets --format 'deb $(SITE) $(RELEASE) $(COMPONENT)' 2>/dev/null | grep -E " $VERSION_CODENAME(-updates|-security)? " | sort -u)
apt_proxy=$(apt-config dump 2>/dev/null | grep -E '^Acquire::https?::Proxy' || true)
recipe=1 # raise it when what follows makes another base
sum=$(printf '%s\n' "$recipe" "$mirror" "$sources" "$apt_proxy" | sha256sum | cut -c1-40)
if current "$debian" "$sum"; then
  echo "== $debian is current"
else
  echo "== $debian (debootstrap)"
  debootstrap --variant=minbase "$VERSION_CODENAME" "$work/debian" "$mirror" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 20 "$work/debootstrap.log" >&2; fail "debootstrap failed"; }
  # an image that is half made is thrown away: no package needs to be safe against a power cut
  echo force-unsafe-io >"$work/debian/etc/dpkg/dpkg.cfg.d/image"
  rm -f "$work"/debian/etc/apt/sources.list.d/*
  printf '%s\n' "$sources" >"$work/debian/etc/apt/sources.list"
  [ -z "$apt_proxy" ] || printf '%s\n' "$apt_proxy" >"$work/debian/etc/apt/apt.conf.d/90proxy"
  rm -rf "$work"/debian/var/lib/apt/lists/* "$work"/debian/var/cache/apt/*.bin "$work"/debian/var/cache/apt/archives/*.deb \
    "$work"/debian/usr/share/doc/* "$work"/debian/usr/share/man/* "$work"/debian/usr/share/locale/* "$work"/debian/var/log/*.log
  tar -C "$work/debian" --one-file-system -c . |
    docker import --change "LABEL dev.cdcpipeline.inputs=$sum" --change 'ENV LANG=C.UTF-8' - "$debian" >/dev/null
  rm -rf "$work/debian"
fi
base_sum=$sum

# sum_on PARENT_SUM FILE...
sum_on() {
  { echo "$1" && inputs "${@:2}"; } | sha256sum | cut -c1-40
}

jre=cdc-local/jre:17
jre_sum=$(sum_on "$base_sum" "$here/local/jre")
image "$jre" "$jre_sum" "$here/local/jre" --build-arg "BASE_IMAGE=$debian"

archive=$(echo "$dist"/postgresql/*.jar)
[ -f "$archive" ] || fail "there is no PostgreSQL in $dist/postgresql; build the distribution again"
postgres_version=$(basename "$archive" .jar | sed 's/.*-//')
postgres=cdc-local/postgres:${postgres_version%%.*}
sum=$(sum_on "$base_sum" "$here/local/postgres" "$archive")
if ! current "$postgres" "$sum"; then
  mkdir -p "$work/postgres/pgsql"
  cp "$here"/local/postgres/* "$work/postgres/"
  (cd "$work/postgres" && jar xf "$archive" && tar -C pgsql -xJf ./*.txz && rm -rf ./*.txz META-INF)
fi
image "$postgres" "$sum" "$work/postgres" --build-arg "BASE_IMAGE=$debian"

kafka_version=$(basename "$(echo "$dist"/kafka/kafka-clients-*.jar)" .jar | sed 's/.*-//')
kafka=cdc-local/kafka:$kafka_version
sum=$(sum_on "$jre_sum" "$here/local/kafka" "$dist/kafka")
if ! current "$kafka" "$sum"; then
  mkdir -p "$work/kafka"
  cp "$here"/local/kafka/* "$work/kafka/"
  cp -r "$dist/kafka" "$work/kafka/jars"
fi
image "$kafka" "$sum" "$work/kafka" --build-arg "JRE_IMAGE=$jre"

# Only what a Dockerfile copies becomes its context, not the whole distribution.
ours() {
  local name=$1 context=$work/$1 part
  shift
  local paths=()
  for part in "$@" "infra/images/$name" infra/images/http-health infra/images/secrets; do
    paths+=("$dist/$part")
  done
  local sum
  sum=$(sum_on "$jre_sum" "${paths[@]}")
  if ! current "cdc-local/$name:$version" "$sum"; then
    for part in "$@" "infra/images/$name" infra/images/http-health infra/images/secrets; do
      mkdir -p "$context/$(dirname "$part")"
      cp -r "$dist/$part" "$context/$(dirname "$part")/"
    done
  fi
  image "cdc-local/$name:$version" "$sum" "$context" -f "$context/infra/images/$name/Dockerfile" --build-arg "JRE_IMAGE=$jre"
}
ours connect kafka plugins conf infra/connect infra/results
ours registry registry
ours application lib infra

cat >"$work/local.env" <<ENV
# Written by build-local.sh: the images of this machine. To deploy with them: infra/prepare.sh --local
CDC_POSTGRES_IMAGE=$postgres
CDC_KAFKA_IMAGE=$kafka
CDC_JRE_IMAGE=$jre
CDC_CONNECT_IMAGE=cdc-local/connect:$version
CDC_REGISTRY_IMAGE=cdc-local/registry:$version
CDC_APPLICATION_IMAGE=cdc-local/application:$version
ENV
# a file that says the same keeps its time, so that ./cdc does not build again for it
cmp -s "$work/local.env" "$here/local.env" || cp "$work/local.env" "$here/local.env"
echo "$here/local.env selects these images"
