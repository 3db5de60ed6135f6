# A pod, and what its user sees of it.

first() {
  pod first "" 'command: [sh, -c, "echo begun; mkdir /w; echo served >/w/index.html; exec httpd -f -p 80 -h /w"]'
  ready first
  has 10.88. "$(of first .status.podIP)"
  grep -q -- ' create ' "$record"
}
NEEDED=1 scenario "a pod of the RuntimeClass runs" first

logs() { is begun "$(k logs first)"; has begun "$(k logs --timestamps first | grep -E '^20')"; }
scenario "kubectl logs" logs

exec_() {
  local s=0
  is hello "$(k exec first -- echo hello)"
  is HELLO "$(echo hello | k exec -i first -- tr a-z A-Z)"
  k exec first -- sh -c 'exit 7' || s=$?
  is 7 $s
  s=0
  k exec first -- no-such >"$work/o" 2>&1 || s=$?
  [ $s != 0 ]
  has 'executable file not found in $PATH' "$(cat "$work/o")"
}
scenario "kubectl exec: output, input, status, a missing command" exec_

exec_tty() { has /dev/pts/0 "$(script -qec "exec timeout 60 kubectl exec -it first -- sh -c 'tty; stty size'" /dev/null </dev/null)"; }
scenario "kubectl exec -it" exec_tty

copy() { echo copied >"$work/copied"; k cp "$work/copied" first:/tmp/copied; is copied "$(k exec first -- cat /tmp/copied)"; k cp first:/tmp/copied "$work/back"; is copied "$(cat "$work/back")"; }
scenario "kubectl cp there and back" copy

network() {
  is served "$(busybox wget -q -O- "http://$(of first .status.podIP)/")"
  pod second
  ready second
  is served "$(k exec second -- wget -q -O- "http://$(of first .status.podIP)/")"
  drop pod second
}
scenario "a pod is reached by its address, from the room and from another pod" network

port_forward() {
  timeout 60 kubectl port-forward pod/first 8081:80 >"$work/forward" 2>&1 &
  within 30 grep -q Forwarding "$work/forward"
  is served "$(busybox wget -q -O- http://127.0.0.1:8081/)"
  kill $!
}
scenario "kubectl port-forward" port_forward

debug() {
  k debug first --image "$busybox" --image-pull-policy Never --target main -c helper --profile general -- sh -c 'cat /proc/1/cmdline; echo; sleep 1000'
  within 60 sh -c "kubectl logs first -c helper | grep -a httpd" || { k get pod first -o jsonpath='{.status.ephemeralContainerStatuses}'; k logs first -c helper; return 1; }
}
scenario "kubectl debug: an ephemeral container in the other's processes" debug

attach() {
  pod talker 'restartPolicy: Never' 'stdin: true
    stdinOnce: true
    command: [sh, -c, "read line; echo got $line"]'
  ready talker
  has "got it" "$(echo it | k attach -i talker 2>/dev/null)"
  ended talker
  drop pod talker
}
scenario "kubectl attach" attach

environment() {
  k create configmap settings --from-literal colour=blue --from-literal file.conf=inside >/dev/null
  k create secret generic hidden --from-literal word=secret >/dev/null
  pod env "" 'command: [sh, -c, "echo $COLOUR $WORD $NAME $MEMORY $(WHO) $0 $1", a, b]
    workingDir: /tmp
    resources: {limits: {memory: 32Mi}}
    env:
    - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
    - {name: WORD, valueFrom: {secretKeyRef: {name: hidden, key: word}}}
    - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory}}}
    - {name: WHO, value: me}
  restartPolicy: Never'
  ended env
  is "blue secret env 33554432 me a b" "$(k logs env)"
  drop pod env
}
scenario "environment of a ConfigMap, a Secret and the pod itself" environment

volumes() {
  pod volumes 'volumes:
  - {name: settings, configMap: {name: settings}}
  - {name: hidden, secret: {secretName: hidden, defaultMode: 0400}}
  - {name: shared, emptyDir: {}}
  - {name: memory, emptyDir: {medium: Memory, sizeLimit: 8Mi}}
  - {name: node, hostPath: {path: /etc, type: Directory}}
  - {name: about, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}' 'command: [sleep, "100000"]
    volumeMounts:
    - {name: settings, mountPath: /settings}
    - {name: settings, mountPath: /etc/one.conf, subPath: file.conf}
    - {name: hidden, mountPath: /hidden}
    - {name: shared, mountPath: /shared}
    - {name: memory, mountPath: /memory}
    - {name: node, mountPath: /node, readOnly: true}
    - {name: about, mountPath: /about}
  - name: other
    image: '"$busybox"'
    imagePullPolicy: Never
    command: [sh, -c, "echo from other >/shared/file; sleep 100000"]
    volumeMounts:
    - {name: shared, mountPath: /shared}'
  ready volumes
  is blueinsideinsidesecret "$(in_pod volumes cat /settings/colour /settings/file.conf /etc/one.conf /hidden/word)"
  within 30 kubectl exec volumes -c main -- test -s /shared/file
  is "from other" "$(in_pod volumes cat /shared/file)"
  has "tmpfs" "$(in_pod volumes grep ' /memory ' /proc/mounts)"
  has "Read-only" "$(in_pod volumes touch /node/x 2>&1 || true)"
  is 'app="volumes"' "$(in_pod volumes cat /about/labels)"
  # The pod's account at the API server.
  has "ey" "$(in_pod volumes cat /var/run/secrets/kubernetes.io/serviceaccount/token)"
}
scenario "volumes: ConfigMap, Secret, emptyDir (also in memory), hostPath, subPath, the pod's account" volumes

changed() { k create configmap settings --from-literal colour=green --from-literal file.conf=inside --dry-run=client -o yaml | k replace -f - >/dev/null; within 110 sh -c "kubectl exec volumes -c main -- grep -q green /settings/colour"; drop pod volumes; }
scenario "a changed ConfigMap is seen in the running pod" changed

init() {
  pod init 'volumes: [{name: work, emptyDir: {}}]
  initContainers:
  - {name: one, image: '"$busybox"', imagePullPolicy: Never, command: [sh, -c, "echo one >>/data/order"], volumeMounts: [{name: work, mountPath: /data}]}
  - {name: side, image: '"$busybox"', imagePullPolicy: Never, restartPolicy: Always, command: [sh, -c, "echo side >>/data/order; exec sleep 100000"], volumeMounts: [{name: work, mountPath: /data}]}
  - {name: two, image: '"$busybox"', imagePullPolicy: Never, command: [sh, -c, "sleep 1; echo two >>/data/order"], volumeMounts: [{name: work, mountPath: /data}]}' 'command: [sh, -c, "echo main >>/data/order; exec sleep 100000"]
    volumeMounts: [{name: work, mountPath: /data}]'
  ready init
  is "one side two main" "$(in_pod init sh -c 'echo $(cat /data/order)')"
  is true "$(of init '.status.initContainerStatuses[1].started')"
  drop pod init
}
scenario "init containers and a sidecar, in their order" init
