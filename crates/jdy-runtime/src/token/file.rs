//! Tokens in one file, for all processes of one machine.
//!
//! Owns the file's form, its locks and its atomic replacement. It must not know what a token is
//! good for.
//!
//! Beside `PATH` lie `PATH.lock`, held while the file is replaced, up to sixteen `PATH.lease-?`, one of
//! which is held while a token is fetched, and `PATH.lapse` ([`lease`]). All of it may be deleted at any
//! time; what an instance resolved to is then forgotten.
//!
//! A path may be mistyped, so nothing is written unless what lies there is missing, empty or such
//! a file. Lines that this version does not know are those of another one, and stay.

mod lease;

use std::ffi::OsString;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use self::lease::{Grant, Leases};
use super::seal::{Seal, has_known_form};
use super::{Lease, LeaseStore, SharedLimiter, StoreError, Token, TokenStore};
use crate::runtime::BoxFuture;
use crate::secret::Secret;

/// How the first line begins in every version.
const FIRST_LINE_PREFIX: &str = "# Tokens of the Kingdee JDY SDK";
const FIRST_LINE: &str = "# Tokens of the Kingdee JDY SDK, sealed. It may be deleted.";
/// A file that is longer is not ours.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// Keeps tokens in a file that the processes of one machine share, sealed with a key derived
/// from the client secret, in mode 0600. Clones share it. Which account set an instance was
/// resolved to lies there unsealed: it is no secret, and is still known after the client secret
/// was rotated.
///
/// The file is replaced atomically. Each new token rewrites it, so it is meant for some hundreds of
/// account sets; for more there is Redis.
#[derive(Clone)]
pub struct FileStore(Arc<Inner>);

struct Inner {
    path: PathBuf,
    seal: Seal,
    leases: Leases,
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore")
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}

impl FileStore {
    /// Tokens in this file, sealed with a key derived from the application's client secret. File and
    /// folder are made when the first token is kept.
    ///
    /// ```
    /// use jdy_runtime::token::FileStore;
    /// use jdy_runtime::{Client, Secret};
    ///
    /// let client_secret = Secret::new("the application's");
    /// let store = FileStore::new("/var/lib/jdy/tokens", &client_secret);
    /// let builder = Client::builder().token_store(store);
    /// ```
    pub fn new(path: impl Into<PathBuf>, client_secret: &Secret) -> Self {
        let path = path.into();
        // A link to a token file stays one, and all who use the file share its locks.
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        Self(Arc::new(Inner {
            path,
            seal: Seal::new(client_secret),
            leases: Leases::default(),
        }))
    }

    /// Does the work on a thread of its own: a disk can be slow, and a lock slower. There are but
    /// a few a day. If the caller was dropped, the result is passed to `undo`.
    fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
        undo: impl FnOnce(&Inner, T) + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let inner = self.0.clone();
        Box::pin(async move {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            let thread = std::thread::Builder::new().name("jdy-file".to_owned());
            thread
                .spawn(move || {
                    if let Err(Ok(done)) = sender.send(work(&inner)) {
                        undo(&inner, done);
                    }
                })
                .map_err(|error| StoreError::new(format!("no thread: {error}")))?;
            let lost = || StoreError::new("the thread that works on the file was lost");
            receiver.await.map_err(|_| lost())?
        })
    }
}

