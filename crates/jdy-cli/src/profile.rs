//! The profiles of the configuration file: which keys they have, and what these may say.
//!
//! Owns the form of the file. Must not know what is done with a profile. Must not show a value: a
//! secret may stand where none belongs.

mod secret;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jdy::Secret;
use toml::{Table, Value};

use self::secret::Reference;
use crate::exit::Failure;
use crate::language::say;

/// The keys of a profile, and the variables that say the same.
pub(crate) const KEYS: [(&str, &str); 9] = [
    ("client_id", "JDY_CLIENT_ID"),
    ("client_secret", "JDY_CLIENT_SECRET"),
    ("outer_instance_id", "JDY_OUTER_INSTANCE_ID"),
    ("app_key", "JDY_APP_KEY"),
    ("app_secret", "JDY_APP_SECRET"),
    ("router_addr", "JDY_ROUTER_ADDR"),
    ("base_url", "JDY_BASE_URL"),
    ("token_store", "JDY_TOKEN_STORE"),
    ("share_limits", "JDY_SHARE_LIMITS"),
];

/// The keys of which an account set has its own. It takes over the others from its profile, and of
/// these the instance: never half of another account set.
const OF_AN_ACCOUNT: [&str; 4] = ["outer_instance_id", "app_key", "app_secret", "router_addr"];
const INSTANCE: &str = "outer_instance_id";
const ACCOUNTS: &str = "accounts";
const PROFILES: &str = "profiles";

/// A profile with one of its account sets.
pub(crate) struct Profile {
    name: String,
    place: String,
    accounts: Vec<String>,
    /// By the names of the variables. Some are secrets, so all are held as such.
    values: Vec<(&'static str, Secret)>,
    /// The variables that secrets of the file come from.
    variables: Vec<String>,
}

impl Profile {
    /// Reads the profile of this name. Only the secrets that it needs with this account set are
    /// looked up.
    pub(crate) fn read(name: &str, account: Option<&str>) -> Result<Self, Failure> {
        let path = path()?;
        let file = File::read(&path)?;
        file.profile(name, account)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The file and the table, for messages.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The names of its further account sets.
    pub(crate) fn accounts(&self) -> &[String] {
        &self.accounts
    }

    /// What it says, by the name of a variable.
    pub(crate) fn get(&self, variable: &str) -> Option<String> {
        let mut values = self.values.iter();
        let (_, value) = values.find(|(name, _)| *name == variable)?;
        Some(value.expose().to_owned())
    }

    /// Whether it takes a secret from this variable.
    pub(crate) fn refers_to(&self, variable: &str) -> bool {
        self.variables.iter().any(|name| name == variable)
    }
}

fn named(variable: &str) -> Option<OsString> {
    std::env::var_os(variable).filter(|text| !text.is_empty())
}

/// The file that `JDY_CONFIG` names.
pub(crate) fn named_file() -> Option<PathBuf> {
    named("JDY_CONFIG").map(PathBuf::from)
}

/// Where the file is: `JDY_CONFIG`, or in the user's configuration folder.
fn path() -> Result<PathBuf, Failure> {
    if let Some(path) = named_file() {
        return Ok(path);
    }
    let folder = if cfg!(windows) {
        named("APPDATA").map(PathBuf::from)
    } else {
        let home = || std::env::home_dir().map(|home| home.join(".config"));
        named("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home)
    };
    let folder = folder.filter(|folder| folder.is_absolute());
    let folder = folder.ok_or_else(|| Failure::usage(say!("profile-no-folder")))?;
    Ok(folder.join("jdy").join("config.toml"))
}

/// Whoever can write it says where money goes, and which programs are run.
#[cfg(unix)]
fn refuse_if_others_can_write(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;

    let mode = std::fs::metadata(path).map_err(|error| error.to_string())?;
    let mode = mode.mode() & 0o7777;
    match mode & 0o022 {
        0 => Ok(()),
        _ => Err(say!("profile-writable", mode = format!("{mode:04o}"))),
    }
}

#[cfg(not(unix))]
fn refuse_if_others_can_write(_: &Path) -> Result<(), String> {
    Ok(())
}

/// The file, read.
struct File<'a> {
    path: &'a Path,
    table: Table,
}

impl<'a> File<'a> {
    fn read(path: &'a Path) -> Result<Self, Failure> {
        let wrong =
            |why: String| Failure::usage(say!("at-place", place = path.display(), error = why));
        let text = std::fs::read_to_string(path)
            .map_err(|error| wrong(say!("profile-unread", error = error)))?;
        refuse_if_others_can_write(path).map_err(wrong)?;
        // The error's own text would show the line, and with it what stands there.
        let table = text.parse::<Table>().map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            wrong(say!("profile-no-toml", line = line))
        })?;
        Ok(Self { path, table })
    }

    fn wrong(&self, table: &[&str], why: impl std::fmt::Display) -> Failure {
        let at = match table {
            [] => String::new(),
            names => format!("[{}] ", names.join(".")),
        };
        let why = format!("{at}{why}");
        Failure::usage(say!("at-place", place = self.path.display(), error = why))
    }

