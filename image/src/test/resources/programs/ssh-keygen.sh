# OpenSSH: ssh-keygen, signing
# policy: build
# needs: ssh-keygen
ssh-keygen -q -t ed25519 -N '' -f key -C me && echo text >t && ssh-keygen -q -Y sign -f key -n file t 2>/dev/null
echo "me $(cat key.pub)" >allowed && ssh-keygen -Y verify -f allowed -I me -n file -s t.sig <t | cut -c1-30
