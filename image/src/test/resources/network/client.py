"""What a program sees of names and endpoints: one line for each word of the command line."""
import asyncio, errno, os, select, socket, struct, sys, time

CODES = {0: "no error", 1: "format", 2: "failed", 3: "no name", 4: "not implemented", 5: "refused"}
TYPES = {"A": 1, "PTR": 12, "TXT": 16, "AAAA": 28, "SRV": 33, "SVCB": 64, "HTTPS": 65, "ANY": 255}


def error(e):
    if isinstance(e, socket.gaierror):
        return "unknown" if e.errno in (socket.EAI_NONAME, socket.EAI_NODATA) else str(e)
    return errno.errorcode.get(e.errno, str(e)) if e.errno else type(e).__name__


def tcp(host, port):
    with socket.create_connection((host, int(port)), 10) as s:
        return s.recv(100).decode()


def nowait(host, port):
    """As event loops do it, its place in the epoll set taken before."""
    address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    with socket.socket(address[0]) as s, select.epoll() as poll:
        s.setblocking(False)
        poll.register(s, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
        result = s.connect_ex(address[4])
        if result not in (0, errno.EINPROGRESS):
            raise OSError(result, "")
        deadline = time.monotonic() + 10
        while True:
            for _, events in poll.poll(1):
                failed = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if failed:
                    raise OSError(failed, "")
                if events & select.EPOLLIN:
                    return s.recv(100).decode()
            if time.monotonic() > deadline:
                return "never told"


def loop(host, port):
    async def get():
        reader, writer = await asyncio.open_connection(host, int(port))
        data = await reader.read(100)
        writer.close()
        return data.decode()

    return asyncio.run(get())


def many(host, port, count):
    """So many connections at once."""

    async def one():
        reader, writer = await asyncio.open_connection(host, int(port))
        data = await reader.read(100)
        writer.close()
        return data

    async def all():
        return await asyncio.gather(*(one() for _ in range(int(count))))

    return "%d" % sum(bool(data) for data in asyncio.run(all()))


def udp(host, port):
    address = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
    with socket.socket(address[0], socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.sendto(b"hello", address[4])
        return s.recv(100).decode()


def udpc(host, port):
    address = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
    with socket.socket(address[0], socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.connect(address[4])
        s.send(b"hello")
        return s.recv(100).decode()


def look(host):
    found = {a[4][0] for a in socket.getaddrinfo(host, None)}
    return "of names" if all(a.startswith(("198.18.", "198.19.")) for a in found) else " ".join(sorted(found))


def slow(host):
    begun = time.monotonic()
    try:
        look(host)
        return "found"
    except socket.gaierror:
        return "at once" if time.monotonic() - begun < 1 else "late"


def query(name, kind):
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".") if l)
    return struct.pack(">6H", 77, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", TYPES[kind], 1)


def answer(data):
    ident, flags, questions, answers = struct.unpack(">4H", data[:8])
    assert ident == 77 and flags & 0x8000
    return "%s, %d" % (CODES[flags & 15], answers)


def dns(name, kind):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.sendto(query(name, kind), ("127.0.0.53", 53))
        return answer(s.recv(2000))


def dnstcp(name, kind):
    with socket.create_connection(("127.0.0.53", 53), 10) as s:
        message = query(name, kind)
        framed = struct.pack(">H", len(message)) + message
        for byte in framed + framed:  # two of them, in pieces
            s.send(bytes([byte]))
        found = []
        for _ in range(2):
            size = struct.unpack(">H", s.recv(2, socket.MSG_WAITALL))[0]
            found.append(answer(s.recv(size, socket.MSG_WAITALL)))
        assert found[0] == found[1]
        return found[0]


def echo(host):
    """As ping(8) does it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as s:
        s.settimeout(10)
        s.sendto(struct.pack(">BBHHH", 8, 0, 0, 0, 1) + b"x" * 56, (host, 0))
        return "answered" if s.recv(2000)[0] == 0 else "?"


def own(host, port):
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((host, int(port)))
        server.listen()
        with socket.create_connection(("127.0.0.1", int(port)), 10) as client:
            peer = server.accept()[0]
            peer.sendall(b"own")
            return client.recv(100).decode()


def until(file):
    """Waits for somebody outside, and for what was looked up before to be too old to be used again."""
    while not os.path.exists(file):
        time.sleep(0.01)
    time.sleep(1.1)
    return "done"


def line(word):
    name, *arguments = word.split(",")
    try:
        return globals()[name](*arguments)
    except OSError as e:
        return error(e)


for word in sys.argv[1:]:
    print(word + ": " + line(word), flush=True)
