//! A Postgres of the tests' own, and a proxy that cuts connections.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jdy_journal::{PostgresConfig, PostgresStore, StoreError};
use tokio::net::TcpSocket;

/// A server with an empty database, which ends with the test.
pub(crate) struct Server {
    folder: PathBuf,
    programs: PathBuf,
    pub(crate) port: u16,
    /// Nobody else is given the port, also while the server is away.
    _reserved: TcpSocket,
    settings: Vec<String>,
    process: Mutex<Option<Child>>,
}

/// Where Debian puts the programs of a server, the newest version first.
pub(crate) fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> = versions.flatten().map(|it| it.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").exists());
    folders.sort_by_key(|folder| {
        let version = folder.parent().and_then(Path::file_name);
        let version = version.and_then(|it| it.to_str()?.parse::<u32>().ok());
        std::cmp::Reverse(version)
    });
    folders.into_iter().next()
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

/// A server refuses to run as root.
pub(crate) fn as_its_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    command.arg(program);
    command
}

fn done(command: &mut Command) -> String {
    fed(command, "")
}

/// Runs it with this input to its end.
fn fed(command: &mut Command, input: &str) -> String {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = process.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// A new cluster takes a second or two to make, and a copy of one takes little.
fn template(programs: &Path) -> PathBuf {
    static MADE: Mutex<Option<PathBuf>> = Mutex::new(None);
    let mut made = MADE.lock().unwrap();
    made.get_or_insert_with(|| {
        // That of another version of the server is of no use, nor one that earlier tests made, which
        // had no database: its name is another one.
        let version = programs.parent().and_then(Path::file_name).unwrap();
        let name = format!("postgres-of-a-shop-{}", version.display());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        make_template(programs, &folder);
        folder
    })
    .clone()
}

/// Makes the folder if there is none. Test programs that run beside each other may all make it: it
/// appears whole, and of the first of them.
pub(crate) fn make_template(programs: &Path, folder: &Path) {
    if folder.exists() {
        return;
    }
    let work = own_folder();
    let mut initdb = as_its_user(&programs.join("initdb"));
    initdb.args(["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust"]);
    // A small one is copied sooner.
    initdb.args(["--wal-segsize=1", "--username=postgres", "--pgdata"]);
    done(initdb.arg(work.join("data")));
    let alone = |database, sql: &str| {
        let mut postgres = as_its_user(&programs.join("postgres"));
        postgres
            .args(["--single", "-j", "-D"])
            .arg(work.join("data"));
        fed(postgres.arg(database), sql);
    };
    alone("postgres", "CREATE DATABASE shop");
    let others = "ALTER DATABASE template1 IS_TEMPLATE false;\n\n";
    alone(
        "shop",
        &format!("{others}DROP DATABASE template1;\n\nDROP DATABASE postgres"),
    );
    // The folder for temporary files may be on another file system, from which nothing is renamed.
    let copy = folder.with_file_name(work.file_name().unwrap());
    drop(std::fs::remove_dir_all(&copy));
    done(Command::new("cp").arg("-a").args([&work, &copy]));
    drop(std::fs::remove_dir_all(&work));
    if let Err(error) = std::fs::rename(&copy, folder) {
        drop(std::fs::remove_dir_all(&copy));
        assert!(folder.exists(), "{}: {error}", folder.display());
    }
}

/// The path of a socket must be short.
fn own_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("jdy-pg-{}-{number}", std::process::id()));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    if is_root() {
        done(Command::new("chown").arg("postgres:").arg(&folder));
    }
    folder
}

impl Server {
    /// `None`, said aloud, where there is no Postgres.
    pub(crate) fn start(settings: &[&str]) -> Option<Self> {
        let Some(programs) = programs() else {
            let word = "postgres: skipped: no server under /usr/lib/postgresql; on Debian: \
                        apt-get install postgresql\n";
            let _ = std::io::stderr().write_all(word.as_bytes());
            return None;
        };
        let folder = own_folder();
        let data = template(&programs).join("data");
        done(Command::new("cp").arg("-a").arg(data).arg(&folder));
        let reserved = reserved_port();
        let server = Self {
            folder,
            programs,
            port: reserved.local_addr().unwrap().port(),
            _reserved: reserved,
            settings: settings.iter().map(|it| (*it).to_owned()).collect(),
            process: Mutex::default(),
        };
        server.up();
        Some(server)
    }

