# Maven, started from /usr/share and configured by links into /etc
# policy: build
# needs: mvn
mvn -v 2>/dev/null | head -1; mvn -q --no-such-flag >/dev/null 2>&1; echo $?
