# Nodes go and come; at the end nothing is left. With one node only the last.

drained() {
  k drain node2 --ignore-daemonsets --delete-emptydir-data --force --timeout 90s >/dev/null
  is "" "$(k get pods -l app=web --field-selector spec.nodeName=node2 -o name)"
  k rollout status --timeout 90s deployment/web >/dev/null
  k uncordon node2 >/dev/null
}
lost() {
  k scale deployment/web --replicas 6 >/dev/null
  k rollout status --timeout 110s deployment/web >/dev/null
  k wait --for condition=Ready --timeout 60s node/node3 >/dev/null
  cut_power 3
  k wait --for condition=Ready=Unknown --timeout 90s node/node3 >/dev/null
}
moved() {
  within 115 sh -c "[ \$(kubectl get pods -l app=web --field-selector status.phase=Running -o json | jq '[.items[] | select(.metadata.deletionTimestamp == null and .spec.nodeName != \"node3\" and any(.status.conditions[]; .type == \"Ready\" and .status == \"True\"))] | length') = 6 ]"
  is "6 one" "$(for ip in $(k get pods -l app=web -o json | jq -r '.items[] | select(.spec.nodeName != "node3") | .status.podIP'); do busybox wget -q -O- "http://$ip/"; done | sort | uniq -c | tr -s ' ' | sed 's/^ //')"
}
returned() {
  make_node 3
  within 120 test -e "$work/node3/ready"
  k wait --for condition=Ready --timeout 110s node/node3 >/dev/null
  within 110 sh -c "[ -z \"\$(kubectl get pods -l app=web -o json | jq -r '.items[] | select(.metadata.deletionTimestamp != null) | .metadata.name')\" ]"
  pod back "nodeName: node3"
  ready back
  drop pod back
}
if [ "$count" -ge 3 ]; then
  scenario "a node is drained: its pods move" drained
  NEEDED=1 scenario "a node's power is cut: it is known as lost" lost
  scenario "its pods run on the others" moved
  NEEDED=1 scenario "the node comes back: what it had is removed, it runs pods again" returned
fi

nothing_left() {
  local node
  k delete deployment --all >/dev/null
  k delete pods --all --wait --timeout 100s >/dev/null
  for ((node = 1; node <= count; node++)); do
    within 60 sh -c "[ -z \"\$(find /sys/fs/cgroup -type d -path '*/node$node/*kubepods*/pod*')\" ]" || { find /sys/fs/cgroup -type d -path "*/node$node/*kubepods*/pod*"; return 1; }
    is "" "$(on $node ctr -n k8s.io task ls -q)"
    is "" "$(on $node sh -c 'ls /run/containerd/runc/k8s.io 2>/dev/null')"
    is "" "$(on $node grep /run/containerd/io.containerd /proc/mounts || true)"
  done
}
scenario "when all is deleted, nothing is left on the nodes" nothing_left
