#!/bin/sh
# Whether the sources of init have an order: no file takes a name from one that takes a name from it, over any number of steps. Prints that order.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
place=$(mktemp -d "${TMPDIR:-/tmp}/paddock-init-order.XXXXXX")
trap 'rm -rf "$place"' EXIT
for source in "$here"/*.c; do
  name=$(basename -- "$source" .c)
  "${CC:-cc}" -std=gnu17 -O0 -ffreestanding -c -o "$place/$name.o" "$source"
  nm -P "$place/$name.o" | sed "s/^/$name /"
done >"$place/names"
awk '
  $3 != "U" { home[$2] = $1 }
  $3 == "U" { taken[$1 " " $2] = 1 }
  { files[$1] = 1 }
  END {
    for (file in files) print file, file
    for (pair in taken) { split(pair, of, " "); if (of[2] in home && home[of[2]] != of[1]) print of[1], home[of[2]] }
  }' "$place/names" | tsort
