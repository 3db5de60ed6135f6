# room.sh: sourced by the engines' scripts. Installs packages, enters a room of its own, counts scenarios.
#
# A room is a mount, network and pid namespace: private /run and engine folders, a fresh /sys with the machine's cgroups carried
# over. What was started ends with the pid namespace, and the machine stays as it is.
set -uo pipefail
top=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
# A function of a scenario ends at the first command that fails, also in $(...).
shopt -s inherit_errexit
passed=0 failed=0 number=0 runtime=${RUNTIME:-rideau} only=

usage() { echo "usage: ${0##*/} [--runtime rideau|runc|PATH] [--only PART-OF-A-NAME]   (or RUNTIME=rideau|runc|PATH)"; exit 2; }
words=("$@")
while [ $# -gt 0 ]; do
  case $1 in
    --runtime) runtime=${2:?}; shift ;;
    --only) only=${2:?}; shift ;;
    *) usage ;;
  esac
  shift
done
case $runtime in
  rideau) program=${RIDEAU_PROGRAM:-$top/artifacts/rideau} ;;
  runc) program=$(command -v runc || true) ;;
  *) program=$runtime ;;
esac

# skip REASON: the whole script says why it cannot run.
skip() { echo "skipped: $1"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }

# packages NAME...: installs what is missing from Debian.
packages() {
  local missing=() name
  for name; do [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)" = installed ] || missing+=("$name"); done
  [ ${#missing[@]} -eq 0 ] && return
  # Services must not start beside the rooms.
  export RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive
  apt-get install -o DPkg::Lock::Timeout=300 -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 && return
  { apt-get update -qq && apt-get install -o DPkg::Lock::Timeout=300 -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 || skip "cannot install: ${missing[*]}"
}

# end_room PID-OF-TIMEOUT: ends unshare below it, and with that the pid namespace.
end_room() {
  local child
  for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do kill -KILL "$child"; done
}

# foreign NAME...: runtimes that must not be called in this room are replaced, in its mounts only, by a program that writes it down.
foreign() {
  local name file
  # To be asked for its features is not to be used: containerd 2 asks the runtime of its own default.
  printf '#!/bin/sh\n[ "$*" = features ] || printf "%%s\\n" "$0 $*" >>%s\nexit 1\n' "$work/foreign" >"$work/bin/foreign"
  chmod 755 "$work/bin/foreign"
  for name; do
    for file in $(type -ap "$name"); do
      [ "$file" -ef "$program" ] && cp "$file" "$work/bin/program" && program=$work/bin/program
      mount --bind "$work/bin/foreign" "$(readlink -f "$file")"
    done
  done
}

# enter_room: goes on in the namespaces; returns inside. The folder $work is gone afterwards.
enter_room() {
  [ "$(id -u)" = 0 ] || skip "needs root"
  if [ -z "${RIDEAU_ROOM-}" ]; then
    [ -x "$program" ] || { echo "${0##*/}: there is no program \"$program\": ./build makes Rideau's" >&2; exit 1; }
    work=$(mktemp -d "${TMPDIR:-/tmp}/rideau-engine-XXXXXX")
    export RIDEAU_ROOM=$work
    local status=0 room interrupted=
    # In the background, so that a signal to this script is taken at once: unshare itself takes neither SIGINT nor SIGTERM.
    timeout -s KILL "${ROOM_LIMIT:-600}" \
      unshare --mount --propagation private --net --ipc --pid --fork --kill-child --mount-proc "$0" "${words[@]}" </dev/null &
    room=$!
    trap 'trap "" INT TERM HUP; interrupted=1; end_room "$room"' INT TERM HUP
    { wait "$room"; } 2>/dev/null
    status=$?
    trap "" INT TERM HUP
    [ -z "$interrupted" ] || { wait "$room" 2>/dev/null; status=130; }
    [ "$status" != 137 ] || echo "FAILED  not ended within ${ROOM_LIMIT:-600} s"
    # Groups that were left are the engine's, whose processes end with the room: those of a room in the room a moment later.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      find /sys/fs/cgroup -depth -type d -path "*/${work##*/}*" -exec rmdir {} + 2>/dev/null
      [ -n "$(find /sys/fs/cgroup -maxdepth 2 -name "${work##*/}*" -type d)" ] || break
      sleep 0.3
    done
    find /sys/fs/cgroup -maxdepth 2 -name "${work##*/}*" -type d | sed 's/^/left behind: /'
    rm -rf --one-file-system "$work"
    exit "$status"
  fi
  work=$RIDEAU_ROOM
  cgroups=$work/cgroups
  mkdir -p "$cgroups" "$work/bin"
  mount --rbind /sys/fs/cgroup "$cgroups"
  umount -R -l /sys 2>/dev/null
  mount -t sysfs sysfs /sys && mount --rbind "$cgroups" /sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/lock
  mount -t tmpfs -o size=2g,mode=1777 tmpfs /var/tmp
  ip link set lo up
  record=$work/record
  : >"$record"
  : >"$work/foreign"
  chmod 666 "$record" "$work/foreign"
  foreign runc crun
  printf '#!/bin/sh\nprintf "%%s\\n" "$*" >>%s\nexec %s "$@"\n' "$record" "$program" >"$work/bin/recorded"
  chmod 755 "$work" "$work/bin" "$work/bin/recorded"
  # Containers are made below a group of this name.
  group=${work##*/}
  # Engines leave files where they are started.
  cd "$work" || exit 1
}

# busybox_root DIR: a root file system of busybox.
busybox_root() {
  mkdir -p "$1"/{bin,etc,tmp,proc,sys,dev,root,var,run}
  cp "$(command -v busybox)" "$1/bin/busybox"
  local name
  for name in $(busybox --list); do [ "$name" = busybox ] || ln -sf busybox "$1/bin/$name"; done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
  echo 'web:x:1000:1000::/tmp:/bin/sh' >>"$1/etc/passwd"
  echo 'root:x:0:' >"$1/etc/group"
}

# scenario NAME COMMAND...: a line for each, with what was said where it fails. NEEDED=1 before it: also where --only leaves it out.
scenario() {
  local name=$1 said status line
  shift
  number=$((number + 1))
  case $name in *"$only"*) ;; *) [ -n "${NEEDED-}" ] || return 0 ;; esac
  # No "||" here: bash would then go on after each command of the function that fails.
  said=$(set -e; "$@" 2>&1 </dev/null)
  status=$?
  printf -v line '%3d  %s' "$number" "$name"
  if [ "$status" = 0 ]; then
    passed=$((passed + 1))
    echo "ok      $line"
  else
    failed=$((failed + 1))
    echo "FAILED  $line (status $status)"
    printf '%s\n' "$said" | tail -20 | sed 's/^/        /'
  fi
}

# is EXPECTED ACTUAL
is() { [ "$1" = "$2" ] || { printf 'expected: %s\nactual:   %s\n' "$1" "$2"; return 1; }; }

# has PART TEXT
has() { case $2 in *"$1"*) ;; *) printf 'expected a part: %s\nactual: %s\n' "$1" "$2"; return 1 ;; esac; }

# within SECONDS COMMAND...: until it succeeds.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "not within its time: $*"; return 1; }
    sleep 0.1
  done
}

# finish: the runtime must have been called; the last line counts.
finish() {
  echo "calls of the runtime: $(sed -E 's/(^| )--?(root|log|log-format|criu|systemd-cgroup|debug)(=| )[^ ]*//g' "$record" | awk '{ print $1 }' | sort | uniq -c | awk '{ printf "%s %s, ", $2, $1 }' | sed 's/, $//')"
  [ ! -s "$work/foreign" ] || { echo "FAILED  another runtime was called: $(sort "$work/foreign" | uniq -c | head -3)"; failed=$((failed + 1)); }
  [ -s "$record" ] || { echo "FAILED  the engine did not call this runtime"; failed=$((failed + 1)); }
  echo "$passed steps passed, $failed failed"
  [ "$failed" = 0 ]
  exit
}
