# cri-room.sh: sourced by the scripts that have containerd's CRI plugin beneath; after room.sh and containerd-room.sh.

# enter_grouped_room: enter_room, and the room's group is the root of all groups seen: for engines that name groups themselves.
enter_grouped_room() {
  if [ -z "${RIDEAU_GROUPED-}" ]; then
    enter_room
    local place
    for place in /sys/fs/cgroup /sys/fs/cgroup/*; do
      [ -w "$place/cgroup.procs" ] && [ ! -L "$place" ] && mkdir "$place/$group" || continue
      [ ! -e "$place/cpuset.cpus" ] || { cat "$place/cpuset.cpus" >"$place/$group/cpuset.cpus"; cat "$place/cpuset.mems" >"$place/$group/cpuset.mems"; }
      echo $$ >"$place/$group/cgroup.procs"
    done
    export RIDEAU_GROUPED=1
    exec unshare --cgroup --mount --propagation shared "$top/tests/engines/${0##*/}" "${words[@]}"
  fi
  work=$RIDEAU_ROOM group=${RIDEAU_ROOM##*/} record=$RIDEAU_ROOM/record
  cd "$work" || exit 1
  own_groups
}

# own_groups: every hierarchy mounted anew, from the root of this cgroup namespace.
own_groups() {
  local mounts kind place options
  mounts=$(awk '{ for (i = 7; $i != "-"; i++); if ($(i + 1) ~ /^cgroup2?$/ && $5 ~ "^/sys/fs/cgroup") print $(i + 1), $5, $(i + 3) }' /proc/self/mountinfo | sort -u)
  # containerd goes by the first mount of a controller that it finds.
  umount -R -l "$work/cgroups"
  umount -R -l /sys/fs/cgroup
  if [ "${mounts%% *}" = cgroup2 ] && [ "$(wc -l <<<"$mounts")" = 1 ]; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    # Processes are in leaves only.
    mkdir /sys/fs/cgroup/room && echo $$ >/sys/fs/cgroup/room/cgroup.procs
    for options in $(cat /sys/fs/cgroup/cgroup.controllers); do echo "+$options" >/sys/fs/cgroup/cgroup.subtree_control; done
    return
  fi
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  while read -r kind place options; do
    mkdir -p "$place"
    options=$(tr ',' '\n' <<<"$options" | grep -vxE 'rw|ro|xattr|release_agent=.*|clone_children|nsdelegate' | paste -sd,)
    case $kind,$options in
      cgroup2,*) mount -t cgroup2 cgroup2 "$place" ;;
      *,name=*) mount -t cgroup -o "none,$options" cgroup "$place" ;;
      *) mount -t cgroup -o "$options" cgroup "$place" ;;
    esac
  done <<<"$mounts"
}

# cri_config: containerd's CRI plugin with the recorded runtime as its only one; images come from the room's registry.
cri_config() {
  mkdir -p "$work/net.d" "$work/certs.d/_default"
  printf 'server = "http://localhost:5000"\n[host."http://localhost:5000"]\n  capabilities = ["pull", "resolve"]\n' >"$work/certs.d/_default/hosts.toml"
  cat >"$work/containerd.toml" <<TOML
version = 2
root = "$work/containerd"
state = "/run/containerd"
oom_score = 0
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost:5000/room/pause:1"
  tolerate_missing_hugetlb_controller = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$work/certs.d"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$work/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "recorded"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.recorded]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.recorded.options]
        BinaryName = "$work/bin/recorded"
TOML
  cat >"$work/net.d/10-room.conflist" <<'JSON'
{"cniVersion":"0.4.0","name":"room","plugins":[
 {"type":"bridge","bridge":"room0","isGateway":true,"ipMasq":true,"promiscMode":true,
  "ipam":{"type":"host-local","dataDir":"/run/cni","ranges":[[{"subnet":"10.88.7.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
 {"type":"portmap","capabilities":{"portMappings":true}}]}
JSON
  echo 1 >/proc/sys/net/ipv4/ip_forward
}

# start_registry: images on loopback, over plain HTTP.
start_registry() {
  mkdir -p "$work/registry"
  cat >"$work/registry.yml" <<YAML
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "127.0.0.1:5000"}
YAML
  docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
  within 60 busybox wget -q -O /dev/null http://127.0.0.1:5000/v2/ || { tail -5 "$work/registry.log"; return 1; }
}

# publish ROOT CONFIG NAME...: an image in the registry, under each name.
publish() {
  local root=$1 config=$2 name first=localhost:5000/$3
  shift 2
  image_tar "$first" "$root" "$work/image.tar" "$config"
  ctr -n publish image import "$work/image.tar" >/dev/null
  for name; do
    [ "localhost:5000/$name" = "$first" ] || ctr -n publish image tag --force "$first" "localhost:5000/$name" >/dev/null
    ctr -n publish image push --plain-http "localhost:5000/$name" >/dev/null
  done
}

# programs: the small programs of the test images, in $work/programs.
programs() {
  mkdir -p "$work/programs"
  gcc -O2 -Wall -static -o "$work/programs/pause" "$top/tests/engines/cri-programs.c"
}
