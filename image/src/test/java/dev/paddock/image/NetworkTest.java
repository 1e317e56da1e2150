package dev.paddock.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Names and endpoints as programs see them, in a network of the test's own with addresses that look
 * public: {@code network/world.sh}.
 */
final class NetworkTest {
  private static final Path FILES = Shell.root().resolve("image/src/test/resources/network");

  @TempDir private static Path folder;
  private static List<Checkout> checkouts = List.of();

  @BeforeAll
  static void prepare() throws Exception {
    checkouts = Checkout.all(folder);
    for (Checkout checkout : checkouts) {
      for (String name :
          List.of("world.sh", "servers.py", "client.py", "services.sh", "registry.py")) {
        Files.copy(FILES.resolve(name), checkout.home().resolve(name));
      }
      assertThat(checkout.run("mkdir project && mv *.sh *.py project").status()).isZero();
    }
  }

  static List<Checkout> checkouts() {
    return checkouts;
  }

  /** What a client prints that runs with these flags; a skip where the host has no such network. */
  private static Shell.Answer client(Checkout checkout, String flags, String... words)
      throws IOException, InterruptedException {
    return inWorld(
        checkout,
        "sh world.sh $PADDOCK run "
            + (flags.contains("-p ") ? "" : "-p agent ")
            + flags
            + " -- python3 -I client.py "
            + String.join(" ", words));
  }

  private static Shell.Answer inWorld(Checkout checkout, String script)
      throws IOException, InterruptedException {
    Shell.Answer answer =
        checkout.run(
            """
            cd project
            unshare -rmn true || exit 77
            unshare -rmn $PADDOCK check | grep -q 'yes *view-loopback' || exit 77
            """
                + script);
    assumeTrue(answer.status() != 77, answer.errors());
    return answer;
  }

