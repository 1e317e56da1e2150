# OpenSSH: ssh, scp, sftp, a shared connection, rsync and git over it
# policy: build
# network: --net-allow one.test:22
# needs: ssh scp sftp rsync git /usr/sbin/sshd
ssh="ssh -F none -i key -o UserKnownHostsFile=known -o BatchMode=yes"
$ssh tester@one.test 'echo there; cat; exit 3' <known | cut -c 1-10; $ssh tester@one.test exit 3; echo $?
echo text >text && scp -q -F none -i key -o UserKnownHostsFile=known text tester@one.test:copied && $ssh tester@one.test cat copied
echo 'get copied back' | sftp -q -b - -F none -i key -o UserKnownHostsFile=known tester@one.test >/dev/null && cat back
rsync -a -e "$ssh" text tester@one.test:by-rsync && $ssh tester@one.test cat by-rsync
GIT_SSH_COMMAND=$ssh git clone -q tester@one.test:repositories/r.git && cat r/file
$ssh -M -S socket -fN tester@one.test && $ssh -S socket tester@one.test echo shared; $ssh -S socket -O exit tester@one.test 2>/dev/null
