# tmux: a session, its window, what is shown
# policy: build
# needs: tmux
# no view: the host's pseudo-terminals are refused
export TMUX_TMPDIR=$PWD SHELL=/bin/sh
tmux -f /dev/null new-session -d -x 80 -y 24 'echo from-tmux; tmux wait-for -S shown; cat' && tmux wait-for shown
until tmux capture-pane -p | grep from-tmux; do tmux has-session || break; done; tmux kill-server; echo $?
