//! A pool in front of Postgres, which gives each transaction another session, or loses the settings of
//! one.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jdy_journal::{PostgresConfig, PostgresStore};
use tokio::net::TcpSocket;

use super::server::{Server, as_its_user, reserved_port};

struct Pool {
    process: Child,
    port: u16,
    _reserved: TcpSocket,
}

impl Pool {
    /// `None`, said aloud, where there is no pgbouncer.
    fn start(server: &Server, mode: &str, setting: &str) -> Option<Self> {
        if Command::new("pgbouncer").arg("--version").output().is_err() {
            let word = "postgres: skipped: no pgbouncer; on Debian: apt-get install pgbouncer\n";
            let _ = std::io::stderr().write_all(word.as_bytes());
            return None;
        }
        let (folder, reserved) = (server.folder(), reserved_port());
        let port = reserved.local_addr().unwrap().port();
        let users = folder.join("users");
        std::fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        let text = format!(
            "[databases]\nshop = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {}\n\
             pool_mode = {mode}\n{setting}\n",
            server.port,
            users.display(),
        );
        let path = folder.join("pgbouncer.ini");
        std::fs::write(&path, text).unwrap();
        for path in [&users, &path] {
            server.own(path);
        }
        let mut command = as_its_user(Path::new("pgbouncer"));
        command.arg(&path).stdin(Stdio::null());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.unwrap();
        let mut pool = Self {
            process,
            port,
            _reserved: reserved,
        };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(pool.process.try_wait().unwrap().is_none(), "it ended");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(pool)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[tokio::test]
async fn a_pool_that_gives_each_transaction_another_session_is_refused() {
    is_refused("transaction").await;
}

/// A session of it has another setting than its worker gave, so that it cannot be told from one that
/// changes.
#[tokio::test]
async fn a_pool_that_loses_the_settings_of_a_session_is_refused() {
    is_refused("session").await;
}

async fn is_refused(mode: &str) {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    // By itself it refuses the setting that the store sends; the other one loses it.
    for setting in ["", "ignore_startup_parameters = options"] {
        let Some(pool) = Pool::start(&server, mode, setting) else {
            return;
        };
        let address = format!("postgres://postgres@127.0.0.1:{}/shop", pool.port);
        let config = PostgresConfig::parse(&address).unwrap();
        let refused = PostgresStore::connect(config, "a list").await.unwrap_err();
        assert!(
            refused.to_string().contains("connection pool"),
            "{mode}, {setting:?}: {refused}"
        );
    }
    // The refusal leaves no lock behind in the pool's sessions.
    drop(server.store("a list").await.unwrap());
}
