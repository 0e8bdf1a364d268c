//! A Postgres of the run's own, in a temporary folder.
//!
//! Owns its processes: how they are started, killed and asked. Must not know what is in its tables.

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpSocket;

use crate::Failure;

/// What is said where there is none. The tests look for it.
pub(crate) const MISSING: &str = "postgres: skipped: no server under /usr/lib/postgresql; on \
                                  Debian: apt-get install postgresql";

/// The database of the journals.
const DATABASE: &str = "shop";

/// A server with an empty database, which ends with the run.
pub(crate) struct Server {
    folder: PathBuf,
    programs: PathBuf,
    pub(crate) port: u16,
    /// Nobody else is given the port, also while the server is away.
    _reserved: TcpSocket,
    process: Mutex<Option<Child>>,
    is_kept: Cell<bool>,
}

/// Where Debian puts the programs of a server, the newest version first.
fn programs() -> Option<PathBuf> {
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
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A server refuses to run as root.
fn as_its_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    command.arg(program);
    command
}

fn done(command: &mut Command) -> Result<String, Failure> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{:?}: {error}", command.get_program()).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

impl Server {
    /// `None` where there is no Postgres.
    pub(crate) fn start() -> Result<Option<Self>, Failure> {
        let Some(programs) = programs() else {
            return Ok(None);
        };
        // The path of a socket must be short.
        let folder = std::env::temp_dir().join(format!("jdy-chaos-pg-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        if is_root() {
            done(Command::new("chown").arg("postgres:").arg(&folder))?;
        }
        let mut initdb = as_its_user(&programs.join("initdb"));
        initdb.args(["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust"]);
        initdb.args(["--username=postgres", "--pgdata"]);
        done(initdb.arg(folder.join("data")))?;
        let reserved = TcpSocket::new_v4()?;
        reserved.set_reuseaddr(true)?;
        reserved.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let server = Self {
            folder,
            programs,
            port: reserved.local_addr()?.port(),
            _reserved: reserved,
            process: Mutex::default(),
            is_kept: Cell::new(false),
        };
        server.up()?;
        server.ask("postgres", &format!("CREATE DATABASE {DATABASE}"))?;
        Ok(Some(server))
    }

    /// Starts it, or starts it again.
    pub(crate) fn up(&self) -> Result<(), Failure> {
        const ATTEMPTS: u32 = 200;
        let mut log = std::fs::OpenOptions::new();
        let log = log.create(true).append(true).open(self.log())?;
        for _ in 0..ATTEMPTS {
            let mut command = as_its_user(&self.programs.join("postgres"));
            command.arg("-D").arg(self.folder.join("data"));
            command.arg("-k").arg(&self.folder);
            command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
            command.args(["-c", "shared_buffers=64MB", "-c", "max_connections=200"]);
            command.stdin(Stdio::null()).stdout(Stdio::null());
            let mut process = command.stderr(Stdio::from(log.try_clone()?)).spawn()?;
            while process.try_wait()?.is_none() {
                if self.is_ready() {
                    *self.process() = Some(process);
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            // Processes of the one that was killed may not have ended yet.
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("Postgres does not start; see {}", self.log().display()).into())
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn is_ready(&self) -> bool {
        let mut command = Command::new(self.programs.join("pg_isready"));
        command.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        command.status().is_ok_and(|status| status.success())
    }

    /// Kills all its processes, as a loss of power does.
    pub(crate) fn kill(&self) {
        let Some(mut process) = self.process().take() else {
            return;
        };
        let own = process.id().to_string();
        let mut list = Command::new("ps");
        let children = list.args(["-o", "pid=", "--ppid", &own]).output();
        drop(process.kill());
        drop(process.wait());
        let children = children.map(|it| it.stdout).unwrap_or_default();
        let children = String::from_utf8_lossy(&children).into_owned();
        // Some may have ended by themselves.
        let mut kill = Command::new("kill");
        kill.arg("-9").args(children.split_whitespace());
        drop(kill.stderr(Stdio::null()).status());
    }

    /// Ends it without letting anything finish.
    pub(crate) fn stop_at_once(&self) {
        let mut stop = as_its_user(&self.programs.join("pg_ctl"));
        stop.args(["stop", "-m", "immediate", "-w", "-D"]);
        drop(done(stop.arg(self.folder.join("data"))));
        if let Some(mut process) = self.process().take() {
            drop(process.wait());
        }
    }

    /// As the owner of the server, in the database of the journals.
    pub(crate) fn sql(&self, sql: &str) -> Result<String, Failure> {
        self.ask(DATABASE, sql)
    }

    fn ask(&self, database: &str, sql: &str) -> Result<String, Failure> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        psql.arg("-h").arg(&self.folder);
        psql.args(["-p", &self.port.to_string(), "-U", "postgres"]);
        let answer = done(psql.args(["-d", database, "-c", sql]))?;
        Ok(answer.trim_end_matches('\n').to_owned())
    }

    /// The number that a query gives.
    pub(crate) fn number(&self, sql: &str) -> Result<u64, Failure> {
        Ok(self.sql(sql)?.trim().parse()?)
    }

    /// The id of its first process.
    pub(crate) fn id(&self) -> Option<u32> {
        self.process().as_ref().map(Child::id)
    }

    /// Its address, past the relay.
    pub(crate) fn address(&self) -> String {
        address(self.port)
    }

    /// Leaves the folder behind; where it is.
    pub(crate) fn keep(&self) -> String {
        self.is_kept.set(true);
        self.folder.display().to_string()
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        // No code that holds this lock can panic.
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address of the database behind this port.
pub(crate) fn address(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{DATABASE}")
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if !self.is_kept.get() {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}
