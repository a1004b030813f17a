#!/bin/sh
# Runs the cdc command of this source tree; builds it first when it is missing or older than the sources, unless
# a stack runs on it. The deployment files in infra are only copied: a new result needs no build.
#
# `./cdc bench` runs the benchmarks, which are no part of the distribution: the module cdc-bench.
# CDC_OPTS holds options for the JVM that is run.
# MAVEN_ARGS and CDC_MAVEN_OPTS hold options for that build, for example -Dmaven.repo.local=DIR.
set -eu

link=$0
while [ -h "$link" ]; do
  target=$(readlink "$link")
  case $target in
    /*) link=$target ;;
    *) link=$(dirname "$link")/$target ;;
  esac
done
root=$(cd "$(dirname "$link")" && pwd -P)
dist_parent=$root/cdc-app/target/dist
lock=$root/cdc-app/target/.cdc-build
bench=$root/cdc-bench/target/bench

module=cdc-app
if [ "${1:-}" = bench ]; then
  module=cdc-bench
  shift
fi

fail() {
  echo "cdc: $1" >&2
  exit 69
}

# Gives the built distribution's directory, or nothing.
find_dist() {
  for candidate in "$dist_parent"/cdc-*; do
    if [ -f "$candidate/.built" ]; then
      echo "$candidate"
      return
    fi
  done
}

# Says why a build is needed, or nothing.
why_build() {
  dist=$(find_dist)
  if [ -z "$dist" ]; then
    echo "there is no distribution yet"
    return
  fi
  changed=$(find "$root/pom.xml" "$root"/cdc-model "$root"/cdc-transforms "$root"/cdc-shop "$root"/cdc-sink "$root"/cdc-converter "$root"/cdc-debezium \
    "$root"/cdc-app \( -name target -o -path '*/src/test' \) -prune -o \( -type f -o -path '*/src/*' \) -newer "$dist/.built" -print 2>/dev/null | head -n 1)
  if [ -n "$changed" ]; then
    echo "${changed#"$root"/} is newer than the distribution"
  elif [ "$module" = cdc-bench ]; then
    why_build_bench
  fi
}

# The same for the benchmarks, where the distribution is as it should be.
why_build_bench() {
  if [ ! -f "$bench/.built" ]; then
    echo "the benchmarks are not built yet"
    return
  fi
  changed=$(find "$root/cdc-bench" "$dist/.built" \
    \( -name target -path '*/cdc-bench/*' -o -path '*/src/test' \) -prune -o \( -type f -o -path '*/src/*' \) -newer "$bench/.built" -print 2>/dev/null | head -n 1)
  if [ -n "$changed" ]; then
    echo "${changed#"$root"/} is newer than the benchmarks"
  fi
}

# Gives the process that runs on the built distribution, or nothing: its files must not change under it.
running_on() {
  ps -eo pid=,args= 2>/dev/null | awk -v "home=$1/" 'index($0, home) && !index($0, "awk") { print $1; exit }'
}

# Says whether the distribution's copy of infra is that of this tree, but for what belongs to this machine alone.
has_infra() {
  diff -rq -x .env -x secrets -x local.env "$root/infra" "$1/infra" >/dev/null 2>&1
}

# Brings the distribution's copy of infra up to date.
copy_infra() {
  dist=$(find_dist)
  if ! has_infra "$dist"; then
    rm -rf "$dist/infra.new" "$dist/infra.old"
    cp -R "$root/infra" "$dist/infra.new"
    rm -rf "$dist/infra.new/.env" "$dist/infra.new/secrets" "$dist/infra.new/images/local.env"
    if [ -d "$dist/infra" ]; then
      mv "$dist/infra" "$dist/infra.old"
    fi
    mv "$dist/infra.new" "$dist/infra"
    rm -rf "$dist/infra.old"
  fi
}

find_java() {
  if [ -n "${JAVA_HOME:-}" ]; then
    javac=$JAVA_HOME/bin/javac
    [ -x "$javac" ] || fail "there is no $javac; point JAVA_HOME at a JDK 17 or later, it is needed to build"
  else
    javac=$(command -v javac) || fail "no JDK found; install a JDK 17 or later (a JRE is not enough to build), or point JAVA_HOME at one"
  fi
  version=$("$javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 17 ] || fail "$javac is version ${version:-unknown}; a JDK 17 or later is needed to build"
}

find_maven() {
  command -v mvn >/dev/null || fail "no Maven found; install Maven 3.8 or later (mvn), it is needed to build"
  version=$(mvn --version 2>/dev/null | sed -n 's/.*Apache Maven \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
  # shellcheck disable=SC2086 # two words
  set -- ${version:-0 0}
  if [ "$1" -lt 3 ] || { [ "$1" -eq 3 ] && [ "$2" -lt 8 ]; }; then
    fail "mvn is version $1.$2; Maven 3.8 or later is needed to build"
  fi
}

# Of what Maven says: which module it is at, and what is wrong.
show_build() {
  sed -n \
    -e "s/$(printf '\033')\[[0-9;]*m//g" \
    -e 's/^\[INFO\] Building \(cdc[^ ]*\) .*\(\[[0-9]*\/[0-9]*\]\)$/cdc: building \1 \2/p' \
    -e '/^\[ERROR\]/p' >&2
}

build() {
  find_java
  find_maven
  echo "cdc: building, because $1" >&2
  if [ -z "$(find_dist)" ]; then
    echo "cdc: with an empty Maven repository this downloads about 330 MB" >&2
  fi
  stamp=$lock/stamp
  : >"$stamp"
  # jars of an older pom would stay beside those of the new one
  if [ -n "$(find_dist)" ] && [ -n "$(find "$root" -name target -prune -o -name pom.xml -newer "$(find_dist)/.built" -print | head -n 1)" ]; then
    rm -rf "$(find_dist)/lib" "$(find_dist)/kafka" "$(find_dist)/plugins" "$(find_dist)/.unpacked" \
      "$root"/cdc-app/runtime/*/target "$bench/lib" "$bench/plugins" "$bench/.unpacked" "$bench/.built"
  fi
  started=$(date +%s)
  # MAVEN_ARGS is read by Maven itself from 3.9 on; given here it works with 3.8, too
  # shellcheck disable=SC2086 # options are words
  (
    cd "$root"
    code=0
    MAVEN_ARGS='' mvn -B -ntp -Dstyle.color=never -Dquick -DskipTests ${MAVEN_ARGS:-} ${CDC_MAVEN_OPTS:-} -pl $module -am package </dev/null || code=$?
    echo "$code" >"$lock/code"
  ) 2>&1 | show_build
  [ "$(cat "$lock/code" 2>/dev/null)" = 0 ] || fail "the build failed; see above"
  for candidate in "$dist_parent"/cdc-*; do
    if [ -d "$candidate" ]; then
      # Maven has written it just now; what was edited since the build began is newer
      touch -r "$stamp" "$candidate/.built"
    fi
  done
  if [ "$module" = cdc-bench ]; then
    touch -r "$stamp" "$bench/.built"
  fi
  echo "cdc: built in $(($(date +%s) - started)) s" >&2
}