impl TokenStore for FileStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        let key = key.to_owned();
        self.work(move |inner| inner.get(&key), keep)
    }

    fn put<'a>(&'a self, key: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        let (key, token) = (key.to_owned(), token.clone());
        let put = move |inner: &Inner| {
            let sealed = inner.seal.close(&key, &token)?;
            inner.change(|content| {
                content.put(&key, &sealed);
                Change::Made
            })
        };
        self.work(put, keep)
    }

    fn put_if_absent<'a>(
        &'a self,
        key: &'a str,
        token: &'a Token,
    ) -> BoxFuture<'a, Result<Token, StoreError>> {
        let (key, token) = (key.to_owned(), token.clone());
        let put = move |inner: &Inner| {
            let sealed = inner.seal.close(&key, &token)?;
            let mut kept = Ok(Some(token));
            inner.change(|content| {
                let there = inner.token_in(content, &key);
                if matches!(there, Ok(None)) {
                    content.put(&key, &sealed);
                    return Change::Made;
                }
                kept = there;
                Change::None
            })?;
            kept?.ok_or_else(|| StoreError::new("the token file lost what was just read"))
        };
        self.work(put, keep)
    }

    fn compare_and_delete<'a>(
        &'a self,
        key: &'a str,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let (key, head) = (key.to_owned(), self.0.seal.head(key, value));
        let expire = move |inner: &Inner| {
            inner.change(|content| {
                if content
                    .get(&key)
                    .is_some_and(|line| line.starts_with(&head))
                {
                    content.remove(&key);
                    Change::Made
                } else {
                    Change::None
                }
            })
        };
        self.work(expire, keep)
    }
}

impl LeaseStore for FileStore {
    fn try_lease<'a>(
        &'a self,
        key: &'a str,
        owner: &'a str,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Lease, StoreError>> {
        let (key, owner) = (key.to_owned(), owner.to_owned());
        let mine = (key.clone(), owner.clone());
        let leasing = self.work(
            move |inner| inner.lease(&key, owner, duration),
            // The caller was dropped, so nobody else would release it.
            move |inner, grant| {
                if grant == Grant::New {
                    inner.leases.release(&mine.0, &mine.1);
                }
            },
        );
        Box::pin(async move {
            Ok(match leasing.await? {
                Grant::New | Grant::Prolonged => Lease::Granted,
                Grant::Held(left) => Lease::Held(left),
            })
        })
    }

    fn release_lease<'a>(
        &'a self,
        key: &'a str,
        owner: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.leases.release(key, owner);
        Box::pin(std::future::ready(Ok(())))
    }
}

impl SharedLimiter for FileStore {}

/// Keeps the result of dropped work.
fn keep<T>(_: &Inner, _: T) {}

/// Whether the file must be written.
enum Change {
    Made,
    None,
}

/// What the file holds: its lines in their order, without their ends. Those that are no token of
/// this version are kept as they are.
#[derive(Default)]
struct Content {
    lines: Vec<Vec<u8>>,
}

impl Content {
    fn of(bytes: &[u8]) -> Self {
        let lines = bytes.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.trim_ascii().is_empty());
        Self {
            lines: lines.map(<[u8]>::to_vec).collect(),
        }
    }

    /// Whether a store of some version has written it, by its first line.
    fn is_ours(&self) -> bool {
        self.lines.first().is_none_or(|line| {
            line.starts_with(FIRST_LINE_PREFIX.as_bytes()) || key_of(line).is_some()
        })
    }

    /// The sealed token under this key, in the form of this version.
    fn get(&self, key: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| own(key, line))
    }

    /// Whether something lies under this key that this version cannot read: of another version, or
    /// damaged. It is not nothing.
    fn has_unreadable(&self, key: &str) -> bool {
        let is_of_key = |line: &Vec<u8>| line.starts_with(key.as_bytes());
        self.lines.iter().any(is_of_key)
    }

    fn remove(&mut self, key: &str) {
        self.lines.retain(|line| own(key, line).is_none());
    }

    fn put(&mut self, key: &str, sealed: &str) {
        self.remove(key);
        if !(self.lines.first()).is_some_and(|line| line.starts_with(FIRST_LINE_PREFIX.as_bytes()))
        {
            self.lines.insert(0, FIRST_LINE.as_bytes().to_vec());
        }
        self.lines.push(format!("{key} {sealed}").into_bytes());
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.lines.join(&b'\n');
        bytes.push(b'\n');
        bytes
    }
}

/// The key of a line that holds a token in some version's form: a key, `jdy` and a number.
fn key_of(line: &[u8]) -> Option<&str> {
    let (key, sealed) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    let form = sealed.split(' ').next()?.strip_prefix("jdy")?;
    let is_form = !form.is_empty() && form.bytes().all(|byte| byte.is_ascii_digit());
    (is_key(key) && is_form).then_some(key)
}

