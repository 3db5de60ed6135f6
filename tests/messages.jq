# A line of the runner to its message, for programs that include this. Control characters in a message are not escaped by the
# runner: a test that plays at a terminal has such. What still cannot be read is a failure: it may be one.
def message: . as $line | try fromjson catch ($line | gsub("[[:cntrl:]]"; " ") | try fromjson catch (
  if $line | startswith("{") then {"$type": "error-message", Messages: ["a message of the runner cannot be read: \($line[:300])"], StackTraces: [""]} else empty end));
