# unshare, mount: what would have more rights
# policy: agent
# needs: unshare mount
# not inside: no rights are gained inside, and no name space is made
mkdir m; unshare -rm sh -c 'mount -t tmpfs none m && echo mounted' 2>/dev/null; echo $?
