# Go: a module from the proxy with nothing but the group @go
# policy: build
# network: --net-allow @go
# no view: there is no layer for its cache, and the policy grants none of the home
# needs: go openssl
export GONOSUMDB=example.test GOFLAGS=-mod=mod GOTOOLCHAIN=local
printf 'module t\n\ngo 1.18\n' >go.mod && printf 'package main\n\nimport f "example.test/fortytwo"\n\nfunc main() { println(f.Answer) }\n' >t.go && go get example.test/fortytwo 2>/dev/null && go run . 2>&1 && go list -m all
