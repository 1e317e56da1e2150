#!/bin/sh
# Builds init, or the program that tests it. Usage: build.sh KIND OUTPUT; nothing is done if OUTPUT is newer than its sources.
#   static   the real thing; OUTPUT gets the compiler's architecture as a suffix, e.g. paddock-init-x86_64
#   hosted   an ordinary dynamic program with address and undefined-behaviour sanitizers, for the tests
#   tests    the tests themselves
# CC names the compiler, "cc" if it is not set.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
kind=$1
output=$2
compiler=${CC:-cc}

if ! command -v "$compiler" >/dev/null 2>&1; then
  echo "paddock: no C compiler ($compiler); install one, e.g. apt install gcc libc6-dev" >&2
  exit 1
fi
if [ "$kind" = static ]; then
  machine=$("$compiler" -dumpmachine)
  output=$output-${machine%%-*}
fi
sources=$(cd "$here" && for name in start partner init children launch ending run target job order view probe tree wakeup message; do echo "$here/$name.c"; done)
if [ -e "$output" ] && [ -z "$(find "$here" -path "$here/target" -prune -o \( -name '*.[ch]' -o -name build.sh \) -newer "$output" -print)" ]; then
  exit 0
fi

mkdir -p "$(dirname -- "$output")"
warnings='-std=c17 -pedantic -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wcast-qual -Wpointer-arith -Wwrite-strings -Wvla -Wundef -Wformat=2 -Wswitch-enum -Wnull-dereference'
case $kind in
  static)
    # Neither library nor loader; one small segment, because each page that is touched at start costs.
    flags='-O2 -ffreestanding -fno-builtin -nostdlib -static -fno-pie -no-pie -fno-stack-protector -fno-asynchronous-unwind-tables
      -fno-unwind-tables -fno-tree-loop-distribute-patterns -fomit-frame-pointer -ffunction-sections -fdata-sections
      -Wl,--gc-sections,--build-id=none,-z,noexecstack,-z,noseparate-code,-z,norelro,-s'
    ;;
  hosted)
    flags='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -DPADDOCK_HOSTED'
    ;;
  tests)
    warnings='-std=gnu17 -Wall -Wextra -Werror -Wshadow'
    flags='-O1 -g'
    sources=$(find "$here/tests" -name '*.c' | sort)
    ;;
  *)
    echo "build.sh: unknown kind $kind" >&2
    exit 2
    ;;
esac
# Atomically, for a build that runs beside a test or another build.
temporary=$output.$$
trap 'rm -f "$temporary"' EXIT
# shellcheck disable=SC2086 # lists of words
"$compiler" $warnings $flags -o "$temporary" $sources
mv -f "$temporary" "$output"
