# Yarn: add from the registry with nothing but the group @npm
# policy: build
# network: --net-allow @npm
# no view: there is no layer for its cache, and the policy grants none of the home
# needs: yarnpkg node openssl
export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt NODE_PATH=/usr/share/nodejs:/usr/lib/nodejs
echo '{"name":"t","version":"1.0.0","license":"MIT"}' >package.json && yarnpkg -s add forty-two && node -e 'console.log(require("forty-two"))' && rm -rf node_modules && yarnpkg -s install --frozen-lockfile && ls node_modules
