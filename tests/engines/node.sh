# node.sh: sourced by swarm-node.sh and kubernetes-node.sh. A node is a mount, network, uts, ipc and pid namespace, on a cable to the bridge
# "switch". It loses its power when the first process of its pid namespace is killed.

# start_node N SCRIPT: SCRIPT runs in it again, with RIDEAU_NODE=N; the node's first process is in $work/nodeN/pid.
start_node() {
  local folder=$work/node$1 pid
  RIDEAU_NODE=$1 unshare --mount --propagation private --net --uts --ipc --pid --fork --kill-child --mount-proc "$2" "${words[@]}" >>"$folder/node.log" 2>&1 &
  disown
  within 30 sh -c "cat /proc/$!/task/$!/children | grep -q ."
  pid=$(cut -d' ' -f1 "/proc/$!/task/$!/children")
  echo "$pid" >"$folder/pid"
  ip link add name "cable$1" type veth peer name eth0 netns "$pid"
  ip link set "cable$1" master switch up
}

# cut_power N: everything on the node is gone at once.
cut_power() {
  kill -KILL "$(cat "$work/node$1/pid")"
  within 30 sh -c "! ip link show cable$1"
  rm -f "$work/node$1/ready" "$work/node$1/docker.sock"
}
