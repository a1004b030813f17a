#!/bin/bash
# For the postgres image's /docker-entrypoint-initdb.d: runs /etc/cdc/database.sql (infra/sql/source.sql or target.sql) in the new
# database, its passwords taken from /run/secrets: NAME_password is the setting cdc.NAME_password.
set -euo pipefail
{
  for secret in /run/secrets/*_password; do
    # psql reads the file itself, so that no password is in a list of processes
    printf '\\set password `cat %s`\n' "$secret"
    printf "SELECT set_config('cdc.%s', :'password', false) \\\\g /dev/null\n" "$(basename "$secret")"
  done
  echo '\i /etc/cdc/database.sql'
  # this server's own databases are for its superuser alone
  echo 'REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;'
} | psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet -U "$POSTGRES_USER" -d "$POSTGRES_DB"
