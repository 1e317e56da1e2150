# rsync between two directories
# policy: build
# needs: rsync
mkdir -p a/b && seq 1000 >a/b/n && touch -d 2020-01-01 a/b/n && ln -s b a/l && rsync -a a/ c && diff -r a c && echo x >>a/b/n && rsync -ain --delete a/ c | cut -d' ' -f1,2 && rsync -a a/ c && cmp a/b/n c/b/n && echo same
