//! What the environment may do to connections: add an authority, name a proxy. It can neither
//! switch verification off nor show a signed request to a proxy.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use jdy_runtime::{Client, ConfigError, Credentials, Limits, RetryPolicy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::certificates::{CERTIFICATES, Shown};
use crate::peer::{Conduct, Opening, Peer, Scheme};
use crate::script::{RECHARGE, credentials, recharge};
use crate::table::Held;
use crate::transports::Library;

/// Where the child finds whom to call.
const URL: &str = "JDY_TEST_URL";
/// The library that the child sends with.
const LIBRARY: &str = "JDY_TEST_LIBRARY";
/// The file of an authority that the child's program itself trusts.
const CA: &str = "JDY_TEST_CA";
/// Set for the child that reads its configuration.
const CONFIGURED: &str = "JDY_TEST_CONFIGURED";
const DONE: &str = "done";
const NO_CONNECTION: &str = "not sent: no connection";

/// One write, in the environment that the test chose, which a process has but once.
#[tokio::test]
async fn child_that_writes() {
    let Ok(url) = std::env::var(URL) else { return };
    let name = std::env::var(LIBRARY).unwrap();
    let mut known = Library::ALL.iter();
    let library = known.find(|known| format!("{known:?}") == name).unwrap();
    let ca_pem = std::env::var(CA).map(|path| std::fs::read_to_string(path).unwrap());
    let transport = match library.built(ca_pem.ok().as_deref(), None) {
        Ok(transport) => transport,
        Err(error) => return println!("\nverdict refused: {error}"),
    };
    let client = Client::builder()
        .base_url(url)
        .credentials(credentials())
        .token_store(Held::default())
        .transport(transport)
        .limits(Limits::none())
        .retry(RetryPolicy::never());
    let result = client.build().unwrap().call(&RECHARGE, recharge()).await;
    match result {
        Ok(_) => println!("\nverdict {DONE}"),
        Err(error) => println!("\nverdict {}: {}\n{error}", error.outcome(), error.kind()),
    }
}

/// The same for each library.
fn by_each<T: Clone>(what: T) -> impl Iterator<Item = (T, Library)> {
    let all = Library::ALL.iter();
    all.map(move |&library| (what.clone(), library))
}

type Variable<'a> = (&'a str, &'a Path);

/// What came of a write in a process with these variables.
async fn verdict<'a>(
    library: Library,
    url: &str,
    variables: impl IntoIterator<Item = Variable<'a>>,
) -> String {
    let said = said(library, url, variables).await;
    let verdict = said.lines().find_map(|line| line.strip_prefix("verdict "));
    verdict.unwrap_or_else(|| panic!("{said}")).to_owned()
}

async fn said<'a>(
    library: Library,
    url: &str,
    variables: impl IntoIterator<Item = Variable<'a>>,
) -> String {
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "environment::child_that_writes", "--nocapture"])
        .env(URL, url)
        .env(LIBRARY, format!("{library:?}"))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    // The machine's own proxies are no matter of these tests.
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        child.env_remove(name).env_remove(name.to_lowercase());
    }
    child.env_remove("REQUEST_METHOD");
    for (name, value) in variables {
        child.env(name, value);
    }
    String::from_utf8(child.output().await.unwrap().stdout).unwrap()
}

