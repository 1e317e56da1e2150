# Git by git://, http and https: clone, fetch, push
# policy: build
# network: --net-allow git.test:80,443,9418
# needs: git openssl
export GIT_AUTHOR_NAME=T GIT_AUTHOR_EMAIL=t@example.com GIT_COMMITTER_NAME=T GIT_COMMITTER_EMAIL=t@example.com
for way in git http https; do
  git clone -q $way://git.test/r.git $way && (cd $way && cat file && echo $way >>file && git commit -qam $way && git push -q && git log --format=%s origin/main)
done
git -C git pull -q && tail -n 1 git/file; git ls-remote --symref git://git.test/r.git HEAD | head -n 1
