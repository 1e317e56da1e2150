# Real servers in the test's network, to be sourced by what is set up in it: each function returns when its server answers.
world=$WORLD

# Runs a server that ends with the network.
started() {
  "$@" >"$world/log" 2>&1 </dev/null &
  echo $! >>"$world/started"
}

# A command that is tried until it succeeds, or half a minute; then what the server says is shown.
until_done() {
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -ge 600 ]; then
      cat "$world/log" >&2
      return 1
    fi
    sleep 0.05
  done
}

# Before a command: as somebody who is not root, for servers that refuse to be.
as_nobody="unshare -U --map-user=1000 --map-group=1000"

# The package registries, over TLS that is trusted here.
registry() {
  rm -f "$world/announced" && mkfifo "$world/announced"
  (cd "$world" && exec python3 -I "$NETWORK/registry.py" >announced 2>log </dev/null) &
  echo $! >>"$world/started"
  read -r line <"$world/announced"
  cat /etc/ssl/certs/ca-certificates.crt "$world/ca.pem" >"$world/trusted" 2>/dev/null
  mount --bind "$world/trusted" /etc/ssl/certs/ca-certificates.crt
}

# A repository for git://, http and ssh.
repository() {
  mkdir -p "$world/repositories" && git init -q --bare -b main "$world/repositories/r.git" &&
    git -C "$world/repositories/r.git" config http.receivepack true && git init -q -b main "$world/first" &&
    echo one >"$world/first/file" && git -C "$world/first" add file &&
    git -C "$world/first" -c user.name=T -c user.email=t@example.com commit -qm one &&
    git -C "$world/first" push -q "$world/repositories/r.git" main && rm -rf "$world/first"
}

# The index of the crates in Git, which every version of Cargo can read.
crates_index() {
  git init -q --bare -b master "$world/repositories/index.git" && git init -q -b master "$world/index" && mkdir -p "$world/index/fo/rt" &&
    curl -sf https://index.crates.io/config.json >"$world/index/config.json" &&
    curl -sf https://index.crates.io/fo/rt/forty-two >"$world/index/fo/rt/forty-two" && git -C "$world/index" add . &&
    git -C "$world/index" -c user.name=T -c user.email=t@example.com commit -qm index &&
    git -C "$world/index" push -q "$world/repositories/index.git" master && rm -rf "$world/index"
}

git_daemon() {
  started git daemon --export-all --enable=receive-pack --base-path="$world/repositories" --listen=203.0.113.5 --reuseaddr
  until_done git ls-remote git://203.0.113.5/r.git
}

# An OpenSSH server on port 22; whoever has the file "key" of the project gets in as tester.
ssh_server() {
  ssh-keygen -q -t ed25519 -N '' -f "$world/host" && ssh-keygen -q -t ed25519 -N '' -f key && chmod 600 key
  echo "one.test,git.test $(cut -d ' ' -f 1,2 "$world/host.pub")" >known
  (cat /etc/passwd && echo "tester:x:1000:1000::$world:/bin/sh") >"$world/passwd"
  mount --bind "$world/passwd" /etc/passwd
  echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
  started $as_nobody /usr/sbin/sshd -D -e -f /dev/null -h "$world/host" -p 22 -o ListenAddress=203.0.113.5 -o PidFile=none \
    -o StrictModes=no -o AuthorizedKeysFile="$PWD/key.pub" -o Subsystem='sftp internal-sftp'
  until_done ssh-keyscan 203.0.113.5
  until_done test -n "$(ssh-keyscan 203.0.113.5 2>/dev/null)"
}

redis() {
  started redis-server --bind 203.0.113.5 --port 6379 --protected-mode no --save '' --dir "$world"
  until_done redis-cli -h 203.0.113.5 ping
}

postgres() {
  PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
  $as_nobody initdb -D "$world/data" -A trust -N -U tester >/dev/null 2>&1
  echo 'host all all all trust' >>"$world/data/pg_hba.conf"
  mkdir -p "$world/sockets"
  started $as_nobody postgres -D "$world/data" -k "$world/sockets" -h 203.0.113.5
  until_done pg_isready -h 203.0.113.5
}

web_server() {
  mkdir -p "$world/www" && echo 42 >"$world/www/index.html"
  cat >"$world/nginx.conf" <<EOF
pid $world/nginx.pid; error_log stderr; worker_processes 1; daemon off;
events { worker_connections 512; }
http {
  access_log off; client_body_temp_path $world/t1; proxy_temp_path $world/t2; fastcgi_temp_path $world/t3; uwsgi_temp_path $world/t4; scgi_temp_path $world/t5;
  server { listen 203.0.113.5:8080; listen 203.0.113.5:8443 ssl http2; root $world/www; ssl_certificate $world/server.pem; ssl_certificate_key $world/server.key; }
}
EOF
  started $as_nobody /usr/sbin/nginx -c "$world/nginx.conf"
  until_done curl -sf http://203.0.113.5:8080/
}
