//! Claims of lines, the end of a list, and the role of the reconciler.
//!
//! Owns these transactions. Must not know what is done with a line.

use tokio_postgres::Row;

use super::fault::{Fault, text};
use super::rows::{field, number, whole};
use super::session::{ANSWER_LIMIT, Parameters, Session, in_time};
use super::transaction::{End, Ground};
use crate::fleet::{Claim, LookUpProgress};
use crate::reconcile::Reconciled;
use crate::state::State;

/// Which lines are claimed.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// Behind this line.
    pub(super) after: i64,
    /// Those that this run has not sent.
    pub(super) run: i64,
    pub(super) with_unknown: bool,
    pub(super) most: usize,
}

/// What was claimed.
#[derive(Default)]
pub(super) struct Claimed {
    pub(super) claims: Vec<Claim>,
    /// What the list said of free lines before it was searched.
    pub(super) freed: i64,
    /// Whether the answer was lost with the connection: then the claims are not known.
    pub(super) is_lost: bool,
}

/// What is read of a list that has nothing to claim.
pub(super) struct ListState {
    pub(super) freed: i64,
    /// What the reconciler of this run has found, if it is done.
    pub(super) reconciled: Option<Reconciled>,
    pub(super) others_work: bool,
    pub(super) has_lapsed: bool,
}

impl Session {
    /// Claims lines, in one round trip.
    pub(super) async fn claim(
        &self,
        ground: &Ground,
        wanted: Wanted,
    ) -> Result<End<Claimed>, Fault> {
        let end = self.claim_begun(ground, wanted).await;
        self.rolled_back(end).await
    }

