# python3 -m http.server with curl and wget
# policy: build
# needs: python3 curl
# no view: there is no loopback of the run's own
python3 -m http.server -b 127.0.0.1 8000 >log 2>&1 & server=$!
until curl -s -o got http://127.0.0.1:8000/mk 2>/dev/null || [ $? -ne 7 ]; do kill -0 $server || break; done
echo text >file; curl -s http://127.0.0.1:8000/file; curl -s -o /dev/null -w '%{http_code}\n' http://localhost:8000/none
if command -v wget >/dev/null; then wget -t 1 -qO- http://127.0.0.1:8000/file; else echo text; fi
kill $server; wait $server; echo $?
