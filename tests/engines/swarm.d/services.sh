# Services: replicas, updates, what they are given.

create() {
  s service create --detach --no-resolve-image --name web --replicas 6 --publish mode=host,target=80 --limit-memory 48m --limit-cpu 0.5 --limit-pids 40 \
    --update-delay 0s --update-monitor 1s --rollback-monitor 1s --stop-grace-period 1s --restart-delay 1s busybox:one sh -c 'mkdir -p /w; cp /version /w/index.html; exec httpd -f -p 80 -h /w'
  within 120 runs web 6
  is "node1 node2 node3" "$(nodes_of web)"
}
NEEDED=1 scenario "a service of six replicas, on all three nodes" create

by_this_runtime() {
  local node
  for node in 1 2 3; do is rideau "$(on $node inspect -f '{{.HostConfig.Runtime}}' "$(container $node web)")"; done
  [ "$(grep -c -- ' create ' "$record")" -ge 6 ]
}
scenario "each replica is this runtime's" by_this_runtime

limits() {
  local pid
  pid=$(on 2 inspect -f '{{.State.Pid}}' "$(container 2 web)")
  is "50331648 40" "$(on 2 exec "$(container 2 web)" sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max' | tr '\n' ' ' | sed 's/ $//')"
  is 50000 "$(on 2 exec "$(container 2 web)" sh -c 'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cut -d" " -f1 /sys/fs/cgroup/cpu.max')"
}
scenario "limits of a service are in each replica's group" limits

scale() {
  s service scale --detach web=9
  within 120 runs web 9
  s service scale --detach web=3
  within 120 runs web 3
  within 60 sh -c "[ \$(for n in 1 2 3; do docker --host unix://$work/node\$n/docker.sock ps -q --filter label=com.docker.swarm.service.name=web; done | wc -l) = 3 ]"
}
scenario "scale up to nine and down to three" scale

served() { on "$1" exec "$(container "$1" web)" cat /w/index.html; }

update() {
  s service update --detach --no-resolve-image --image busybox:two --update-parallelism 1 --update-order start-first web
  within 180 sh -c "docker --host unix://$work/node1/docker.sock service inspect -f '{{.UpdateStatus.State}}' web | grep -qx completed"
  is 3 "$(s service ps --filter desired-state=running --format '{{.Image}}' web | grep -c '^busybox:two$')"
  is two "$(served "$(nodes_of web | cut -c5)")"
}
scenario "a rolling update to another image" update

rollback() {
  s service rollback --detach web
  within 180 sh -c "docker --host unix://$work/node1/docker.sock service inspect -f '{{.UpdateStatus.State}}' web | grep -qx rollback_completed"
  is one "$(served "$(nodes_of web | cut -c5)")"
}
scenario "rollback" rollback

broken_update() {
  s service update --detach --update-failure-action rollback --update-parallelism 1 --args no-such-command web
  within 240 sh -c "docker --host unix://$work/node1/docker.sock service inspect -f '{{.UpdateStatus.State}}' web | grep -qx rollback_completed"
  has 'executable file not found in $PATH' "$(s service ps --no-trunc --format '{{.Error}}' web)"
  within 60 runs web 3
}
scenario "an update to a command that is missing is rolled back, and says why" broken_update

replaced() {
  local node container
  node=$(nodes_of web | cut -c5)
  container=$(container "$node" web)
  # On the node, as it numbers its processes.
  nsenter --target "$(cat "$work/node$node/pid")" --mount --pid sh -c "kill -KILL $(on "$node" inspect -f '{{.State.Pid}}' "$container")"
  within 120 sh -c "docker --host unix://$work/node$node/docker.sock inspect -f '{{.State.Running}}' $container | grep -q false"
  within 120 runs web 3
}
scenario "a replica that ends is replaced" replaced

secrets() {
  echo hidden | s secret create word -
  echo shown | s config create page -
  s service create --detach --no-resolve-image --name keeper --user 1000 --secret source=word,target=word,uid=1000,mode=0400 --config source=page,target=/etc/page,mode=0444 busybox:one sleep 1000
  within 120 runs keeper 1
  local node
  node=$(nodes_of keeper | cut -c5)
  is "hidden 400 1000 shown 444" "$(on "$node" exec "$(container "$node" keeper)" sh -c 'echo $(cat /run/secrets/word) $(stat -c "%a %u" /run/secrets/word) $(cat /etc/page) $(stat -c %a /etc/page)')"
  status_of 1 s secret rm word
  has 'in use' "$(cat "$work/said")"
  s service rm keeper
  within 60 s secret rm word
  within 60 s config rm page
}
scenario "secrets and configs: content, owner, mode" secrets

logs() {
  s service create --detach --no-resolve-image --name speaker --replicas 2 busybox:one sh -c 'echo spoken; exec sleep 1000'
  within 120 runs speaker 2
  within 60 sh -c "[ \$(docker --host unix://$work/node1/docker.sock service logs speaker 2>&1 | grep -c spoken) = 2 ]"
  s service rm speaker
}
scenario "service logs, of several nodes" logs

confined() {
  s service create --detach --no-resolve-image --name confined --read-only --mount type=tmpfs,target=/t --cap-drop ALL --init --ulimit nofile=100:100 --sysctl net.ipv4.ip_forward=1 --hostname '{{.Node.Hostname}}-here' busybox:one sh -c 'sleep 1000; true'
  within 120 runs confined 1
  local node
  node=$(nodes_of confined | cut -c5)
  is "docker-init 0000000000000000 100 1 node$node-here" "$(on "$node" exec "$(container "$node" confined)" sh -c 'echo $(cat /proc/1/comm) $(sed -n "s/^CapBnd:\t//p" /proc/1/status) $(ulimit -n) $(cat /proc/sys/net/ipv4/ip_forward) $(hostname)')"
  status_of 1 on "$node" exec "$(container "$node" confined)" touch /x
  on "$node" exec "$(container "$node" confined)" touch /t/x
  s service rm confined
}
scenario "a service that is read-only, without capabilities, with init, ulimit, sysctl" confined

job() {
  s service create --detach --no-resolve-image --name job --mode replicated-job --replicas 4 --max-concurrent 2 --restart-condition none busybox:one sh -c 'echo done; exit 0'
  within 120 sh -c "[ \$(docker --host unix://$work/node1/docker.sock service ps --format '{{.CurrentState}}' job | grep -c ^Complete) = 4 ]"
  s service rm job
}
scenario "a job of four, two at a time" job

stack() {
  cat >"$work/stack.yml" <<END_OF_FILE
version: "3.8"
services:
  one:
    image: busybox:one
    command: [ "sh", "-c", "exec sleep 1000" ]
    deploy: { mode: global, endpoint_mode: dnsrr }
    healthcheck: { test: [ "CMD", "cat", "/version" ], interval: 1s, retries: 60 }
END_OF_FILE
  s stack deploy --resolve-image never -c "$work/stack.yml" st
  within 120 runs st_one 3
  local node
  node=2
  within 60 sh -c "docker --host unix://$work/node2/docker.sock ps --filter label=com.docker.swarm.service.name=st_one --format '{{.Status}}' | grep -q '(healthy)'"
  s stack rm st
}
scenario "a stack with a global service and health checks" stack
