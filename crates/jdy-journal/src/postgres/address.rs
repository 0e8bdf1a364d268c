//! The address of a database, and how it may be reached.
//!
//! Owns the reading of an address and the rule about encryption. Must not know how a connection is
//! made, nor where a password comes from.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::event::PostgresEvent;
use super::parameters;
use super::schema;

/// How a Postgres database is reached, for [`PostgresStore::connect`](super::PostgresStore).
///
/// # Encryption
///
/// The way to a server on this machine (a Unix socket, `localhost` or a loopback address) is not
/// encrypted unless `sslmode` asks for it. The way to any other is always encrypted, and the
/// server's certificate is verified with its name, whatever `sslmode` says: `require` and
/// `verify-ca` mean `verify-full` here. The certificates of the system are trusted, or those in
/// the PEM file that `sslrootcert` names, and then no others. `sslmode=disable`, `allow` and
/// `prefer` are refused for a server elsewhere; [`allow_plaintext`](Self::allow_plaintext) is for
/// a network that encrypts by itself.
///
/// `Debug` shows no password.
#[derive(Clone)]
pub struct PostgresConfig {
    pub(super) server: Config,
    pub(super) sslmode: Option<String>,
    pub(super) sslrootcert: Option<PathBuf>,
    pub(super) service: Option<String>,
    pub(super) passfile: Option<PathBuf>,
    pub(super) schema: String,
    pub(super) patience: Duration,
    pub(super) lease: Duration,
    pub(super) on_event: Option<Arc<Hook>>,
    pub(super) may_repeat: bool,
    pub(super) trusts_failover: bool,
    allows_plaintext: bool,
}

type Hook = dyn Fn(&PostgresEvent) + Send + Sync;

/// Whether and how a connection is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// Not at all.
    None,
    /// With the certificates of the system.
    System,
    /// With those in this file.
    Roots(PathBuf),
}

/// Why an address cannot be used. It quotes no part of an address that may be a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAddress(pub(super) String);

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidAddress {}

impl fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConfig")
            .field("server", &self.place())
            .field("sslmode", &self.sslmode)
            .field("sslrootcert", &self.sslrootcert)
            .field("schema", &self.schema)
            .field("patience", &self.patience)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

impl PostgresConfig {
    /// Reads an address: `postgres://USER@HOST:PORT/DATABASE?NAME=VALUE`, as `psql` reads it.
    /// A Unix socket is `postgres:///DATABASE?host=/var/run/postgresql`; `HOST1,HOST2` are tried in
    /// turn, and `target_session_attrs=read-write` skips those that are read-only. What the address
    /// leaves out is not looked up elsewhere; [`from_environment`](Self::from_environment) does.
    ///
    /// # Errors
    /// It is no such address.
    pub fn parse(address: &str) -> Result<Self, InvalidAddress> {
        let schemes = ["postgres://", "postgresql://"];
        if !schemes.iter().any(|scheme| address.starts_with(scheme)) {
            let why = "an address is of the form postgres://USER@HOST/DATABASE";
            return Err(InvalidAddress(why.to_owned()));
        }
        let (base, own) = parameters::split(address)?;
        // The error of the library may quote the address.
        let server = base.parse::<Config>().map_err(|_| {
            let why = "it is not of the form postgres://USER@HOST:PORT/DATABASE?NAME=VALUE, or has \
                       a parameter that is not known, or with a value that cannot be used";
            InvalidAddress(why.to_owned())
        })?;
        Ok(Self {
            server,
            sslmode: own.sslmode,
            sslrootcert: own.sslrootcert.map(PathBuf::from),
            service: own.service,
            passfile: own.passfile.map(PathBuf::from),
            schema: schema::DEFAULT.to_owned(),
            patience: Duration::from_secs(300),
            lease: Duration::from_secs(60),
            on_event: None,
            may_repeat: false,
            trusts_failover: false,
            allows_plaintext: false,
        })
    }

