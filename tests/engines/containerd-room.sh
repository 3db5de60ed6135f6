# containerd-room.sh: sourced by the scripts that have containerd beneath; after room.sh, inside the room.

# image_tar NAME ROOT OUT [CONFIG]: an image of one layer as `docker save` writes it; CONFIG is JSON, members of the image's config.
image_tar() {
  local folder id config=${4:-}
  folder=$(mktemp -d "$work/image-XXXXXX")
  tar -C "$2" --owner=0 --group=0 --numeric-owner -c . >"$folder/layer.tar"
  id=$(sha256sum "$folder/layer.tar" | cut -d' ' -f1)
  printf '{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]%s},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "${config:+,$config}" "$id" >"$folder/config.json"
  printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$1" >"$folder/manifest.json"
  tar -C "$folder" -c manifest.json config.json layer.tar >"$3"
  rm -rf "$folder"
}

# start_containerd: with $work/containerd.toml; returns when it answers.
start_containerd() {
  containerd --config "$work/containerd.toml" >>"$work/containerd.log" 2>&1 &
  containerd=$!
  disown "$containerd"
  within 60 ctr version || { tail -5 "$work/containerd.log"; return 1; }
}

# stop_containerd SIGNAL: what it started lives on.
stop_containerd() {
  kill -s "$1" "$containerd"
  within 60 sh -c "! kill -0 $containerd"
}
