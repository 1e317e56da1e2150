# Sockets of the file system, between a program and its child
# policy: build
# needs: python3
cat >u.py <<'P'
import os, socket
with socket.socket(socket.AF_UNIX) as s:
    s.bind('s'); s.listen()
    if os.fork() == 0:
        with socket.socket(socket.AF_UNIX) as c:
            c.connect('s'); c.sendall(b'x')
        os._exit(0)
    a, _ = s.accept(); print(a.recv(1)); a.close(); os.wait()
P
python3 u.py 2>&1 | tail -1
