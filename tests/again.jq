# For again.sh. The runner's messages to the cases that failed, a line each; with $again those messages, as what was said at the
# first try of these cases: their failures under another type, nothing else.
include "messages";
[inputs | message] as $all
| ($all | map(select(.["$type"] == "test-failed") | .TestCaseUniqueID) | unique) as $cases
| if $again == "" then $cases[]
  else $all[]
    | if .TestCaseUniqueID as $case | $cases | index($case) | not then .
      elif .["$type"] == "test-failed" then .["$type"] = "test-failed-at-first"
      elif .["$type"] == "test-passed" or .["$type"] == "test-skipped" then empty
      else . end
    | tojson
  end
