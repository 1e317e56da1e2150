# less and man
# policy: build
# needs: less man
seq 3 | less -F; man -P cat true >/dev/null 2>&1; echo $?; MANPAGER=cat man -w ls | sed 's,.*/,,'
