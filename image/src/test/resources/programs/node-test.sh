# Node.js: node --test with an HTTP server, worker threads, child processes, cluster
# policy: build
# needs: node
# no view: there is no loopback of the run's own
cat >t.test.js <<'J'
const test = require('node:test'), assert = require('assert'), http = require('http')
test('server', (t, done) => {
  const s = http.createServer((q, r) => r.end('hi')).listen(0, () =>
    http.get({port: s.address().port}, r => r.on('data', d => { assert.equal('' + d, 'hi'); s.close(done) })))
})
test('worker', (t, done) => {
  const {Worker} = require('worker_threads')
  new Worker('require("worker_threads").parentPort.postMessage(6 * 7)', {eval: true}).on('message', m => { assert.equal(m, 42); done() })
})
test('child', () => { assert.equal('' + require('child_process').execFileSync('echo', ['x']), 'x\n') })
J
node --test 2>&1 | grep -E '^. (pass|fail) '
cat >c.js <<'J'
const cluster = require('cluster')
if (cluster.isPrimary) { cluster.fork(); cluster.on('message', (w, m) => { console.log(m); w.kill() }) }
else require('http').createServer().listen(0, () => process.send('listening'))
J
node c.js; node -e 'fs.watch(".", (e, f) => { console.log(e, f); process.exit() }); fs.writeFileSync("new", "")'
