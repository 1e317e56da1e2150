#!/bin/sh
# Tests init: the static one and the sanitized one, with Landlock scopes and without, as this user and, if that is root, as uid 65534 too.
# Usage: test.sh [STATIC-INIT]; PADDOCK_TEST_SEED repeats a run with random choices.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target=$here/target
"$here/build.sh" static "$target/image/dev/paddock/sandbox/launch/paddock-init"
"$here/build.sh" hosted "$target/test/paddock-init-sanitized"
"$here/build.sh" tests "$target/test/tests"

"$here/order.sh" >/dev/null

# A copy that another user can reach, wherever the tree lies; sanitizers write their findings there, not into the control socket.
place=$(mktemp -d "${TMPDIR:-/tmp}/paddock-init-test.XXXXXX")
trap 'rm -rf "$place"' EXIT
mkdir "$place/findings"
chmod 755 "$place"
chmod 1777 "$place/findings"
cp "$target"/image/dev/paddock/sandbox/launch/paddock-init-* "$place/init"
cp "$target/test/paddock-init-sanitized" "$place/sanitized"
cp "$target/test/tests" "$place/tests"
ASAN_OPTIONS=detect_leaks=0:log_path=$place/findings/asan
UBSAN_OPTIONS=print_stacktrace=1:log_path=$place/findings/ubsan
export ASAN_OPTIONS UBSAN_OPTIONS

failed() {
  cat "$place/log" "$place"/findings/* 2>/dev/null >&2 || true
  echo "test.sh: init's tests failed" >&2
  exit 1
}
run() {
  "$place/tests" "$@" >>"$place/log" 2>&1 || {
    echo "test.sh: tests $* ended with $?" >&2
    failed
  }
  for finding in "$place"/findings/*; do
    [ ! -e "$finding" ] || failed
  done
}

# The second user differs in what the kernel lets it do, not in how an order is read: less of that.
all() {
  sanitized=$1
  shift
  run "$@" "$place/init" fuzz=500 deaths=10
  run "$@" "$place/init" no-scopes fuzz=100 deaths=5
  run "$@" "$place/sanitized" "fuzz=$sanitized"
  run "$@" "$place/sanitized" no-scopes fuzz=100
}
all 1500
if [ "$(id -u)" = 0 ]; then
  all 200 as=65534
fi
grep '^skipped' "$place/log" | sort -u || true
echo "init: $(grep -c '^ok' "$place/log") tests passed"