  private static void expect(Shell.Answer answer, String... lines) {
    assertThat(answer.output()).as(answer.errors()).isEqualTo(String.join("\n", lines) + "\n");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aGrantedNameIsReachedByEveryWayOfConnecting(Checkout checkout) throws Exception {
    expect(
        client(
            checkout,
            "--net-allow one.test:8001 --net-allow many.test:8001",
            "look,one.test",
            "tcp,one.test,8001",
            "nowait,one.test,8001",
            "loop,one.test,8001",
            "udp,one.test,8001",
            "udpc,one.test,8001",
            "tcp,many.test,8001",
            "nowait,many.test,8001"),
        "look,one.test: of names",
        "tcp,one.test,8001: 203.0.113.5",
        "nowait,one.test,8001: 203.0.113.5",
        "loop,one.test,8001: 203.0.113.5",
        "udp,one.test,8001: 203.0.113.5",
        "udpc,one.test,8001: 203.0.113.5",
        "tcp,many.test,8001: 203.0.113.6",
        "nowait,many.test,8001: 203.0.113.6");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void manyConnectionsAreMadeAtOnce(Checkout checkout) throws Exception {
    expect(
        client(checkout, "--net-allow one.test:8001", "many,one.test,8001,500"),
        "many,one.test,8001,500: 500");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void anIpv6HostIsReachedThoughItsNameHasAnIpv4Address(Checkout checkout) throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/net/if_inet6")), "no IPv6 here");
    expect(
        client(
            checkout,
            "--net-allow six.test",
            "look,six.test",
            "tcp,six.test,8001",
            "nowait,six.test,8001",
            "udpc,six.test,8001",
            "udp,six.test,8001"),
        "look,six.test: of names",
        "tcp,six.test,8001: 2001:db8::5",
        "nowait,six.test,8001: 2001:db8::5",
        "udpc,six.test,8001: 2001:db8::5",
        "udp,six.test,8001: 2001:db8::5");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void whatIsNotGrantedIsRefusedAtOnceAndSaidByName(Checkout checkout) throws Exception {
    Shell.Answer answer =
        client(
            checkout,
            "--denials --net-allow one.test:8001 --net-allow shared-a.test"
                + " --net-deny shared-a.test:8002",
            "tcp,one.test,8002",
            "tcp,shared-a.test,8001",
            "tcp,shared-a.test,8002",
            "slow,shared-b.test",
            "tcp,203.0.113.5,8001",
            "tcp,127.0.0.1,8001",
            "tcp,198.18.77.77,8001",
            "udp,203.0.113.5,8001");
    expect(
        answer,
        "tcp,one.test,8002: EACCES",
        "tcp,shared-a.test,8001: 203.0.113.5",
        "tcp,shared-a.test,8002: EACCES",
        "slow,shared-b.test: at once",
        "tcp,203.0.113.5,8001: EACCES",
        "tcp,127.0.0.1,8001: ECONNREFUSED",
        "tcp,198.18.77.77,8001: EACCES",
        "udp,203.0.113.5,8001: EACCES");
    assertThat(answer.errors())
        .contains("connect one.test:8002 (198.18.0.2:8002) -> EACCES")
        .contains("granted by --net-allow tcp://one.test:8002")
        .contains("network.deny \"shared-a.test:8002\"")
        .contains("lookup shared-b.test -> ENOENT; granted by --net-allow shared-b.test:443");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aNameThatLeadsInsideIsRefusedUnlessItsRuleSaysSo(Checkout checkout) throws Exception {
    String[] words = {
      "tcp,evil.test,8001", "tcp,inner.test,8001", "tcp,meta.test,8001", "udp,inner.test,8001"
    };
    Shell.Answer refused =
        client(
            checkout,
            "--denials --net-allow evil.test --net-allow inner.test --net-allow meta.test",
            words);
    expect(
        refused,
        "tcp,evil.test,8001: EACCES",
        "tcp,inner.test,8001: EACCES",
        "tcp,meta.test,8001: EACCES",
        "udp,inner.test,8001: EACCES");
    assertThat(refused.errors()).contains("--net-allow tcp://inner.test=10.77.0.1:8001");
    expect(
        client(
            checkout,
            "--net-allow evil.test=127.0.0.1:8001 --net-allow inner.test=10.0.0.0/8:8001"
                + " --net-allow '*'",
            words),
        "tcp,evil.test,8001: 127.0.0.1",
        "tcp,inner.test,8001: 10.77.0.1",
        "tcp,meta.test,8001: EACCES",
        "udp,inner.test,8001: 10.77.0.1");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aWildcardIsForWhatIsBelowIt(Checkout checkout) throws Exception {
    expect(
        client(
            checkout,
            "--net-allow '*.wild.test:8001'",
            "tcp,deep.er.wild.test,8001",
            "tcp,wild.test,8001",
            "tcp,notwild.test,8001",
            "tcp,nosuch.wild.test,8001"),
        "tcp,deep.er.wild.test,8001: 203.0.113.5",
        "tcp,wild.test,8001: unknown",
        "tcp,notwild.test,8001: unknown",
        "tcp,nosuch.wild.test,8001: unknown");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aNameLeadsWhereItLeadsAtThatMoment(Checkout checkout) throws Exception {
    Shell.Answer answer =
        inWorld(
            checkout,
            """
            cat >moves <<'EOF'
            rm -f moved
            $PADDOCK run -p agent --net-allow moving.test:8001 -- python3 -I client.py \
              tcp,moving.test,8001 until,moved tcp,moving.test,8001 | while read -r line; do
              echo "$line"
              case $line in tcp*)
                sed 's/^203.0.113.5/203.0.113.6/' names >new; cat new >names
                kill -HUP $(cat dns.pid)
                while python3 -I client.py look,moving.test | grep -q 113.5; do :; done; : >moved
              esac
            done
            EOF
            sh world.sh sh moves
            """);
    expect(
        answer,
        "tcp,moving.test,8001: 203.0.113.5",
        "until,moved: done",
        "tcp,moving.test,8001: 203.0.113.6");
  }

  /** Its name moves during the run; others on its address stay closed, by name and by address. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void theGroupOfARegistryIsEnoughForItsTools(Checkout checkout) throws Exception {
    assumeTrue(Shell.run(folder, "command -v npm openssl curl", Map.of()).status() == 0, "no npm");
    Shell.Answer answer =
        inWorld(
            checkout,
            """
            cat >tools <<'EOF'
            npm install -s --no-fund --no-audit forty-two && node -e 'console.log(require("forty-two"))'
            node -e 'fetch("https://registry.npmjs.org/forty-two").then(r => console.log(r.status))'
            curl -s -o /dev/null -w '%{http_code}\n' https://registry.npmjs.org/forty-two
            curl -s https://pypi.org/simple/forty-two/; echo $?
            curl -s --connect-timeout 5 --resolve pypi.org:443:203.0.113.5 https://pypi.org/; echo $?
            curl -s --connect-to pypi.org:443:registry.npmjs.org:80 https://pypi.org/; echo $?
            EOF
            cat >moves <<'EOF'
            . ./services.sh; registry
            mkdir -p work; cd work
            echo '{}' >package.json
            export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt HOME=$WORLD
            $PADDOCK run -q -p build --net-allow @npm -r ../tools -- sh -c \
              'sh ../tools; echo half; read -r line; rm -rf node_modules package*.json; npm cache clean --force 2>/dev/null; echo {} >package.json; sh ../tools' <../go | while read -r line; do
              echo "$line"
              case $line in half)
                sed '/npmjs/s/203.0.113.5/203.0.113.6/' ../names >new; cat new >../names
                kill -HUP $(cat ../dns.pid)
                until python3 -I -c 'import socket; exit(socket.gethostbyname("registry.npmjs.org") != "203.0.113.6")'; do :; done
                echo moved >../go
              esac
            done
            EOF
            rm -f go; mkfifo go; exec 9<>go
            sh world.sh sh moves; status=$?; rm -rf work; exit $status
            """);
    String once = "42\n200\n200\n6\n7\n7\n";
    assertThat(answer.output()).as(answer.errors()).isEqualTo(once + "half\n" + once);
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void questionsOfEveryKindAreAnswered(Checkout checkout) throws Exception {
    expect(
        client(
            checkout,
            "--net-allow one.test:8001",
            "dns,one.test,A",
            "dns,One.TEST,A",
            "dns,one.test,AAAA",
            "dns,one.test,TXT",
            "dns,one.test,HTTPS",
            "dns,one.test,SRV",
            "dns,data.of.ours.leak.test,A",
            "dns,leak.test,TXT",
            "dnstcp,one.test,A",
            "dnstcp,leak.test,A",
            "dns,localhost,A",
            "dns,2.0.18.198.in-addr.arpa,PTR",
            "dns,1.0.0.127.in-addr.arpa,PTR",
            "dns,8.8.8.8.in-addr.arpa,PTR",
            "dns,.,A"),
        "dns,one.test,A: no error, 1",
        "dns,One.TEST,A: no error, 1",
        "dns,one.test,AAAA: no error, 0",
        "dns,one.test,TXT: no error, 0",
        "dns,one.test,HTTPS: no error, 0",
        "dns,one.test,SRV: no error, 0",
        "dns,data.of.ours.leak.test,A: no name, 0",
        "dns,leak.test,TXT: no name, 0",
        "dnstcp,one.test,A: no error, 1",
        "dnstcp,leak.test,A: no name, 0",
        "dns,localhost,A: no error, 1",
        "dns,2.0.18.198.in-addr.arpa,PTR: no error, 1",
        "dns,1.0.0.127.in-addr.arpa,PTR: no error, 1",
        "dns,8.8.8.8.in-addr.arpa,PTR: no name, 0",
        "dns,.,A: no name, 0");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aRunHasItsOwnLoopbackBesideWhatIsGranted(Checkout checkout) throws Exception {
    // Whatever of the host's loopback is granted, names are asked of ours.
    // Also by a policy that does not speak of it.
    expect(
        client(
            checkout,
            "-p base -r . --net-allow one.test:8001",
            "own,127.0.0.1,8001",
            "tcp,one.test,8001"),
        "own,127.0.0.1,8001: own",
        "tcp,one.test,8001: 203.0.113.5");
    expect(
        client(
            checkout,
            "--net-allow one.test:8001 --net-allow localhost",
            "tcp,127.0.0.1,8001",
            "tcp,one.test,8001"),
        "tcp,127.0.0.1,8001: 127.0.0.1",
        "tcp,one.test,8001: 203.0.113.5");
    expect(
        client(
            checkout,
            "--net-allow one.test:8001 --net-allow localhost:8001",
            "own,127.0.0.1,8000",
            "own,0.0.0.0,8002",
            "own,my-server.test,8003",
            "tcp,127.0.0.1,8001"),
        "own,127.0.0.1,8000: own",
        "own,0.0.0.0,8002: own",
        "own,my-server.test,8003: own",
        "tcp,127.0.0.1,8001: 127.0.0.1");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void echoRequestsAreSentWhereTheyAreGranted(Checkout checkout) throws Exception {
    expect(
        client(
            checkout,
            "--net-allow icmp://203.0.113.5 --net-allow one.test:1 --net-allow many.test:1",
            "echo,203.0.113.5",
            "echo,203.0.113.6",
            "echo,one.test",
            "echo,many.test"),
        "echo,203.0.113.5: answered",
        "echo,203.0.113.6: EACCES",
        "echo,one.test: answered",
        "echo,many.test: EACCES");
  }

  /** The server is of the host's network; a client inside finds it all the same. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void aGrantedPortIsReachedFromOutside(Checkout checkout) throws Exception {
    Shell.Answer answer =
        inWorld(
            checkout,
            """
            cat >publishes <<'EOF'
            rm -f asked
            $PADDOCK run -p agent --net-allow-bind 8005 -- python3 -I -c '
            import os, socket, time
            s = socket.socket(); s.bind(("0.0.0.0", 8005)); s.listen()
            six = socket.socket(socket.AF_INET6) if os.path.exists("/proc/net/if_inet6") else None
            if six:
                six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                six.bind(("::", 8005)); six.listen()
            print(s.getsockname(), flush=True)
            c = s.accept()[0]; c.sendall(b"served"); c.close()
            d = socket.create_connection(("127.0.0.1", 8005)); p = s.accept()[0]
            p.sendall(b"inside"); print(d.recv(10).decode(), flush=True)
            s.close()
            if six: six.close()
            try: socket.create_connection(("127.0.0.1", 8005))
            except OSError as e: print(e.strerror, flush=True)
            ' | while read -r line; do
              echo "$line"
              case $line in "("*) python3 -I client.py tcp,203.0.113.5,8005; esac
            done
            EOF
            sh world.sh sh publishes
            """);
    expect(
        answer,
        "('0.0.0.0', 8005)",
        "tcp,203.0.113.5,8005: served",
        "inside",
        "Connection refused");
  }

  /** Two servers that want one port, each with clients inside and outside. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void aGrantedPortThatIsTakenIsAnother(Checkout checkout) throws Exception {
    Shell.Answer answer =
        inWorld(
            checkout,
            """
            cat >server.py <<'EOF'
            import os, socket, sys
            s = socket.socket(); s.bind(("0.0.0.0", 8006)); s.listen()
            d = socket.create_connection(("127.0.0.1", 8006)); p = s.accept()[0]
            p.sendall(b"own"); print(d.recv(9).decode())
            try: socket.socket().bind(("0.0.0.0", 8006))
            except OSError as e: print(e.strerror)
            print("at", s.getsockname()[1], flush=True)
            c = s.accept()[0]; c.sendall(sys.argv[1].encode()); c.close()
            EOF
            cat >remaps <<'EOF'
            serve() { $PADDOCK run -p agent --port-remap --net-allow-bind 8006 -- python3 -I server.py $1 >$1 2>said-$1; }
            rm -f one two; mkfifo one two
            serve one & exec 7<one
            for i in 1 2; do read -r line <&7; echo "$line"; done; read -r at first <&7
            serve two & exec 8<two
            for i in 1 2; do read -r line <&8; echo "$line"; done; read -r at second <&8
            python3 -I client.py tcp,203.0.113.5,$first; python3 -I client.py tcp,203.0.113.6,$second | sed s/$second/another/
            wait; cat said-one said-two | sed s/$second/another/
            [ $first = 8006 ] && [ $second != 8006 ] && echo right
            EOF
            sh world.sh sh remaps
            """);
    expect(
        answer,
        "own",
        "Address already in use",
        "own",
        "Address already in use",
        "tcp,203.0.113.5,8006: one",
        "tcp,203.0.113.6,another: two",
        "paddock: port 8006 is taken; bound to another instead",
        "right");
  }

  /** For programs that compare addresses: what was answered may be connected to, and no more. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void namesCanBeAnsweredByTheHostsAddresses(Checkout checkout) throws Exception {
    Files.writeString(
        checkout.home().resolve("project/pinned.toml"),
        """
        extends = "agent"
        [network]
        names = "pinned"
        allow = ["one.test:8001", "many.test:8001", "evil.test:8001"]
        """);
    expect(
        client(
            checkout,
            "-p pinned.toml",
            "tcp,203.0.113.5,8001",
            "look,one.test",
            "tcp,203.0.113.5,8001",
            "tcp,203.0.113.5,8002",
            "udp,one.test,8001",
            "tcp,203.0.113.6,8001",
            "tcp,evil.test,8001",
            "slow,shared-b.test"),
        "tcp,203.0.113.5,8001: EACCES",
        "look,one.test: 203.0.113.5",
        "tcp,203.0.113.5,8001: 203.0.113.5",
        "tcp,203.0.113.5,8002: EACCES",
        "udp,one.test,8001: 203.0.113.5",
        "tcp,203.0.113.6,8001: EACCES",
        "tcp,evil.test,8001: ECONNREFUSED",
        "slow,shared-b.test: at once");
  }

  /** The same server as above, found on loopback alone, whatever it has bound. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void aPublishedPortIsReachedFromThisMachineAlone(Checkout checkout) throws Exception {
    for (String view : List.of("", "--view off")) {
      Shell.Answer answer =
          inWorld(
              checkout,
              """
              cat >publishes <<'EOF'
              $PADDOCK run -p agent %s --net-allow one.test:8001 --publish 8006 --publish 8008 --publish 32768-60999 -- python3 -I -c '
              import errno, os, socket
              s = socket.create_server(("", 8006), reuse_port=False)
              print(s.getsockname(), flush=True)
              c = s.accept()[0]; c.sendall(b"served"); c.close()
              try: socket.create_server(("", 8007))
              except OSError as e: print(errno.errorcode[e.errno], flush=True)
              else: print("own", flush=True)
              if %s:
                s = socket.socket(); s.bind(("", 0))
                try: s.listen()
                except OSError as e: print(errno.errorcode[e.errno], flush=True)
              if os.path.exists("/proc/net/if_inet6"):
                s = socket.socket(socket.AF_INET6)
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                s.bind(("::", 8008)); print(s.getsockname()[0], flush=True)
              else: print("::1", flush=True)
              ' | while read -r line; do
                echo "$line"
                case $line in "("*)
                  python3 -I client.py tcp,203.0.113.5,8006 tcp,127.0.0.1,8006
                esac
              done
              EOF
              sh world.sh sh publishes
              """
                  .formatted(view, view.isEmpty() ? "False" : "True"));
      String whereThePortIsTheKernels = view.isEmpty() ? "" : "EACCES\n";
      expect(
          answer,
          "('127.0.0.1', 8006)",
          "tcp,203.0.113.5,8006: ECONNREFUSED",
          "tcp,127.0.0.1,8006: served",
          (view.isEmpty() ? "own" : "EACCES") + "\n" + whereThePortIsTheKernels + "::1");
    }
  }

  /** With no name space at all: the C library asks by TCP, and is taken to our name server. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void namesAreServedWithoutAViewToo(Checkout checkout) throws Exception {
    String[] words = {
      "look,one.test",
      "tcp,one.test,8001",
      "nowait,many.test,8001",
      "loop,one.test,8001",
      "udpc,one.test,8001",
      "tcp,one.test,8002",
      "slow,shared-b.test",
      "tcp,in-hosts.test,8002",
      "tcp,evil.test,8001",
      "tcp,203.0.113.5,8001",
      "tcp,in-hosts.test,8001"
    };
    String[] lines = {
      "look,one.test: of names",
      "tcp,one.test,8001: 203.0.113.5",
      "nowait,many.test,8001: 203.0.113.6",
      "loop,one.test,8001: 203.0.113.5",
      "udpc,one.test,8001: 203.0.113.5",
      "tcp,one.test,8002: EACCES",
      "slow,shared-b.test: at once",
      "tcp,in-hosts.test,8002: EACCES",
      "tcp,evil.test,8001: EACCES",
      "tcp,203.0.113.5,8001: 203.0.113.5",
      "tcp,in-hosts.test,8001: 203.0.113.5"
    };
    String grants =
        " --net-allow one.test:8001 --net-allow many.test:8001 --net-allow evil.test:8001"
            + " --net-allow in-hosts.test:8001";
    expect(client(checkout, "--view off" + grants, words), lines);
    Files.writeString(
        checkout.home().resolve("project/own-network.toml"),
        """
        extends = "agent"
        [view]
        files = "host"
        temporary = "host"
        home = "host"
        terminals = "host"
        processes = "host"
        """);
    expect(client(checkout, "-p own-network.toml" + grants, words), lines);
  }
}
