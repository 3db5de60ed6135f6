# slurm.sh: sourced by "slurm" after room.sh: a cluster in namespaces, and what is asked of it.
network=10.77.0

# u COMMAND...: as the room's user on the controller's machine, with a limit to each call.
u() { (cd "$tmp" && timeout -k 5 "${CALL_LIMIT:-300}" setpriv --reuid=$user_uid --regid=$user_gid --clear-groups env HOME="$work/home" USER=$user "$@"); }

# bundle FOLDER CHANGE: config.json of "spec", changed by a line of Python on "c". Slurm fills in what is run, and takes rootfs of the
# bundle for the root whatever root.path says (22.05).
bundle() {
  python3 - "$1/config.json" "$2" <<'END'
import json, sys
path, change = sys.argv[1:3]
c = json.load(open(path))
c["process"]["terminal"] = False
c["process"]["args"] = ["true"]
c["process"].pop("rlimits", None)
c["root"]["readonly"] = False
c["hostname"] = "container"
exec(change)
json.dump(c, open(path, "w"))
END
}

make_bundles() {
  local folder
  user_bundle=$work/user-bundle root_bundle=$work/root-bundle limited_bundle=$work/limited-bundle
  mkdir -p "$root_bundle" "$limited_bundle"
  busybox_root "$user_bundle/rootfs"
  echo 'a container' >"$user_bundle/rootfs/etc/who"
  cp -a "$user_bundle/rootfs" "$root_bundle/"
  cp -a "$user_bundle/rootfs" "$limited_bundle/"
  chown -R $user_uid:$user_gid "$user_bundle"
  (cd "$user_bundle" && setpriv --reuid=$user_uid --regid=$user_gid --clear-groups "$work/bin/recorded" spec --rootless)
  "$work/bin/recorded" spec --bundle "$root_bundle"
  "$work/bin/recorded" spec --bundle "$limited_bundle"
  local scratch='c["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777"]})'
  bundle "$user_bundle" "$scratch"
  bundle "$root_bundle" "$scratch; c['linux']['cgroupsPath'] = '/$group/root'"
  bundle "$limited_bundle" "$scratch; c['linux']['cgroupsPath'] = '/$group/limited'; c['linux']['resources'] = {'memory': {'limit': 33554432, 'swap': 33554432}, 'pids': {'limit': 20}}"
}

write_configuration() {
  mkdir -p /etc/slurm "$work/munge"
  dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 status=none
  chmod 600 "$work/munge/key"
  cat >/etc/slurm/slurm.conf <<END
ClusterName=rideau
SlurmctldHost=ctl($network.10)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=$work/ctl/state
SlurmdSpoolDir=$work/%n/spool
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=$work/ctl/log/slurmctld
SlurmdLogFile=$work/%n/log/slurmd
SlurmdDebug=debug
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,batch_sched_delay=1
ReturnToService=2
MinJobAge=600
KillWait=3
OverTimeLimit=0
SlurmdTimeout=10
MailProg=/bin/true
Prolog=$work/bin/prolog
Epilog=$work/bin/epilog
PrologFlags=Alloc
NodeName=n[1-3] NodeAddr=$network.1[1-3] CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=30 State=UP
END
  # The runtime is run by the user for the step, and asked, killed and deleted at the step's end.
  cat >/etc/slurm/oci.conf <<END
RunTimeRun="$work/bin/recorded --root /run/rideau-jobs/%u run --bundle %b %n.%j.%s.%t"
RunTimeQuery="$work/bin/recorded --root /run/rideau-jobs/%u state %n.%j.%s.%t"
RunTimeKill="$work/bin/recorded --root /run/rideau-jobs/%u kill --all %n.%j.%s.%t KILL"
RunTimeDelete="$work/bin/recorded --root /run/rideau-jobs/%u delete --force %n.%j.%s.%t"
END
  # A place for the state of the user's containers, before the job; after it what is left of them is removed.
  cat >"$work/bin/prolog" <<'END'
#!/bin/sh
install -d -m 755 /run/rideau-jobs
install -d -m 700 -o "$SLURM_JOB_UID" "/run/rideau-jobs/$SLURM_JOB_USER"
END
  cat >"$work/bin/epilog" <<END
#!/bin/sh
root=/run/rideau-jobs/\$SLURM_JOB_USER
for id in \$(ls "\$root" 2>/dev/null); do
  case \$id in
    "\$SLURMD_NODENAME.\$SLURM_JOB_ID."*) setpriv --reuid="\$SLURM_JOB_UID" --clear-groups "$work/bin/recorded" --root "\$root" delete --force "\$id" ;;
  esac
