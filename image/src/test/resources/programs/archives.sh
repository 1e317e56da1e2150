# tar, gzip, xz, zstd, zip, unzip
# policy: build
# needs: tar gzip xz zip unzip
mkdir d && echo text >d/f && ln d/f d/hard && ln -s f d/soft && chmod 640 d/f && touch -d 2020-01-01 d/f
for z in gzip xz; do tar -cf - --sort=name d | $z >a.$z && mkdir out.$z && $z -dc a.$z | tar -xf - -C out.$z && ls -l --time-style=+%Y out.$z/d | cut -d' ' -f1,2,5-; done
zip -qr a.zip d && unzip -qo a.zip -d u && cat u/d/f && tar -tzf a.gzip && cmp d/f u/d/f && echo same
