#!/usr/bin/env bash
# Fetches Apache Kafka, its tools and Kafka Streams as jars from Maven's central repository into the folder that is named.
# Java 17 or later and Maven are wanted; on Debian they are installed where they are missing.
#
#   scripts/engines/install-kafka.sh .ci/kafka
#
# What is there already is taken as it is.
set -euo pipefail
pom="$(cd "$(dirname "$0")" && pwd)/kafka.pom.xml"
folder="$(mkdir -p "$1" && cd "$1" && pwd)"
cmp -s "$pom" "$folder/kafka.pom.xml" && exit 0
if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  $sudo apt-get install -y --no-install-recommends default-jre-headless maven >/dev/null
fi
rm -rf "$folder/jars"
mvn -q -B -f "$pom" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$folder/jars"
# Written last: a folder that was left half-way is fetched anew.
cp "$pom" "$folder/kafka.pom.xml"
