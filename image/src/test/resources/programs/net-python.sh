# Python: urllib, requests, aiohttp, asyncio, ssl, 50 connections at a time
# policy: build
# network: --net-allow one.test:80,443
# needs: /usr/bin/python3 openssl /usr/lib/python3/dist-packages/requests /usr/lib/python3/dist-packages/aiohttp
/usr/bin/python3 - <<'EOF'
import asyncio, http.client, socket, ssl, urllib.request
import aiohttp, requests
print(urllib.request.urlopen("https://one.test/elsewhere").read(), requests.get("https://one.test/", verify="/etc/ssl/certs/ca-certificates.crt").text)
session = requests.Session()
print([session.get("http://one.test/").status_code for _ in range(5)])
c = http.client.HTTPSConnection("one.test", timeout=10)
c.request("GET", "/large")
print(len(c.getresponse().read()), c.sock.getpeername()[1])
async def main():
    async with aiohttp.ClientSession() as s:
        async def one(i):
            async with s.get(("http" if i % 2 else "https") + "://one.test/") as r:
                return await r.text()
        print(sum(int(t) for t in await asyncio.gather(*[one(i) for i in range(50)])))
    r, w = await asyncio.open_connection("one.test", 443, ssl=True)
    w.write(b"GET / HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\n\r\n")
    print((await r.readline()).decode().strip())
    w.close()
asyncio.run(main())
try:
    socket.create_connection(("one.test", 81), 5)
except OSError as e:
    print(type(e).__name__ in ("ConnectionRefusedError", "PermissionError"))
EOF
