//! The journal: what it is for, whether it is the right one, and one call under it.
//!
//! Owns identity, recovery and call ids. Must not know how it is stored, nor what a list is made
//! from.

mod difference;
mod error;
mod hashes;
mod wait;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use jdy_runtime::{AccountSet, Answer, Call, Client, Error, ReconcileOptions};
use jdy_wire::Value;
use tokio::sync::Mutex;

pub use self::difference::Difference;
use self::difference::are_same;
pub use self::error::{JournalError, OnceError};
use self::hashes::Hashes;
use self::wait::Wait;
use crate::call::{
    Inner, Intended, MAX_KEPT_ANSWER, SeenLine, WriteFailed, change, epoch_millis, intend,
};
use crate::entry::{Change, Entry};
use crate::fleet::Fleet;
use crate::list::{Line, List};
use crate::report::program_ended;
use crate::resolution::{Resolution, ResolveError, ResolvedAs};
use crate::state::State;
use crate::store::{Header, Identity, JournalStore, StoreError};

/// Keeps the outcome of each call, so that none is made twice.
pub struct Journal {
    inner: Arc<Inner>,
    header: Header,
    /// The changes that recover the lines that a terminated process left as `intent`. They are
    /// written before any other change, and when a resolution of such a line is refused; until then
    /// the lines are shown as if they were.
    left: Mutex<Vec<Change>>,
    absent_after: Duration,
    /// The account set that its calls are for: that of the first one.
    account: OnceLock<Arc<AccountSet>>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

impl Journal {
    /// A service's journal, whose lines come one by one with [`once`](Self::once). `destination`
    /// says which account set is called, without a secret ([`Identity::destination_of`] of what
    /// [`Client::resolve`](jdy_runtime::Client::resolve) gives): what is done in one is not done in
    /// another.
    ///
    /// # Errors
    /// The store fails, or holds the journal of something else.
    pub async fn open(
        store: impl JournalStore,
        name: &str,
        destination: &str,
    ) -> Result<Self, JournalError> {
        let identity = Identity {
            name: name.to_owned(),
            destination: destination.to_owned(),
            input: None,
        };
        Self::found_or_made(Arc::new(store), identity, None).await
    }

    /// The journal of a list: a new one with all its lines planned, or the one that was made for
    /// the same requests in the same order, however the file is written. `destination` as for
    /// [`open`](Self::open).
    ///
    /// # Errors
    /// The store fails, or holds the journal of something else: then it says which lines differ.
    pub async fn of_list(
        store: impl JournalStore,
        list: &List,
        destination: &str,
    ) -> Result<Self, JournalError> {
        let identity = Identity {
            name: list.info().id.to_owned(),
            destination: destination.to_owned(),
            input: Some(*list.hash()),
        };
        Self::found_or_made(Arc::new(store), identity, Some(list)).await
    }

    async fn found_or_made(
        store: Arc<dyn JournalStore>,
        identity: Identity,
        list: Option<&List>,
    ) -> Result<Self, JournalError> {
        let lines = list.map_or(&[][..], List::lines);
        if let Some(header) = store.header().await? {
            return Self::found(store, header, &identity, lines).await;
        }
        let header = Header {
            id: new_id()?,
            identity,
        };
        let planned = lines.iter().map(Line::planned).collect();
        let Err(error) = store.create(header.clone(), planned).await else {
            return Ok(Self::new(store, header));
        };
        // Of several processes that begin at once, one makes it.
        let found = match store.fleet() {
            Some(_) => store.header().await?,
            None => None,
        };
        match found {
            Some(found) => Self::found(store, found, &header.identity, lines).await,
            None => Err(error.into()),
        }
    }

    /// A journal that is there, if it is the right one.
    async fn found(
        store: Arc<dyn JournalStore>,
        header: Header,
        wanted: &Identity,
        lines: &[Line],
    ) -> Result<Self, JournalError> {
        let journal = Self::new(store, header);
        journal.check(wanted, lines).await?;
        if journal.fleet().is_none() {
            *journal.left.lock().await = journal.left_behind().await?;
        }
        Ok(journal)
    }

    /// What the store does beside, if several processes share it.
    pub(crate) fn fleet(&self) -> Option<&dyn Fleet> {
        self.inner.store.fleet()
    }

    fn new(store: Arc<dyn JournalStore>, header: Header) -> Self {
        Self {
            inner: Arc::new(Inner::new(store, &header.id)),
            header,
            left: Mutex::default(),
            absent_after: ReconcileOptions::default().provable_after(),
            account: OnceLock::new(),
        }
    }

