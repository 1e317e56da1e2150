# A D-Bus session of its own
# policy: build
# needs: dbus-run-session dbus-send
# no view: a session puts its socket into /tmp, which is not the run's own
dbus-run-session -- dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames 2>&1 | grep -c org.freedesktop.DBus
