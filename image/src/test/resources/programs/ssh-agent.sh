# ssh-agent and ssh-add
# policy: build
# needs: ssh-keygen ssh-agent ssh-add
ssh-keygen -q -t ed25519 -N '' -f key -C me
eval "$(ssh-agent -s)" >/dev/null && ssh-add -q key 2>/dev/null && ssh-add -l | wc -l; ssh-agent -k >/dev/null; echo $?