done
exit 0
END
  chmod 755 "$work/bin/prolog" "$work/bin/epilog"
}

# The first process of a node, or of the controller: NAME NUMBER.
write_node() {
  cat >"$work/bin/node" <<END
#!/bin/sh
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/munge /run/lock
hostname "\$1"
until ip link show eth0 >/dev/null 2>&1; do sleep 0.1; done
ip link set lo up
ip addr add "$network.\$2/24" dev eth0
ip link set eth0 up
$work/bin/start-munge
case \$1 in
  ctl) slurmctld -D ;;
  *) slurmd -D ;;
esac >"$work/\$1/log/daemon" 2>&1 &
while :; do wait; sleep 1; done
END
  printf '#!/bin/sh\nexec munged --force --key-file=%s/munge/key --socket=/run/munge/munge.socket.2 --pid-file=/run/munge/pid --log-file=/run/munge/log --seed-file=/run/munge/seed\n' "$work" >"$work/bin/start-munge"
  chmod 755 "$work/bin/node" "$work/bin/start-munge"
}

# start_node NAME NUMBER: a machine of its own on the room's bridge.
start_node() {
  local outer init
  mkdir -p "$work/$1/log" "$work/$1/spool" "$work/$1/state"
  unshare --mount --uts --ipc --net --pid --fork --kill-child --mount-proc "$work/bin/node" "$1" "$2" </dev/null >"$work/$1/log/boot" 2>&1 &
  outer=$!
  within 30 grep -q . "/proc/$outer/task/$outer/children"
  init=$(tr -d ' ' <"/proc/$outer/task/$outer/children")
  echo "$init" >"$work/$1/init.pid"
  ip link add "v-$1" type veth peer name eth0 netns "$init"
  ip link set "v-$1" master br0 up
}

start_cluster() {
  local name
  write_configuration
  write_node
  export SLURM_CONF=/etc/slurm/slurm.conf
  { echo "$network.1 $(hostname)"; echo "$network.10 ctl"; for name in 1 2 3; do echo "$network.1$name n$name"; done; } >>/etc/hosts
  mkdir -p /run/munge
  "$work/bin/start-munge"
  ip link add br0 type bridge && ip addr add "$network.1/24" dev br0 && ip link set br0 up
  start_node ctl 10
  for name in 1 2 3; do start_node "n$name" "1$name"; done
  within 120 sh -c '[ "$(sinfo -h -o "%D %t")" = "3 idle" ]'
}

# submit BUNDLE TEXT OPTION...: a batch job in a container, as the user; its number. What it says is in $tmp/job-NUMBER.
submit() {
  local container=$1 text=$2
  shift 2
  printf '#!/bin/sh\n%s\n' "$text" >"$tmp/script.sh"
  u sbatch --parsable --container="$container" -o "$tmp/job-%j" "$@" "$tmp/script.sh"
}

# batch_script FILE TEXT OPTION...: a batch job outside, whose steps may be containers.
batch_script() {
  local file=$1
  printf '#!/bin/sh\n%s\n' "$2" >"$file"
  shift 2
  u sbatch --parsable -o "$tmp/job-%j" "$@" "$file"
}

# ended JOB WORDS: the job's state, and its exit code where that is given.
ended() {
  within 120 none_of "$1"
  has "${2%% *}" "$(scontrol show job "$1" | grep JobState=)"
  case $2 in *' '*) has "ExitCode=${2#* }" "$(scontrol show job "$1" | grep ExitCode=)" ;; esac
}

# none_of JOB: nothing of it waits or runs.
none_of() { [ -z "$(squeue -h -j "$1" 2>/dev/null)" ]; }

# no_containers: no process runs in a container, and no node has the state of one.
no_containers() {
  local name
  for name in 1 2 3; do
    [ -z "$(ls "/proc/$(cat "$work/n$name/init.pid")/root/run/rideau-jobs/"* 2>/dev/null | grep -v ':$')" ] || { ls "/proc/$(cat "$work/n$name/init.pid")/root/run/rideau-jobs/"*; return 1; }
  done
  ! pgrep -f '/tmp/slurm/startup'
}
