# Commands run and their ends.

run_status() {
  local status=0
  d $box sh -c 'echo out; echo err >&2; exit 7' >"$work/out" 2>"$work/err" || status=$?
  is 7 $status
  is out "$(cat "$work/out")"
  is err "$(cat "$work/err")"
}
scenario "run: output, errors and status are the command's" run_status

run_input() { is HELLO "$(echo hello | d run --rm -i busybox tr a-z A-Z)"; }
scenario "run -i: input is passed on, and its end" run_input

run_terminal() {
  is "33 99 /dev/pts/0" "$(terminal "stty rows 33 cols 99; /usr/bin/docker run --rm -it busybox sh -c 'i=0; until [ \"\$(stty size 2>/dev/null)\" = \"33 99\" ] || [ \$i = 100 ]; do i=\$((i+1)); sleep 0.1; done; echo \$(stty size) \$(tty)'")"
}
scenario "run -it: a terminal of the client's size" run_terminal

run_missing() { status_of 127 d $box no-such-command; has 'exec: "no-such-command": executable file not found in $PATH' "$(cat "$work/said")"; }
scenario "run of a missing command: 127, and its name" run_missing

run_missing_path() { status_of 127 d $box /no/such; has '/no/such' "$(cat "$work/said")"; has 'no such file or directory' "$(cat "$work/said")"; }
scenario "run of a missing path: 127, and the path" run_missing_path

run_denied() {
  status_of 126 d $box /etc/passwd
  has 'permission denied' "$(cat "$work/said")"
  # Docker before 23 does not take runc's "is a directory" for 126.
  [ "$runtime" = rideau ] || return 0
  status_of 126 d $box /etc
  has '/etc' "$(cat "$work/said")"
}
scenario "run of a file that is no program, and of a folder: 126" run_denied

run_daemon_error() {
  status_of 125 d run --rm --no-such-option busybox true
  # A missing device is 127 here: Docker's client goes by the words "no such file or directory".
  status_of 127 d run --rm --device /dev/no-such-device busybox true
  has '/dev/no-such-device' "$(cat "$work/said")"
  status_of 125 d run --rm --memory 1m busybox true
  has 'emory limit' "$(cat "$work/said")"
  status_of 125 d run --rm --workdir /etc/passwd/x busybox true
}
scenario "run: a wrong option, a missing device, too little memory, a working directory that is a file" run_daemon_error

run_nothing_left() {
  is "" "$(d ps -aq)"
  # A shim that has said that its container ended goes on ending.
  within 30 sh -c "[ -z \"\$(ls /run/docker/runtime-*/moby 2>/dev/null)\" ]"
  within 30 sh -c "[ -z \"\$(find /sys/fs/cgroup/*/$group /sys/fs/cgroup/$group -mindepth 1 -type d 2>/dev/null)\" ]"
}
[ -n "$only" ] || scenario "after run --rm and failures: no container, state or group is left" run_nothing_left

run_who_where() {
  is "1000 /tmp b c" "$(d run --rm --user web --workdir /tmp -e A='b c' busybox sh -c 'echo $(id -u) $(pwd) $A')"
  is "1234 4321 55 named" "$(d run --rm --user 1234:4321 --group-add 55 --hostname named busybox sh -c 'echo $(id -u) $(id -G) $(hostname)')"
}
scenario "run --user --group-add --workdir --env --hostname" run_who_where

# busybox is "exe" until it has given itself the applet's name.
run_init() { is "docker-init sleep" "$(d run --rm --init busybox sh -c 'sleep 5 & while grep -qvx sleep /proc/$!/comm; do :; done; echo $(cat /proc/1/comm) $(cat /proc/$!/comm)')"; }
scenario "run --init" run_init

run_signal() {
  d run -d --name sig busybox sh -c 'trap "exit 9" USR1; touch /ready; while :; do sleep 0.1; done'
  within 30 d exec sig test -f /ready
  d kill -s USR1 sig
  is 9 "$(d wait sig)"
  d rm sig
}
scenario "kill --signal" run_signal

run_proxy() {
  /usr/bin/docker run --name proxied busybox sh -c 'trap "exit 33" TERM; touch /ready; while :; do sleep 0.1; done' >/dev/null 2>&1 &
  local client=$! status=0
  within 60 d exec proxied test -f /ready
  kill -TERM $client
  wait $client || status=$?
  is "33 33" "$status $(d wait proxied)"
  d rm proxied
}
scenario "run: a signal to the client reaches the command" run_proxy

run_detach() {
  mkfifo "$work/keys"
  script -qec "/usr/bin/docker run -it --name detached busybox sh" /dev/null <"$work/keys" >"$work/said" &
  local client=$!
  exec 7>"$work/keys"
  within 60 sh -c "docker inspect -f '{{.State.Running}}' detached | grep -q true"
  printf 'echo from-a-shell\n' >&7
  within 60 grep -q from-a-shell "$work/said"
  printf '\020\021' >&7
  within 60 sh -c "! kill -0 $client 2>/dev/null"
  exec 7>&-
  is true "$(field detached '{{.State.Running}}')"
  d rm -f detached
}
scenario "run -it, detached by its keys, runs on" run_detach

run_attach() {
  d run -d --name attached busybox sh -c 'until [ -f /go ]; do sleep 0.1; done; echo said later; exit 4'
  /usr/bin/docker attach --no-stdin attached >"$work/said" 2>&1 &
  local client=$! status=0
  d exec attached sh -c 'sleep 1; touch /go'
  wait $client || status=$?
  is "4 said later" "$status $(cat "$work/said")"
  d rm attached
}
scenario "attach: output and status" run_attach

run_other_runtime() { status_of 125 d run --rm --runtime no-such-runtime busybox true; d run --rm --runtime rideau busybox true; }
scenario "run --runtime" run_other_runtime
