# dig, host, getent and ping of a granted name
# policy: build
# network: --net-allow one.test:8001 --net-allow icmp://203.0.113.5 --net-allow udp://one.test:1025
# no view: where the bounding set is empty, a program with capabilities of its own is not executed: ping
# needs: dig host getent ping
dig +short one.test | wc -l; dig +tcp +short one.test | wc -l; dig +noall +comments one.test TXT | grep -o 'status: [A-Z]*'; dig +noall +comments nothing.test | grep -o 'status: [A-Z]*'
host -t a one.test >/dev/null; echo $?; getent ahostsv4 one.test | wc -l; getent hosts nothing.test; echo $?; getent hosts 127.0.0.1 | awk '{print $2}'; ping -qc 1 -W 5 one.test | grep -o '1 received'
