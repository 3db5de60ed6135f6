# Pods begin, fail, begin again and end.

liveness() {
  pod lively "" 'command: [sh, -c, "touch /alive; sleep 4; rm /alive; exec sleep 100000"]
    livenessProbe: {exec: {command: [test, -e, /alive]}, periodSeconds: 1, failureThreshold: 2}'
  within 90 sh -c "[ \$(kubectl get pod lively -o jsonpath='{.status.containerStatuses[0].restartCount}') -ge 1 ]"
  is 137 "$(state_of lively .lastState.terminated.exitCode)"
  has "Liveness probe failed" "$(k get events --field-selector involvedObject.name=lively -o jsonpath='{.items[*].message}')"
  drop pod lively
}
scenario "a liveness probe restarts its container" liveness

readiness() {
  pod shown "" 'command: [sh, -c, "sleep 3; mkdir /w; echo yes >/w/ready; exec httpd -f -p 80 -h /w"]
    readinessProbe: {httpGet: {path: /ready, port: 80}, periodSeconds: 1}
    startupProbe: {tcpSocket: {port: 80}, periodSeconds: 1, failureThreshold: 60}'
  k expose pod shown --port 80 >/dev/null
  within 30 kubectl wait --for jsonpath='{.status.phase}=Running' pod/shown
  is false "$(state_of shown .ready)"
  ready shown
  within 30 sh -c "kubectl get endpointslices -l kubernetes.io/service-name=shown -o jsonpath='{.items[0].endpoints[0].conditions.ready}' | grep -qx true"
  drop service/shown pod/shown
}
scenario "startup and readiness probes; a Service has the pod when it is ready" readiness

hooks() {
  pod hooked 'volumes: [{name: node, hostPath: {path: '"$work"'/hooks, type: DirectoryOrCreate}}]' 'command: [sleep, "100000"]
    lifecycle: {postStart: {exec: {command: [sh, -c, "echo post >>/out/order"]}}, preStop: {exec: {command: [sh, -c, "echo pre >>/out/order"]}}}
    volumeMounts: [{name: node, mountPath: /out}]'
  ready hooked
  k delete --wait --grace-period 20 pod hooked >/dev/null
  is "post pre" "$(echo $(cat "$work/hooks/order"))"
}
scenario "postStart and preStop" hooks

graceful() {
  pod polite 'volumes: [{name: node, hostPath: {path: '"$work"'/polite, type: DirectoryOrCreate}}]' 'command: [sh, -c, "trap \"echo bye >/out/said; exit 0\" TERM; while :; do sleep 0.1; done"]
    volumeMounts: [{name: node, mountPath: /out}]'
  ready polite
  k delete --wait --grace-period 20 pod polite >/dev/null
  is bye "$(cat "$work/polite/said")"
}
scenario "a deleted pod is asked to end" graceful

oom() {
  pod hungry 'restartPolicy: Never' 'command: [sh, -c, "x=xxxxxxxx; while :; do x=$x$x; done"]
    resources: {limits: {memory: 24Mi}}'
  ended hungry Failed
  is "OOMKilled 137" "$(state_of hungry .state.terminated.reason) $(state_of hungry .state.terminated.exitCode)"
  drop pod hungry
}
scenario "out of memory: OOMKilled is the reason" oom

oom_child() {
  pod greedy 'restartPolicy: Never' 'command: [sh, -c, "sleep 1; sh -c \"x=xxxxxxxx; while :; do x=\\$x\\$x; done\"; exit 5"]
    resources: {limits: {memory: 24Mi}}'
  ended greedy Failed
  is OOMKilled "$(state_of greedy .state.terminated.reason)"
  drop pod greedy
}
scenario "out of memory in another process than the first" oom_child

failing() {
  pod failing "" 'command: [sh, -c, "echo oh no | tee /dev/termination-log; exit 3"]'
  within 60 sh -c "kubectl get pod failing -o jsonpath='{.status.containerStatuses[0].state.waiting.reason}' | grep -q CrashLoopBackOff"
  is "3 oh no" "$(state_of failing .lastState.terminated.exitCode) $(state_of failing .lastState.terminated.message)"
  # The kubelet removes the log of an attempt when the next one begins.
  within 60 sh -c "[ \"\$(kubectl logs --previous failing)\" = 'oh no' ]"
  drop pod failing
}
scenario "a failing container: its status, message, previous logs and CrashLoopBackOff" failing

missing() {
  pod missing 'restartPolicy: Never' 'command: [/no/such/program]'
  ended missing Failed
  is "StartError 128" "$(state_of missing .state.terminated.reason) $(state_of missing .state.terminated.exitCode)"
  has "no such file or directory" "$(state_of missing .state.terminated.message)"
  drop pod missing
}
scenario "a missing command: StartError says so" missing

kubelet_restarted() {
  local node before
  node=$(node_of first)
  before=$(state_of first .containerID)
  end_on "$node" kubelet
  pod fresh "nodeName: node$node"
  ready fresh
  is "$before 0" "$(state_of first .containerID) $(state_of first .restartCount)"
  is hello "$(k exec first -c main -- echo hello)"
  drop pod fresh
}
scenario "the kubelet is killed and comes back: its pods go on" kubelet_restarted

containerd_restarted() {
  local node before
  node=$(node_of first)
  before=$(state_of first .containerID)
  end_on "$node" containerd
  within 60 kubectl exec first -c main -- true
  pod fresh "nodeName: node$node"
  ready fresh
  is "$before 0" "$(state_of first .containerID) $(state_of first .restartCount)"
  drop pod fresh
}
scenario "containerd is killed and comes back: its pods go on" containerd_restarted

stats() {
  local node
  node=$(node_of first)
  within 60 sh -c "kubectl get --raw /api/v1/nodes/node$node/proxy/stats/summary | jq -e '.pods[] | select(.podRef.name == \"first\") | .containers[] | select(.name == \"main\") | .memory.workingSetBytes > 0'"
}
scenario "the kubelet tells what a pod uses" stats

first_gone() {
  local node uid id
  node=$(node_of first) uid=$(of first .metadata.uid) id=$(state_of first .containerID | sed 's,.*//,,')
  [ -n "$(groups_on "$node" "$uid")" ]
  on "$node" test -e "/run/containerd/runc/k8s.io/$id"
  drop pod first
  within 60 sh -c "[ -z \"\$(find /sys/fs/cgroup -type d -path '*/node$node/*pod$uid*')\" ]"
  ! on "$node" test -e "/run/containerd/runc/k8s.io/$id"
  is "" "$(on "$node" ctr -n k8s.io task ls -q | grep "$id" || true)"
  is "" "$(on "$node" grep "$id" /proc/mounts || true)"
}
scenario "a deleted pod leaves nothing" first_gone
