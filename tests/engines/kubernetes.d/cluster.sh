# The nodes join, the RuntimeClass is made.

join() {
  within 120 sh -c "[ \$(kubectl get nodes -o name | wc -l) = $count ]"
  k wait --for condition=Ready --timeout 120s nodes --all >/dev/null || { k describe nodes | grep -A12 ^Conditions; return 1; }
}
NEEDED=1 scenario "$count nodes join and are ready" join

runtime_class() {
  k apply -f - <<YAML
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: rideau}
handler: rideau
YAML
  is rideau "$(k get runtimeclass rideau -o jsonpath='{.handler}')"
}
NEEDED=1 scenario "a RuntimeClass" runtime_class

unnamed() {
  k run unnamed --image "$busybox" --image-pull-policy Never --restart Never -- sleep 1000 >/dev/null
  # The default runtime of these nodes is none.
  within 60 sh -c "kubectl get events --field-selector involvedObject.name=unnamed -o jsonpath='{.items[*].message}' | grep -q 'Failed to create pod sandbox'"
  drop pod unnamed
}
scenario "a pod without it is not run by this runtime" unnamed
