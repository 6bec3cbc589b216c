#!/bin/bash
# Makes the data at the first start, gives every service its database and role, and becomes the server.
#
#   start-postgres [OPTION OF postgres ...]
#
# /data             the volume
# /run/postgresql   the socket, and the key of this start: in memory
# /etc/postgres/services/NAME   what a service's password is checked by, SCRAM-SHA-256$...; never the password
set -euo pipefail

volume=/data
data=$volume/postgres
made=$volume/postgres.partial
run=/run/postgresql
services=/etc/postgres/services
settings=/etc/postgres/postgresql.conf

fail() {
  echo "start-postgres: $*" >&2
  exit 1
}

# A start that was interrupted leaves a part of the data, which nobody has written to yet.
if [[ ! -e $data ]]; then
  rm -rf "$made"
  initdb --pgdata "$made" --username postgres --auth reject --encoding UTF8 --locale C.UTF-8 --data-checksums
  mv "$made" "$data"
fi
found=$(cat "$data/PG_VERSION") || fail "$data is no PostgreSQL's data: empty the volume, or name the right one"
[[ $found == "$POSTGRES_VERSION" ]] ||
  fail "the data is of PostgreSQL $found, this is $POSTGRES_VERSION: dump it there and load it here, or empty the volume"

# A volume that is given to a group anew has other modes, with which the server refuses to start.
chmod 0700 "$data"

# Clients do not ask whose certificate it is, but whether the password's exchange is bound to it (channel binding).
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=postgres" \
  -keyout "$run/server.key" -out "$run/server.crt" 2> /dev/null

for file in "$services"/*; do
  [[ -e $file ]] || continue
  name=$(basename "$file")
  [[ $name =~ ^[a-z][a-z0-9_]{0,62}$ && $name != postgres && $name != metrics && $name != pg_* ]] ||
    fail "$name can't be a service's role: a-z, 0-9 and _ from a letter on, and not postgres, metrics or pg_..."
  [[ $(cat "$file") =~ ^SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$ ]] ||
    fail "$file has to say what the password is checked by, SCRAM-SHA-256\$..., and nothing else"
done

# Nobody from outside comes in before the roles are as they should be.
options="-c config_file=$settings -c listen_addresses="
# A server that was killed reads its journal first, which may take long.
pg_ctl --pgdata "$data" --options "$options" --silent --wait --timeout 3600 start
say() {
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --host "$run" --username postgres --dbname postgres "$@"
}
names=
for file in "$services"/*; do
  [[ -e $file ]] || continue
  name=$(basename "$file")
  names+=$name,
  # The file is read by psql itself: arguments are seen by every process.
  say --set name="$name" --set file="$file" --file /etc/postgres/service.sql
done
say --set names="$names" --file /etc/postgres/left.sql
pg_ctl --pgdata "$data" --silent --wait --mode fast stop

exec postgres -D "$data" -c config_file="$settings" "$@"
