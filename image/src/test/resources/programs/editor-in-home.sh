# Programs that keep settings, caches and histories in the home directory
# policy: agent
# needs: python3
# no view: there is no home of the run's own, and the policy grants none of the host's
mkdir -p ~/.cache/tool ~/.config/tool && echo x >~/.cache/tool/x && cat ~/.cache/tool/x && echo 'set x' >~/.toolrc && cat ~/.toolrc
XDG_DATA_HOME=${XDG_DATA_HOME:-$HOME/.local/share} && mkdir -p "$XDG_DATA_HOME/t" && echo y >"$XDG_DATA_HOME/t/y" && ls "$XDG_DATA_HOME/t"
python3 -c 'import os, sqlite3; c = sqlite3.connect(os.path.expanduser("~/h.db")); c.execute("create table t(x)"); print(c.execute("select count(*) from t").fetchone())'
