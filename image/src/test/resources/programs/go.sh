# Go: build, vet, test with a server on loopback
# policy: build
# needs: go
# no view: there is no layer for its cache, and the policy grants none of the home
export GOFLAGS=-mod=mod GOTOOLCHAIN=local
printf 'module example.org/p\ngo 1.18\n' >go.mod
printf 'package main\n\nimport "fmt"\n\nfunc twice(x int) int { return 2 * x }\nfunc main() { fmt.Println(twice(21)) }\n' >main.go
cat >main_test.go <<'G'
package main

import (
	"net"
	"testing"
)

func TestLoopback(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { c, _ := l.Accept(); c.Write([]byte{42}); c.Close() }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	if _, err := c.Read(b); err != nil || b[0] != 42 || twice(2) != 4 {
		t.Fatal(err, b)
	}
}
G
go build -o p . && ./p && go vet ./... && go test ./... 2>&1 | cut -f1,2; go env GOVERSION | wc -l
