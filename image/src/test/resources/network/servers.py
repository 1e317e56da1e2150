"""Servers of the test's network: each tells by which address it was reached."""
import errno, fcntl, os, selectors, socket, struct, sys, time

ADDRESSES = ("127.0.0.1", "203.0.113.5", "203.0.113.6", "10.77.0.1", "169.254.169.254")
ADDRESS6 = "2001:db8::5"


def configure():
    """netdevice(7): the loopback is up, and has all addresses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, struct.pack("16sh22x", b"lo", 0x49))  # SIOCSIFFLAGS: up, loopback, running
        for number, address in enumerate(ADDRESSES[1:]):
            alias = b"lo:%d" % (number + 1)
            for command, value in ((0x8916, address), (0x891C, "255.255.255.255")):  # SIOCSIFADDR, SIOCSIFNETMASK
                fcntl.ioctl(s, command, struct.pack("16sH2s4s8x", alias, socket.AF_INET, b"", socket.inet_aton(value)))
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            fcntl.ioctl(s, 0x8916, socket.inet_pton(socket.AF_INET6, ADDRESS6) + struct.pack("Ii", 128, 1))
    except OSError:
        pass  # this host has no IPv6


def bind(server, address):
    """An IPv6 address is not there at once: the kernel looks first whether somebody else has it."""
    deadline = time.monotonic() + (10 if os.path.exists("/proc/net/if_inet6") else 0)
    while True:
        try:
            return server.bind((address, 8001))
        except OSError as e:
            if e.errno != errno.EADDRNOTAVAIL or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


configure()
open("/proc/sys/net/ipv4/ping_group_range", "w").write("0 0")
selector = selectors.DefaultSelector()
for family, address in [(socket.AF_INET, a) for a in ADDRESSES] + [(socket.AF_INET6, ADDRESS6)]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        server = socket.socket(family, kind)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bind(server, address)
        except OSError:
            continue  # this host has no IPv6
        if kind == socket.SOCK_STREAM:
            server.listen(1024)
        selector.register(server, selectors.EVENT_READ, (kind, address))
print("ready", flush=True)
sys.stdout = None
while True:
    for key, _ in selector.select():
        kind, address = key.data
        if kind == socket.SOCK_STREAM:
            peer = key.fileobj.accept()[0]
            peer.sendall(address.encode())
            peer.close()
        else:
            data, sender = key.fileobj.recvfrom(2000)
            key.fileobj.sendto(address.encode(), sender)
