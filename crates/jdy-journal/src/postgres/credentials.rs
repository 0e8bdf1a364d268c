//! What an address leaves out: from service files, variables and password files.
//!
//! Owns the reading of these files, and the check that no other user can read a password. Must not
//! know how a connection is made.

use std::path::{Path, PathBuf};

use tokio_postgres::config::Host;

use super::address::{InvalidAddress, PostgresConfig};

/// A variable of the environment.
type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

impl PostgresConfig {
    /// Takes what the address leaves out from where `psql` takes it.
    pub(super) fn complete(&mut self, variable: Variable<'_>) -> Result<(), InvalidAddress> {
        let service = self.service.clone().or_else(|| variable("PGSERVICE"));
        let service = match service {
            Some(name) => read_service(&name, variable)?,
            None => Service::default(),
        };
        let given = |name: &str, variable_name: &str| {
            service.value(name).or_else(|| variable(variable_name))
        };
        let server = &mut self.server;
        if server.get_hosts().is_empty() && server.get_hostaddrs().is_empty() {
            let host = given("host", "PGHOST").unwrap_or_else(usual_host);
            for host in host.split(',') {
                server.host(host);
            }
        }
        if server.get_ports().is_empty()
            && let Some(port) = given("port", "PGPORT")
        {
            let port = port.parse().map_err(|_| wrong("the port is no number"))?;
            server.port(port);
        }
        if server.get_user().is_none()
            && let Some(user) = given("user", "PGUSER").or_else(|| variable("USER"))
        {
            server.user(user);
        }
        if server.get_dbname().is_none()
            && let Some(name) = given("dbname", "PGDATABASE")
        {
            server.dbname(name);
        }
        let or = |own: &mut Option<String>, other| *own = own.take().or(other);
        or(&mut self.sslmode, given("sslmode", "PGSSLMODE"));
        let root = given("sslrootcert", "PGSSLROOTCERT");
        self.sslrootcert = self.sslrootcert.take().or(root.map(PathBuf::from));
        if !self.has_password() {
            let password = match given("password", "PGPASSWORD") {
                None => self.from_passfile(given("passfile", "PGPASSFILE"), variable)?,
                given => given,
            };
            if let Some(password) = password {
                self.server.password(password);
            }
        }
        Ok(())
    }

    /// The password for this server, database and user in the password file, if it is there.
    fn from_passfile(
        &self,
        named: Option<String>,
        variable: Variable<'_>,
    ) -> Result<Option<String>, InvalidAddress> {
        let usual = || variable("HOME").map(|home| Path::new(&home).join(".pgpass"));
        let named = self.passfile.clone().or_else(|| named.map(PathBuf::from));
        let Some(path) = named.or_else(usual).filter(|path| path.exists()) else {
            return Ok(None);
        };
        let text = private(&path)?;
        let server = &self.server;
        let (host, port) = match server.get_hosts().first() {
            Some(Host::Tcp(name)) => (name.clone(), server.get_ports().first()),
            #[cfg(unix)]
            Some(Host::Unix(_)) => ("localhost".to_owned(), server.get_ports().first()),
            None => return Ok(None),
        };
        let user = server.get_user().unwrap_or_default();
        let wanted = [
            host,
            port.copied().unwrap_or(5432).to_string(),
            server.get_dbname().unwrap_or(user).to_owned(),
            user.to_owned(),
        ];
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        Ok(lines.find_map(|line| password_in(line, &wanted)))
    }
}

/// Where a server on this machine listens.
fn usual_host() -> String {
    let socket = "/var/run/postgresql";
    let host = if cfg!(unix) && Path::new(socket).is_dir() {
        socket
    } else {
        "localhost"
    };
    host.to_owned()
}

/// The password of a line `host:port:database:user:password`, if the line is for this connection.
/// `*` stands for anything, and `\` keeps the next character from being a separator.
fn password_in(line: &str, wanted: &[String; 4]) -> Option<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => fields.last_mut()?.extend(characters.next()),
            ':' if fields.len() <= wanted.len() => fields.push(String::new()),
            other => fields.last_mut()?.push(other),
        }
    }
    let password = fields.pop()?;
    let matches = |(field, wanted): (&String, &String)| field == "*" || field == wanted;
    let is_for_it = fields.len() == wanted.len() && fields.iter().zip(wanted).all(matches);
    is_for_it.then_some(password)
}

/// The entry of a service file.
#[derive(Default)]
struct Service(Vec<(String, String)>);

impl Service {
    fn value(&self, name: &str) -> Option<String> {
        let own = self.0.iter().find(|(own, _)| own == name);
        own.map(|(_, value)| value.clone())
    }
}

fn read_service(name: &str, variable: Variable<'_>) -> Result<Service, InvalidAddress> {
    let usual = variable("HOME").map(|home| Path::new(&home).join(".pg_service.conf"));
    let own = variable("PGSERVICEFILE").map(PathBuf::from).or(usual);
    let system = variable("PGSYSCONFDIR").map(|folder| Path::new(&folder).join("pg_service.conf"));
    for path in [own, system].into_iter().flatten() {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        if let Some(service) = service_in(&text, name) {
            if service.value("password").is_some() {
                private(&path)?;
            }
            return Ok(service);
        }
    }
    Err(wrong(&format!("no service file has an entry {name:?}")))
}

fn service_in(text: &str, name: &str) -> Option<Service> {
    let mut lines = text.lines().map(str::trim);
    let head = format!("[{name}]");
    lines.by_ref().find(|line| *line == head)?;
    let entries = lines.take_while(|line| !line.starts_with('['));
    let entries = entries.filter(|line| !line.starts_with('#'));
    let values = entries.filter_map(|line| line.split_once('='));
    let values = values.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    Some(Service(values.collect()))
}

/// The content of a file that no other user can read.
fn private(path: &Path) -> Result<String, InvalidAddress> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).map(|it| it.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o077 != 0) {
            let why = "holds passwords, and other users may read it; chmod 0600 makes it private";
            return Err(wrong(&format!("{} {why}", path.display())));
        }
    }
    std::fs::read_to_string(path)
        .map_err(|error| wrong(&format!("cannot read {}: {error}", path.display())))
}

fn wrong(why: &str) -> InvalidAddress {
    InvalidAddress(why.to_owned())
}