# Two may run at once: a directory is made by one only. It names its maker, so that one who was killed is noticed.
take_lock() {
  mkdir -p "$root/cdc-app/target"
  said=
  while ! mkdir "$lock" 2>/dev/null; do
    owner=$(cat "$lock/pid" 2>/dev/null || true)
    # its maker is gone, or was killed before it could write its name
    if { [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; } || [ -n "$(find "$lock" -prune -mmin +60 2>/dev/null)" ]; then
      rm -rf "$lock"
      continue
    fi
    if [ -z "$said" ]; then
      echo "cdc: another cdc is building (process ${owner:-unknown}); waiting for it" >&2
      said=yes
    fi
    sleep 1
  done
  echo $$ >"$lock/pid"
  trap 'rm -rf "$lock"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

reason=$(why_build)
if [ -n "$reason" ] && [ -n "$(find_dist)" ]; then
  running=$(running_on "$(find_dist)")
  if [ -n "$running" ]; then
    echo "cdc: $reason, but process $running runs on that; not building (./cdc down stops a stack)" >&2
    reason=
  fi
fi
if [ -n "$reason" ] || ! has_infra "$(find_dist)"; then
  take_lock
  # whoever had the lock may have built it
  if [ -n "$reason" ]; then
    reason=$(why_build)
  fi
  if [ -n "$reason" ]; then
    build "$reason"
  fi
  copy_infra
  rm -rf "$lock"
  trap - EXIT INT TERM
fi

if [ "$module" = cdc-bench ]; then
  java=java
  if [ -n "${JAVA_HOME:-}" ]; then
    java=$JAVA_HOME/bin/java
  fi
  # shellcheck disable=SC2086 # options are words
  exec "$java" -Xmx1g -XX:+UseSerialGC "-Dcdc.home=$(find_dist)" "-Dcdc.bench.home=$bench" "-Dcdc.root=$root" \
    ${CDC_OPTS:-} -cp "$bench/lib/*" dev.cdcpipeline.bench.cli.BenchCommand "$@"
fi

exec sh "$(find_dist)/bin/cdc" "$@"
