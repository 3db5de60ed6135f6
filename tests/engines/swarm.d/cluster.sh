# Three nodes become one.

make_swarm() {
  local token
  on 1 swarm init --advertise-addr 10.77.0.1 --dispatcher-heartbeat 3s
  token=$(on 1 swarm join-token -q manager)
  on 2 swarm join --advertise-addr 10.77.0.2 --token "$token" 10.77.0.1:2377
  on 3 swarm join --advertise-addr 10.77.0.3 --token "$token" 10.77.0.1:2377
  within 60 sh -c "[ \$(docker --host unix://$work/node1/docker.sock node ls --format '{{.Status}} {{.ManagerStatus}}' | grep -c '^Ready [LR]') = 3 ]"
}
NEEDED=1 scenario "init and join: three nodes, all managers" make_swarm

their_runtime() {
  local node
  for node in 1 2 3; do is rideau "$(on $node info -f '{{.DefaultRuntime}}')"; done
}
scenario "the runtime of each node" their_runtime
