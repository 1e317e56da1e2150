# GnuPG with its agent, in a directory of the project
# policy: build
# needs: gpg gpgconf
mkdir -m 700 g && export GNUPGHOME=$PWD/g
gpg -q --batch --passphrase '' --quick-gen-key me@example.org ed25519 sign never 2>/dev/null
echo text | gpg -q --batch --clearsign >s 2>/dev/null && gpg --verify s 2>&1 | grep -c 'Good signature'; gpgconf --kill all; echo $?
