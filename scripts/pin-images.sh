#!/usr/bin/env bash
# Writes the digest of every image into compose.yaml and the Dockerfile, so that a tag that is moved
# later changes nothing here: name:tag becomes name:tag@sha256:…. Run it again to take what the tags
# name now, and read the difference. Needs docker with buildx, and the registries.
set -euo pipefail
cd "$(dirname "$0")/.."

files=(compose.yaml Dockerfile)
images=$(sed -nE -e 's/^ +image: ([^ @]+).*/\1/p' -e 's/^FROM ([^ @]+).*/\1/p' "${files[@]}" | sort -u)
for image in $images; do
  digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
  if [[ ! $digest =~ ^sha256:[0-9a-f]{64}$ ]]; then
    echo "pin-images: docker gave no digest for $image" >&2
    exit 1
  fi
  pattern=$(printf '%s' "$image" | sed 's/[.[\*^$/]/\\&/g')
  sed -i -E "s/^( +image: |FROM )$pattern(@sha256:[0-9a-f]{64})?( |\$)/\1${image//\//\\/}@$digest\3/" "${files[@]}"
  echo "$image@$digest"
done
