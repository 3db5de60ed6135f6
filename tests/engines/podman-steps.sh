# podman-steps.sh: sourced by "podman" and "podman-rootless": what people do with Podman, in steps. $parent is the group for containers, where
# they have one; $cgroups is v1, v2 (a user's group) or none (Podman gives a user's containers no groups on cgroup v1).
image=localhost/busybox
r="run --rm ${parent:+--cgroup-parent=/$parent}"
rd="run -d ${parent:+--cgroup-parent=/$parent}"
state() { p inspect -f '{{.State.Status}}' "$1"; }
is_state() { is "$2" "$(state "$1")"; }
serve() { echo "mkdir -p /w; echo $1 >/w/index.html; exec httpd -f -p ${2:-80} -h /w"; }
get() { busybox timeout 10 busybox wget -q -O- "$1"; }
saw() { p logs "$1" 2>&1 | grep -q -- "$2"; }
field_of() { p inspect -f "$2" "$1"; }

run_status() {
  local s=0
  p $r $image sh -c 'echo out; echo err >&2; exit 7' >"$tmp/o" 2>"$tmp/e" || s=$?
  is 7 $s
  is out "$(cat "$tmp/o")"
  is err "$(cat "$tmp/e")"
}
run_missing() {
  status_of 127 p $r $image no-such-command
  has 'no-such-command' "$(cat "$tmp/said")"
}
run_denied() { status_of 126 p $r $image /etc/passwd; }
run_big() {
  is 20000000 "$(p $r $image head -c 20000000 /dev/zero | wc -c)"
  is 3000000 "$(head -c 3000000 /dev/zero | p $r -i $image cat | wc -c)"
}
run_signal() {
  p $rd --name sig $image sh -c 'trap "exit 9" USR1; echo ready; while :; do sleep 0.1; done'
  within 60 saw sig ready
  p kill -s USR1 sig
  is 9 "$(p wait sig)"
  p rm sig
}
run_killed() {
  p $rd --name killed $image sleep 1000
  p kill killed
  is 137 "$(p wait killed)"
  p rm killed
}
run_stdin() { is HELLO "$(echo hello | p $r -i $image tr a-z A-Z)"; }
run_user() { is "1000 1000 /tmp" "$(p $r --user web --workdir /tmp $image sh -c 'echo $(id -u) $(id -g) $(pwd)')"; }
run_env() { is "b c" "$(p $r -e A='b c' $image sh -c 'echo "$A"')"; }
run_hostname() { is named "$(p $r --hostname named $image hostname)"; }
run_readonly() { refused 'Read-only file system' p $r --read-only $image touch /x; }
run_init() {
  is podman-init "$(p $r --init $image cat /proc/1/comm)"
  # Orphans are taken up by it.
  p $r --init $image sh -c '(sleep 0.2 &) ; sleep 1; ! ps -o stat | grep -q Z'
}
run_privileged() { p $r --privileged $image mount -t tmpfs none /tmp; }
run_caps() {
  is "CapBnd: 0000000000002000" "$(p $r --cap-drop all --cap-add net_raw $image grep CapBnd /proc/1/status | tr -s '\t ' ' ')"
  is "NoNewPrivs: 1" "$(p $r --security-opt no-new-privileges $image grep NoNewPrivs /proc/1/status | tr -s '\t ' ' ')"
}
run_masked() {
  is 0 "$(p $r $image cat /proc/kcore | wc -c)"
  refused 'Read-only file system' p $r $image sh -c 'echo 1 >/proc/sys/kernel/hostname'
  p $r --security-opt unmask=ALL $image sh -c '! grep -q " /proc/sys ro" /proc/mounts'
}
run_tty() {
  local said
  said=$(terminal podman $r -it $image sh -- 'expect:/ # ' 'send:stty size; test -t 0 && echo on $(tty)\n' 'expect:on /dev/pts/0' 'resize:41:111' \
    'press:stty size\n:41 111' 'send:exec sh -c "exit 6"\n' wait) || { echo "$said"; return 1; }
  has '30 100' "$said"
  has '[exit 6]' "$said"
}
run_detach() {
  terminal podman run --name attached ${parent:+--cgroup-parent=/$parent} -it $image sh -- 'expect:/ # ' 'send:echo one$((1+1))\n' expect:one2 'send:\x10\x11' wait
  is_state attached running
  terminal podman attach attached -- 'press:echo two$((1+1))\n:two2' 'send:exit 4\n' wait
  is 4 "$(field_of attached '{{.State.ExitCode}}')"
  p rm attached
}
run_sysctl() {
  is 1 "$(p $r --sysctl net.ipv4.ip_forward=1 $image cat /proc/sys/net/ipv4/ip_forward)"
  is 77 "$(p $r --sysctl kernel.msgmax=77 $image cat /proc/sys/kernel/msgmax)"
}
run_ulimit() { is 128 "$(p $r --ulimit nofile=128:128 --ulimit "nproc=$(ulimit -Hu):$(ulimit -Hu)" $image sh -c 'ulimit -n')"; }
run_shm() { is 8192 "$(p $r --shm-size 8m $image df -k /dev/shm | awk 'END { print $2 }')"; }
run_oom_score() { is 500 "$(p $r --oom-score-adj 500 $image cat /proc/self/oom_score_adj)"; }
run_preserve() { is passed "$(p $r --preserve-fds 1 $image sh -c 'cat <&3' 3<<<passed)"; }
run_secret() {
  printf hidden >"$tmp/secret"
  p secret create s1 "$tmp/secret"
  is "hidden 400" "$(p $r --secret s1,mode=0400 $image sh -c 'echo $(cat /run/secrets/s1) $(stat -c %a /run/secrets/s1)')"
  p secret rm s1
}
run_rootfs() {
  mkdir -p "$tmp/tree"
  tar -C "$tmp/tree" -xf "$image_tar"
  is tree "$(p $r --rootfs "$tmp/tree" /bin/echo tree)"
  rm -rf "$tmp/tree"
}

