#!/bin/sh
# Compiles the attacks, each from one file, into the folder given. Only what is older than its source is made again.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 OUTPUT-FOLDER" >&2; exit 2; }
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
output=$1
compiler=${CC:-cc}
command -v "$compiler" >/dev/null 2>&1 || {
	echo "attacks: no C compiler ($compiler): apt install gcc libc6-dev" >&2
	exit 1
}
mkdir -p "$output"
for source in "$here"/src/main/c/*.c; do
	name=${source##*/}
	program=$output/${name%.c}
	if [ -x "$program" ] && [ -z "$(find "$source" "$here/src/main/c/attack.h" "$0" -newer "$program")" ]; then
		continue
	fi
	shared=; case $name in *.so.c) shared="-shared -fPIC" ;; esac
	# shellcheck disable=SC2086 # two words or none
	"$compiler" -std=gnu11 -O2 -Wall -Wextra -Wshadow -Wvla -Werror -pthread $shared -o "$program.new" "$source" -lrt
	mv "$program.new" "$program"
done