    fn profile(&self, name: &str, account: Option<&str>) -> Result<Profile, Failure> {
        self.check_keys(&[], &self.table, &[PROFILES])?;
        let profiles = self.table(&[PROFILES], self.table.get(PROFILES))?;
        let at = [PROFILES, name];
        let own = self.named(&at[..1], profiles, name, &say!("profile-a-profile"))?;
        let own = self.table(&at, Some(own))?;
        let known: Vec<&str> = KEYS.map(|(key, _)| key).to_vec();
        self.check_keys(&at, own, &[&known[..], &[ACCOUNTS]].concat())?;
        let accounts = match own.get(ACCOUNTS) {
            Some(accounts) => self.table(&[PROFILES, name, ACCOUNTS], Some(accounts))?,
            None => &Table::new(),
        };
        for (account, table) in accounts {
            let at = [PROFILES, name, ACCOUNTS, account];
            self.check_keys(&at, self.table(&at, Some(table))?, &OF_AN_ACCOUNT)?;
        }
        let mut profile = Profile {
            name: name.to_owned(),
            place: format!("{}: [{}]", self.path.display(), at.join(".")),
            accounts: accounts.keys().cloned().collect(),
            values: Vec::new(),
            variables: Vec::new(),
        };
        let is_of_account = |key: &str| OF_AN_ACCOUNT.contains(&key) && key != INSTANCE;
        let Some(account) = account else {
            self.take(&mut profile, &at, own, |_| true)?;
            return Ok(profile);
        };
        let at_accounts = [PROFILES, name, ACCOUNTS, account];
        let chosen = self.named(
            &at_accounts[..3],
            accounts,
            account,
            &say!("profile-an-account"),
        )?;
        let chosen = self.table(&at_accounts, Some(chosen))?;
        if !chosen.contains_key(INSTANCE) && !chosen.contains_key("app_key") {
            return Err(self.wrong(&at_accounts, say!("profile-no-account")));
        }
        profile.place = format!("{}: [{}]", self.path.display(), at_accounts.join("."));
        self.take(&mut profile, &at_accounts, chosen, |_| true)?;
        let has_own = |key: &str| chosen.contains_key(key);
        self.take(&mut profile, &at, own, |key| {
            !is_of_account(key) && !has_own(key)
        })?;
        Ok(profile)
    }

    /// Takes over the values of these keys of a table.
    fn take(
        &self,
        profile: &mut Profile,
        at: &[&str],
        table: &Table,
        is_meant: impl Fn(&str) -> bool,
    ) -> Result<(), Failure> {
        for (key, variable) in KEYS {
            let Some(value) = table.get(key).filter(|_| is_meant(key)) else {
                continue;
            };
            let wrong = |why: String| self.wrong(at, format_args!("{key} {why}"));
            let text = match (key, value) {
                ("share_limits", Value::Boolean(share)) => u8::from(*share).to_string(),
                ("share_limits", _) => return Err(wrong(say!("profile-boolean"))),
                ("client_secret" | "app_secret", _) | ("token_store", Value::Table(_)) => {
                    let reference = Reference::read(value).map_err(wrong)?;
                    profile.variables.extend(reference.variable());
                    let folder = self.path.parent().unwrap_or(Path::new("."));
                    reference.look_up(folder).map_err(wrong)?
                }
                ("token_store", Value::String(text)) if text.contains('@') => {
                    return Err(wrong(secret::plain(&say!("secret-plain-password"))));
                }
                (_, Value::String(text)) => text.trim().to_owned(),
                _ => return Err(wrong(say!("profile-text"))),
            };
            if text.is_empty() {
                return Err(wrong(say!("profile-empty")));
            }
            profile.values.push((variable, Secret::from(text)));
        }
        Ok(())
    }

    fn table<'t>(&self, at: &[&str], value: Option<&'t Value>) -> Result<&'t Table, Failure> {
        match value {
            Some(Value::Table(table)) => Ok(table),
            Some(_) => Err(self.wrong(at, say!("profile-no-table"))),
            None => Err(self.wrong(&[], say!("profile-no-profiles"))),
        }
    }

    fn named<'t>(
        &self,
        at: &[&str],
        table: &'t Table,
        name: &str,
        what: &str,
    ) -> Result<&'t Value, Failure> {
        table.get(name).ok_or_else(|| {
            let names: Vec<&str> = table.keys().map(String::as_str).collect();
            let there = match names.as_slice() {
                [] => say!("profile-none-there"),
                names => say!("profile-there", names = names.join(", ")),
            };
            let name = format!("{name:?}");
            self.wrong(
                at,
                say!("profile-unnamed", what = what, name = name, there = there),
            )
        })
    }

    /// Refuses a key that is none: a misspelt one would be left out in silence.
    fn check_keys(&self, at: &[&str], table: &Table, known: &[&str]) -> Result<(), Failure> {
        let Some(unknown) = table.keys().find(|key| !known.contains(&key.as_str())) else {
            return Ok(());
        };
        let near = |key: &&&str| strsim::damerau_levenshtein(key, unknown);
        let nearest = known.iter().min_by_key(near).copied().unwrap_or_default();
        let known = known.join(", ");
        let unknown = format!("{unknown:?}");
        let why = say!(
            "profile-no-key",
            key = unknown,
            nearest = nearest,
            known = known
        );
        Err(self.wrong(at, why))
    }
}
