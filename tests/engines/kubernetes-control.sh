# kubernetes-control.sh: sourced by kubernetes. The control plane, in the room itself, and what a user calls: kubectl.
busybox=localhost/busybox:room

# certificates: an authority, the API server's certificate, the one by which it is known to kubelets, and the service accounts' key.
certificates() {
  local name
  mkdir -p "$work/pki"
  cd "$work/pki" || return 1
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=room -keyout ca.key -out ca.crt 2>/dev/null
  printf 'subjectAltName=IP:127.0.0.1,IP:10.77.0.254,IP:10.96.0.1,DNS:kubernetes,DNS:kubernetes.default.svc\n' >apiserver.ext
  : >kubelet-client.ext
  for name in apiserver/CN=kube-apiserver "kubelet-client/O=system:masters/CN=kube-apiserver"; do
    openssl req -newkey rsa:2048 -nodes -subj "/${name#*/}" -keyout "${name%%/*}.key" -out "${name%%/*}.csr" 2>/dev/null
    openssl x509 -req -in "${name%%/*}.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile "${name%%/*}.ext" -out "${name%%/*}.crt" 2>/dev/null
  done
  openssl genrsa -out accounts.key 2048 2>/dev/null
  cd "$work"
}

# identity NAME USER [GROUP]: a token that the API server knows, and $work/NAME.kubeconfig with it.
identity() {
  printf '%s-token,%s,%s,"%s"\n' "$1" "$2" "$1" "${3-}" >>"$work/tokens.csv"
  cat >"$work/$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: room, cluster: {server: "https://10.77.0.254:6443", certificate-authority: $work/pki/ca.crt}}]
users: [{name: me, user: {token: $1-token}}]
contexts: [{name: room, context: {cluster: room, user: me}}]
current-context: room
YAML
}

# start_control_plane: etcd, API server, controller manager and scheduler; returns when they answer.
start_control_plane() {
  local node
  certificates && : >"$work/tokens.csv"
  identity admin admin system:masters
  identity controllers system:kube-controller-manager
  identity scheduler system:kube-scheduler
  for ((node = 1; node <= count; node++)); do identity "node$node" "system:node:node$node" system:nodes; done
  export KUBECONFIG=$work/admin.kubeconfig
  mkdir -p "$work/etcd" && mount -t tmpfs -o mode=700 tmpfs "$work/etcd"
  etcd --data-dir "$work/etcd/data" --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --log-level warn >"$work/etcd.log" 2>&1 &
  kube-apiserver --etcd-servers http://127.0.0.1:2379 --advertise-address 10.77.0.254 --secure-port 6443 --service-cluster-ip-range 10.96.0.0/16 \
    --tls-cert-file "$work/pki/apiserver.crt" --tls-private-key-file "$work/pki/apiserver.key" --client-ca-file "$work/pki/ca.crt" \
    --token-auth-file "$work/tokens.csv" --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged \
    --kubelet-client-certificate "$work/pki/kubelet-client.crt" --kubelet-client-key "$work/pki/kubelet-client.key" \
    --kubelet-preferred-address-types InternalIP --service-account-issuer https://kubernetes.default.svc \
    --service-account-key-file "$work/pki/accounts.key" --service-account-signing-key-file "$work/pki/accounts.key" \
    --default-not-ready-toleration-seconds 5 --default-unreachable-toleration-seconds 5 >"$work/kube-apiserver.log" 2>&1 &
  within 180 kubectl get --raw /readyz || { tail -n 5 "$work/etcd.log" "$work/kube-apiserver.log"; return 1; }
  kube-controller-manager --kubeconfig "$work/controllers.kubeconfig" --service-account-private-key-file "$work/pki/accounts.key" \
    --root-ca-file "$work/pki/ca.crt" --use-service-account-credentials --leader-elect=false --node-monitor-period 2s \
    --node-monitor-grace-period 16s --flex-volume-plugin-dir "$work/plugins" --authorization-always-allow-paths /healthz --secure-port 10257 >"$work/kube-controller-manager.log" 2>&1 &
  kube-scheduler --kubeconfig "$work/scheduler.kubeconfig" --leader-elect=false >"$work/kube-scheduler.log" 2>&1 &
  within 120 kubectl get serviceaccount default || { tail -n 5 "$work/kube-controller-manager.log"; return 1; }
  disown -a
}

# k WORD...: kubectl, which ends within two minutes.
k() { timeout -k 5 120 kubectl "$@"; }

# pod NAME [SPEC-MEMBER] [CONTAINER-MEMBER]: makes a pod of one container "main", of this runtime; the members are flow YAML.
pod() {
  local waits='command: [sleep, "100000"]'
  k apply -f - >/dev/null <<YAML
apiVersion: v1
kind: Pod
metadata: {name: $1, labels: {app: $1}}
spec:
  runtimeClassName: rideau
  terminationGracePeriodSeconds: 1
  ${2-}
  containers:
  - name: main
    image: $busybox
    imagePullPolicy: Never
    ${3:-$waits}
YAML
}

ready() { k wait --for condition=Ready --timeout 90s "pod/$1" >/dev/null || { k describe pod "$1" | tail -n 12; return 1; }; }
ended() { k wait --for "jsonpath={.status.phase}=${2:-Succeeded}" --timeout 90s "pod/$1" >/dev/null || { k describe pod "$1" | tail -n 12; return 1; }; }
in_pod() { local name=$1; shift; k exec "$name" -c main -- "$@"; }
drop() { k delete --wait --timeout 90s "$@" >/dev/null; }

# of POD PATH: a member of a pod, by its JSON path.
of() { k get pod "$1" -o "jsonpath={$2}"; }
state_of() { of "$1" ".status.containerStatuses[0]$2"; }
# node_of POD: the number of its node.
node_of() { of "$1" .spec.nodeName | tr -d node; }
