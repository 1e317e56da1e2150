# nginx elsewhere, with curl by HTTP/2, wrk and 200 requests of one connection
# policy: build
# network: --net-allow one.test:8080,8443
# needs: curl /usr/sbin/nginx openssl wrk
curl -s --http2 -w '%{http_version}\n' https://one.test:8443/ && curl -s http://one.test:8080/ && wrk -t 1 -c 8 -d 1s http://one.test:8080/ | grep -c Requests/sec
curl -s --http2 https://one.test:8443/?[1-200] | sort | uniq -c
