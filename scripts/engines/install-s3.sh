#!/usr/bin/env bash
# Builds versitygw, a server that speaks S3 over a folder, into the folder that is named. Go is wanted, and nothing else.
#
#   scripts/engines/install-s3.sh .ci/s3
#
# It tests a condition and publishes under one lock, for whole objects and for those that were sent in parts, which is what a
# files driver stands on. What is built already is taken as it is.
set -euo pipefail
version=v1.8.0
folder="$(mkdir -p "$1" && cd "$1" && pwd)"
[ -x "$folder/versitygw" ] && [ "$(cat "$folder/version" 2>/dev/null)" = "$version" ] && exit 0
GOBIN="$folder" GOFLAGS=-mod=readonly go install -trimpath -ldflags="-s -w" "github.com/versity/versitygw/cmd/versitygw@$version"
echo "$version" >"$folder/version"
