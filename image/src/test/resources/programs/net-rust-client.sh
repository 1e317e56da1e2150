# A Rust client: TCP by name, time-outs, threads
# policy: build
# network: --net-allow one.test:8001
# needs: cargo
cargo -q init --name t 2>/dev/null && cat >src/main.rs <<'EOF'
use std::io::Read; use std::net::*; use std::time::Duration;
fn main() {
    let all: Vec<_> = (0..20).map(|_| std::thread::spawn(|| { let mut s = TcpStream::connect("one.test:8001").unwrap(); let mut t = String::new(); s.read_to_string(&mut t).unwrap(); t })).collect();
    println!("{}", all.into_iter().map(|h| h.join().unwrap()).filter(|t| t == "203.0.113.5").count());
    let to = ("one.test", 8001).to_socket_addrs().unwrap().next().unwrap();
    println!("{}", TcpStream::connect_timeout(&to, Duration::from_secs(5)).is_ok());
    println!("{}", TcpStream::connect("one.test:82").is_err());
}
EOF
cargo -q run --offline
