# Tcl: a server and its client
# policy: build
# needs: tclsh
# no view: there is no loopback of the run's own
cat >t.tcl <<'T'
set s [socket -server {apply {{c a p} {puts $c hello; close $c}}} -myaddr 127.0.0.1 0]
set c [socket 127.0.0.1 [lindex [fconfigure $s -sockname] 2]]
fileevent $c readable {puts [gets $c]; set done 1}
vwait done
puts [exec echo child]
T
tclsh t.tcl