    /// Reads an address, and takes what it leaves out from where `psql` takes it: the entry of a
    /// service file (`service=NAME` or `PGSERVICE`), the variables `PGHOST`, `PGPORT`, `PGUSER`,
    /// `PGDATABASE`, `PGSSLMODE`, `PGSSLROOTCERT` and `PGPASSWORD`, and for the password
    /// `~/.pgpass` or the file that `PGPASSFILE` names. A file with a password that other users can
    /// read is refused.
    ///
    /// # Errors
    /// It is no such address, or one of the files cannot be used.
    pub fn from_environment(address: &str) -> Result<Self, InvalidAddress> {
        let mut config = Self::parse(address)?;
        config.complete(&|name| std::env::var(name).ok().filter(|value| !value.is_empty()))?;
        Ok(config)
    }

    /// Sets the password.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.server.password(password);
        self
    }

    /// Whether the address holds a password, or one was found or set.
    pub fn has_password(&self) -> bool {
        self.server.get_password().is_some()
    }

    /// Sets the name of the schema for the tables: a lower-case letter or `_`, then at most 62 more
    /// of them or digits. `jdy_journal` unless set.
    ///
    /// # Errors
    /// It is no such name.
    pub fn schema(mut self, name: &str) -> Result<Self, InvalidAddress> {
        if !schema::is_name(name) {
            let why = "a schema's name is a lower-case letter or _, then at most 62 more of them or \
                       digits";
            return Err(InvalidAddress(why.to_owned()));
        }
        name.clone_into(&mut self.schema);
        Ok(self)
    }

    /// How long a change waits for a database that is away, read-only or full before it fails. 5
    /// minutes unless set. What has failed is not made later, but for how a call ended: that is
    /// written when the database is back, as long as the store is open.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long the lease of a worker holds from its last renewal. It is renewed every third of that.
    /// 1 minute unless set, at least 1 second.
    ///
    /// When a worker dies, others take its lines up after this time. A worker that the database does
    /// not hear of for so long is taken for dead, and its calls under way are unknown: a lease must
    /// be longer than the pauses of the network and of the machines.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_secs(1));
        self
    }

    /// Lets a new list have lines that another list of the database has.
    ///
    /// Otherwise a list is not created ([`StoreError::Repeated`](crate::StoreError::Repeated)) if
    /// one of the same operation and account set has a line with the same key and request that was
    /// not rejected as a whole, or, where one of both has lines without a key, if it makes the same
    /// requests in any order: a mistyped name would send everything once more. A store does not know
    /// which lists only read: say this for those, as they may repeat. Calls that are not of a list
    /// are not compared.
    #[must_use]
    pub fn allow_repeated_lines(mut self) -> Self {
        self.may_repeat = true;
        self
    }

    /// Goes on after a failover, for a database whose standby has every commit when it takes over:
    /// `synchronous_standby_names` is set, and only such a standby is promoted.
    ///
    /// Otherwise nothing is sent in a database that was failed over, restored or copied before it was
    /// recovered ([`StoreError::Restored`](crate::StoreError::Restored)). A store cannot tell a
    /// failover from a restore: with this setting, a database that was restored from a backup sends
    /// again what it lacks. Call [`PostgresStore::recover`](super::PostgresStore::recover) before
    /// anything is started on it.
    #[must_use]
    pub fn trust_failover(mut self) -> Self {
        self.trusts_failover = true;
        self
    }

    /// Is called when the store waits for the database, and when it is back.
    #[must_use]
    pub fn on_event(mut self, hook: impl Fn(&PostgresEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Arc::new(hook));
        self
    }

    /// Allows `sslmode=disable` for a server on another machine. Only for a network that encrypts
    /// by itself: otherwise whoever is on the way can read the journal, and change it.
    #[must_use]
    pub fn allow_plaintext(mut self) -> Self {
        self.allows_plaintext = true;
        self
    }

    /// The server, the database and the user, for messages.
    pub(super) fn place(&self) -> String {
        let hosts = self.server.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
        let addresses = self.server.get_hostaddrs().iter().map(IpAddr::to_string);
        let hosts: Vec<String> = hosts.chain(addresses).collect();
        let database = self.server.get_dbname().unwrap_or("(default)");
        format!("database {database} on {}", hosts.join(", "))
    }

    /// Whether every server of the address is on this machine.
    fn is_local(&self) -> bool {
        let (hosts, addresses) = (self.server.get_hosts(), self.server.get_hostaddrs());
        let is_near = |host: &Host| match host {
            Host::Tcp(name) => {
                let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
                name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|it| it.is_loopback())
            }
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        // Where there are addresses, they are what is connected to.
        match addresses {
            [] => hosts.iter().all(is_near),
            _ => addresses.iter().all(IpAddr::is_loopback),
        }
    }

    /// Whether and how the connection is to be encrypted.
    pub(super) fn encryption(&self) -> Result<Encryption, InvalidAddress> {
        let verified = || match &self.sslrootcert {
            Some(path) if path.as_os_str() != "system" => Encryption::Roots(path.clone()),
            _ => Encryption::System,
        };
        let mode = self.sslmode.as_deref();
        match mode {
            Some("require" | "verify-ca" | "verify-full") => Ok(verified()),
            None | Some("disable" | "allow" | "prefer") if self.is_local() => Ok(Encryption::None),
            None => Ok(verified()),
            Some("disable") if self.allows_plaintext => Ok(Encryption::None),
            Some(mode @ ("disable" | "allow" | "prefer")) => Err(InvalidAddress(format!(
                "sslmode={mode} is for a server on this machine alone: the way to another one is \
                 encrypted and verified (sslmode=verify-full, with sslrootcert=FILE for an \
                 authority of one's own), or goes through a tunnel that ends on this machine"
            ))),
            Some(_) => Err(InvalidAddress(
                "sslmode is disable, allow, prefer, require, verify-ca or verify-full".to_owned(),
            )),
        }
    }

    /// The same as the library's own setting.
    pub(super) fn ssl_mode(encryption: &Encryption) -> SslMode {
        match encryption {
            Encryption::None => SslMode::Disable,
            Encryption::System | Encryption::Roots(_) => SslMode::Require,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn encryption(address: &str) -> Result<Encryption, InvalidAddress> {
        PostgresConfig::parse(address).unwrap().encryption()
    }

    #[test]
    fn the_way_to_another_machine_is_encrypted_and_verified() {
        for local in [
            "postgres://a@localhost/b",
            "postgres://a@127.0.0.1:5433/b",
            "postgres://a@[::1]/b",
            "postgres:///b?host=/run/postgresql",
            "postgres://a@localhost/b?sslmode=prefer",
        ] {
            assert_eq!(encryption(local), Ok(Encryption::None), "{local}");
        }
        for remote in [
            "postgres://a@db.example/b",
            "postgres://a@db.example/b?sslmode=require",
            "postgres://a@localhost,db.example/b",
            "postgres://a@localhost/b?hostaddr=10.0.0.7",
            "postgres://a@127.0.0.1/b?sslmode=verify-full",
        ] {
            assert_eq!(encryption(remote), Ok(Encryption::System), "{remote}");
        }
        let own = "postgres://a@db.example/b?sslrootcert=%2Fetc%2Fca.pem";
        assert_eq!(encryption(own), Ok(Encryption::Roots("/etc/ca.pem".into())));
        for refused in ["disable", "prefer", "allow", "nonsense"] {
            let address = format!("postgres://a@db.example/b?sslmode={refused}");
            assert!(encryption(&address).is_err(), "{refused}");
        }
        let tunnel = PostgresConfig::parse("postgres://a@db.example/b?sslmode=disable").unwrap();
        let encryption = tunnel.allow_plaintext().encryption();
        assert_eq!(encryption, Ok(Encryption::None));
    }

    #[test]
    fn no_password_is_in_a_debug_text_or_an_error() {
        let config = PostgresConfig::parse("postgres://a:geheim@db.example/b?password=geheim");
        let config = config.unwrap();
        assert!(config.has_password());
        assert!(!format!("{config:?} {config:#?} {}", config.place()).contains("geheim"));
        for wrong in [
            "postgres://a:geheim@db:port/b",
            "postgres://a:geheim@db/b?geheim",
            "postgres://a:geheim@db/b?geheim=1",
            "postgres://a:geheim@db/b?connect_timeout=geheim",
            "mysql://a:geheim@db/b",
        ] {
            let error = PostgresConfig::parse(wrong).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
        }
    }
}
