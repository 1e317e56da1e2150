# Python: unittest, asyncio server, threads, subprocess, temporary files
# policy: build
# needs: python3
# no view: there is no loopback of the run's own
cat >t.py <<'P'
import asyncio, subprocess, tempfile, threading, unittest, os, pathlib

class T(unittest.TestCase):
    def test_server(self):
        async def main():
            async def serve(r, w):
                w.write(await r.readline()); await w.drain(); w.close()
            s = await asyncio.start_server(serve, '127.0.0.1', 0)
            r, w = await asyncio.open_connection(*s.sockets[0].getsockname())
            w.write(b'echo\n')
            self.assertEqual(await r.readline(), b'echo\n')
            s.close()
        asyncio.run(main())

    def test_process(self):
        self.assertEqual(subprocess.run(['tr', 'a', 'b'], input=b'aa', capture_output=True).stdout, b'bb')

    def test_files(self):
        with tempfile.TemporaryDirectory() as d, tempfile.NamedTemporaryFile() as f:
            p = pathlib.Path(d, 'x'); p.write_text('y'); os.link(p, p.with_name('z')); os.replace(p, p.with_name('w'))
            os.chmod(d, 0o700); f.write(b'1')
P
python3 -m unittest -q t 2>&1 | tail -1; python3 -c 'import os; print(len(os.listdir("/proc/self/fd")) > 2, os.cpu_count() == len(os.sched_getaffinity(0)))'