    /// Starts it, or starts it again.
    pub(crate) fn up(&self) {
        let log = std::fs::File::create(self.folder.join("log")).unwrap();
        for _ in 0..100 {
            let mut command = as_its_user(&self.programs.join("postgres"));
            command.arg("-D").arg(self.folder.join("data"));
            command.arg("-k").arg(&self.folder);
            command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
            command.args(["-c", "shared_buffers=16MB", "-c", "max_connections=40"]);
            for setting in &self.settings {
                command.args(["-c", setting]);
            }
            let errors = Stdio::from(log.try_clone().unwrap());
            command.stdin(Stdio::null()).stdout(Stdio::null());
            let mut process = command.stderr(errors).spawn().unwrap();
            while process.try_wait().unwrap().is_none() {
                if self.is_ready(process.id()) {
                    *self.process.lock().unwrap() = Some(process);
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            // Processes of the one that was killed may not have ended yet.
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = std::fs::read_to_string(self.folder.join("log"));
        panic!("Postgres does not start: {log:?}");
    }

    /// Whether this process takes connections, as its file says: a line for each fact, the state
    /// last.
    fn is_ready(&self, process: u32) -> bool {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid"));
        let file = file.unwrap_or_default();
        let lines: Vec<&str> = file.lines().map(str::trim).collect();
        let is_own = lines.first() == Some(&process.to_string().as_str());
        is_own && matches!(lines.get(7), Some(&("ready" | "standby")))
    }

    /// Ends it in order, with everything on disk.
    pub(crate) fn stop(&self) {
        let Some(mut process) = self.process.lock().unwrap().take() else {
            return;
        };
        let own = process.id().to_string();
        done(Command::new("kill").args(["-INT", &own]));
        process.wait().unwrap();
    }

    /// Keeps a copy of its files, as a backup.
    pub(crate) fn back_up(&self) {
        self.stop();
        let copy = self.folder.join("backup");
        done(
            Command::new("cp")
                .arg("-a")
                .arg(self.folder.join("data"))
                .arg(copy),
        );
        self.up();
    }

    /// Puts the backup in its place.
    pub(crate) fn restore(&self) {
        self.stop();
        std::fs::remove_dir_all(self.folder.join("data")).unwrap();
        std::fs::rename(self.folder.join("backup"), self.folder.join("data")).unwrap();
        self.fail_over();
    }

    /// A standby takes over that has every commit.
    pub(crate) fn fail_over(&self) {
        self.become_standby();
        self.promote();
    }

    /// Starts it as a standby, whose primary is away.
    pub(crate) fn become_standby(&self) {
        self.stop();
        let signal = self.folder.join("data/standby.signal");
        std::fs::write(&signal, "").unwrap();
        self.own(&signal);
        self.up();
    }

    /// Ends the recovery of a standby or of a backup.
    pub(crate) fn promote(&self) {
        assert_eq!(self.sql("SELECT pg_promote()"), "t");
    }

    /// Writes the tables of all journals anew, from a dump.
    pub(crate) fn dump_and_load(&self) {
        let of_server = |program: &str| {
            let mut program = Command::new(self.programs.join(program));
            program.arg("-h").arg(&self.folder);
            program.args(["-p", &self.port.to_string(), "-U", "postgres", "-d", "shop"]);
            program
        };
        let dump = done(of_server("pg_dump").args(["-n", "jdy_journal"]));
        self.sql("DROP SCHEMA jdy_journal CASCADE");
        fed(
            of_server("psql").args(["-X", "-q", "-v", "ON_ERROR_STOP=1"]),
            &dump,
        );
    }

    /// Kills all its processes, as a loss of power does.
    pub(crate) fn kill(&self) {
        let Some(mut process) = self.process.lock().unwrap().take() else {
            return;
        };
        let own = process.id().to_string();
        let mut list = Command::new("ps");
        let children = list.args(["-o", "pid=", "--ppid", &own]).output().unwrap();
        drop(process.kill());
        drop(process.wait());
        let children = String::from_utf8(children.stdout).unwrap();
        let children = children.split_whitespace();
        // Some may have ended by themselves.
        drop(Command::new("kill").arg("-9").args(children).output());
    }

    /// As the owner of the server, in the database of the journals.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        psql.arg("-h").arg(&self.folder);
        psql.args(["-p", &self.port.to_string(), "-U", "postgres"]);
        done(psql.args(["-d", "shop", "-c", sql])).trim().to_owned()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives a file to the user of the server.
    pub(crate) fn own(&self, path: &Path) {
        done(Command::new("chmod").arg("0600").arg(path));
        if is_root() {
            done(Command::new("chown").arg("postgres:").arg(path));
        }
    }

    pub(crate) fn address(&self) -> String {
        self.address_of("postgres")
    }

    pub(crate) fn address_of(&self, role: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/shop", self.port)
    }

    pub(crate) fn config(&self) -> PostgresConfig {
        self.config_of("postgres")
    }

    pub(crate) fn config_of(&self, role: &str) -> PostgresConfig {
        PostgresConfig::parse(&self.address_of(role)).unwrap()
    }

    pub(crate) async fn store(&self, list: &str) -> Result<PostgresStore, StoreError> {
        PostgresStore::connect(self.config(), list).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// A port that is bound and not listened to: while the socket is held, nobody else is given it, and a
/// server that names it can listen on it.
pub(crate) fn reserved_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket
}

/// What a proxy does with the first connection that comes to it. Messages that do nothing before the
/// next one does are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing.
    Never,
    /// It ends it in place of this message of the client.
    Before(usize),
    /// It passes the message on, but none of the answers from there on, and ends it.
    After(usize),
    /// The same, but to the server the connection looks alive.
    HalfOpen(usize),
    /// The server refuses this message, if it is a statement without parameters such as `BEGIN`: an
    /// operator cancels it, and the connection goes on.
    Cancel(usize),
}

/// A statement that fails as one that an operator cancels, as a message.
fn cancelled() -> Vec<u8> {
    let sql = b"DO $$ BEGIN RAISE EXCEPTION 'canceled' USING ERRCODE = '57014'; END $$\0";
    let length = u32::try_from(sql.len() + 4).unwrap();
    [b"Q", &length.to_be_bytes()[..], sql].concat()
}

/// Passes connections on to a server.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    /// How many messages the first connection has brought that are counted.
    pub(crate) messages: Arc<AtomicUsize>,
    /// Whether new connections are refused.
    is_down: Arc<AtomicUsize>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    pub(crate) fn start(to: u16, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            messages: Arc::default(),
            is_down: Arc::default(),
            open: Arc::default(),
        };
        let (messages, open) = (proxy.messages.clone(), proxy.open.clone());
        let is_down = proxy.is_down.clone();
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            let mut cut = cut;
            for client in listener.incoming().flatten() {
                if is_down.load(Ordering::SeqCst) > 0 {
                    continue;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else {
                    continue;
                };
                for stream in [&client, &server] {
                    stream.set_nodelay(true).unwrap();
                    open.lock().unwrap().push(stream.try_clone().unwrap());
                }
                let counted = match cut {
                    Cut::Never => Arc::default(),
                    _ => messages.clone(),
                };
                pass(client, server, cut, counted);
                cut = Cut::Never;
            }
        });
        proxy
    }