/// Files that are gone when the test is over.
struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Self {
        let folder = format!("jdy-test-{}-environment-{name}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        std::fs::create_dir_all(folder.join("authorities")).unwrap();
        let files = Self(folder);
        std::fs::write(files.ca(), &CERTIFICATES.ca_pem).unwrap();
        std::fs::write(files.garbage(), "no certificate").unwrap();
        files
    }

    fn authorities(&self) -> PathBuf {
        self.0.join("authorities")
    }

    fn ca(&self) -> PathBuf {
        self.authorities().join("ca.pem")
    }

    fn garbage(&self) -> PathBuf {
        self.0.join("garbage.pem")
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

async fn peer(shown: Shown) -> Peer {
    Peer::with(Scheme::Https, Conduct::opening(Opening::Whole(shown))).await
}

// Elsewhere the system has a store of its own, and these variables mean nothing.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_authority_can_be_added_by_the_systems_own_variables() {
    let files = Files::new("added");
    let peer = peer(Shown::Good).await;
    let (ca, authorities) = (files.ca(), files.authorities());
    let garbage = files.garbage();
    for (name, value, expected) in [
        ("SSL_CERT_FILE", ca.as_path(), DONE),
        ("SSL_CERT_DIR", authorities.as_path(), DONE),
        ("SSL_CERT_FILE", garbage.as_path(), NO_CONNECTION),
        ("SSL_CERT_FILE", Path::new("/dev/null"), NO_CONNECTION),
        ("SSL_CERT_FILE", Path::new("/no/such/file"), NO_CONNECTION),
        ("SSL_CERT_DIR", Path::new("/no/such/folder"), NO_CONNECTION),
    ] {
        for &library in Library::ALL {
            let verdict = verdict(library, &peer.url, [(name, value)]).await;
            assert_eq!(verdict, expected, "{library:?}, {name} {value:?}");
        }
    }
    // Where the program itself names the authority, a machine without any serves as well.
    let own = [
        (CA, ca.as_path()),
        ("SSL_CERT_FILE", Path::new("/dev/null")),
    ];
    for &library in Library::ALL {
        let verdict = verdict(library, &peer.url, own).await;
        assert_eq!(verdict, DONE, "{library:?}");
    }
}

#[tokio::test]
async fn verification_cannot_be_switched_off() {
    let files = Files::new("off");
    let (ca, keys) = (files.ca(), files.0.join("keys"));
    let off = [
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "PYTHONHTTPSVERIFY",
        "SSL_VERIFY",
        "REQWEST_DANGER_ACCEPT_INVALID_CERTS",
    ];
    let on = [
        "GIT_SSL_NO_VERIFY",
        "CURL_INSECURE",
        "JDY_INSECURE",
        "DEBUG",
    ];
    let off = off.into_iter().map(|name| (name, Path::new("0")));
    let on = on.into_iter().map(|name| (name, Path::new("1")));
    let mut variables: Vec<_> = off.chain(on).collect();
    variables.push((CA, ca.as_path()));
    variables.push(("SSLKEYLOGFILE", keys.as_path()));
    for (shown, expected) in [
        (Shown::Good, DONE),
        (Shown::Stranger, NO_CONNECTION),
        (Shown::Expired, NO_CONNECTION),
        (Shown::WrongName, NO_CONNECTION),
    ] {
        let peer = peer(shown).await;
        for &library in Library::ALL {
            let verdict = verdict(library, &peer.url, variables.iter().copied()).await;
            assert_eq!(verdict, expected, "{library:?}, {shown:?}");
        }
    }
    assert!(!keys.exists(), "the keys of a connection were written down");
}

/// What a proxy does when it is asked for a tunnel.
#[derive(Clone)]
enum Tunnel {
    /// To this address, whatever was asked for.
    To(String),
    Refused(&'static str),
}

/// A proxy, and all that it could read.
struct Proxy {
    address: String,
    read: Arc<Mutex<Vec<u8>>>,
}

impl Proxy {
    async fn start(tunnel: Tunnel) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let read = Arc::new(Mutex::new(Vec::new()));
        let shared = read.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, tunnel.clone(), shared.clone()));
            }
        });
        Self { address, read }
    }

    fn read(&self) -> String {
        String::from_utf8_lossy(&self.read.lock().unwrap()).into_owned()
    }
}

async fn serve(mut client: TcpStream, tunnel: Tunnel, read: Arc<Mutex<Vec<u8>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else {
            break;
        };
        head.push(byte);
    }
    read.lock().unwrap().extend_from_slice(&head);
    let address = match tunnel {
        Tunnel::To(address) => address,
        Tunnel::Refused(answer) => return drop(client.write_all(answer.as_bytes()).await),
    };
    drop(client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await);
    let server = TcpStream::connect(address).await.unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = tokio::spawn(async move {
        drop(tokio::io::copy(&mut from_server, &mut to_client).await);
    });
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = from_client.read(&mut piece).await {
        read.lock().unwrap().extend_from_slice(&piece[..count]);
        drop(to_server.write_all(&piece[..count]).await);
    }
    drop(to_server);
    drop(back.await);
}

/// A name that only a proxy can make something of.
const ELSEWHERE: &str = "https://gateway.invalid";

fn to(peer: &Peer) -> Tunnel {
    Tunnel::To(peer.url.split("://").nth(1).unwrap().to_owned())
}