    /// The changes for the lines that a terminated process left as `intent`: whether their calls took
    /// effect is unknown. A call that another journal of this process makes is not among them.
    async fn left_behind(&self) -> Result<Vec<Change>, StoreError> {
        let entries = self.inner.store.entries().await?;
        let left = entries.iter().filter(|entry| {
            entry.state == State::Intent && !self.inner.under_way.holds(entry.line)
        });
        let changes = left.map(|entry| Change {
            report: Some(program_ended()),
            of_call: Some(entry.sent),
            ..change(entry.line, State::Intent, State::Unknown)
        });
        Ok(changes.collect())
    }

    async fn check(&self, wanted: &Identity, lines: &[Line]) -> Result<(), JournalError> {
        let own = &self.header.identity;
        if own.name != wanted.name {
            return Err(JournalError::OtherName(own.name.clone()));
        }
        if !own.goes_where(wanted) {
            return Err(JournalError::OtherDestination(own.destination.clone()));
        }
        if own.input == wanted.input {
            return Ok(());
        }
        // A list is its requests, however they are written down, and on which lines.
        let entries = self.inner.store.entries().await?;
        let is_list = own.input.is_some() && wanted.input.is_some();
        match is_list && are_same(&entries, lines) {
            true => Ok(()),
            false => Err(JournalError::OtherInput(Difference::of(&entries, lines))),
        }
    }

    /// Checks that it is the journal of this list. The lines of another one would be taken for those
    /// that it has: sent, or done already.
    pub(crate) fn check_list(&self, list: &List, entries: &[Entry]) -> Result<(), StoreError> {
        let (own, lines) = (&self.header.identity, list.lines());
        let why = match own.name == list.info().id {
            false => format!("it is that of {}", own.name),
            true if own.input.as_ref() == Some(list.hash()) || are_same(entries, lines) => {
                return Ok(());
            }
            true => {
                let difference = Difference::of(entries, lines);
                format!("it is that of another list ({difference})")
            }
        };
        Err(StoreError::NotAJournal(why))
    }

