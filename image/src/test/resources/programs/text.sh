# find, xargs, sort, awk, sed, grep, tee, split, join
# policy: build
# needs: find xargs awk sed
seq 500 | split -l 100 - part && find . -name 'part*' -print0 | sort -z | xargs -0 -P 2 -n 1 wc -l | sort | awk '{ s += $1 } END { print s }'
seq 100000 | sort -rn --parallel=2 -T . | sed -n '1p;$p'; seq 10 | tee copy | tail -1
printf 'a 1\nb 2\n' >x; printf 'a 3\nb 4\n' >y; join x y; grep -rc a x y; comm -12 x x | wc -l; find / -maxdepth 0 -newermt 2000-01-01; printf '%s\n' "$(sed 's/a/b/;w o' x)" | head -1
