# tmux: a session, its window, what is shown
# policy: build
# needs: tmux
# not inside: sockets of the file system (AF_UNIX) are refused, as network.unix is not served yet
export TMUX_TMPDIR=$PWD SHELL=/bin/sh
tmux -f /dev/null new-session -d -x 80 -y 24 'echo from-tmux; tmux wait-for -S shown; cat' && tmux wait-for shown
until tmux capture-pane -p | grep from-tmux; do tmux has-session || break; done; tmux kill-server; echo $?