/// The sealed token of a line under this key, in the form of this version.
fn own<'a>(key: &str, line: &'a [u8]) -> Option<&'a str> {
    let sealed = std::str::from_utf8(line).ok()?.strip_prefix(key)?;
    let sealed = sealed.strip_prefix(' ')?;
    has_known_form(sealed).then_some(sealed)
}

impl Inner {
    fn get(&self, key: &str) -> Result<Option<Token>, StoreError> {
        self.token_in(&self.read()?, key)
    }

    /// The token under this key. What is there and cannot be read is not nothing.
    fn token_in(&self, content: &Content, key: &str) -> Result<Option<Token>, StoreError> {
        match content.get(key) {
            Some(line) => self.seal.open(key, line).map(Some),
            None if content.has_unreadable(key) => Err(StoreError::new(
                "the token file holds this in the form of another version, or damaged",
            )),
            None => Ok(None),
        }
    }

    /// What the file holds, where a store may have written it.
    fn read(&self) -> Result<Content, StoreError> {
        // Before it is opened: to open a pipe is to wait, and a device may do anything.
        match std::fs::metadata(&self.path) {
            Ok(found) if !found.is_file() => return Err(self.not_ours("is no regular file")),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
            Err(error) => return Err(failed("cannot be opened")(error)),
        }
        let mut bytes = Vec::new();
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
            Err(error) => return Err(failed("cannot be opened")(error)),
        };
        let read = file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes);
        let length = read.map_err(failed("cannot be read"))?;
        let content = Content::of(&bytes);
        if length as u64 > MAX_FILE_BYTES || !content.is_ours() {
            return Err(self.not_ours("holds something else than tokens"));
        }
        Ok(content)
    }

    /// Somebody else's: it is not touched.
    fn not_ours(&self, what: &str) -> StoreError {
        let path = self.path.display();
        StoreError::new(format!(
            "the token file {path} {what}, and is left as it is; name another file"
        ))
    }

    /// Reads, changes and replaces the file, while no other process does.
    fn change(&self, change: impl FnOnce(&mut Content) -> Change) -> Result<(), StoreError> {
        // Before anything is made beside it.
        self.read()?;
        self.make_folder()?;
        let lock = private(OpenOptions::new().create(true).truncate(false))
            .open(self.beside(".lock"))
            .map_err(failed("has no lock"))?;
        lock.lock().map_err(failed("cannot be locked"))?;
        let changed = self
            .read()
            .and_then(|mut content| match change(&mut content) {
                Change::Made => self.replace(&content).map_err(failed("cannot be written")),
                Change::None => Ok(()),
            });
        // By name, as that of a lease: a process that is just being started may have a copy.
        drop(lock.unlock());
        changed
    }

    fn replace(&self, content: &Content) -> io::Result<()> {
        let temporary = self.beside(".tmp");
        // One may lie there of a process that was killed; the lock says that no one needs it.
        match std::fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private(OpenOptions::new().create_new(true)).open(&temporary)?;
        file.write_all(&content.to_bytes())?;
        file.sync_all()?;
        drop(file);
        std::fs::rename(&temporary, &self.path)?;
        sync_folder(self.folder())
    }

    fn make_folder(&self) -> Result<(), StoreError> {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .recursive(true)
            .create(self.folder())
            .map_err(failed("has no folder"))
    }

    fn lease(&self, key: &str, owner: String, duration: Duration) -> Result<Grant, StoreError> {
        self.leases.acquire(self, key, owner, duration)
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = OsString::from(self.path.as_os_str());
        name.push(ending);
        name.into()
    }
}

impl lease::Folder for Inner {
    fn beside(&self, ending: &str) -> PathBuf {
        self.beside(ending)
    }

    fn prepare(&self) -> Result<(), StoreError> {
        // Before anything is made beside it.
        self.read()?;
        self.make_folder()
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// For the eyes of its owner alone.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.write(true)
}

/// Makes the new name of a file survive a power failure, if the system supports it.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn failed(what: &'static str) -> impl Fn(io::Error) -> StoreError {
    move |error| StoreError::new(format!("the token file {what}: {error}"))
}
