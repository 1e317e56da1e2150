# curl and wget of a granted name: redirects, TLS, four at a time, 4 MB
# policy: build
# network: --net-allow one.test:80,443
# needs: curl wget openssl
curl -s http://one.test/ && curl -sL https://one.test/elsewhere && curl -s https://one.test/large | sha256sum
wget -qO- https://one.test/ && wget -qO- http://one.test/elsewhere && curl -sZ --parallel-max 4 http://one.test/ https://one.test/ http://one.test/ https://one.test/
curl -s -o /dev/null -w '%{http_code} %{remote_port} %{ssl_verify_result}\n' https://one.test/nothing
curl -s http://one.test:81/; echo $?
