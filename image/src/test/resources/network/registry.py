"""The package registries of the test's network: plain files under the names, addresses and certificates that tools know.

Writes the authority that signed the certificates to ca.pem. What is served: see publish().
"""
import base64, hashlib, http.server, io, itertools, json, os, pathlib, socketserver, ssl, subprocess, sys, tarfile, threading, zipfile

ADDRESSES = ("203.0.113.5", "203.0.113.6")
NAMES = [line.split() for line in open("names")]
HOSTS = sorted({name for _, *names in NAMES for name in names if not name.endswith(".test")} | {"one.test", "git.test"})
FILES = {}


def tar(**files):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    return data.getvalue()


def archive(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as out:
        for name, text in files.items():
            out.writestr(name, text)
    return data.getvalue()


def publish():
    """One package for each: it gives the number 42."""
    # https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
    package = {"name": "forty-two", "version": "1.0.0", "main": "index.js"}
    data = tar(**{"package/package.json": json.dumps(package), "package/index.js": "module.exports = 42\n"})
    for host in ("registry.npmjs.org", "registry.yarnpkg.com"):
        dist = {"tarball": f"https://{host}/forty-two/-/forty-two-1.0.0.tgz", "shasum": hashlib.sha1(data).hexdigest(),
                "integrity": "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()}
        FILES[host + "/forty-two/-/forty-two-1.0.0.tgz"] = data
        FILES[host + "/forty-two"] = json.dumps({"name": "forty-two", "dist-tags": {"latest": "1.0.0"},
                                                 "versions": {"1.0.0": dict(package, dist=dist)}}).encode()
    # https://packaging.python.org/en/latest/specifications/simple-repository-api/
    about = "Metadata-Version: 2.1\nName: forty-two\nVersion: 1.0.0\n"
    wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    data = archive({"forty_two.py": "answer = 42\n", "forty_two-1.0.0.dist-info/METADATA": about,
                    "forty_two-1.0.0.dist-info/WHEEL": wheel, "forty_two-1.0.0.dist-info/RECORD": ""})
    name = "forty_two-1.0.0-py3-none-any.whl"
    FILES["files.pythonhosted.org/" + name] = data
    FILES["pypi.org/simple/forty-two/"] = (f'<!DOCTYPE html><html><body><a href="https://files.pythonhosted.org/{name}'
                                           f'#sha256={hashlib.sha256(data).hexdigest()}">{name}</a></body></html>').encode()
    # https://doc.rust-lang.org/cargo/reference/registry-index.html
    data = tar(**{"forty-two-1.0.0/Cargo.toml": '[package]\nname = "forty-two"\nversion = "1.0.0"\nedition = "2021"\n',
                  "forty-two-1.0.0/src/lib.rs": "pub const ANSWER: i32 = 42;\n"})
    FILES["static.crates.io/crates/forty-two/1.0.0/download"] = data
    FILES["index.crates.io/config.json"] = b'{"dl": "https://static.crates.io/crates", "api": "https://crates.io"}'
    FILES["index.crates.io/fo/rt/forty-two"] = json.dumps({
        "name": "forty-two", "vers": "1.0.0", "deps": [], "cksum": hashlib.sha256(data).hexdigest(), "features": {},
        "yanked": False}).encode() + b"\n"
    # https://go.dev/ref/mod#goproxy-protocol
    base = "proxy.golang.org/example.test/fortytwo/@v/"
    mod = "module example.test/fortytwo\n\ngo 1.18\n"
    FILES[base + "list"] = b"v1.0.0\n"
    FILES[base + "v1.0.0.info"] = b'{"Version": "v1.0.0", "Time": "2024-01-01T00:00:00Z"}'
    FILES[base + "v1.0.0.mod"] = mod.encode()
    FILES[base + "v1.0.0.zip"] = archive({"example.test/fortytwo@v1.0.0/go.mod": mod, "example.test/fortytwo@v1.0.0/f.go":
                                          "package fortytwo\n\nconst Answer = 42\n"})
    # https://maven.apache.org/repositories/layout.html
    # Maven gives plexus-utils to everything that it loads.
    for group, name, packaging in (("test", "parent", "pom"), ("test", "forty-two", "jar"), ("org.codehaus.plexus", "plexus-utils", "jar")):
        version = "1.1" if name == "plexus-utils" else "1.0.0"
        base = f"repo.maven.apache.org/maven2/{group.replace('.', '/')}/{name}/{version}/{name}-{version}"
        files = {".pom": f"<project><modelVersion>4.0.0</modelVersion><groupId>{group}</groupId><artifactId>{name}</artifactId>"
                         f"<version>{version}</version><packaging>{packaging}</packaging></project>".encode(),
                 ".jar": archive({"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n", "answer.txt": "42\n"})}
        for extension, data in files.items():
            FILES[base + extension] = data
            FILES[base + extension + ".sha1"] = hashlib.sha1(data).hexdigest().encode()
    FILES["one.test/"] = b"42\n"
    FILES["one.test/large"] = bytes(range(256)) * 16384


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def git(self):
        """RFC 3875 for git-http-backend(1)."""
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        environment = dict(os.environ, GIT_PROJECT_ROOT=os.getcwd() + "/repositories", GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path,
                           REQUEST_METHOD=self.command, QUERY_STRING=query, CONTENT_LENGTH=str(len(body)), REMOTE_USER="tester",
                           CONTENT_TYPE=self.headers.get("Content-Type", ""), GIT_PROTOCOL=self.headers.get("Git-Protocol", ""),
                           HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""))
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE)
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n") if line]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        self.answer(status, rest, [(name, value) for name, value in headers if name != "Status"])

    def do_GET(self):
        host = self.headers["Host"].split(":")[0]
        if host == "git.test" or self.path.startswith("/index.git/"):
            self.git()
        elif self.path == "/elsewhere":
            self.answer(302, b"", [("Location", "/")])
        elif (body := FILES.get(host + self.path)) is not None:
            self.answer(200, body, [("Content-Type", "text/html" if self.path.startswith("/simple") else "application/octet-stream")])
        else:
            self.answer(404, b"no such file\n")

    do_HEAD = do_POST = do_GET

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128


def certificate():
    run = lambda *words: subprocess.run(["openssl", *words], check=True, stderr=subprocess.DEVNULL)
    names = ",".join("DNS:" + host for host in HOSTS)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=Test authority",
        "-keyout", "ca.key", "-out", "ca.pem", "-addext", "keyUsage=critical,keyCertSign")
    run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=one.test", "-keyout", "server.key", "-out",
        "server.csr")
    pathlib.Path("extensions").write_text("subjectAltName=" + names)
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-out", "server.pem", "-extfile", "extensions")


publish()
certificate()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.pem", "server.key")
for address, port in itertools.product(ADDRESSES, (80, 443)):
    server = Server((address, port), Handler)
    if port == 443:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever).start()
print("ready", flush=True)
sys.stdout.close()
