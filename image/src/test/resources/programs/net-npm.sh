# npm: install from the registry with nothing but the group @npm
# policy: build
# network: --net-allow @npm
# no view: there is no layer for its cache, and the policy grants none of the home
# needs: npm node openssl
export npm_config_fetch_retries=0 NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
npm init -y >/dev/null && npm install -s --no-fund --no-audit forty-two && node -e 'console.log(require("forty-two"))' && rm -rf node_modules && npm ci -s --no-audit && npm view -s forty-two version
