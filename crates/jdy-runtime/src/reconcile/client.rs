//! Reconciling through a client: looks up each record of a write and applies the rule.
//!
//! Owns the order: documents, look-up, gateway's time, rule. Must not know what a record holds.

use std::time::SystemTime;

use super::candidates::candidates;
use super::look_up::{Document, LookUp, LookedUp, documents, share};
use super::reading::Asked;
use super::rule::{Evidence, Shown, judge, provable_from};
use super::shared_lists::SharedLists;
use super::{NotPossible, ReconcileOptions, Reconciliation, UnknownWrite};
use crate::account::Account;
use crate::client::Client;
use crate::error::Error;
use crate::gateway_time::ClockReading;
use crate::operation::{Confirm, OperationInfo, PreparedRequest, Verify};

impl Client {
    /// Finds out what became of a write whose outcome is unknown, by looking up its record.
    ///
    /// It reads only. A write is [`Absent`](Reconciliation::Absent) only when the gateway can no
    /// longer accept it: 5 minutes after its last attempt, and a margin for the product
    /// ([`ReconcileOptions::margin`]). Until then it is
    /// [`TooEarly`](Reconciliation::TooEarly), which says when to ask again.
    ///
    /// ```
    /// # use jdy_runtime::{Client, Error, Reconciliation};
    /// # async fn example(client: Client, error: Error) -> Result<(), Error> {
    /// match client.reconcile(&error).await? {
    ///     Reconciliation::Applied { found } => println!("it is there: {found}"),
    ///     Reconciliation::Absent => println!("it may be sent again"),
    ///     Reconciliation::TooEarly { wait, .. } => println!("ask again in {wait:?}"),
    ///     other => println!("a person decides: {other}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A look-up fails. Nothing is known then that was not known before.
    pub async fn reconcile(&self, error: &Error) -> Result<Reconciliation, Error> {
        match error.unknown_write() {
            Some(write) => {
                self.reconcile_write(write, &ReconcileOptions::default())
                    .await
            }
            None => Ok(not_possible(NotPossible::NotUnknown)),
        }
    }

    /// The same for a write that was kept without its error, and with options.
    ///
    /// # Errors
    /// As [`reconcile`](Self::reconcile).
    pub async fn reconcile_write(
        &self,
        write: &UnknownWrite,
        options: &ReconcileOptions,
    ) -> Result<Reconciliation, Error> {
        let mut lists = SharedLists::default();
        share_lists(write, &mut lists);
        reconcile(self, write, options, &lists).await
    }

    /// The gateway's time: the latest that its clock may show now, once it has accepted a call of
    /// this client. Without a recent answer that is up to five minutes late, since it accepts a clock
    /// that is so far off. Before the first answer it is this machine's time and five minutes.
    pub fn gateway_time(&self) -> SystemTime {
        self.shared().latest_gateway_time()
    }
}

/// Adds the lists that these records may have to be looked for in.
pub(super) fn share_lists(write: &UnknownWrite, lists: &mut SharedLists) {
    let prepared = write.prepared();
    if let Some(verify) = prepared.verify()
        && let Ok(documents) = documents(prepared, verify)
    {
        for document in &documents {
            share(lists, write.account(), verify, document);
        }
    }
}

/// Looks up each record of a write, and judges it.
pub(super) async fn reconcile(
    client: &Client,
    write: &UnknownWrite,
    options: &ReconcileOptions,
    lists: &SharedLists,
) -> Result<Reconciliation, Error> {
    let prepared = write.prepared();
    if prepared.effect().is_read() {
        return Ok(not_possible(NotPossible::NotUnknown));
    }
    let Some((verify, info)) = prepared.verify().and_then(|it| Some((it, it.look_up?))) else {
        return Ok(not_possible(NotPossible::NoLookUp));
    };
    let documents = match documents(prepared, verify) {
        Ok(documents) => documents,
        Err(reason) => return Ok(not_possible(reason)),
    };
    // Once: the name may mean another account set a moment later, and the write's own one again when
    // the look-up ends.
    let account = client.account(write.account());
    if account.as_ref().and_then(Account::id).is_some() && write.is_of_another(account.as_ref()) {
        return Ok(not_possible(NotPossible::OtherAccountSet));
    }
    let reconciler = Reconciler {
        write,
        verify,
        info,
        look_up: LookUp {
            client,
            name: write.account(),
            account: account.as_ref(),
            options,
            lists,
        },
    };
    let mut items = Vec::new();
    for document in &documents {
        items.push(reconciler.one(document).await?);
    }
    // An instance says which one it is when it is asked.
    if write.is_of_another(account.as_ref()) {
        return Ok(not_possible(NotPossible::OtherAccountSet));
    }
    Ok(Reconciliation::of_items(items))
}