#[tokio::test]
async fn a_proxy_of_the_environment_passes_the_tunnel_on_and_reads_nothing() {
    let files = Files::new("proxy");
    let ca = files.ca();
    let peer = peer(Shown::Good).await;
    let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"];
    for (name, library) in names.into_iter().flat_map(by_each) {
        let proxy = Proxy::start(to(&peer)).await;
        let address = PathBuf::from(format!("http://{}", proxy.address));
        let variables = [(CA, ca.as_path()), (name, address.as_path())];
        let verdict = verdict(library, ELSEWHERE, variables).await;
        assert_eq!(verdict, DONE, "{library:?}, {name}");
        let read = proxy.read();
        assert!(
            read.starts_with("CONNECT gateway.invalid:443 HTTP/1.1\r\n"),
            "{read}"
        );
        for secret in ["token-0", "X-Api", "x-api", "recharge", "RC-1"] {
            assert!(!read.contains(secret), "{name} shows {secret}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_or_opens_the_tunnel_itself_has_been_sent_nothing() {
    let files = Files::new("bad-proxy");
    let ca = files.ca();
    let stranger = peer(Shown::Stranger).await;
    let tunnels = [
        to(&stranger),
        Tunnel::Refused("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
        Tunnel::Refused("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
        Tunnel::Refused(""),
    ];
    for (tunnel, library) in tunnels.into_iter().flat_map(by_each) {
        let proxy = Proxy::start(tunnel).await;
        let address = PathBuf::from(format!("http://{}", proxy.address));
        let variables = [(CA, ca.as_path()), ("HTTPS_PROXY", address.as_path())];
        let verdict = verdict(library, ELSEWHERE, variables).await;
        assert_eq!(verdict, NO_CONNECTION, "{library:?}");
        let read = proxy.read();
        assert!(
            read.starts_with("CONNECT ") && !read.contains("token-0"),
            "{read}"
        );
    }
    assert_eq!(stranger.reached("").heads, 0);
}

#[tokio::test]
async fn a_proxy_of_a_kind_that_is_not_built_in_is_no_way_around_it() {
    let files = Files::new("socks");
    let ca = files.ca();
    let peer = peer(Shown::Good).await;
    let proxy = Proxy::start(to(&peer)).await;
    let address = PathBuf::from(format!("socks5://{}", proxy.address));
    let variables = [(CA, ca.as_path()), ("ALL_PROXY", address.as_path())];
    for &library in Library::ALL {
        let said = said(library, ELSEWHERE, variables).await;
        assert!(said.contains(NO_CONNECTION), "{library:?}: {said}");
        assert!(
            said.contains("unsupported scheme socks5"),
            "{library:?}: {said}"
        );
    }
}

/// The library would pass it by without a word, and call the gateway itself.
#[tokio::test]
async fn a_proxy_that_cannot_be_read_is_refused_when_the_transport_is_built() {
    let peer = peer(Shown::Good).await;
    for (name, address) in [
        ("HTTPS_PROXY", "ftp://user:geheim@proxy.example:21"),
        ("all_proxy", "http:/geheim@proxy.example"),
    ] {
        for &library in Library::ALL {
            let said = said(library, &peer.url, [(name, Path::new(address))]).await;
            let verdict = format!("verdict refused: {name} is no address of a proxy");
            assert!(said.contains(&verdict), "{library:?}: {said}");
            assert!(!said.contains("geheim"), "{said}");
        }
    }
    assert_eq!(peer.reached("").heads, 0);
}

#[tokio::test]
async fn loopback_is_called_without_a_proxy() {
    for (scheme, library) in Scheme::BOTH.into_iter().flat_map(by_each) {
        let files = Files::new(scheme.as_str());
        let ca = files.ca();
        let peer = Peer::with(scheme, Conduct::opening(Opening::Whole(Shown::Good))).await;
        let proxy = Proxy::start(Tunnel::Refused("")).await;
        let address = PathBuf::from(format!("http://{}", proxy.address));
        let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"];
        let mut variables: Vec<_> = names.map(|name| (name, address.as_path())).to_vec();
        variables.push((CA, ca.as_path()));
        let verdict = verdict(library, &peer.url, variables).await;
        assert_eq!(verdict, DONE, "{library:?}, {scheme:?}");
        assert_eq!(proxy.read(), "");
    }
}

/// What a program reads, which its environment says but once.
#[test]
fn child_that_is_configured() {
    if std::env::var_os(CONFIGURED).is_none() {
        return;
    }
    let client = Client::builder().from_env().err();
    let credentials = Credentials::from_env().err();
    for error in [client, credentials] {
        println!(
            "\nverdict {}",
            error.as_ref().map_or("none", ConfigError::setting)
        );
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_utf8_is_refused_and_does_not_count_as_missing() {
    use std::os::unix::ffi::OsStrExt as _;
    let configured = |name: &str| {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args([
            "--exact",
            "environment::child_that_is_configured",
            "--nocapture",
        ]);
        let set = [
            "JDY_CLIENT_ID",
            "JDY_CLIENT_SECRET",
            "JDY_OUTER_INSTANCE_ID",
        ];
        for name in set.iter().copied().chain([CONFIGURED]) {
            child.env(name, "1");
        }
        // A path in GBK.
        child.env(
            name,
            std::ffi::OsStr::from_bytes(b"file:/var/lib/\xc1\xee\xc5\xc6"),
        );
        let said = String::from_utf8(child.output().unwrap().stdout).unwrap();
        let verdicts = said
            .lines()
            .filter_map(|line| line.strip_prefix("verdict "));
        verdicts.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(configured("JDY_TOKEN_STORE"), ["JDY_TOKEN_STORE", "none"]);
    assert_eq!(configured("JDY_APP_KEY"), ["JDY_APP_KEY", "JDY_APP_KEY"]);
    assert_eq!(configured("JDY_TEST_OTHER"), ["none", "none"]);
}
