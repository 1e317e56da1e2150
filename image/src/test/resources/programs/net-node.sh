# Node.js: fetch, http with an agent, https, tls, 50 requests at a time
# policy: build
# network: --net-allow one.test:80,443
# needs: node openssl
export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
cat >t.mjs <<'EOF'
import http from 'node:http'; import tls from 'node:tls'; import dns from 'node:dns/promises'; import net from 'node:net';
console.log(await (await fetch('https://one.test/elsewhere')).text());
console.log((await Promise.all(Array.from({length: 50}, (_, i) => fetch((i % 2 ? 'http' : 'https') + '://one.test/').then(r => r.text())))).length);
const agent = new http.Agent({keepAlive: true, maxSockets: 2});
for (let i = 0; i < 3; i++) await new Promise(done => http.get('http://one.test/', {agent}, r => { console.log(r.statusCode); r.resume(); r.on('end', done) }));
agent.destroy();
await new Promise(done => { const s = tls.connect(443, 'one.test', {servername: 'one.test'}, () => { console.log(s.authorized); s.destroy(); done() }) });
console.log((await dns.resolve4('one.test')).length, (await dns.lookup('one.test')).family);
await new Promise(done => net.connect(81, 'one.test').on('error', e => { console.log(['ECONNREFUSED', 'EACCES'].includes(e.code)); done() }));
EOF
node t.mjs
