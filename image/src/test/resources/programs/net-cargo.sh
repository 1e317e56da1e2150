# Cargo: a dependency from the registry with nothing but the group @crates
# policy: build
# network: --net-allow @crates
# no view: there is no layer for its cache, and the policy grants none of the home
# needs: cargo openssl git
export CARGO_HTTP_CAINFO=/etc/ssl/certs/ca-certificates.crt
mkdir .cargo && printf '[source.crates-io]\nreplace-with = "index"\n[source.index]\nregistry = "https://index.crates.io/index.git"\n' >.cargo/config.toml # asked for by every version
cargo -q init --name t 2>/dev/null && echo 'forty-two = "1"' >>Cargo.toml && echo 'fn main() { println!("{}", forty_two::ANSWER) }' >src/main.rs && cargo -q run && cargo -q run --offline
