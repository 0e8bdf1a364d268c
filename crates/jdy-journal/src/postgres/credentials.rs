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
                None => self.password_in_file(given("passfile", "PGPASSFILE"), variable)?,
                given => given,
            };
            if let Some(password) = password {
                self.server.password(password);
            }
        }
        Ok(())
    }

    /// The password for this server, database and user in the password file, if it is there.
    fn password_in_file(
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A folder that is gone when the test is over.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("jdy-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }

    fn write(path: &Path, text: &str, mode: u32) {
        std::fs::write(path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    }

    fn completed(
        address: &str,
        variables: &[(&str, &str)],
    ) -> Result<PostgresConfig, InvalidAddress> {
        let mut config = PostgresConfig::parse(address)?;
        config.complete(&|name| {
            let own = variables.iter().find(|(own, _)| *own == name);
            own.map(|(_, value)| (*value).to_owned())
        })?;
        Ok(config)
    }

    fn password(config: &PostgresConfig) -> Option<&str> {
        let password = config.server.get_password();
        password.map(|it| std::str::from_utf8(it).unwrap())
    }

    #[test]
    fn what_the_address_leaves_out_comes_from_the_variables() {
        let variables = [
            ("PGHOST", "db.example"),
            ("PGPORT", "6000"),
            ("PGUSER", "app"),
            ("PGDATABASE", "shop"),
            ("PGPASSWORD", "one"),
            ("PGSSLMODE", "verify-full"),
        ];
        let config = completed("postgres://", &variables).unwrap();
        assert_eq!(config.place(), "database shop on db.example");
        assert_eq!(config.server.get_ports(), [6000]);
        assert_eq!(config.server.get_user(), Some("app"));
        assert_eq!(password(&config), Some("one"));
        assert_eq!(config.sslmode.as_deref(), Some("verify-full"));
        let config = completed("postgres://own:two@here:1/other", &variables).unwrap();
        assert_eq!(config.place(), "database other on here");
        assert_eq!(config.server.get_ports(), [1]);
        assert_eq!(password(&config), Some("two"));
    }

    #[test]
    fn a_password_file_gives_the_password_of_the_first_line_that_fits() {
        let folder = Folder::new("pgpass");
        let path = folder.0.join("pgpass");
        let text = "# h:5432:d:u:no\nh:5432:d:other:no\nh:5432:*:u:a\\:b:c\\\\\n*:*:*:*:last\n";
        write(&path, text, 0o600);
        let file = path.display().to_string();
        let variables = [("PGPASSFILE", file.as_str())];
        let config = completed("postgres://u@h/d", &variables).unwrap();
        assert_eq!(password(&config), Some("a:b:c\\"));
        let config = completed("postgres://u@elsewhere/d", &variables).unwrap();
        assert_eq!(password(&config), Some("last"));
        let named = format!("postgres://u@h/d?passfile={file}");
        assert!(completed(&named, &[]).unwrap().has_password());
        let usual = folder.0.join(".pgpass");
        std::fs::copy(&path, &usual).unwrap();
        let home = folder.0.display().to_string();
        let config = completed("postgres://u@h/d", &[("HOME", &home)]).unwrap();
        assert!(config.has_password());
    }

    #[cfg(unix)]
    #[test]
    fn a_password_file_that_others_can_read_is_refused() {
        let folder = Folder::new("pgpass-open");
        let path = folder.0.join("pgpass");
        let file = path.display().to_string();
        for mode in [0o644, 0o640, 0o604] {
            write(&path, "*:*:*:*:geheim", mode);
            let refused = completed("postgres://u@h/d", &[("PGPASSFILE", &file)]).unwrap_err();
            let refused = refused.to_string();
            assert!(
                refused.contains("0600") && !refused.contains("geheim"),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_service_file_names_all_of_it() {
        let folder = Folder::new("service");
        let path = folder.0.join("service");
        let file = path.display().to_string();
        let text = "[other]\nhost=no\n\n[shop]\n# here\nhost=db.example\nport = 7000\n\
                    dbname=shop\nuser=app\npassword=one\nsslmode=require\n[last]\nuser=no\n";
        write(&path, text, 0o600);
        let variables = [("PGSERVICEFILE", file.as_str()), ("PGPASSWORD", "two")];
        let config = completed("postgres://?service=shop", &variables).unwrap();
        assert_eq!(config.place(), "database shop on db.example");
        assert_eq!(config.server.get_ports(), [7000]);
        assert_eq!(password(&config), Some("one"));
        assert_eq!(config.sslmode.as_deref(), Some("require"));
        assert!(completed("postgres://?service=none", &variables).is_err());
        #[cfg(unix)]
        {
            write(&path, text, 0o644);
            assert!(completed("postgres://?service=shop", &variables).is_err());
        }
    }
}
