# kubernetes-node.sh: sourced by kubernetes. A node (node.sh) has a cgroup namespace, a containerd and a kubelet of its own, which are started
# again when they end.

# make_node N: starts it; $work/nodeN/ready is there when its containerd answers and has the image.
make_node() {
  local folder=$work/node$1 place
  mkdir -p "$folder"/{kubelet,net.d,log}
  rm -f "$folder/ready"
  for place in /sys/fs/cgroup /sys/fs/cgroup/*; do
    [ -w "$place/cgroup.procs" ] && [ ! -L "$place" ] && mkdir -p "$place/node$1" || continue
    [ ! -e "$place/cpuset.cpus" ] || { cat "$place/cpuset.cpus" >"$place/node$1/cpuset.cpus"; cat "$place/cpuset.mems" >"$place/node$1/cpuset.mems"; }
  done
  node_config "$1" "$folder"
  start_node "$1" "$here/kubernetes"
}

# node_config N FOLDER: containerd with the recorded runtime as "rideau", the pods' network, the kubelet.
node_config() {
  cat >"$2/containerd.toml" <<TOML
version = 2
root = "$2/containerd"
state = "/run/containerd"
oom_score = 0
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:room"
  tolerate_missing_hugetlb_controller = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$2/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.rideau]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.rideau.options]
      BinaryName = "$work/bin/recorded"
  # The default one: a pod without the RuntimeClass does not run.
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "/bin/false"
TOML
  cat >"$2/net.d/10-room.conflist" <<JSON
{"cniVersion":"0.4.0","name":"room","plugins":[
 {"type":"bridge","bridge":"room0","isGateway":true,"promiscMode":true,
  "ipam":{"type":"host-local","dataDir":"/run/cni","ranges":[[{"subnet":"10.88.$1.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
 {"type":"portmap","capabilities":{"portMappings":true}}]}
JSON
  cat >"$2/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $work/pki/ca.crt}}
authorization: {mode: Webhook}
nodeStatusUpdateFrequency: 2s
nodeLeaseDurationSeconds: 10
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%}
resolvConf: $work/resolv.conf
volumePluginDir: /var/lib/kubelet/plugins
YAML
}

# live_as_node: never returns.
live_as_node() {
  n=$RIDEAU_NODE work=$RIDEAU_ROOM
  folder=$work/node$n
  local place other containerd= kubelet=
  if [ -z "${RIDEAU_NODE_GROUPED-}" ]; then
    hostname "node$n"
    for place in /sys/fs/cgroup /sys/fs/cgroup/*; do
      [ -w "$place/node$n/cgroup.procs" ] && [ ! -L "$place" ] && echo $$ >"$place/node$n/cgroup.procs"
    done
    export RIDEAU_NODE_GROUPED=1
    exec unshare --cgroup --mount --propagation shared "$here/kubernetes" "${words[@]}"
  fi
  cd "$work" || exit 1
  own_groups
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/lock
  mount --bind "$folder/log" /var/log
  mount -t tmpfs -o mode=755 tmpfs /var/lib
  mkdir /var/lib/kubelet && mount --bind "$folder/kubelet" /var/lib/kubelet
  echo 1 >/proc/sys/net/ipv4/ip_forward
  ip link set lo up
  within 60 ip link set eth0 up
  ip addr add "10.77.0.$n/24" dev eth0
  ip route add default via 10.77.0.254
  for other in 1 2 3; do [ $other = "$n" ] || ip route add "10.88.$other.0/24" via "10.77.0.$other"; done
  # The shell collects what is left to the first process of a pid namespace.
  while :; do
    if ! kill -0 "$containerd" 2>/dev/null; then
      containerd --config "$folder/containerd.toml" >>"$folder/containerd.log" 2>&1 &
      containerd=$!
      echo "$containerd" >"$folder/containerd.pid"
    fi
    if [ ! -e "$folder/ready" ]; then
      within 60 ctr version || exit 1
      [ -n "$(ctr -n k8s.io image ls -q)" ] || { ctr -n k8s.io image import "$work/pause.tar" && ctr -n k8s.io image import "$work/busybox.tar"; } || exit 1
      touch "$folder/ready"
    fi
    if [ -e "$work/nodes-begin" ] && ! kill -0 "$kubelet" 2>/dev/null; then
      kubelet --config "$folder/kubelet.yaml" --kubeconfig "$work/node$n.kubeconfig" --node-ip "10.77.0.$n" >>"$folder/kubelet.log" 2>&1 &
      kubelet=$!
      echo "$kubelet" >"$folder/kubelet.pid"
    fi
    sleep 0.5
  done
}

# on N WORD...: a command in a node's namespaces.
on() {
  local n=$1
  shift
  nsenter -t "$(cat "$work/node$n/pid")" -m -n -p -C -- "$@"
}

# end_on N NAME: kills a node's containerd or kubelet, which is started again; returns when another one is there.
end_on() {
  local old
  old=$(cat "$work/node$1/$2.pid")
  on "$1" kill -KILL "$old"
  within 60 sh -c "[ \"\$(cat '$work/node$1/$2.pid')\" != '$old' ]"
}

# groups_on N POD-UID: the groups of a pod on a node.
groups_on() { find /sys/fs/cgroup -type d -path "*/node$1/*pod$2*"; }
