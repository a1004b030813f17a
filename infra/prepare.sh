#!/bin/sh
# Makes what compose.yaml needs and no repository holds: infra/.env from .env.example, random passwords in infra/secrets, and
# infra/secrets/pipeline.properties, with which the cdc command on this machine finds the pipeline. What exists is kept.
#
#   infra/prepare.sh            published images
#   infra/prepare.sh --local    the images that infra/images/build-local.sh has built
set -eu
infra=$(cd "$(dirname "$0")" && pwd -P)
umask 077

# A file that would say the same keeps its time.
keep_or_replace() {
  if cmp -s "$1.new" "$1"; then
    rm "$1.new"
  else
    mv "$1.new" "$1"
  fi
}

if [ ! -f "$infra/.env" ]; then
  cp "$infra/.env.example" "$infra/.env"
fi
case ${1:-} in
  "") ;;
  --local)
    [ -f "$infra/images/local.env" ] || {
      echo "prepare.sh: there is no infra/images/local.env; run infra/images/build-local.sh first" >&2
      exit 1
    }
    # its values win: the same names are taken out above
    names=$(sed -n 's/^\(CDC_[A-Z_]*\)=.*/\1/p' "$infra/images/local.env" | tr '\n' '|')
    grep -Ev "^(${names%|})=|^# Written by build-local.sh" "$infra/.env" >"$infra/.env.new"
    cat "$infra/images/local.env" >>"$infra/.env.new"
    keep_or_replace "$infra/.env"
    ;;
  *)
    echo "usage: infra/prepare.sh [--local]" >&2
    exit 2
    ;;
esac

setting() {
  sed -n "s/^$1=//p" "$infra/.env" | tail -n 1
}

directory=$(setting CDC_SECRETS_DIR)
case ${directory:=./secrets} in
  /*) ;;
  *) directory=$infra/$directory ;;
esac
mkdir -p "$directory"
# Nobody else may enter the directory; within it the files are readable, for containers run as users of their own.
chmod 0700 "$directory"
for name in postgres shop connector reader sink analyst kafka connect; do
  file=$directory/${name}_password
  if [ ! -s "$file" ]; then
    od -An -N 24 -tx1 /dev/urandom | tr -d ' \n' >"$file"
  fi
  chmod 0444 "$file"
done

# What Kafka's programs read: who may come in and who one is, and the same as a client's properties.
login="org.apache.kafka.common.security.plain.PlainLoginModule required username=\"kafka\" password=\"$(cat "$directory/kafka_password")\""
cat >"$directory/kafka_jaas.new" <<JAAS
KafkaServer {
  $login user_kafka="$(cat "$directory/kafka_password")";
};
KafkaClient {
  $login;
};
JAAS
cat >"$directory/kafka_client.new" <<PROPERTIES
security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config=$login;
PROPERTIES
# For curl -K: the password is then in no list of processes.
printf 'user = "connect:%s"\n' "$(cat "$directory/connect_password")" >"$directory/connect.curl.new"
for name in kafka_jaas kafka_client connect.curl; do
  chmod 0444 "$directory/$name.new"
  keep_or_replace "$directory/$name"
done
directory_of_plugins=$(setting CDC_PLUGINS_DIR)
case ${directory_of_plugins:=./plugins} in
  /*) ;;
  *) directory_of_plugins=$infra/$directory_of_plugins ;;
esac
# The worker's user reads it.
mkdir -p "$directory_of_plugins"
chmod 0755 "$directory_of_plugins"

# The registry that the containers use, as this machine reaches it: those of compose.yaml by their published ports.
registry=$(setting CDC_SCHEMA_REGISTRY_INTERNAL_URL)
case ${registry:=http://registry:8080/apis/ccompat/v7} in
  http://registry:8080*)
    registry=http://127.0.0.1:$(setting CDC_REGISTRY_PORT)${registry#http://registry:8080} ;;
  http://confluent-registry:8081*)
    registry=http://127.0.0.1:$(setting CDC_CONFLUENT_REGISTRY_PORT)${registry#http://confluent-registry:8081} ;;
esac

# A database knows the passwords that it was made with: keep the files with the volumes.
cat >"$directory/pipeline.properties.new" <<PROPERTIES
source.url=jdbc:postgresql://127.0.0.1:$(setting CDC_SOURCE_PORT)/shop?user=shop&password=$(cat "$directory/shop_password")
reader.url=jdbc:postgresql://127.0.0.1:$(setting CDC_SOURCE_PORT)/shop?user=cdc_reader&password=$(cat "$directory/reader_password")
target.url=jdbc:postgresql://127.0.0.1:$(setting CDC_TARGET_PORT)/analytics?user=analyst&password=$(cat "$directory/analyst_password")
sink.url=jdbc:postgresql://127.0.0.1:$(setting CDC_TARGET_PORT)/analytics?user=cdc_sink&password=$(cat "$directory/sink_password")
bootstrap.servers=127.0.0.1:$(setting CDC_KAFKA_PORT)
registry.url=$registry
connect.url=http://connect:$(cat "$directory/connect_password")@127.0.0.1:$(setting CDC_CONNECT_PORT)
kafka.security.protocol=SASL_PLAINTEXT
kafka.sasl.mechanism=PLAIN
kafka.sasl.jaas.config=$login;
PROPERTIES
keep_or_replace "$directory/pipeline.properties"
echo "infra/.env and the passwords in $directory are there; start with: docker compose -f infra/compose.yaml up -d"
