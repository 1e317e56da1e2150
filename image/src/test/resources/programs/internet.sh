# A host of the internet, by name and by address
# policy: agent
# needs: python3
# not inside: the policy grants no network
python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("192.0.2.1", 9)); print("sent", s.send(b"x"))' 2>/dev/null; echo $?
