# cp -a, mv, ln, chmod, touch, install, sparse and large files, extended attributes
# policy: build
# needs: cp install truncate
mkdir a && echo x >a/f && chmod 700 a && touch -d 2021-05-05 a/f && cp -a a b && ls -l --time-style=+%F b | tail -1 | cut -d' ' -f1,6-; mv b c && mv -T a b
ln c/f h && stat -c %h h; ln -s /usr s && readlink s && ls -d s/bin; install -m 640 -D h x/y/z && stat -c %a x/y/z; truncate -s 3G big && stat -c %s big && fallocate -l 4096 al && stat -c %s al
cp --reflink=auto --sparse=always big big2 && stat -c %b big2; rm -r c b x && ls; echo r >ro && chmod 400 ro && stat -c %A ro && mv ro rw && chmod u+w rw && cat rw