start_long() {
  local limits=
  [ "$cgroups" != v1 ] || limits="--memory 64m --cpus 0.5 --pids-limit 50"
  p $rd --name long $limits $image sh -c 'echo begun; trap "exit 0" TERM; while :; do sleep 0.2; done'
  within 60 saw long begun
}
exec_plain() {
  is hello "$(p exec long echo hello)"
  status_of 5 p exec long sh -c 'exit 5'
  status_of 127 p exec long no-such
  status_of 126 p exec long /etc/passwd
  status_of 137 p exec long sh -c 'kill -9 $$'
}
exec_tty() {
  local said
  said=$(terminal podman exec -it long sh -- 'expect:/ # ' 'send:stty size; tty; echo sum$((40+2))\n' expect:/dev/pts/ expect:sum42 'resize:50:90' 'press:stty size\n:50 90' \
    'send:echo asleep; sleep 1000\n' expect:asleep expect:asleep 'press:\x03:/ # ' 'send:exit 3\n' wait)
  has '30 100' "$said"
  has '[exit 3]' "$said"
}
exec_stdin() { is 3 "$(printf 'a\nb\nc\n' | p exec -i long wc -l)"; }
exec_user() { is "1000 /tmp v" "$(p exec --user 1000 --workdir /tmp -e V=v long sh -c 'echo $(id -u) $(pwd) $V')"; }
exec_detached() {
  p exec -d long sh -c 'echo x >/tmp/detached; sleep 1'
  within 60 podman exec long test -f /tmp/detached
}
exec_privileged() { is 0 "$(p exec --privileged long sh -c 'mount -t tmpfs none /mnt 2>/dev/null || { mkdir -p /mnt; mount -t tmpfs none /mnt; }; echo $?')"; }
exec_many() {
  local i
  for i in 1 2 3 4 5 6 7 8 9 10; do p exec long sh -c "echo $i" & done >"$tmp/many"
  wait
  is 55 "$(awk '{ n += $1 } END { print n }' "$tmp/many")"
}
logs() {
  is begun "$(p logs long)"
  p $rd --name chatty $image sh -c 'echo to-out; echo to-err >&2; seq 1 500; sleep 1000'
  within 60 saw chatty 500
  is "to-out" "$(p logs chatty 2>/dev/null | head -1)"
  is "to-err" "$(p logs chatty 2>&1 >/dev/null)"
  p rm -f -t 0 chatty
  p run --name counted $image seq 1 500
  is "499 500" "$(echo $(p logs --tail 2 counted))"
  p rm counted
}
top_() { has sh "$(p top long pid comm)"; }
inspect() {
  is_state long running
  [ "$cgroups" != v1 ] || is 67108864 "$(field_of long '{{.HostConfig.Memory}}')"
  has long "$(p ps --format '{{.Names}} {{.Status}}')"
}
memory() { is 67108864 "$(p exec long sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max')"; }
cpus() { is 50000 "$(p exec long sh -c 'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cut -d" " -f1 /sys/fs/cgroup/cpu.max')"; }
pids() { is 50 "$(p exec long cat /sys/fs/cgroup/pids/pids.max)"; }
oom() {
  status_of 137 p $r --memory 20m --memory-swap 20m $image sh -c 'x=x; while :; do x=$x$x; done'
}
stats() { has 'long 67.11MB' "$(p stats --no-stream --format '{{.Name}} {{.MemUsage}}' long | sed 's, [^ ]* / , ,')"; }
pause_() {
  p pause long
  is_state long paused
  refused 'running containers' p exec long true
  p unpause long
  is_state long running
  is hi "$(p exec long echo hi)"
}
cp_() {
  echo carried >"$tmp/file"
  p cp "$tmp/file" long:/tmp/file
  is carried "$(p exec long cat /tmp/file)"
  p cp long:/tmp/file "$tmp/back"
  is carried "$(cat "$tmp/back")"
  # What is mounted in the container is seen.
  is devpts "$(p exec long stat -f -c %T /dev/pts)"
}
diff_() { has 'A /tmp/file' "$(p diff long)"; }
export_() { p export long | tar -t >"$tmp/list"; grep -qx 'tmp/file' "$tmp/list"; }
rename_() { p rename long longer; is_state longer running; p rename longer long; }
restart() {
  local before
  before=$(field_of long '{{.State.Pid}}')
  p restart -t 5 long
  is_state long running
  [ "$before" != "$(field_of long '{{.State.Pid}}')" ]
  # What was written is kept.
  is carried "$(p exec long cat /tmp/file)"
}
stop_rm() {
  p stop -t 30 long
  is_state long exited
  is 0 "$(field_of long '{{.State.ExitCode}}')"
  p start long
  within 60 saw long 'begun'
  p rm -f -t 30 long
  p $rd --name stubborn $image sh -c 'trap "" TERM; echo deaf; while :; do sleep 0.2; done'
  within 60 saw stubborn deaf
  p stop -t 1 stubborn
  is 137 "$(field_of stubborn '{{.State.ExitCode}}')"
  p rm stubborn
}
restart_policy() {
  p $rd --name again --restart on-failure:2 $image sh -c 'echo try; exit 1'
  within 90 sh -c '[ "$(podman logs again | wc -l)" = 3 ]'
  within 60 sh -c '[ "$(podman inspect -f "{{.State.Status}}" again)" = exited ]'
  p rm -f -t 0 again
}
conmon_killed() {
  p $rd --name orphan $image sleep 1000
  local init conmon id
  init=$(field_of orphan '{{.State.Pid}}')
  id=$(field_of orphan '{{.Id}}')
  conmon=$(cat "$(field_of orphan '{{.ConmonPidFile}}')")
  kill -KILL "$conmon"
  within 30 sh -c "! kill -0 $conmon"
  # The container goes on, and can be ended and removed.
  kill -0 "$init"
  p kill orphan || p stop -t 1 orphan || true
  within 30 sh -c "! kill -0 $init"
  p rm -f -t 0 orphan
  ! p container exists orphan
  p $r --name orphan $image true
  # Podman 4.3 does not have it deleted by the runtime, whichever that is.
  "$work/bin/recorded" delete --force "$id"
  [ -z "$(pgrep -f "$id" || true)" ]
}
runtime_killed() {
  # The exit command of a container whose runtime state was taken away must not hang.
  p $rd --name gone $image sleep 1000
  kill -KILL "$(field_of gone '{{.State.Pid}}')"
  is 137 "$(p wait gone)"
  is_state gone exited
  p rm gone
}
volumes() {
  p volume create v1
  p $r -v v1:/data $image sh -c 'echo kept >/data/f'
  is kept "$(p $r -v v1:/data:ro $image cat /data/f)"
  p volume rm v1
  echo bound >"$tmp/b"
  is bound "$(p $r -v "$tmp:/mnt:ro" $image cat /mnt/b)"
  refused 'Read-only' p $r -v "$tmp:/mnt:ro" $image touch /mnt/n
  is 1777 "$(p $r --tmpfs /scratch $image stat -c %a /scratch)"
  # With what the image has there.
  is "root:x:0:" "$(p $r --mount type=tmpfs,dst=/etc $image cat /etc/group)"
  is bound "$(p $r --mount "type=bind,src=$tmp/b,dst=/one/file" $image cat /one/file)"
  is "noexec nosuid nodev" "$(p $r -v "$tmp:/mnt:noexec,nosuid,nodev" $image sh -c 'for f in noexec nosuid nodev; do grep " /mnt " /proc/mounts | grep -ow $f; done' | xargs)"
  p create --name donor -v v2:/from $image true
  p $r --volumes-from donor $image sh -c 'echo shared >/from/f'
  is shared "$(p $r -v v2:/x $image cat /x/f)"
  p rm donor
  p volume rm v2
}
overlay_volume() {
  mkdir -p "$tmp/lower"
  echo below >"$tmp/lower/f"
  is "below above" "$(p $r -v "$tmp/lower:/mnt:O" $image sh -c 'echo above >/mnt/g; echo $(cat /mnt/f /mnt/g)')"
  [ ! -e "$tmp/lower/g" ]
}
device() {
  is "1:3" "$(p $r --device /dev/null:/dev/other $image stat -c %t:%T /dev/other)"
  [ ! -c /dev/fuse ] || p $r --device /dev/fuse $image sh -c ': <>/dev/fuse'
}
device_rules() { refused 'Operation not permitted' p $r $image sh -c 'mknod /tmp/sda b 8 0 && : </tmp/sda'; }
seccomp() {
  echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' >"$tmp/s.json"
  refused 'not implemented' p $r --security-opt "seccomp=$tmp/s.json" $image mkdir /tmp/x
  is 0 "$(p $r --security-opt seccomp=unconfined $image sed -n 's/^Seccomp:[^0-9]*//p' /proc/self/status)"
  is 2 "$(p $r $image sed -n 's/^Seccomp:[^0-9]*//p' /proc/self/status)"
}
healthcheck() {
  p $rd --name health --health-cmd 'test -f /tmp/well' --health-interval disable $image sleep 1000
  status_of 1 p healthcheck run health
  p exec health touch /tmp/well
  p healthcheck run health
  is healthy "$(field_of health '{{.State.Healthcheck.Status}}')"
  p rm -f -t 0 health
}
network() {
  p network create n1
  p $rd --name web --network n1 $image sh -c "$(serve served)"
  within 60 podman exec web wget -q -O- http://127.0.0.1/
  is served "$(p $r --network n1 $image wget -q -O- "http://$(field_of web '{{.NetworkSettings.Networks.n1.IPAddress}}')/")"
  p rm -f -t 0 web
  p network rm n1
}
network_names() {
  p network create n2
  p $rd --name named --network n2 $image sh -c "$(serve by-name)"
  within 60 podman exec named wget -q -O- http://127.0.0.1/
  is by-name "$(p $r --network n2 $image wget -q -O- http://named/)"
  p rm -f -t 0 named
  p network rm n2
}
publish() {
  p $rd --name pub -p 127.0.0.1:8099:80 $image sh -c "$(serve published)"
  within 60 get http://127.0.0.1:8099/
  is published "$(get http://127.0.0.1:8099/)"
  p rm -f -t 0 pub
}
network_host_none() {
  is "$(readlink /proc/self/ns/net)" "$(p $r --network host $image readlink /proc/self/ns/net)"
  is lo "$(p $r --network none $image ls /sys/class/net)"
}
shared_namespaces() {
  p $rd --name share --ipc shareable $image sh -c 'echo up; exec sleep 1000'
  within 60 saw share up
  has 'sleep 1000' "$(p $r --pid container:share --ipc container:share --network container:share $image ps)"
  is "$(readlink "/proc/$(field_of share '{{.State.Pid}}')/ns/uts")" "$(p $r --uts container:share $image readlink /proc/self/ns/uts)"
  p rm -f -t 0 share
  is "$(readlink /proc/self/ns/uts)" "$(p $r --uts host $image readlink /proc/self/ns/uts)"
}
pod() {
  p pod create --name pod1 ${parent:+--cgroup-parent "/$parent"} --infra-image $image --infra-command '/bin/sleep 1000'
  p run -d --pod pod1 --name in1 $image sh -c "$(serve shared)"
  within 60 podman exec in1 wget -q -O- http://127.0.0.1/
  is shared "$(p run --rm --pod pod1 $image wget -q -O- http://127.0.0.1/)"
  has Running "$(p pod ps --format '{{.Name}} {{.Status}}')"
  p pod restart pod1
  within 60 podman exec in1 wget -q -O- http://127.0.0.1/
  p pod stop -t 0 pod1
  p pod rm -f pod1
}
pod_pause() {
  p pod create --name pod2 --cgroup-parent "/$parent" --infra-image $image --infra-command '/bin/sleep 1000'
  p run -d --pod pod2 --name in2 $image sleep 1000
  p pod pause pod2
  is_state in2 paused
  p pod unpause pod2
  is_state in2 running
  p pod rm -f -t 0 pod2
}
commit() {
  p run --name made2 ${parent:+--cgroup-parent=/$parent} $image sh -c 'echo c >/committed'
  p commit -q --change 'CMD ["cat","/committed"]' made2 localhost/committed
  p rm made2
  is c "$(p $r localhost/committed)"
}
build() {
  mkdir -p "$tmp/context"
  echo copied >"$tmp/context/file"
  printf 'FROM %s\nRUN echo built >/made; echo builder:x:1234:1234::/tmp:/bin/sh >>/etc/passwd\nCOPY file /file\nENV A=1\nUSER builder\nCMD ["sh","-c","id -un; cat /made /file"]\n' $image >"$tmp/context/Containerfile"
  p build --runtime "$work/bin/recorded" --isolation $isolation ${parent:+--cgroup-parent "/$parent-build"} -t localhost/made "$tmp/context"
  is "builder built copied" "$(echo $(p $r localhost/made))"
  printf 'FROM %s\nRUN exit 9\n' $image >"$tmp/context/Containerfile"
  refused 'exit status 9' p build --runtime "$work/bin/recorded" --isolation $isolation ${parent:+--cgroup-parent "/$parent-build"} "$tmp/context"
}
userns_auto() {
  local m
  m=$(p $r --userns=auto:size=1000 $image cat /proc/self/uid_map | tr -s ' ')
  has ' 1000' "$m"
  case $m in ' 0 0 '*) echo "not mapped: $m"; return 1 ;; esac
  # Two have different ids, and what a volume holds has the right owner.
  p $rd --name a1 --userns=auto $image sleep 1000
  p $rd --name a2 --userns=auto $image sleep 1000
  [ "$(p exec a1 cat /proc/self/uid_map)" != "$(p exec a2 cat /proc/self/uid_map)" ]
  # On a busy machine Podman 4.3 may find /dev/shm of such a container still in use, with runc as well: asked again, it is not.
  within 30 p rm -f -t 0 a1
  within 30 p rm -f -t 0 a2
}
userns_maps() {
  is "0 200000 1000" "$(p $r --uidmap 0:200000:1000 --gidmap 0:200000:1000 $image cat /proc/self/uid_map | tr -s ' ' | sed 's/^ //')"
  is 0:0 "$(p $r --uidmap 0:200000:2000 --gidmap 0:200000:2000 $image stat -c %u:%g /bin/busybox)"
}
kube() {
  cat >"$tmp/k.yaml" <<END
apiVersion: v1
kind: Pod
metadata:
  name: kpod
spec:
  restartPolicy: Never
  containers:
  - name: one
    image: $image
    imagePullPolicy: Never
    command: ["sh", "-c", "$(serve from-kube 8080)"]
  - name: two
    image: $image
    imagePullPolicy: Never
    command: ["sh", "-c", "until wget -q -O- http://127.0.0.1:8080/; do sleep 0.2; done; sleep 1000"]
    securityContext:
      runAsUser: 1000
    volumeMounts:
    - {name: scratch, mountPath: /scratch}
  volumes:
  - name: scratch
    emptyDir: {}
END
  p play kube "$tmp/k.yaml"
  within 90 saw kpod-two from-kube
  is 1000 "$(p exec kpod-two id -u)"
  has 'name: kpod' "$(p generate kube kpod)"
  p play kube --down "$tmp/k.yaml"
}
kube_limits() {
  sed -i 's/^    securityContext:/    resources: {limits: {memory: 32Mi}}\n&/' "$tmp/k.yaml"
  p play kube "$tmp/k.yaml"
  is 33554432 "$(p exec kpod-two cat /sys/fs/cgroup/memory/memory.limit_in_bytes)"
  p play kube --down "$tmp/k.yaml"
}
info() { is "recorded $work/bin/recorded" "$(p info --format '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}')"; }
systemd_unit() { has 'ExecStart' "$(p create --name unit $image true >/dev/null; p generate systemd unit; p rm unit >/dev/null)"; }
# One after another: Podman before 4.4 that removes several at once now and then fails with EBUSY, with any runtime (its issues
# 10454 and 11594).
prune() {
  local id
  for id in $(p pod ps -q); do p pod rm -f -t 0 "$id"; done
  for id in $(p ps -aq); do p rm -f -t 0 "$id"; done
  is "" "$(p ps -aq)"
}
nothing_left() {
  # No container is known to the runtime, no process of one runs.
  is "" "$(pgrep -x conmon || true)"
  is "" "$(pgrep -f 'sleep 1000' || true)"
}

