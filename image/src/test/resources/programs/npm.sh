# npm: pack, install from a file, ci, run, test
# policy: build
# needs: npm node
# no view: there is no layer for its cache, and the policy grants none of the home
mkdir dep app && cd dep && printf '{"name":"dep","version":"1.0.0","main":"i.js"}' >package.json && echo 'module.exports = 42' >i.js && npm pack -s && cd ../app
printf '{"name":"app","version":"1.0.0","scripts":{"test":"node t.js","hello":"echo hello"},"dependencies":{"dep":"file:../dep/dep-1.0.0.tgz"}}' >package.json
echo 'console.log(require("dep"))' >t.js
npm install --offline -s && rm -rf node_modules && npm ci --offline -s && npm test -s && npm run -s hello && npm ls --parseable | wc -l
