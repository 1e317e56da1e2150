# Git: commit, branch, merge, rebase -i, stash, log
# policy: agent
# needs: git
export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
git status --short && git config user.name
for i in 1 2 3; do echo $i >>file; git add file; git commit -qm "Change $i"; done
git switch -qc side && echo side >other && git add other && git commit -qm Side
git switch -q main && git merge -q --no-edit --no-ff side && git log --oneline --graph
GIT_SEQUENCE_EDITOR='sed -i 2s/pick/squash/' GIT_EDITOR=true git rebase -q -i HEAD~4 && git log --format=%s
echo stash >>file && git stash -q && git stash list && git stash pop -q && git diff --stat
git -c core.pager=cat log -1 --format=%H; git gc -q && git fsck && git add -n . && git status --porcelain