    /// Writes what became of the calls of terminated processes: it is unknown. Whatever changes the
    /// journal does so first, and a caller that is refused leaves it unchanged, with one exception:
    /// when it is too early to say that such a line is absent. Nobody saw the end of its call, so the
    /// time counts from here, and would begin anew each time the journal is opened.
    ///
    /// # Errors
    /// The store fails.
    pub async fn recover(&self) -> Result<(), StoreError> {
        if let Some(fleet) = self.fleet() {
            return fleet.reap().await;
        }
        let mut left = self.left.lock().await;
        let writes: Vec<_> = left
            .iter()
            .map(|change| self.inner.write(change.clone()))
            .collect();
        for write in writes {
            match write.await {
                // An earlier caller wrote it and was dropped before it got the result.
                Ok(()) | Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        left.clear();
        drop(left);
        self.inner.pay().await;
        Ok(())
    }

    /// The same, if one of these lines was left behind.
    pub(crate) async fn recover_any(&self, lines: &[u64]) -> Result<(), StoreError> {
        let is_any = {
            let left = self.left.lock().await;
            left.iter().any(|change| lines.contains(&change.line))
        };
        match is_any {
            true => self.recover().await,
            false => Ok(()),
        }
    }

    /// The line with its recovery applied, even if that is not written yet.
    async fn seen(&self, mut entry: Entry) -> Entry {
        let left = self.left.lock().await;
        if let Some(change) = left.iter().find(|change| change.line == entry.line) {
            // If the line is in another state, the change was written.
            drop(entry.apply(change.clone()));
        }
        for change in self.inner.owed().iter() {
            // It changes no other line, and no other call of this one.
            drop(entry.apply(change.clone()));
        }
        entry
    }

    /// How long after its last call a line may be resolved as absent, at the earliest. Default: what
    /// [`ReconcileOptions::provable_after`] says, 10 minutes. The gateway accepts a request for 5
    /// minutes, and the product may need as long again: whoever looks sooner sees nothing of a call
    /// that still takes effect, and sends it twice. With 0 a line may be resolved at once.
    #[must_use]
    pub fn absent_after(mut self, time: Duration) -> Self {
        self.absent_after = time;
        self
    }

    /// The prefix of the call ids of its lines.
    pub fn id(&self) -> &str {
        &self.header.id
    }

    /// The call id of a line, the same in every run: logs can be joined by it.
    pub fn call_id(&self, line: u64) -> String {
        format!("{}-{line}", self.header.id)
    }

    /// All lines in the order of their numbers.
    ///
    /// # Errors
    /// The store fails.
    pub async fn entries(&self) -> Result<Vec<Entry>, StoreError> {
        if let Some(fleet) = self.fleet() {
            return fleet.current_entries().await;
        }
        // Locked while they are read, so that a line in flight is not taken for one left behind.
        let left = self.left.lock().await;
        let mut entries = self.inner.store.entries().await?;
        let mut left = left.iter().peekable();
        for entry in &mut entries {
            if let Some(change) = left.next_if(|change| change.line == entry.line) {
                drop(entry.apply(change.clone()));
            }
        }
        for change in self.inner.owed().iter() {
            let mut entries = entries.iter_mut();
            if let Some(entry) = entries.find(|entry| entry.line == change.line) {
                drop(entry.apply(change.clone()));
            }
        }
        Ok(entries)
    }

    /// The lines of this request, under whatever keys, however its decimals are written, and in
    /// whatever order members stand that the spec does not name. A request that has no key of its own
    /// may have been made under another one: ask before it is made under a new key.
    ///
    /// A line of an earlier journal is found if such members stand as they do now, and its decimals
    /// are written as they are now, or without zeros at their end.
    ///
    /// # Errors
    /// The store fails.
    pub async fn lines_of<D: Value>(&self, call: &Call<D>) -> Result<Vec<Entry>, StoreError> {
        let Some(request) = call.prepared() else {
            return Ok(Vec::new());
        };
        let hashes = Hashes::of(request, self.is_of_list());
        let entries = self.entries().await?.into_iter();
        let is_same = |entry: &Entry| entry.hash.is_some_and(|kept| hashes.is_of(kept));
        Ok(entries.filter(is_same).collect())
    }

    /// The answer's body that was kept for a line: of one that could be read its first 64 KiB, of
    /// one that could not all that came.
    ///
    /// # Errors
    /// The store fails.
    pub async fn answer(&self, line: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.store.answer(line).await
    }

    /// Makes this call unless one with the same key was made, or may have been, or is under way.
    /// One that was not sent is made. `key` is the caller's own, the one in the request, and stands
    /// for this request of this operation alone.
    ///
    /// If another caller makes it at the same time, here or in another process that shares the
    /// store, this one waits within the call's deadline and gets the same answer, decoded from the
    /// body that was kept ([`Answer::attempts`] is 0 then). If it was not kept whole, or the outcome
    /// is another one, it gets [`OnceError::Known`].
    ///
    /// # Errors
    /// The call fails, it is in the journal already, key and request do not belong together, the call
    /// is for another account set than the calls before it, or the journal cannot be written.
    pub async fn once<D: Value>(&self, key: &str, call: Call<D>) -> Result<Answer<D>, OnceError> {
        self.make(key, call, MayGo::Unsent).await
    }

    /// As [`once`](Self::once), for a request that has no key of its own, so that nothing but the
    /// journal shows that it was made under another one: it is not made while the same request is
    /// under way, unknown or of an unclear answer under another key
    /// ([`OnceError::OpenElsewhere`]). Of two callers that ask at the same moment, here or in
    /// another process that shares the store, at most one makes it; it may be that neither does.
    ///
    /// # Errors
    /// As [`once`](Self::once), or it is open under another key.
    pub async fn once_unless_open<D: Value>(
        &self,
        key: &str,
        call: Call<D>,
    ) -> Result<Answer<D>, OnceError> {
        self.refuse_open(key, &call).await?;
        self.make(key, call, MayGo::UnsentAlone).await
    }

    /// Makes this call although one with the same key may have taken effect. Look it up first.
    /// Only an unknown line is sent again like this. It stays unknown if this call of a write is
    /// not sent either, or is rejected: that says nothing about the earlier call.
    ///
    /// The entry is the one that was seen when the line was looked up: one that was sent again since
    /// then ([`Entry::sent`]) is not sent.
    ///
    /// # Errors
    /// As [`once`](Self::once).
    pub async fn resend_unknown<D: Value>(
        &self,
        entry: &Entry,
        call: Call<D>,
    ) -> Result<Answer<D>, OnceError> {
        match entry.key.as_deref() {
            Some(key) => self.make(key, call, MayGo::Again(entry)).await,
            None => Err(OnceError::Known(Box::new(entry.clone()))),
        }
    }

    /// Resolves an unknown line manually, after it was looked up. A line that was applied becomes
    /// `done`; one that is absent becomes `not_sent`, and [`once`](Self::once) or the next run
    /// sends it. A line whose answer could not be read is known to be applied; resolving it
    /// acknowledges that. The journal keeps the name, the time, and what was known before.
    ///
    /// The entry is the one that was seen when the line was looked up: a line that was sent again
    /// since then ([`Entry::sent`]) is another call, of which the look-up says nothing.
    ///
    /// # Errors
    /// The last call may still take effect ([`absent_after`](Self::absent_after)), the line's state
    /// does not allow it, or it was sent again; or the store fails.
    pub async fn resolve(
        &self,
        entry: &Entry,
        resolved_as: ResolvedAs,
        by: &str,
    ) -> Result<(), ResolveError> {
        if resolved_as == ResolvedAs::Absent && entry.state != State::Unknown {
            return Err(StoreError::Conflict(entry.line).into());
        }
        self.recover().await?;
        if let Some(wait) = self.absent_in(entry, resolved_as) {
            return Err(ResolveError::TooEarly(wait));
        }
        let resolved = |from| Change {
            report: Some(resolved_as.report(by)),
            of_call: Some(entry.sent),
            is_stated: true,
            ..change(entry.line, from, resolved_as.state())
        };
        match self.inner.write(resolved(State::Unknown)).await {
            Err(StoreError::Conflict(_)) if resolved_as == ResolvedAs::Applied => {
                self.inner.write(resolved(State::Applied)).await?;
            }
            end => end?,
        }
        Ok(())
    }

    /// Why a resolution cannot be stated of this line now; `None` if it can, or if the same was stated
    /// before ([`Resolution::stated_before_by`]). Call [`recover`](Self::recover) if it is refused:
    /// otherwise the time that was named may not come.
    pub fn refuses(&self, resolution: &Resolution, entry: &Entry) -> Option<String> {
        let refused = resolution.refused_for(entry);
        if refused.is_some() || resolution.stated_before_by(entry).is_some() {
            return refused;
        }
        let wait = self.absent_in(entry, resolution.resolved_as)?;
        Some(format!(
            "{:?} cannot be settled yet: {}",
            resolution.name,
            ResolveError::TooEarly(wait)
        ))
    }

    /// How long it takes until the line may be resolved as absent; `None` if it may now.
    fn absent_in(&self, entry: &Entry, resolved_as: ResolvedAs) -> Option<Duration> {
        if resolved_as == ResolvedAs::Applied || self.absent_after.is_zero() {
            return None;
        }
        // The gateway's clock may be ahead of this one.
        let now = Duration::from_millis(epoch_millis(TokioRuntime.now()));
        let until = Duration::from_millis(entry.under_way_until());
        let wait = until.saturating_add(self.absent_after).saturating_sub(now);
        (!wait.is_zero()).then_some(wait)
    }

    async fn make<D: Value>(
        &self,
        key: &str,
        call: Call<D>,
        may_go: MayGo<'_>,
    ) -> Result<Answer<D>, OnceError> {
        let Some(request) = call.prepared() else {
            // It fails before it is sent, and a line of it would stand for any request.
            return call.await.map_err(OnceError::Call);
        };
        if let Some(own) = request.key().filter(|own| own.value != key) {
            return Err(OnceError::OtherKey(own.value.clone()));
        }
        self.goes_here(&call).await?;
        let hashes = Hashes::of(request, self.is_of_list());
        let mut wait = Wait::new(call.time_limit());
        loop {
            let entry = self.inner.store.add(key.to_owned(), Some(hashes.own));
            let entry = self.seen(entry.await?).await;
            if entry.hash.is_some_and(|kept| !hashes.is_of(kept)) {
                return Err(OnceError::OtherRequest(Box::new(entry)));
            }
            if entry.state == State::Intent && wait.goes_on() {
                // Another caller makes the call, here or in another process.
                wait.pause().await;
                // If that process has ended, the line is unknown.
                self.recover().await?;
                continue;
            }
            if wait.has_waited && entry.state == State::Done {
                return self.same_answer(entry, call).await;
            }
            // Whoever waited for a call that is unknown now has not stated that it may be repeated.
            let is_news = wait.has_waited && entry.state == State::Unknown;
            if is_news || !may_go.allows(&entry) {
                return Err(OnceError::Known(Box::new(entry)));
            }
            self.recover().await?;
            let seen = SeenLine {
                line: entry.line,
                state: entry.state,
                sent: Some(entry.sent),
            };
            match intend(self.inner.clone(), seen, &call).await {
                Ok(intended) => return self.made(intended, entry, call, may_go).await,
                // Another caller was faster; the line is looked at again.
                Err(StoreError::Conflict(_)) if wait.goes_on() => wait.pause().await,
                Err(StoreError::Conflict(_)) => return Err(OnceError::Known(Box::new(entry))),
                Err(error) => return Err(OnceError::Store(error)),
            }
        }
    }

    /// Refuses a request that may be made, or may have been, under another key.
    async fn refuse_open<D: Value>(&self, key: &str, call: &Call<D>) -> Result<(), OnceError> {
        let lines = self.lines_of(call).await.map_err(OnceError::Store)?;
        let is_open = |entry: &Entry| {
            let is_other = entry.key.as_deref() != Some(key);
            is_other && matches!(entry.state, State::Unknown | State::Applied | State::Intent)
        };
        match lines.into_iter().find(is_open) {
            None => Ok(()),
            Some(entry) => Err(OnceError::OpenElsewhere(Box::new(entry))),
        }
    }

    /// Checks that a call is for the account set of the calls before it: what was done in one says
    /// nothing of another.
    async fn goes_here<D: Value>(&self, call: &Call<D>) -> Result<(), OnceError> {
        self.is_for(call.account_set().await)
    }

    /// The same of all calls of a run, to the account of this name.
    pub(crate) async fn all_go_here(
        &self,
        client: &Client,
        account: Option<&str>,
    ) -> Result<(), OnceError> {
        let account = account.unwrap_or(Client::DEFAULT_ACCOUNT);
        self.is_for(client.resolve(account).await)
    }

    fn is_for(&self, account: Result<AccountSet, Error>) -> Result<(), OnceError> {
        let account = account.map_err(OnceError::Call)?;
        let own = self.account.get_or_init(|| Arc::new(account.clone()));
        match **own == account {
            true => Ok(()),
            false => Err(OnceError::OtherAccount {
                own: own.app_key.clone(),
                app_key: account.app_key,
            }),
        }
    }

    /// The account set of the calls before.
    pub(crate) fn account_set(&self) -> Option<Arc<AccountSet>> {
        self.account.get().cloned()
    }

    /// The call, which goes to no other account set, should its name be given to one meanwhile.
    pub(crate) fn for_account_set<D: Value>(&self, call: Call<D>) -> Call<D> {
        match self.account_set() {
            Some(account_set) => call.only_in(account_set),
            None => call,
        }
    }

    fn is_of_list(&self) -> bool {
        self.header.identity.input.is_some()
    }

    /// Makes the call of this line, whose intent is written.
    async fn made<D: Value>(
        &self,
        intended: Intended,
        line: Entry,
        call: Call<D>,
        may_go: MayGo<'_>,
    ) -> Result<Answer<D>, OnceError> {
        let key = line.key.as_deref().unwrap_or_default();
        // Only now: whoever begins the same request sees this intent from here on.
        if may_go.is_alone()
            && let Err(open) = self.refuse_open(key, &call).await
        {
            intended.withdraw().await.map_err(OnceError::Store)?;
            return Err(open);
        }
        let call = self.for_account_set(call).call_id(self.call_id(line.line));
        match intended.make(call).await {
            Ok(ended) => ended.end.map_err(OnceError::Call),
            Err(WriteFailed::Intent(error)) => Err(OnceError::Store(error)),
            Err(WriteFailed::End(error, end)) => Err(OnceError::Unrecorded { error, end }),
        }
    }

    /// The answer that another caller got for the same request, if it was kept whole.
    async fn same_answer<D: Value>(
        &self,
        entry: Entry,
        call: Call<D>,
    ) -> Result<Answer<D>, OnceError> {
        let kept = self.inner.store.answer(entry.line).await?;
        let whole = kept.filter(|kept| kept.len() < MAX_KEPT_ANSWER);
        let call = call.call_id(self.call_id(entry.line));
        match whole.map(|kept| call.kept_answer(kept)) {
            Some(Ok(answer)) => Ok(answer),
            _ => Err(OnceError::Known(Box::new(entry))),
        }
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }
}

/// Which lines a caller may send.
#[derive(Clone, Copy)]
enum MayGo<'a> {
    /// Those that were not sent.
    Unsent,
    /// The same, if their request is open under no other key.
    UnsentAlone,
    /// This one, if it is still unknown by the call that was looked up.
    Again(&'a Entry),
}

impl MayGo<'_> {
    fn is_alone(self) -> bool {
        matches!(self, Self::UnsentAlone)
    }

    fn allows(self, entry: &Entry) -> bool {
        match self {
            Self::Unsent | Self::UnsentAlone => {
                matches!(entry.state, State::Planned | State::NotSent)
            }
            Self::Again(seen) => {
                let is_same = (entry.line, entry.sent) == (seen.line, seen.sent);
                entry.state == State::Unknown && is_same
            }
        }
    }
}

/// Eight bytes that no other journal has.
fn new_id() -> Result<String, StoreError> {
    let random = getrandom::u64().map_err(StoreError::failed)?;
    Ok(format!("{random:016x}"))
}
