# Git: a linked work tree and a submodule
# policy: agent
# needs: git
export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
git status --short --branch && echo more >>file && git commit -qam More && git log --oneline
git branch -a && git stash list && git -C . rev-parse --is-inside-work-tree
