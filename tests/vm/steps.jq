# What a script of steps says (tests/engines/room.sh), to the runner's messages: a step is a test called "NAME: STEP".
# A step that failed is followed by what was said, indented; the last line must be the script's count.
[inputs] as $lines
| ($lines | length) as $count
| [range($count) as $i | ($lines[$i] | capture("^(?<how>ok|FAILED) +(?<number>[0-9]+  )?(?<step>.*)$") // empty)
    | . + {said: ([$lines[$i + 1:] | label $stop | .[] | if startswith("        ") then .[8:] else break $stop end])}]
| if $lines[-1] // "" | test("^[1-9][0-9]* steps passed, [0-9]+ failed$") then . else . + [{how: "FAILED", step: "did not run to its end", said: $lines[-20:]}] end
| to_entries[] | .value as $step | "\($name) \(.key)" as $id
| {"$type": "test-starting", TestUniqueID: $id, TestDisplayName: "\($name): \($step.step)"},
  if $step.how == "ok" then {"$type": "test-passed", TestUniqueID: $id} else {"$type": "test-failed", TestUniqueID: $id, Messages: $step.said, StackTraces: []} end
