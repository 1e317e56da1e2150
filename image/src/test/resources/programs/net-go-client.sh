# A static Go client with a resolver of its own: HTTP, HTTPS, 50 at a time
# policy: build
# network: --net-allow one.test:80,443
# no view: there is no layer for its cache, and the policy grants none of the home
# needs: go openssl
cat >go.mod <<'EOF'
module t
go 1.18
EOF
cat >t.go <<'EOF'
package main

import ("fmt"; "io"; "net"; "net/http"; "time")

func get(url string) string {
	r, err := http.Get(url)
	if err != nil { return err.Error() }
	defer r.Body.Close()
	b, _ := io.ReadAll(r.Body)
	return string(b)
}
func main() {
	fmt.Print(get("http://one.test/elsewhere"), get("https://one.test/"))
	c := make(chan string)
	for i := 0; i < 50; i++ { go func() { c <- get("http://one.test/") }() }
	n := 0
	for i := 0; i < 50; i++ { if <-c == "42\n" { n++ } }
	a, _ := net.LookupHost("one.test")
	fmt.Println(n, len(a))
	_, err := net.DialTimeout("tcp", "one.test:81", 5 * time.Second)
	fmt.Println(err != nil)
}
EOF
CGO_ENABLED=0 GOFLAGS=-mod=mod go build -o t . && ./t
