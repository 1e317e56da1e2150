# Perl: scripts, sockets, fork, the debugger
# policy: build
# needs: perl
# no view: there is no loopback of the run's own
perl -e 'my %h; $h{$_}++ for split //, "mississippi"; print map { "$_$h{$_}" } sort keys %h; print "\n"'
perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1"); if (!fork) { print {IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $s->sockport)} "line\n"; exit } print $s->accept->getline; wait'
printf 'print "x\\n";\n' >p.pl; echo 'print 6*7
c
q' | PERLDB_OPTS=NonStop=0 perl -d p.pl 2>/dev/null | grep -c 42
perl -MFile::Temp=tempfile -e '($f, $n) = tempfile(UNLINK => 1); print $f "x"; print -e $n ? "there\n" : "none\n"'
