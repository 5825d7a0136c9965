# What .ci/run counts by: sourced, and tested by test/ci/counting.test.ts. A guard passes, fails, or says that it was skipped (exit
# status 77); what was skipped has not guarded anything, so it is counted apart and fails, too.

passed=0
failed=0
skipped=0
SKIPPED_STATUS=77
# The guards that the caller asked for, all of them where none is named; and those of them that there are.
asked=()
met=' '
# A line for each guard that was run: its name, seconds, processor seconds, how it ended.
table=()

# wanted <name>: whether the guard is to be run.
wanted() {
  if [ "${#asked[@]}" -eq 0 ]; then return 0; fi
  local one
  for one in "${asked[@]}"; do
    if [ "$one" = "$1" ]; then
      met="$met<$1> "
      return 0
    fi
  done
  return 1
}

# measure: sets `processor` to the seconds that all processes took of the processors which this shell has started and seen end, with
# all that they started. Never called in a subshell, which would count from nothing.
processor=0
measure() {
  # The second line is of the children, user and system: `1m2.345s 0m6.789s`.
  LC_ALL=C times >"$results/times"
  processor=$(awk 'NR == 2 { split($1 "m" $2, t, /[ms]+/); printf "%.0f", 60 * (t[1] + t[3]) + t[2] + t[4] }' "$results/times")
}

# begin <name>, and end <what became of it>: tell a guard's start and end, with the seconds in between.
begin() {
  echo "::: $1"
  measure
  running=$1
  began=$SECONDS
  began_processor=$processor
}
end() {
  measure
  local wall=$((SECONDS - began)) processor=$((processor - began_processor))
  echo "::: $running $1 ($wall s, $processor s of processor time)"
  table+=("$(printf '%-50s %6d %9d  %s' "$running" "$wall" "$processor" "$1")")
}

# check <name> <command…>: runs a guard, counts it, and goes on, so that one run shows every failure.
check() {
  local name=$1
  wanted "$name" || return 0
  shift
  begin "$name"
  "$@"
  local status=$?
  case $status in
    0)
      passed=$((passed + 1))
      end passed
      ;;
    "$SKIPPED_STATUS")
      skipped=$((skipped + 1))
      end SKIPPED
      ;;
    *)
      failed=$((failed + 1))
      end FAILED
      ;;
  esac
}

# check_jest <name> <command…>: the jest suites report how many tests they ran; each counts as itself, and so does each that was left out.
check_jest() {
  local name=$1
  wanted "$name" || return 0
  shift
  begin "$name"
  local report="$results/${name//[^a-z]/-}.json"
  "$@" -- --ci --json --outputFile="$report"
  local status=$?
  local counts
  if ! counts=$(node -p '
    const report = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const { numPassedTests: passed, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = report;
    [passed, numFailedTests + numRuntimeErrorTestSuites, numPendingTests + numTodoTests].join(" ");' "$report" 2>/dev/null); then
    failed=$((failed + 1))
    end "FAILED: it wrote no report that can be read (exit $status)"
    return
  fi
  local ran broke left
  read -r ran broke left <<<"$counts"
  # Suites that could not be told apart from a failure of jest itself, and a run without a single test.
  if [ "$status" -ne 0 ] && [ "$broke" -eq 0 ]; then broke=1; fi
  if [ "$((ran + broke + left))" -eq 0 ]; then broke=1; fi
  passed=$((passed + ran))
  failed=$((failed + broke))
  skipped=$((skipped + left))
  end "$ran passed, $broke failed, $left skipped"
}

# Prints the guards in a table, and the counts; succeeds when everything passed and something was run. A guard that was asked for and
# does not exist is a failure.
summary() {
  local one
  for one in ${asked[@]+"${asked[@]}"}; do
    if [[ "$met" != *"<$one>"* ]]; then
      echo "::: there is no guard called $one"
      failed=$((failed + 1))
    fi
  done
  if [ "${#table[@]}" -gt 0 ]; then
    printf '\n%-50s %6s %9s\n' guard seconds processor
    printf '%s\n' "${table[@]}"
    measure
    printf '%-50s %6d %9d\n\n' together "$SECONDS" "$processor"
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ] && [ "$passed" -gt 0 ]
}
