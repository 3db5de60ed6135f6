# The daemons die and come back; live-restore.

start_counting() {
  d run -d --name counting --memory 64m --restart unless-stopped busybox sh -c 'trap "exit 3" TERM; i=0; while :; do i=$((i+1)); echo $i; echo $i >/count; sleep 0.2; done'
  d run -d --name ending busybox sh -c 'until [ -f /end ]; do sleep 0.2; done; exit 21'
  within 30 d exec counting test -f /count
}
NEEDED=1 scenario "containers for what follows" start_counting

count() { cat "/proc/$1/root/count"; }
counts_on() { [ "$(count "$1")" -gt "$2" ]; }

dockerd_killed() {
  local pid ending before
  pid=$(field counting '{{.State.Pid}}')
  ending=$(field ending '{{.State.Pid}}')
  kill_dockerd "$work"
  status_of 1 d ps
  before=$(count "$pid")
  within 30 counts_on "$pid" $((before + 3))
  touch "/proc/$ending/root/end"
  within 30 sh -c "! kill -0 $ending 2>/dev/null"
  rm -f /run/docker.pid
  start_dockerd "$work"
  is "running $pid" "$(field counting '{{.State.Status}} {{.State.Pid}}')"
  within 30 sh -c "docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' ending | grep -qx 'exited 21'"
}
scenario "dockerd is killed: containers run on; it comes back and knows them, and what ended meanwhile" dockerd_killed

managed_again() {
  local last
  is hello "$(d exec counting echo hello)"
  last=$(d logs --tail 1 counting)
  within 30 sh -c "[ \$(docker logs --tail 1 counting) -gt $last ]"
  d pause counting
  d unpause counting
  d update --memory 80m --memory-swap 80m counting
  is 83886080 "$(group_file counting memory memory.limit_in_bytes memory.max)"
}
scenario "exec, logs, pause and update of what lived through it" managed_again

dockerd_restarted() {
  local pid
  pid=$(field counting '{{.State.Pid}}')
  kill -TERM "$(cat "$work/dockerd.pid")"
  within 60 sh -c "! kill -0 $(cat "$work/dockerd.pid") 2>/dev/null"
  start_dockerd "$work"
  is "running $pid" "$(field counting '{{.State.Status}} {{.State.Pid}}')"
}
scenario "dockerd is stopped and started" dockerd_restarted

containerd_killed() {
  local pid
  pid=$(field counting '{{.State.Pid}}')
  kill -KILL "$(cat "$work/containerd.pid")"
  within 30 sh -c "! kill -0 $(cat "$work/containerd.pid") 2>/dev/null"
  within 30 counts_on "$pid" "$(count "$pid")"
  start_containerd "$work"
  within 120 d exec counting true
  is "running $pid" "$(field counting '{{.State.Status}} {{.State.Pid}}')"
  d run --rm busybox true
}
scenario "containerd is killed and comes back" containerd_killed

shim_killed() {
  local pid shim
  d run -d --name orphan busybox sleep 1000
  pid=$(field orphan '{{.State.Pid}}')
  shim=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")
  is containerd-shim "$(cat "/proc/$shim/comm")"
  kill -KILL "$shim"
  within 60 sh -c "docker inspect -f '{{.State.Status}}' orphan | grep -q exited"
  within 30 sh -c "! kill -0 $pid 2>/dev/null"
  d rm orphan
}
scenario "a shim is killed: its container is ended and known as ended" shim_killed

stop_after() {
  d stop -t 60 counting
  is "exited 3" "$(field counting '{{.State.Status}} {{.State.ExitCode}}')"
  d rm counting ending
}
scenario "stop of what lived through it all" stop_after

remapped() {
  local mapped=$work/mapped
  mkdir -p "$mapped"
  cp /etc/passwd /etc/group "$mapped/"
  echo 'dockremap:x:990:990::/:/bin/false' >>"$mapped/passwd"
  echo 'dockremap:x:990:' >>"$mapped/group"
  echo 'dockremap:300000:65536' | tee "$mapped/subuid" >"$mapped/subgid"
  for f in passwd group subuid subgid; do [ -e "/etc/$f" ] || touch "/etc/$f"; mount --bind "$mapped/$f" "/etc/$f"; done
  kill -TERM "$(cat "$work/dockerd.pid")"
  within 60 sh -c "! kill -0 $(cat "$work/dockerd.pid") 2>/dev/null"
  jq '. + { "userns-remap": "default" }' "$work/daemon.json" >"$mapped/daemon.json"
  start_dockerd "$mapped"
  tar -C "$work/root" -c . | d import - busybox
  is "0 300000 65536" "$(d $box cat /proc/self/uid_map | tr -s ' ' | sed 's/^ //')"
  d run -d --name mapped -v v:/data --memory 64m -p 127.0.0.1:8101:80 busybox sh -c 'mkdir /w; echo mapped >/w/index.html; touch /data/f; exec httpd -f -p 80 -h /w'
  within 30 sh -c '[ "$(busybox wget -q -O- http://127.0.0.1:8101/)" = mapped ]'
  is 300000 "$(stat -c %u "/proc/$(field mapped '{{.State.Pid}}')")"
  is "0 hello" "$(d exec mapped sh -c 'echo $(id -u) hello')"
  status_of 127 d $box no-such-command
  is "0" "$(d run --rm --userns host busybox sh -c 'awk "{ print \$2 }" /proc/self/uid_map')"
  is builds "$(printf 'FROM busybox\nRUN echo builds >/b && chown 5:5 /b\nCMD ["cat","/b"]\n' | DOCKER_BUILDKIT=0 d build -t mapped-build - >/dev/null && d run --rm mapped-build)"
  d rm -f mapped
}
scenario "userns-remap: containers in a user namespace" remapped
