# Images built, and compose.

mkdir -p "$work/build"
cat >"$work/build/Dockerfile" <<'END_OF_FILE'
FROM busybox AS first
ARG WHAT=nothing
RUN echo "built $WHAT" >/made && echo 'builder:x:1234:1234::/tmp:/bin/sh' >>/etc/passwd
FROM busybox
COPY --from=first /made /etc/passwd /etc/
COPY --chown=1234 file /file
ENV A=1
USER 1234
WORKDIR /tmp/deep
RUN test "$(id -un) $A $(pwd)" = "builder 1 /tmp/deep" && cat /file
CMD ["cat", "/etc/made"]
END_OF_FILE
echo content >"$work/build/file"

build_classic() {
  DOCKER_BUILDKIT=0 d build --build-arg WHAT=well -t made "$work/build"
  is "built well" "$(d run --rm made)"
  has "Using cache" "$(DOCKER_BUILDKIT=0 d build --build-arg WHAT=well -t made "$work/build")"
}
scenario "build: stages, arguments, users, cache" build_classic

build_fails() {
  local status=0
  printf 'FROM busybox\nRUN echo before && exit 42\n' | DOCKER_BUILDKIT=0 d build - >"$work/said" 2>&1 || status=$?
  has "returned a non-zero code: 42" "$(cat "$work/said")"
  is 1 "$((status > 0))"
  printf 'FROM busybox\nRUN ["no-such-command"]\n' | DOCKER_BUILDKIT=0 d build - >"$work/said" 2>&1 && return 1
  has 'no-such-command' "$(cat "$work/said")"
}
scenario "build: the status of what failed, the name of what is missing" build_fails

build_limited() { printf 'FROM busybox\nRUN cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max\n' | DOCKER_BUILDKIT=0 d build --no-cache --memory 48m - >"$work/said"; has 50331648 "$(cat "$work/said")"; }
scenario "build --memory" build_limited

build_kit() {
  DOCKER_BUILDKIT=1 d build --build-arg WHAT=kit --progress plain -t kit "$work/build"
  is "built kit" "$(d run --rm kit)"
  printf 'FROM busybox\nRUN --mount=type=secret,id=s --mount=type=tmpfs,target=/t --mount=type=cache,target=/c cat /run/secrets/s >/t/x && cp /t/x /kept && touch /c/cached\nRUN --mount=type=cache,target=/c test -f /c/cached\n' >"$work/build/Mounts"
  DOCKER_BUILDKIT=1 d build --secret "id=s,src=$work/build/file" --progress plain -t kit2 -f "$work/build/Mounts" "$work/build"
  is content "$(d run --rm kit2 cat /kept)"
  printf 'FROM busybox\nRUN exit 42\n' | DOCKER_BUILDKIT=1 d build --progress plain - >"$work/said" 2>&1 && return 1
  has 'exit code: 42' "$(cat "$work/said")"
}
scenario "build with BuildKit: the same, mounts, secrets, a failure" build_kit

compose() {
  mkdir -p "$work/project"
  cat >"$work/project/docker-compose.yml" <<'END_OF_FILE'
version: "2.4"
services:
  web:
    image: busybox
    command: sh -c 'mkdir /w; cat /from >/w/index.html; exec httpd -f -p 80 -h /w'
    volumes: [ "./from:/from:ro" ]
    ports: [ "127.0.0.1:8100:80" ]
    mem_limit: 40m
    healthcheck: { test: "wget -q -O- http://127.0.0.1/", interval: 1s, retries: 60 }
  worker:
    image: busybox
    depends_on: [ web ]
    command: sh -c 'until wget -q -O- http://web/; do sleep 0.2; done; exec sleep 1000'
END_OF_FILE
  echo composed >"$work/project/from"
  local c="timeout 200 /usr/bin/docker-compose -f $work/project/docker-compose.yml -p project"
  $c up -d
  within 60 busybox wget -q -O- http://127.0.0.1:8100/
  within 60 sh -c "$c logs --no-color worker | grep -q composed"
  is composed "$($c exec -T worker wget -q -O- http://web/)"
  $c up -d --scale worker=3
  is 3 "$($c ps -q worker | wc -l)"
  has "running" "$(d inspect -f '{{.State.Status}}' "$($c ps -q web)")"
  $c down -t 1
  is "" "$(d ps -aq --filter name=project_)"
}
scenario "docker-compose: up, logs, exec, scale, down" compose
