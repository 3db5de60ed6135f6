# The runner's messages, to failures, skips and the last line. On CI a skip that is not in the allowed list fails; want of time is allowed.
include "messages";
[inputs | message] as $all
| ($all | map(select(.["$type"] == "test-starting")) | map({key: .TestUniqueID, value: .TestDisplayName}) | from_entries) as $names
| ($all | map(select(.["$type"] | test("^(test-failed|error(-message)?|.*cleanup-failure)$")))) as $failed
| ($all | map(select(.["$type"] == "test-skipped")) | map({name: ($names[.TestUniqueID] // "?"), reason: .Reason})) as $skipped
| ($allowed | split("\n") | map(select(length > 0 and (startswith("#") | not)))) as $permitted
| (if $ci == "" then [] else $skipped | map(select((.reason | startswith("not begun: ") | not) and (.name as $n | $permitted | any(. == $n or (endswith("*") and (rtrimstr("*") as $start | $n | startswith($start)))) | not))) end) as $forbidden
# briefly: where a line of the message says what failed, that line, and the last of the lines behind it that are set in.
| def briefly: ((.Messages // []) | map(split("\n")[])) as $lines | ([$lines | to_entries[] | select(.value | startswith("FAILED")) | .key][0]) as $at
  | (if $at == null then $lines[0] // ""
     else (reduce $lines[$at + 1:][] as $line ({on: true, said: ""}; if .on and ($line | test("^\\s+\\S")) then .said = ": " + ($line | sub("^\\s+"; "")) else .on = false end)) as $behind
     | $lines[$at] + $behind.said end)[:400];
($all | map(select(.["$type"] == "test-failed-at-first"))) as $first
| ($first[] | "failed at first \($names[.TestUniqueID] // "?")\n  \((.Messages // []) | join("\n  "))\n\((.StackTraces // []) | map(. // "") | join("\n"))"),
  ($failed[] | "FAILED \($names[.TestUniqueID // ""] // .["$type"])\n  \((.Messages // []) | join("\n  "))\n\((.StackTraces // []) | map(. // "") | join("\n"))"),
  ($skipped[] | "skipped \(.name): \(.reason)"),
  # Once more, a line each: of a long output often only the end is seen.
  ($first[] | "failed at first: \($names[.TestUniqueID] // "?"): \(briefly)"),
  ($failed[] | "FAILED: \($names[.TestUniqueID // ""] // .["$type"]): \(briefly)"),
  ($forbidden[] | "FAILED \(.name): skipped on CI and not in tests/allowed-skips.txt"),
  "\($all | map(select(.["$type"] == "test-passed")) | length) passed, \(($failed | length) + ($forbidden | length)) failed, \(($skipped | length) - ($forbidden | length)) skipped"
