# Cargo: build, test, run, with a dependency by path
# policy: build
# needs: cargo
cargo new -q --lib --vcs none dep && cargo new -q --vcs none app && cd app
printf 'dep = { path = "../dep" }\n' >>Cargo.toml
printf 'fn main() { println!("{}", dep::add(20, 22)); }\n' >src/main.rs
cargo run -q --offline && (cd ../dep && cargo test -q --offline 2>&1 | grep -c 'test result: ok') && ls target/debug/app
