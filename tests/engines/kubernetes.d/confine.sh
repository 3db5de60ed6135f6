# What a pod may do and use.

limits() {
  local uid group
  pod limited "" 'command: [sleep, "100000"]
    resources: {requests: {cpu: 100m, memory: 16Mi}, limits: {cpu: 500m, memory: 64Mi}}'
  ready limited
  is Burstable "$(of limited .status.qosClass)"
  uid=$(of limited .metadata.uid)
  is "67108864 50000" "$(k exec limited -- sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || { cat /sys/fs/cgroup/memory.max; cut -d" " -f1 /sys/fs/cgroup/cpu.max; }' | tr '\n' ' ' | sed 's/ $//')"
  group=$(groups_on "$(node_of limited)" "$uid" | grep "$(state_of limited .containerID | sed 's,.*//,,')" | head -1)
  has "/kubepods/burstable/pod$uid/" "$group"
}
scenario "limits are in the container's group, below its pod's" limits

resize() {
  k patch pod limited --subresource resize --patch '{"spec":{"containers":[{"name":"main","resources":{"limits":{"memory":"96Mi","cpu":"700m"}}}]}}' >/dev/null
  within 90 sh -c "kubectl exec limited -- sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null' | grep -qx 100663296" || { k get pod limited -o yaml | sed -n '/^status/,$p' | head -40; return 1; }
  is 0 "$(state_of limited .restartCount)"
}
scenario "the limits of a running pod are changed" resize
drop pod limited --ignore-not-found

security() {
  pod secure 'securityContext: {runAsUser: 1000, runAsGroup: 1001, runAsNonRoot: true, fsGroup: 2000, supplementalGroups: [3000], seccompProfile: {type: RuntimeDefault}}
  volumes: [{name: work, emptyDir: {}}]' 'command: [sleep, "100000"]
    securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}
    volumeMounts: [{name: work, mountPath: /data}]'
  ready secure
  is "1000 1001 1001 2000 3000" "$(in_pod secure sh -c 'echo $(id -u) $(id -g) $(id -G | tr " " "\n" | sort -n)')"
  has "Read-only" "$(in_pod secure touch /x 2>&1 || true)"
  in_pod secure touch /data/x
  is 2000 "$(in_pod secure stat -c %g /data/x)"
  is "CapBnd 0000000000000400 NoNewPrivs 1 Seccomp 2" "$(in_pod secure sed -n 's/^\(NoNewPrivs\|Seccomp\|CapBnd\):\t/\1 /p' /proc/self/status | tr '\n' ' ' | sed 's/ $//')"
  drop pod secure
}
scenario "securityContext: user, groups, read-only root, seccomp RuntimeDefault, no capabilities" security

localhost() {
  local n
  for ((n = 1; n <= count; n++)); do
    mkdir -p "$work/node$n/kubelet/seccomp"
    echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' >"$work/node$n/kubelet/seccomp/no-mkdir.json"
  done
  pod profile 'securityContext: {seccompProfile: {type: Localhost, localhostProfile: no-mkdir.json}}'
  ready profile
  has 'not implemented' "$(in_pod profile mkdir /tmp/x 2>&1 || true)"
  drop pod profile
}
scenario "a seccomp profile of the node" localhost

privileged() {
  pod strong "" 'command: [sleep, "100000"]
    securityContext: {privileged: true}'
  ready strong
  in_pod strong mount -t tmpfs none /tmp
  is "$(sed -n 's/^CapBnd:\t//p' /proc/self/status)" "$(in_pod strong sed -n 's/^CapBnd:\t//p' /proc/1/status)"
  drop pod strong
}
scenario "a privileged pod" privileged

host() {
  local node
  pod host 'hostNetwork: true
  hostPID: true
  hostIPC: true'
  ready host
  node=$(node_of host)
  is "10.77.0.$node" "$(of host .status.podIP)"
  for name in net pid ipc; do is "$(on "$node" readlink "/proc/1/ns/$name")" "$(in_pod host readlink "/proc/self/ns/$name")"; done
  drop pod host
}
scenario "hostNetwork, hostPID, hostIPC" host

shared() {
  pod shared 'shareProcessNamespace: true' 'command: [sh, -c, "exec sleep 4321"]
  - {name: other, image: '"$busybox"', imagePullPolicy: Never, command: [sleep, "100000"]}'
  ready shared
  within 30 sh -c "kubectl exec shared -c other -- ps | grep -q 'sleep 4321'"
  drop pod shared
}
scenario "shareProcessNamespace" shared

host_port() {
  local node
  pod door "" 'command: [httpd, -f, -p, "80", -h, /www]
    ports: [{containerPort: 80, hostPort: 8088}]'
  ready door
  node=$(node_of door)
  within 30 busybox wget -q -O /dev/null "http://10.77.0.$node:8088/"
  is served "$(busybox wget -q -O- "http://10.77.0.$node:8088/")"
  drop pod door
}
scenario "a port of the node" host_port

sysctl() {
  pod sysctl 'securityContext: {sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: "1000"}]}
  hostname: named
  subdomain: sub
  hostAliases: [{ip: 10.1.2.3, hostnames: [elsewhere]}]'
  ready sysctl
  is "1000 named" "$(in_pod sysctl sh -c 'echo $(cat /proc/sys/net/ipv4/ip_unprivileged_port_start) $(hostname)')"
  has "10.1.2.3" "$(in_pod sysctl grep elsewhere /etc/hosts)"
  drop pod sysctl
}
scenario "sysctls, hostname and hostAliases" sysctl

users() {
  pod apart 'hostUsers: false
  volumes: [{name: settings, configMap: {name: settings}}, {name: work, emptyDir: {}}]' 'command: [sleep, "100000"]
    volumeMounts: [{name: settings, mountPath: /settings}, {name: work, mountPath: /data}]'
  ready apart
  is "0 65536" "$(in_pod apart awk '{ print $1, $3 }' /proc/self/uid_map)"
  [ "$(in_pod apart awk '{ print $2 }' /proc/self/uid_map)" -ge 65536 ]
  is 0 "$(in_pod apart stat -c %u /settings/colour)"
  in_pod apart sh -c 'touch /data/x && chown 1000 /data/x'
  is 1000 "$(in_pod apart stat -c %u /data/x)"
  drop pod apart
}
if [ "$(k get nodes node1 -o json | jq -r '.status.runtimeHandlers[]? | select(.name == "rideau") | .features.userNamespaces')" = true ]; then
  scenario "hostUsers: false" users
else
  echo "left out: hostUsers: false (this containerd has no user namespaces for pods)"
fi