    /// Ends all connections, and refuses new ones until [`Self::up`].
    pub(crate) fn down(&self) {
        self.is_down.store(1, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
    }

    pub(crate) fn up(&self) {
        self.is_down.store(0, Ordering::SeqCst);
    }

    pub(crate) fn config(&self) -> PostgresConfig {
        let address = format!("postgres://postgres@127.0.0.1:{}/shop", self.port);
        PostgresConfig::parse(&address).unwrap()
    }
}

fn pass(client: TcpStream, server: TcpStream, cut: Cut, messages: Arc<AtomicUsize>) {
    let is_mute = Arc::new(AtomicUsize::new(0));
    let (mute, mut from) = (is_mute.clone(), server.try_clone().unwrap());
    let mut to = client.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 16 << 10];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if mute.load(Ordering::SeqCst) > 0 {
                continue;
            }
            if to.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        drop(to.shutdown(Shutdown::Both));
    });
    std::thread::spawn(move || {
        let (mut client, mut server) = (client, server);
        let mut is_first = true;
        while let Some(mut message) = message(&mut client, is_first) {
            let is_simple = !is_first && message.starts_with(b"Q");
            // What is bound or described is executed by a later message, or never.
            let is_counted = is_first || !matches!(message.first(), Some(b'B' | b'D' | b'C'));
            is_first = false;
            if !is_counted {
                if server.write_all(&message).is_err() {
                    break;
                }
                continue;
            }
            let number = messages.fetch_add(1, Ordering::SeqCst);
            if cut == Cut::Before(number) {
                break;
            }
            if cut == Cut::Cancel(number) && is_simple {
                message = cancelled();
            }
            let is_last = matches!(cut, Cut::After(at) | Cut::HalfOpen(at) if at == number);
            if is_last {
                is_mute.store(1, Ordering::SeqCst);
            }
            if server.write_all(&message).is_err() {
                break;
            }
            if is_last {
                // The server does what was asked, and the client does not hear of it.
                std::thread::sleep(Duration::from_millis(30));
                break;
            }
        }
        drop(client.shutdown(Shutdown::Both));
        if matches!(cut, Cut::HalfOpen(_)) {
            // The tests end before it does.
            std::thread::sleep(Duration::from_secs(60));
        }
        drop(server.shutdown(Shutdown::Both));
    });
}

/// The next message: the first has no type, the others begin with one.
fn message(client: &mut TcpStream, is_first: bool) -> Option<Vec<u8>> {
    let mut message = vec![0; if is_first { 4 } else { 5 }];
    client.read_exact(&mut message).ok()?;
    let at = message.len() - 4;
    let length = u32::from_be_bytes(message[at..].try_into().unwrap());
    let rest = usize::try_from(length).unwrap() - 4;
    let start = message.len();
    message.resize(start + rest, 0);
    client.read_exact(&mut message[start..]).ok()?;
    Some(message)
}
