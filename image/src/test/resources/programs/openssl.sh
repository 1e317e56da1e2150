# OpenSSL: keys, certificates, s_server and s_client
# policy: build
# needs: openssl
# no view: there is no loopback of the run's own
openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=localhost -days 2 2>/dev/null && openssl verify -CAfile c.pem c.pem
echo text >t && openssl dgst -sha256 -sign k.pem -out s t && openssl x509 -in c.pem -pubkey -noout >p && openssl dgst -sha256 -verify p -signature s t
openssl s_server -accept 127.0.0.1:4433 -key k.pem -cert c.pem -www -quiet 2>/dev/null & server=$!
until echo 'GET /' | openssl s_client -connect 127.0.0.1:4433 -CAfile c.pem -quiet >o 2>/dev/null && [ -s o ]; do kill -0 $server || break; done
head -c 8 o; kill $server
