# Vim as an editor of files, with swap and undo files
# policy: agent
# needs: vim
printf 'one\ntwo\n' >f; vim -es -u NONE -c 'set undofile' -c '%s/two/three/' -c wq f </dev/null; cat f; ls -a | grep -c swp
EDITOR='vim -es -c wq' ; vim -es -u NONE -c 'put =system(\"echo from-a-shell\")' -c wq f </dev/null; cat f
