# What .ci/run counts by: sourced, and tested by test/ci/counting.test.ts. A guard passes, fails, or says that it was skipped (exit
# status 77); what was skipped has not guarded anything, so it is counted apart and fails, too.

passed=0
failed=0
skipped=0
SKIPPED_STATUS=77
# The guards that the caller asked for, all of them where none is named; and those of them that there are.
asked=()
met=' '

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

# check <name> <command…>: runs a guard, counts it, and goes on, so that one run shows every failure.
check() {
  local name=$1
  wanted "$name" || return 0
  shift
  echo "::: $name"
  local started=$SECONDS
  "$@"
  local status=$?
  case $status in
    0)
      passed=$((passed + 1))
      echo "::: $name passed ($((SECONDS - started)) s)"
      ;;
    "$SKIPPED_STATUS")
      skipped=$((skipped + 1))
      echo "::: $name SKIPPED ($((SECONDS - started)) s)"
      ;;
    *)
      failed=$((failed + 1))
      echo "::: $name FAILED ($((SECONDS - started)) s)"
      ;;
  esac
}

# check_jest <name> <command…>: the jest suites report how many tests they ran; each counts as itself, and so does each that was left out.
check_jest() {
  local name=$1
  wanted "$name" || return 0
  shift
  echo "::: $name"
  local report="$results/${name//[^a-z]/-}.json"
  "$@" -- --ci --json --outputFile="$report"
  local status=$?
  local counts
  if ! counts=$(node -p '
    const report = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const { numPassedTests: passed, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = report;
    [passed, numFailedTests + numRuntimeErrorTestSuites, numPendingTests + numTodoTests].join(" ");' "$report" 2>/dev/null); then
    failed=$((failed + 1))
    echo "::: $name FAILED: it wrote no report that can be read (exit $status)"
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
  echo "::: $name: $ran passed, $broke failed, $left skipped"
}

# Prints the counts; succeeds when everything passed and something was run. A guard that was asked for and does not exist is a failure.
summary() {
  local one
  for one in ${asked[@]+"${asked[@]}"}; do
    if [[ "$met" != *"<$one>"* ]]; then
      echo "::: there is no guard called $one"
      failed=$((failed + 1))
    fi
  done
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ] && [ "$passed" -gt 0 ]
}