fn not_possible(reason: NotPossible) -> Reconciliation {
    Reconciliation::NotPossible { reason }
}

/// Reconciles the records of one write.
struct Reconciler<'a> {
    write: &'a UnknownWrite,
    verify: &'a Verify,
    info: &'static OperationInfo,
    look_up: LookUp<'a>,
}

impl Reconciler<'_> {
    async fn one(&self, document: &Document<'_>) -> Result<Reconciliation, Error> {
        let shared = self.look_up.client.shared();
        let began = ClockReading::of(&*shared.runtime);
        if document.names.is_empty() {
            return self.among_candidates(document, began).await;
        }
        let first = self.look_up.shown(self.verify, self.info, document).await?;
        let asked_at = shared.earliest_gateway_time(began);
        let padded = match document.is_padded {
            true => Err(NotPossible::PaddedName),
            false => Ok(()),
        };
        match first {
            LookedUp::Unconfirmed { confirm, doubt, .. } if self.is_worth(confirm, asked_at) => {
                let (mut shown, asked_at) = self.look_up.confirm(confirm, document).await?;
                shown.complete = shown.complete.and(doubt).and(padded);
                Ok(self.judged(document, &shown, asked_at))
            }
            LookedUp::Shown(mut shown) | LookedUp::Unconfirmed { mut shown, .. } => {
                shown.complete = shown.complete.and(padded);
                Ok(self.judged(document, &shown, asked_at))
            }
        }
    }

    /// Whether the list is asked. All its rows cost many calls, and prove nothing too early.
    fn is_worth(&self, confirm: &Confirm, asked_at: SystemTime) -> bool {
        let due = || provable_from(self.last_attempt(), self.look_up.options.margin);
        confirm.argument.is_some() || asked_at >= due()
    }

    fn judged(
        &self,
        document: &Document<'_>,
        shown: &Shown,
        asked_at: SystemTime,
    ) -> Reconciliation {
        judge(&Evidence {
            sent: &document.sent,
            names: &document.names,
            changes: document.changes,
            shown,
            last_attempt: self.last_attempt(),
            asked_at,
            margin: self.look_up.options.margin,
        })
    }

    /// When the last attempt was made. Where that is not known it is not later than now; to be asked
    /// after the look-up, whose answers show how the gateway's clock goes.
    fn last_attempt(&self) -> SystemTime {
        let latest = || self.look_up.client.gateway_time();
        self.write.last_attempt().unwrap_or_else(latest)
    }

    /// Nothing names the record: shows what may be it.
    async fn among_candidates(
        &self,
        document: &Document<'_>,
        began: ClockReading,
    ) -> Result<Reconciliation, Error> {
        let request = PreparedRequest::look_up(self.info, document.asks.clone());
        let list = Asked {
            info: self.info,
            request,
            max_pages: None,
        };
        let rows = self.look_up.rows(list, |_: &[String]| false).await?;
        let last_attempt = self.last_attempt();
        let compare = self.verify.compare;
        let found = candidates(&document.sent, compare, rows.rows, last_attempt);
        let shared = self.look_up.client.shared();
        let asked_at = shared.earliest_gateway_time(began);
        let due = provable_from(last_attempt, self.look_up.options.margin);
        Ok(Reconciliation::Candidates {
            found,
            is_final: rows.complete.is_ok() && asked_at >= due,
        })
    }
}
