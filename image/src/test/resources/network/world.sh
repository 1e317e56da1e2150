# A network of the test's own: addresses that look public, one that is private, names for them, and servers. Runs what follows in it.
set -e
here=$(cd "$(dirname "$0")" && pwd)
if [ "$1" != inside ]; then
  exec unshare -rmn sh "$here/world.sh" inside "$@"
fi
shift
cat >hosts <<'EOF'
127.0.0.1 localhost my-server.test
203.0.113.5 in-hosts.test
EOF
cat >names <<'EOF'
127.0.0.1 evil.test
203.0.113.5 one.test shared-a.test shared-b.test moving.test wild.test deep.er.wild.test git.test
203.0.113.5 registry.npmjs.org registry.yarnpkg.com pypi.org files.pythonhosted.org index.crates.io static.crates.io
203.0.113.5 proxy.golang.org repo.maven.apache.org
203.0.113.7 many.test
203.0.113.6 many.test
10.77.0.1 inner.test
169.254.169.254 meta.test
2001:db8::5 six.test
EOF
echo 'nameserver 203.0.113.5' >resolv
mount --bind hosts /etc/hosts
mount --bind resolv /etc/resolv.conf
rm -f ready
mkfifo ready
python3 -I "$here/servers.py" >ready &
servers=$!
read -r line <ready
# It goes into the background when it answers.
/usr/sbin/dnsmasq --user= --group= --no-resolv --no-hosts --addn-hosts="$PWD/names" --local=/test/ --bind-interfaces \
  --listen-address=203.0.113.5 --pid-file="$PWD/dns.pid"
# services.sh starts more; what is started adds its number to this.
: >started
export NETWORK="$here" WORLD="$PWD"
stop() {
  all="$servers $(cat dns.pid started)"
  kill $all || true # Some have ended already.
  for each in $all; do
    while [ -e /proc/$each ] && ! grep -q '^State:.Z' /proc/$each/status; do sleep 0.05; done
  done
} 2>/dev/null
trap stop EXIT
"$@"
