# A container's life: exec, logs, pause, stop, restart, health.

start_long() {
  d run -d --name long --stop-signal TERM busybox sh -c 'trap "echo asked; exit 3" TERM; echo begun; while :; do sleep 0.2; done'
  within 30 sh -c 'docker logs long | grep -q begun'
  is "running" "$(field long '{{.State.Status}}')"
  has long "$(d ps --format '{{.Names}}')"
}
NEEDED=1 scenario "run -d, ps, inspect" start_long

exec_plain() {
  is hello "$(d exec long echo hello)"
  status_of 5 d exec long sh -c 'exit 5'
  is "1000 /tmp x" "$(d exec --user 1000 --workdir /tmp -e A=x long sh -c 'echo $(id -u) $(pwd) $A')"
  is 3 "$(printf 'a\nb\nc\n' | d exec -i long wc -l)"
}
scenario "exec: output, status, --user --workdir --env, -i" exec_plain

exec_errors() {
  # Before Docker 23 the status of every exec that cannot be started is 126.
  local missing=127
  case $(d version -f '{{.Server.Version}}') in 20.*) missing=126 ;; esac
  status_of $missing d exec long no-such-command
  has 'exec: "no-such-command": executable file not found in $PATH' "$(cat "$work/said")"
  status_of 126 d exec long /etc/passwd
  has 'permission denied' "$(cat "$work/said")"
  status_of 127 d exec --workdir /no/where long true || status_of 126 d exec --workdir /no/where long true
  has '/no/where' "$(cat "$work/said")"
  status_of 126 d exec --user nobody-of-that-name long true || status_of 1 d exec --user nobody-of-that-name long true
}
scenario "exec: 126 and 127, with the name" exec_errors

exec_terminal() { is "31 97 /dev/pts/0" "$(terminal "stty rows 31 cols 97; /usr/bin/docker exec -it long sh -c 'i=0; until [ \"\$(stty size 2>/dev/null)\" = \"31 97\" ] || [ \$i = 100 ]; do i=\$((i+1)); sleep 0.1; done; echo \$(stty size) \$(tty)'")"; }
scenario "exec -it: a terminal of the client's size" exec_terminal

exec_detached() { d exec -d long sh -c 'echo x >/tmp/detached; sleep 1'; within 30 d exec long test -f /tmp/detached; }
scenario "exec -d" exec_detached

# The container's seccomp filter holds for it too, so a mount stays forbidden.
exec_privileged() {
  # CAP_SYS_ADMIN is bit 21.
  is "0 1" "$((0x$(d exec long sed -n 's/^CapPrm:\t//p' /proc/self/status) >> 21 & 1)) $((0x$(d exec --privileged long sed -n 's/^CapPrm:\t//p' /proc/self/status) >> 21 & 1))"
}
if whole_root || [ "$runtime" = rideau ]; then scenario "exec --privileged" exec_privileged; fi

exec_leaves_nothing() {
  local pid i
  pid=$(field long '{{.State.Pid}}')
  for i in 1 2 3 4 5; do d exec long true; done
  within 30 sh -c "[ \$(ls /proc/$pid/root/proc | grep -c '^[0-9]') -le 2 ]"
  is "" "$(d exec long ps -o stat,comm | grep ^Z || true)"
}
scenario "exec leaves no process" exec_leaves_nothing

top_() { has 'sleep' "$(d top long)"; has 'UID' "$(d top long -o pid,uid)"; }
scenario "top" top_

pause_() {
  d pause long
  is paused "$(field long '{{.State.Status}}')"
  status_of 1 d exec long true
  has paused "$(cat "$work/said")"
  d unpause long
  is "running hi" "$(field long '{{.State.Status}}') $(d exec long echo hi)"
}
scenario "pause, exec refused, unpause" pause_

stop_asked() {
  d stop -t 60 long
  is "exited 3" "$(field long '{{.State.Status}} {{.State.ExitCode}}')"
  has asked "$(d logs long)"
}
scenario "stop: a command that ends when asked ends with its status" stop_asked

start_again() { d start long; within 30 d exec long true; is running "$(field long '{{.State.Status}}')"; d restart -t 30 long; within 30 d exec long true; has "begun" "$(d logs --tail 1 long)"; }
scenario "start of what has stopped, restart" start_again

stop_forced() {
  d run -d --name deaf busybox sh -c 'trap "" TERM; touch /ready; while :; do sleep 0.2; done'
  within 30 d exec deaf test -f /ready
  d stop -t 1 deaf
  is "exited 137" "$(field deaf '{{.State.Status}} {{.State.ExitCode}}')"
  d rm deaf
}
scenario "stop --time: a command that does not listen is killed after it" stop_forced

remove() {
  status_of 1 d rm long
  has 'running' "$(cat "$work/said")"
  d rename long longer
  d rm -f longer
  status_of 1 d inspect longer
}
scenario "rename, rm, rm --force" remove

logs() {
  d run -d --name log busybox sh -c 'echo one; echo two >&2; sleep 1; echo three'
  is "one three" "$(d logs -f log 2>/dev/null | tr '\n' ' ' | sed 's/ $//')"
  is two "$(d logs log 2>&1 >/dev/null)"
  has T "$(d logs -t --tail 1 log)"
  d rm log
}
scenario "logs, followed, both streams, with time" logs

restart_failing() {
  d run -d --name failing --restart on-failure:2 busybox sh -c 'echo again; exit 3'
  within 90 sh -c "[ \"\$(docker inspect -f '{{.State.Status}} {{.RestartCount}}' failing)\" = 'exited 2' ]"
  is 3 "$(d logs failing | grep -c again)"
  d rm failing
}
scenario "--restart on-failure:2: started three times" restart_failing

restart_always() {
  local first
  d run -d --name always --restart always busybox sleep 1000
  first=$(field always '{{.State.Pid}}')
  kill -KILL "$first"
  within 60 sh -c "p=\$(docker inspect -f '{{.State.Status}} {{.State.Pid}}' always); [ \"\${p% *}\" = running ] && [ \"\${p#* }\" != $first ]"
  is 1 "$(field always '{{.RestartCount}}')"
  d update --restart no always
  kill -KILL "$(field always '{{.State.Pid}}')"
  within 60 sh -c "docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' always | grep -q 'exited 137'"
  d rm always
}
scenario "--restart always, and update --restart no" restart_always

health() {
  d run -d --name health --health-cmd 'test -f /well' --health-interval 1s --health-retries 1 --health-timeout 60s busybox sleep 1000
  within 60 sh -c "docker inspect -f '{{.State.Health.Status}}' health | grep -q unhealthy"
  d exec health touch /well
  within 60 sh -c "docker inspect -f '{{.State.Health.Status}}' health | grep -qx healthy"
  d rm -f health
}
scenario "health check: unhealthy, then healthy" health

create_start() {
  d create --name made busybox sh -c 'echo made; exit 6'
  is created "$(field made '{{.State.Status}}')"
  status_of 6 d start -a made
  is made "$(cat "$work/said")"
  d rm made
}
scenario "create, start -a" create_start
