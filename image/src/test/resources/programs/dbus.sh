# A D-Bus session of its own
# policy: build
# needs: dbus-run-session dbus-send
# not inside: sockets of the file system (AF_UNIX) are refused, as network.unix is not served yet
dbus-run-session -- dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames 2>&1 | grep -c org.freedesktop.DBus
