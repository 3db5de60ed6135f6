# The runner's messages, to a line per test class.
include "messages";
foreach (inputs | message) as $m ({names: {}, line: null};
  .line = null
  | if $m["$type"] == "test-class-starting" then .names[$m.TestClassUniqueID] = $m.TestClassName
    elif $m["$type"] == "test-class-finished" then
      .line = "\(.names[$m.TestClassUniqueID] // "?"): "
        + "\($m.TestsTotal - $m.TestsFailed - $m.TestsSkipped - $m.TestsNotRun) passed, \($m.TestsFailed) failed, "
        + "\($m.TestsSkipped) skipped, \($m.ExecutionTime) s"
    else . end;
  .line // empty)