group_of_container() {
  local path
  path=$(sed -n 's/^0:://p' "/proc/$(field_of long '{{.State.Pid}}')/cgroup")
  case $path in *libpod-*) ;; *) echo "not a group of its own: $path"; return 1 ;; esac
  has "$group" "$path"
}
groups_gone() { is "" "$(find /sys/fs/cgroup -path "*$group*" -name 'libpod-*' -type d)"; }

# hook LINE...: a createRuntime hook of every container that is run with $hooks.
hooks="--hooks-dir $tmp/hooks.d"
hook() {
  mkdir -p "$tmp/hooks.d"
  printf '%s\n' '#!/bin/sh' "$@" >"$tmp/hook"
  chmod 755 "$tmp/hook"
  echo '{"version":"1.0.0","hook":{"path":"'"$tmp/hook"'"},"when":{"always":true},"stages":["createRuntime"]}' >"$tmp/hooks.d/one.json"
}
hook_fails() {
  hook 'echo the hook says no >&2' 'exit 3'
  refused 'the hook says no' timeout 120 podman $hooks $r $image true
}
# Annotations: what engines ask crun by, in the way of Podman.
annotation_hooks() {
  hook 'cat >/dev/null' 'echo hook said' 'echo hook moaned >&2'
  timeout 120 podman $hooks $r --annotation run.oci.hooks.stdout="$tmp/hook.out" --annotation run.oci.hooks.stderr="$tmp/hook.err" $image true
  is 'hook said' "$(cat "$tmp/hook.out")"
  is 'hook moaned' "$(cat "$tmp/hook.err")"
}
annotation_seccomp() {
  # A filter that lets everything pass but getuid (102), which has EPERM on x86-64; in the place of Podman's own.
  local filter
  filter=$(python3 -c 'import struct, base64
print(base64.b64encode(b"".join(struct.pack("HBBI", *i) for i in [(0x20, 0, 0, 0), (0x15, 0, 1, 102), (6, 0, 0, 0x50001), (6, 0, 0, 0x7fff0000)])).decode())')
  is 4294967295 "$(p $r --annotation run.oci.seccomp_bpf_data="$filter" $image id -ru)"
}
annotation_systemd() { has systemd "$(p $r --annotation run.oci.systemd.force_cgroup_v1=/sys/fs/cgroup $image ls /sys/fs/cgroup)"; }
annotation_refused() { refused run.oci.handler p $r --annotation run.oci.handler=krun $image true; }

step() { scenario "$@"; }

# all_steps: of Podman on this machine, as whoever runs this.
all_steps() {
  step "info names the runtime" info
  step "run passes output and status on" run_status
  step "run of a missing command ends with 127" run_missing
  step "run of what cannot be executed ends with 126" run_denied
  step "run with 20 MB of output and 3 MB of input" run_big
  step "kill sends a signal" run_signal
  step "kill ends it with 137" run_killed
  step "run -i passes input on" run_stdin
  step "run --user --workdir" run_user
  step "run -e" run_env
  step "run --hostname" run_hostname
  step "run --read-only" run_readonly
  step "run --init" run_init
  step "run --privileged" run_privileged
  step "run --cap-drop --cap-add, no-new-privileges" run_caps
  step "masked and read-only paths" run_masked
  step "run -it: typed at, resized, its status" run_tty
  step "detach and attach" run_detach
  step "run --sysctl" run_sysctl
  step "run --ulimit" run_ulimit
  step "run --shm-size" run_shm
  step "run --oom-score-adj" run_oom_score
  step "run --preserve-fds" run_preserve
  step "run --secret" run_secret
  step "run --rootfs" run_rootfs
  NEEDED=1 step "run -d" start_long
  step "exec: output and status" exec_plain
  step "exec -it: typed at, resized, interrupted, its status" exec_tty
  step "exec -i passes input on" exec_stdin
  step "exec --user --workdir -e" exec_user
  step "exec -d" exec_detached
  step "exec --privileged" exec_privileged
  step "ten execs at once" exec_many
  step "logs" logs
  step "top" top_
  step "inspect and ps" inspect
  if [ "$cgroups" = v1 ]; then
    step "--memory is in the cgroup" memory
    step "--cpus is in the cgroup" cpus
    step "--pids-limit is in the cgroup" pids
    step "--memory kills what takes more" oom
    step "stats" stats
  fi
  [ "$cgroups" = none ] || step "pause and unpause" pause_
  step "cp" cp_
  step "diff" diff_
  step "export" export_
  step "rename" rename_
  step "restart" restart
  step "stop, start and rm" stop_rm
  step "--restart on-failure" restart_policy
  step "conmon is killed" conmon_killed
  step "a container's process is killed from outside" runtime_killed
  step "volumes, binds and tmpfs" volumes
  step "a volume with an overlay" overlay_volume
  step "--device" device
  [ "$cgroups" != v1 ] || step "a device that was not given" device_rules
  step "--security-opt seccomp=" seccomp
  step "healthcheck" healthcheck
  step "containers reach each other by network" network
  step "and by name" network_names
  step "published ports" publish
  step "--network host and none" network_host_none
  step "namespaces of another container" shared_namespaces
  step "pods" pod
  [ "$cgroups" = none ] || step "pod pause" pod_pause
  step "commit" commit
  step "build" build
  step "--userns=auto" userns_auto
  [ "$cgroups" != v1 ] || step "--uidmap and --gidmap" userns_maps
  step "play kube" kube
  [ "$cgroups" != v1 ] || step "play kube with limits" kube_limits
  step "generate systemd" systemd_unit
  step "a hook that fails ends the start" hook_fails
  # Annotations of crun's, which runc reads none of.
  if [ "$runtime" != runc ]; then
    step "hooks write where an annotation says" annotation_hooks
    [ "$(uname -m)" != x86_64 ] || step "a compiled filter by annotation" annotation_seccomp
    step "an annotation for another kind of container is refused" annotation_refused
  fi
  if [ "$cgroups" = v1 ] && grep -q ':name=systemd:' /proc/self/cgroup; then step "systemd's own hierarchy by annotation" annotation_systemd; fi
}

# group_steps: what a user can do who has a group of cgroup v2.
group_steps() {
  NEEDED=1 step "with a group: run -d" start_long
  step "with a group: the container has one below it" group_of_container
  step "with a group: exec" exec_plain
  step "with a group: pause and unpause" pause_
  step "with a group: cp" cp_
  step "with a group: restart" restart
  step "with a group: stop, start and rm" stop_rm
  step "with a group: pod pause" pod_pause
  step "with a group: conmon is killed" conmon_killed
  step "with a group: build" build
  step "with a group: all is removed" prune
  step "with a group: no group is left" groups_gone
}
