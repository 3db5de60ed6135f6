# The runner's messages, to a line per test class.
# A test that plays at a terminal can have control characters in its messages, which the runner does not escape.
foreach (inputs | . as $line | try fromjson catch ($line | gsub("[[:cntrl:]]"; " ") | fromjson?)) as $m ({names: {}, line: null};
  .line = null
  | if $m["$type"] == "test-class-starting" then .names[$m.TestClassUniqueID] = $m.TestClassName
    elif $m["$type"] == "test-class-finished" then
      .line = "\(.names[$m.TestClassUniqueID] // "?"): "
        + "\($m.TestsTotal - $m.TestsFailed - $m.TestsSkipped - $m.TestsNotRun) passed, \($m.TestsFailed) failed, "
        + "\($m.TestsSkipped) skipped, \($m.ExecutionTime) s"
    else . end;
  .line // empty)