    async fn claim_begun(&self, ground: &Ground, wanted: Wanted) -> Result<End<Claimed>, Fault> {
        let statements = self.statements()?;
        let (list, next) = (ground.list, ground.next());
        let most = i64::try_from(wanted.most).unwrap_or(i64::MAX);
        let own: Parameters<'_> = &[
            &list,
            &next.worker,
            &next.writes,
            &wanted.after,
            &wanted.run,
            &wanted.with_unknown,
            &most,
            &self.token,
        ];
        let of_list: Parameters<'_> = &[&list];
        let all = async {
            tokio::join!(
                biased;
                self.taken(ground),
                self.client.query(&statements.claimable, of_list),
                self.client.query(&statements.claim, own),
                self.client.batch_execute("COMMIT"),
            )
        };
        let lost = |why| {
            let lost = Claimed {
                is_lost: true,
                ..Claimed::default()
            };
            Ok(End::Unclear(lost, next, why))
        };
        let Some((taken, freed, claimed, commit)) = in_time(ANSWER_LIMIT, all).await else {
            return lost("the server does not answer".to_owned());
        };
        let all = taken.and_then(|taken| Ok((taken, freed?, claimed?, commit?)));
        let (taken, freed, claimed, ()) = match all {
            Ok(all) => all,
            Err(error) => {
                return match Fault::of_commit(&error) {
                    Some(fault) => Err(fault),
                    None => lost(text(&error)),
                };
            }
        };
        if taken != 1 {
            return Err(self.not_taken(ground).await);
        }
        if let Some(why) = self.doubt() {
            return lost(why);
        }
        let none = || Fault::failed("the list is not there any more");
        let freed = field(freed.first().ok_or_else(none)?, 0)?;
        let claimed = Claimed {
            claims: claims(&claimed)?,
            freed,
            is_lost: false,
        };
        Ok(End::Committed(claimed, next))
    }

    /// The lines that this worker has claimed.
    pub(super) async fn claimed(&self, list: i64, worker: i64) -> Result<Vec<Claim>, Fault> {
        let claimed = &self.statements()?.claimed;
        claims(&self.rows(claimed, &[&list, &worker]).await?)
    }

    /// What the others do.
    pub(super) async fn list_state(&self, list: i64, worker: i64) -> Result<ListState, Fault> {
        let rest = &self.statements()?.rest;
        let rows = self.rows(rest, &[&list, &worker]).await?;
        let none = || Fault::failed("the list is not there any more");
        let row = rows.first().ok_or_else(none)?;
        let is_reconciled: bool = field(row, 1)?;
        let found: Option<String> = field(row, 2)?;
        let found = found.map(|found| Reconciled::from_text(&found));
        Ok(ListState {
            freed: field(row, 0)?,
            reconciled: is_reconciled.then(|| found.unwrap_or_default()),
            others_work: field(row, 3)?,
            has_lapsed: field(row, 4)?,
        })
    }

    /// How many lines may be free, as a number that grows.
    pub(super) async fn claimable(&self, list: i64) -> Result<i64, Fault> {
        let claimable = &self.statements()?.claimable;
        let rows = self.rows(claimable, &[&list]).await?;
        rows.first().map_or(Ok(0), |row| field(row, 0))
    }

    /// Takes the role of the reconciler if it is free.
    pub(super) async fn take_role(
        &self,
        ground: &Ground,
        run: i64,
    ) -> Result<End<Option<LookUpProgress>>, Fault> {
        let end = async {
            let statements = self.statements()?;
            let own: Parameters<'_> = &[&ground.mark.worker, &run, &false];
            self.begun(ground, &statements.part, own).await?;
            let own: Parameters<'_> = &[&ground.list, &ground.mark.worker];
            let taken = self.rows(&statements.take_role, own).await?;
            let Some(row) = taken.first() else {
                self.asked(self.client.batch_execute("ROLLBACK")).await?;
                return Ok(End::Unchanged(None));
            };
            let found: Option<String> = field(row, 0)?;
            let progress = LookUpProgress {
                found: found.map_or_else(Reconciled::default, |it| Reconciled::from_text(&it)),
                lines: whole(field(row, 1)?),
                absent: whole(field(row, 2)?),
            };
            let nothing = async { Ok(()) };
            self.committed(Some(progress), ground.next(), nothing).await
        };
        let end = end.await;
        self.rolled_back(end).await
    }

    /// Keeps how far the reconciler has come.
    pub(super) async fn keep_progress(
        &self,
        ground: &Ground,
        progress: &LookUpProgress,
    ) -> Result<End<()>, Fault> {
        let found = progress.found.to_text();
        let (lines, absent) = (number(progress.lines), number(progress.absent));
        let own: Parameters<'_> = &[&ground.list, &ground.mark.worker, &found, &lines, &absent];
        let end = async {
            self.begun(ground, &self.statements()?.keep_progress, own)
                .await?;
            let nothing = async { Ok(()) };
            self.committed((), ground.next(), nothing).await
        };
        let end = end.await;
        self.rolled_back(end).await
    }

    /// Gives the role back, with what was found.
    pub(super) async fn give_role(
        &self,
        ground: &Ground,
        found: &Reconciled,
        is_done: bool,
    ) -> Result<End<()>, Fault> {
        let found = Some(found.to_text());
        let own: Parameters<'_> = &[&ground.list, &ground.mark.worker, &is_done, &found];
        let end = async {
            self.begun(ground, &self.statements()?.give_role, own)
                .await?;
            let nothing = async { Ok(()) };
            self.committed((), ground.next(), nothing).await
        };
        let end = end.await;
        self.rolled_back(end).await
    }

    /// The lines about which a person's statement was carried out in this run.
    pub(super) async fn named(&self, list: i64, run: i64) -> Result<Vec<u64>, Fault> {
        let named = &self.statements()?.named;
        let rows = self.rows(named, &[&list, &run]).await?;
        rows.iter().map(|row| Ok(whole(field(row, 0)?))).collect()
    }
}

fn claims(rows: &[Row]) -> Result<Vec<Claim>, Fault> {
    let claims = rows.iter().map(|row| {
        let state: String = field(row, 1)?;
        Ok(Claim {
            line: whole(field(row, 0)?),
            state: State::from_text(&state).unwrap_or(State::Planned),
        })
    });
    let mut claims: Vec<Claim> = claims.collect::<Result<_, Fault>>()?;
    claims.sort_by_key(|claim| claim.line);
    Ok(claims)
}

/// The last of the lines, if there is one.
pub(super) fn last(claims: &[Claim]) -> Option<i64> {
    claims.last().map(|claim| number(claim.line))
}
