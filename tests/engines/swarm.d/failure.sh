# Nodes go and come.

drain() {
  s node update --availability drain node2
  within 120 sh -c "! docker --host unix://$work/node1/docker.sock service ps --filter desired-state=running --format '{{.Node}}' web | grep -q node2"
  within 120 runs web 3
  within 60 sh -c "[ -z \"\$(docker --host unix://$work/node2/docker.sock ps -q --filter label=com.docker.swarm.service.name=web)\" ]"
  s node update --availability active node2
  s service update --detach --force web
  within 180 sh -c "docker --host unix://$work/node1/docker.sock service inspect -f '{{.UpdateStatus.State}}' web | grep -qx completed"
  within 60 runs web 3
}
scenario "a node is drained: its replicas move" drain

more() { s service scale --detach web=6; within 120 runs web 6; is "node1 node2 node3" "$(nodes_of web)"; }
NEEDED=1 scenario "six replicas again, on all three nodes" more

leader_killed() {
  cut_power 1
  within 120 sh -c "docker --host unix://$work/node2/docker.sock node ls --format '{{.Hostname}} {{.Status}}' 2>/dev/null | grep -q 'node1 Down'"
  has Leader "$(on 2 node ls --format '{{.ManagerStatus}}')"
}
NEEDED=1 scenario "the leader's power is cut: another leads, the node is known as down" leader_killed
manager=2

replicas_moved() {
  within 240 sh -c "[ \"\$(docker --host unix://$work/node2/docker.sock service ps --filter desired-state=running --format '{{.Node}} {{.CurrentState}}' web | grep -c '^node[23] Running')\" = 6 ]"
  is "node2 node3" "$(nodes_of web)"
  is 6 "$(($(on 2 ps -q --filter label=com.docker.swarm.service.name=web | wc -l) + $(on 3 ps -q --filter label=com.docker.swarm.service.name=web | wc -l)))"
}
scenario "its replicas run on the two others" replicas_moved

still_served() {
  page 10.77.0.2 8080
  page 10.77.0.3 8080
  ! page 10.77.0.1 8080
}
scenario "what is published is served on" still_served

still_managed() { s service scale --detach web=8; within 120 runs web 8; s service scale --detach web=4; within 120 runs web 4; }
scenario "the cluster of two can be managed" still_managed

comes_back() {
  within 60 sh -c "[ -z \"\$(find /sys/fs/cgroup/*/$group/node1 -name cgroup.procs -exec cat {} + 2>/dev/null)\" ]"
  make_node 1
  within 120 test -e "$work/node1/ready"
  within 120 sh -c "docker --host unix://$work/node2/docker.sock node ls --format '{{.Hostname}} {{.Status}}' | grep -q 'node1 Ready'"
  within 180 page 10.77.0.1 8080
  within 120 runs door 3
}
scenario "the node comes back with what it had: its part of the global service runs again" comes_back

nothing_stale() {
  # What the node ran when its power went is known as ended, and can be removed.
  within 60 sh -c "[ \$(docker --host unix://$work/node1/docker.sock ps -q | wc -l) -ge 1 ]"
  on 1 container prune -f
  is "" "$(on 1 ps -aq --filter status=exited --filter status=dead)"
}
scenario "nothing stale is left on it" nothing_stale

dissolve() {
  local node
  s service rm web server client door
  within 120 sh -c "for n in 1 2 3; do [ -z \"\$(docker --host unix://$work/node\$n/docker.sock ps -q)\" ] || exit 1; done"
  within 60 s network rm wide
  on 1 node demote node2 node3 || on 2 node demote node1 node3
  for node in 1 2 3; do on $node swarm leave --force; done
  is inactive "$(on 1 info -f '{{.Swarm.LocalNodeState}}')"
}
scenario "services and network are removed, the nodes leave" dissolve
