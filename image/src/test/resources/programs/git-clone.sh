# Git: clone, bundle, archive, format-patch and am, bisect run
# policy: build
# needs: git
export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' GIT_CONFIG_COUNT=2
export GIT_CONFIG_KEY_0=user.email GIT_CONFIG_VALUE_0=a@b.c GIT_CONFIG_KEY_1=user.name GIT_CONFIG_VALUE_1=A
git init -q -b main one && cd one
for i in 1 2 3 4 5 6; do echo $i >n; git add n; git commit -qm "n is $i"; done
git format-patch -q -1 && git bundle create -q ../b HEAD main && git archive HEAD | tar tf -
git clone -q ../b ../two && git clone -q . ../three && cd ../three && git reset -q --hard HEAD~1 && git am -q ../one/0001* && git log --oneline | head -2
git bisect start -q HEAD HEAD~5 && git bisect run sh -c 'test $(cat n) -lt 4' | tail -1; git bisect log | tail -1
