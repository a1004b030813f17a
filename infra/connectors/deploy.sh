#!/bin/sh
# Puts the connectors of this directory, after the topics of infra/topics.json, and waits until every task runs; prints the trace
# of a task that fails. Doing it again changes nothing. Takes the options of `cdc deploy`, for example
#   infra/connectors/deploy.sh --config infra/secrets/pipeline.properties
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd -P)
for cdc in "$root/cdc" "$root/bin/cdc"; do
  if [ -f "$cdc" ]; then
    exec sh "$cdc" deploy --connectors "$root/infra/connectors" --topics "$root/infra/topics.json" "$@"
  fi
done
echo "deploy.sh: neither $root/cdc nor $root/bin/cdc is there" >&2
exit 2
