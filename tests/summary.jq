# The runner's messages, to failures, skips and the last line. On CI a skip that is not in the allowed list fails.
# Control characters in a message are not escaped by the runner. What still cannot be read is a failure: it may be one.
def message: . as $line | try fromjson catch ($line | gsub("[[:cntrl:]]"; " ") | try fromjson catch (
  if $line | startswith("{") then {"$type": "error-message", Messages: ["a message of the runner cannot be read: \($line[:300])"], StackTraces: [""]} else empty end));
[inputs | message] as $all
| ($all | map(select(.["$type"] == "test-starting")) | map({key: .TestUniqueID, value: .TestDisplayName}) | from_entries) as $names
| ($all | map(select(.["$type"] | test("^(test-failed|error-message|.*cleanup-failure)$")))) as $failed
| ($all | map(select(.["$type"] == "test-skipped")) | map({name: ($names[.TestUniqueID] // "?"), reason: .Reason})) as $skipped
| ($allowed | split("\n") | map(select(length > 0 and (startswith("#") | not)))) as $permitted
| (if $ci == "" then [] else $skipped | map(select(.name as $n | $permitted | any(. == $n or (endswith("*") and (rtrimstr("*") as $start | $n | startswith($start)))) | not)) end) as $forbidden
| ($failed[] | "FAILED \($names[.TestUniqueID // ""] // .["$type"])\n  \((.Messages // []) | join("\n  "))\n\((.StackTraces // []) | map(. // "") | join("\n"))"),
  ($skipped[] | "skipped \(.name): \(.reason)"),
  ($forbidden[] | "FAILED \(.name): skipped on CI and not in tests/allowed-skips.txt"),
  "\($all | map(select(.["$type"] == "test-passed")) | length) passed, \(($failed | length) + ($forbidden | length)) failed, \(($skipped | length) - ($forbidden | length)) skipped"
