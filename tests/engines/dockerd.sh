# dockerd.sh: sourced by the scripts of Docker and Swarm after room.sh. A dockerd with a containerd of its own, and what they are asked.

# private_names: names are looked up nowhere else (a server that refuses at once), and Docker's key stays in the room.
private_names() {
  printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$work/resolv.conf"
  mount --bind "$work/resolv.conf" "$(readlink -f /etc/resolv.conf)"
  [ ! -d /etc/docker ] || mount -t tmpfs tmpfs /etc/docker
}

# Another client may stand before the packaged one on the PATH.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# d WORD...: docker, with a limit to each call.
d() { timeout -k 5 "${CALL_LIMIT:-120}" /usr/bin/docker "$@"; }

# start_containerd FOLDER: of its own, since a dockerd that starts one lowers its oom_score_adj, which not every root may.
start_containerd() {
  mkdir -p "$1" /run/containerd
  cat >"$1/containerd.toml" <<TOML
version = 2
root = "$1/containerd"
state = "/run/containerd/state"
oom_score = 0
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
address = "/run/containerd/containerd.sock"
TOML
  containerd --config "$1/containerd.toml" >>"$1/containerd.log" 2>&1 &
  echo $! >"$1/containerd.pid"
  disown
  within 60 test -S /run/containerd/containerd.sock
}

# start_dockerd FOLDER OPTION...: returns when it answers. FOLDER/daemon.json is its configuration.
start_dockerd() {
  local folder=$1
  shift
  # A copy of the program under this name is what BuildKit calls.
  PATH=$work/bin:$PATH dockerd --config-file "$folder/daemon.json" --containerd /run/containerd/containerd.sock --oom-score-adjust 0 \
    --pidfile "/run/docker.pid" --data-root "$folder/data" --exec-root /run/docker "$@" >>"$folder/dockerd.log" 2>&1 &
  echo $! >"$folder/dockerd.pid"
  disown
  within 90 d version || { tail -20 "$folder/dockerd.log"; return 1; }
}

# kill_dockerd FOLDER: as if it had crashed.
kill_dockerd() {
  local pid
  pid=$(cat "$1/dockerd.pid")
  kill -KILL "$pid"
  within 20 sh -c "! kill -0 $pid"
}

# whole_root: root has every capability that the kernel knows.
whole_root() { [ $((0x$(sed -n 's/^CapPrm:\t//p' /proc/self/status))) = $(((1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1)) ]; }

# field CONTAINER TEMPLATE
field() { d inspect -f "$2" "$1"; }

# group_file CONTAINER CONTROLLER V1-FILE V2-FILE: what stands in the file of the container's group.
group_file() {
  local path
  path=$(field "$1" '{{.State.Pid}}')
  if grep -q ":$2:" "/proc/$path/cgroup"; then
    cat "/sys/fs/cgroup/$2$(sed -n "s/^[0-9]*:$2://p" "/proc/$path/cgroup")/$3"
  else
    cat "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$path/cgroup")/$4"
  fi
}

# status_of EXPECTED COMMAND...: what it said is in $work/said.
status_of() {
  local expected=$1 status=0
  shift
  "$@" >"$work/said" 2>&1 || status=$?
  [ "$status" = "$expected" ] || { printf 'expected status %s, not %s: %s\n' "$expected" "$status" "$*"; cat "$work/said"; return 1; }
}

# terminal COMMAND: it has a terminal; what it shows, without carriage returns.
terminal() {
  # Input that never ends: script would type an end of file.
  [ -p "$work/open" ] || mkfifo "$work/open"
  script -qec "$1" /dev/null <>"$work/open" | tr -d '\r'
}

# start_scenarios: in a room, with everything that is needed: dockerd with this runtime, and all of docker.d.
start_scenarios() {
  # What BuildKit calls is the program of this name on the daemon's PATH.
  ln -s recorded "$work/bin/runc"
  cat >"$work/daemon.json" <<END_OF_FILE
{
  "runtimes": { "rideau": { "path": "$work/bin/recorded" } },
  "default-runtime": "rideau",
  "exec-opts": [ "native.cgroupdriver=cgroupfs" ],
  "cgroup-parent": "/$group",
  "storage-driver": "overlay2",
  "live-restore": true
}
END_OF_FILE
  start_containerd "$work" && start_dockerd "$work" || exit 1
  busybox_root "$work/root"
  tar -C "$work/root" -c . | d import - busybox >/dev/null || { echo "cannot import the image"; exit 1; }
  mkdir "$work/tmp"
  box="run --rm busybox"

  for part in run confine limits life files network build daemon; do . "$here/docker.d/$part.sh"; done
  finish
}
