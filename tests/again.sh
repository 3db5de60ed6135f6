# again.sh: sourced by test and vm/run. What failed is tried once more, when all else has ended: a machine that was busy at the wrong
# moment is not there any more, a fault of the program is. The summary tells what failed at first.
again_limit=8

# try_again FILE COMMAND...: FILE has what the runner said; COMMAND runs the cases that stand behind it as "-id ID", and what it says
# comes behind the rest. More than a few failures are not chance.
try_again() {
  local file=$1 here cases case words=()
  here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
  shift
  mapfile -t cases < <(jq -L "$here" -nrR --arg again "" -f "$here/again.jq" "$file")
  [ ${#cases[@]} -gt 0 ] && [ ${#cases[@]} -le $again_limit ] || return 0
  echo "again, as they failed: ${#cases[@]}"
  for case in "${cases[@]}"; do words+=(-id "$case"); done
  jq -L "$here" -nrR --arg again 1 -f "$here/again.jq" "$file" >"$file.first"
  "$@" "${words[@]}" >"$file.again" 2>/dev/null || true
  # One that did not come to its end is no second try.
  if grep -q '"test-assembly-finished"' "$file.again"; then cat "$file.first" "$file.again" >"$file"; fi
  rm -f "$file.first" "$file.again"
}
