# Deployments, jobs and others.

workload() {  # KIND NAME SPEC: of this runtime's pods, each a web server that says which version it is
  k apply -f - >/dev/null <<YAML
apiVersion: apps/v1
kind: $1
metadata: {name: $2}
spec:
  selector: {matchLabels: {app: $2}}
  ${3-}
  template:
    metadata: {labels: {app: $2}}
    spec:
      runtimeClassName: rideau
      terminationGracePeriodSeconds: 1
      containers:
      - name: main
        image: $busybox
        imagePullPolicy: Never
        command: [sh, -c, "mkdir /w; echo \$VERSION >/w/index.html; exec httpd -f -p 80 -h /w"]
        env: [{name: VERSION, value: one}]
        readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 1}
YAML
}
pages() { local ip; for ip in $(k get pods -l "app=$1" --field-selector status.phase=Running -o jsonpath='{.items[*].status.podIP}'); do busybox wget -q -O- "http://$ip/"; done | sort | uniq -c | tr -s ' ' | sed 's/^ //'; }
nodes_of() { k get pods -l "app=$1" -o jsonpath='{range .items[*]}{.spec.nodeName}{"\n"}{end}' | sort -u | tr '\n' ' ' | sed 's/ $//'; }
all_nodes=$(for ((n = 1; n <= count; n++)); do printf 'node%s ' $n; done | sed 's/ $//')

deployment() {
  workload Deployment web "replicas: 6"
  k rollout status --timeout 110s deployment/web >/dev/null
  is "6 one" "$(pages web)"
  is "$all_nodes" "$(nodes_of web)"
}
NEEDED=1 scenario "a Deployment of six replicas, on all nodes" deployment

scaled() { k scale deployment/web --replicas 9 >/dev/null; k rollout status --timeout 110s deployment/web >/dev/null; k scale deployment/web --replicas 4 >/dev/null; within 60 sh -c "[ \$(kubectl get pods -l app=web -o name | wc -l) = 4 ]"; }
scenario "it is scaled up and down" scaled

updated() {
  k set env deployment/web VERSION=two >/dev/null
  k rollout status --timeout 110s deployment/web >/dev/null
  within 60 sh -c "[ \$(kubectl get pods -l app=web -o name | wc -l) = 4 ]"
  is "4 two" "$(pages web)"
  k rollout undo deployment/web >/dev/null
  k rollout status --timeout 110s deployment/web >/dev/null
  within 60 sh -c "[ \$(kubectl get pods -l app=web -o name | wc -l) = 4 ]"
  is "4 one" "$(pages web)"
}
scenario "it is updated, and the update taken back" updated

replaced() {
  local name
  name=$(k get pods -l app=web -o jsonpath='{.items[0].metadata.name}')
  on "$(node_of "$name")" kill -KILL "$(on "$(node_of "$name")" ctr -n k8s.io task ls | awk -v id="$(state_of "$name" .containerID | sed 's,.*//,,')" '$1 == id { print $2 }')"
  within 60 sh -c "[ \$(kubectl get pod $name -o jsonpath='{.status.containerStatuses[0].restartCount}') = 1 ]"
  k wait --for condition=Ready --timeout 60s "pod/$name" >/dev/null
}
scenario "a killed container is started again" replaced

daemons() { workload DaemonSet each; k rollout status --timeout 90s daemonset/each >/dev/null; is "$all_nodes" "$(nodes_of each)"; drop daemonset each; }
scenario "a DaemonSet is on each node" daemons

stateful() { workload StatefulSet member $'serviceName: member\n  replicas: 2'; k rollout status --timeout 90s statefulset/member >/dev/null; is "member-0 member-1" "$(echo $(k exec member-0 -- hostname) $(k exec member-1 -- hostname))"; drop statefulset member; }
scenario "a StatefulSet" stateful

job() {  # NAME SPEC COMMAND
  k apply -f - >/dev/null <<YAML
apiVersion: batch/v1
kind: Job
metadata: {name: $1}
spec:
  $2
  template:
    spec:
      runtimeClassName: rideau
      restartPolicy: Never
      containers: [{name: main, image: $busybox, imagePullPolicy: Never, command: [sh, -c, "$3"]}]
YAML
}
jobs() {
  job sums "completions: 6
  parallelism: 3" 'echo $((6 * 7))'
  k wait --for condition=complete --timeout 110s job/sums >/dev/null
  is 6 "$(k logs -l job-name=sums --prefix | grep -c 42)"
  job fails "backoffLimit: 0" 'exit 4'
  k wait --for condition=failed --timeout 60s job/fails >/dev/null
  drop job sums fails
}
scenario "Jobs: six times in threes, and one that fails" jobs

many() {
  workload Deployment many "replicas: 24"
  k rollout status --timeout 115s deployment/many >/dev/null
  drop deployment many
  within 90 sh -c "[ -z \"\$(kubectl get pods -l app=many -o name)\" ]"
}
scenario "twenty-four pods at once" many
