# swarm-node.sh: sourced by swarm. A node (node.sh) has a containerd and a dockerd of its own.

# make_node N: starts it; $work/nodeN/ready is there when its dockerd answers.
make_node() {
  local folder=$work/node$1
  mkdir -p "$folder"
  rm -f "$folder/ready"
  cat >"$folder/daemon.json" <<END_OF_FILE
{
  "runtimes": { "rideau": { "path": "$work/bin/recorded" } },
  "default-runtime": "rideau",
  "exec-opts": [ "native.cgroupdriver=cgroupfs" ],
  "cgroup-parent": "/$group/node$1",
  "storage-driver": "overlay2"
}
END_OF_FILE
  start_node "$1" "$here/swarm"
}

# live_as_node: never returns.
live_as_node() {
  local n=$RIDEAU_NODE folder
  work=$RIDEAU_ROOM
  folder=$work/node$n
  hostname "node$n"
  umount -R -l /sys
  mount -t sysfs sysfs /sys && mount --rbind "$work/cgroups" /sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/lock
  private_names
  ip link set lo up
  within 60 ip link set eth0 up
  ip addr add "10.77.0.$n/24" dev eth0
  ip route add default via 10.77.0.254
  start_containerd "$folder" && start_dockerd "$folder" --host unix:///run/docker.sock --host "unix://$folder/docker.sock" || exit 1
  if [ ! -e "$folder/loaded" ]; then
    d import "$work/one.tar" busybox:one && d import "$work/two.tar" busybox:two && touch "$folder/loaded"
  fi
  touch "$folder/ready"
  # The shell collects what is left to the first process of a pid namespace.
  while :; do sleep 1; done
}

# on N WORD...: docker on a node.
on() {
  local socket=$work/node$1/docker.sock
  shift
  d --host "unix://$socket" "$@"
}

# s WORD...: docker on a node that is a manager and lives; docker service and others.
s() { on "${manager:-1}" "$@"; }

# running SERVICE [FILTER]: how many of its tasks run.
running() { s service ps --filter desired-state=running ${2:+--filter "$2"} --format '{{.CurrentState}}' "$1" | grep -c ^Running || true; }
runs() { [ "$(running "$1" ${3:-})" = "$2" ]; }

# nodes_of SERVICE: the nodes that it runs on, each once.
nodes_of() { s service ps --filter desired-state=running --format '{{.Node}}' "$1" | sort -u | tr '\n' ' ' | sed 's/ $//'; }

# container N SERVICE: the first container of a service on a node.
container() { on "$1" ps -q --filter "label=com.docker.swarm.service.name=$2" | head -1; }

# page HOST PORT: what a web server there says.
page() { timeout 20 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "GET / HTTP/1.0\r\n\r\n" >&3 && sed "1,/^\r*$/d" <&3 | grep .' "$1" "$2"; }
