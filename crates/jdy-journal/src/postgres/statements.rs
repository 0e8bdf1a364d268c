//! The statements, each parsed once for a session.
//!
//! Owns their text. Must not know in which order they are made.
//!
//! Locks are always taken in this order: the worker's own row, the rows of other workers (only if
//! they are free), lines by their numbers, the list. So no two transactions wait for each other. Who
//! makes a list takes a lock of its own first, and none of these.

use tokio_postgres::{Client, Error, Statement};

use super::rows::{ENTRY, HEADER};

/// Whether the report of a line of another list says that it was rejected in part, now or in an
/// earlier version: as `Entry::is_rejected_in_part` does.
const IN_PART: &str = "(strpos(theirs.report, $3) = 1 OR strpos(theirs.report, $4) > 0)";

macro_rules! statements {
    ($(#[$group_doc:meta])* $group:ident; $($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $(#[$group_doc])*
        pub(super) struct $group {
            $($(#[$doc])* pub(super) $name: Statement,)*
        }

        impl $group {
            /// Parses all of them.
            pub(super) async fn prepare(client: &Client, words: &Words<'_>) -> Result<Self, Error> {
                let parse = |sql: &str| {
                    let sql = words.fill(sql);
                    // Together they are too large for a stack.
                    Box::pin(async move { client.prepare(&sql).await })
                };
                let ($($name,)*) = tokio::try_join!($(parse($sql),)*)?;
                Ok(Self { $($name,)* })
            }
        }
    };
}

/// What stands for the words in braces.
pub(super) struct Words<'a> {
    pub(super) schema: &'a str,
    /// Whether this is the incarnation of the database that has every commit.
    pub(super) is_known: &'a str,
}

impl<'a> Words<'a> {
    /// For statements that send nothing.
    pub(super) fn of(schema: &'a str) -> Self {
        Self {
            schema,
            is_known: "true",
        }
    }

    fn fill(&self, sql: &str) -> String {
        sql.replace("{is_known}", self.is_known)
            .replace("{schema}", self.schema)
            .replace("{entry}", ENTRY)
            .replace("{header}", HEADER)
            .replace("{lease}", "$3::float8 * interval '1 millisecond'")
            .replace("{in_part}", IN_PART)
            .replace(
                "{begun}",
                "current_setting('jdy_journal.begun', true) = 'on'",
            )
            .replace("{session}", "current_setting('jdy_journal.session', true)")
    }
}

statements! {
    /// Those of a store.
    Statements;

    /// Whether this is the incarnation of the database that has every commit.
    is_known = "SELECT {is_known}";

    // Lists and lines.
    list = "SELECT id FROM {schema}.lists WHERE name = $1";
    header = "SELECT {header} FROM {schema}.lists WHERE name = $1";
    make = "
        INSERT INTO {schema}.lists (name, journal, subject, destination, input)
        SELECT $1, $2, $3, $4, $5 WHERE {session} = $6
        ON CONFLICT (name) DO NOTHING RETURNING id";
    /// One list is made after the other, so that each finds the lines of the one before.
    one_at_a_time = "SELECT pg_advisory_xact_lock(hashtext('{schema} new list'))";
    /// The list of the same calls that has most of the lines of this one. Lines without a key are
    /// the same calls only where the whole list is: two months may have one in common, and a list
    /// may have one many times. A whole list is its requests, in whichever order and whichever of
    /// their fields was named as the key; only lists without keys are compared so, as that takes
    /// longer. What was rejected had no effect, except where the report says that some rows had one.
    twin = "
        WITH others AS MATERIALIZED (
            SELECT other.id, other.name
            FROM {schema}.lists AS own JOIN {schema}.lists AS other ON other.id <> own.id
                AND other.subject = own.subject
                AND split_part(other.destination, $2, 1) = split_part(own.destination, $2, 1)
            WHERE own.id = $1
        ), keyless AS MATERIALIZED (
            SELECT id FROM others WHERE EXISTS (
                SELECT 1 FROM {schema}.lines WHERE list IN (id, $1) AND key IS NULL)
        ), as_long AS MATERIALIZED (
            SELECT id FROM keyless
            WHERE (SELECT count(*) FROM {schema}.lines WHERE list = id)
                = (SELECT count(*) FROM {schema}.lines WHERE list = $1)
        ), whole AS MATERIALIZED (
            SELECT id FROM as_long WHERE NOT EXISTS (
                SELECT hash FROM {schema}.lines WHERE list = $1
                EXCEPT ALL SELECT hash FROM {schema}.lines WHERE list = id)
        ), own AS MATERIALIZED (
            SELECT line, hash, row_number() OVER (PARTITION BY hash ORDER BY line) AS nth
            FROM {schema}.lines WHERE list = $1 AND EXISTS (SELECT 1 FROM whole)
        ), theirs AS MATERIALIZED (
            SELECT list, hash, theirs.state <> 'rejected' OR {in_part} AS counts,
                row_number() OVER (PARTITION BY list, hash ORDER BY line) AS nth
            FROM {schema}.lines AS theirs WHERE list IN (SELECT id FROM whole)
        ), same AS MATERIALIZED (
            SELECT theirs.list, own.line FROM {schema}.lines AS own JOIN {schema}.lines AS theirs
                ON theirs.key = own.key AND theirs.hash = own.hash AND theirs.list <> own.list
            WHERE own.list = $1 AND (theirs.state <> 'rejected' OR {in_part})
            UNION
            SELECT theirs.list, own.line FROM own JOIN theirs USING (hash, nth)
            WHERE theirs.counts
        )
        SELECT others.name, count(*), min(same.line) FROM others JOIN same ON same.list = others.id
        GROUP BY others.id, others.name ORDER BY 2 DESC, others.id DESC LIMIT 1";
    plan = "
        INSERT INTO {schema}.lines (list, line, key, hash)
        SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bytea[])";
    find = "SELECT {entry} FROM {schema}.lines WHERE list = $1 AND key = $2";
    /// Nothing if another session adds the key, or another key, at the same time.
    add = "
        INSERT INTO {schema}.lines (list, line, key, hash)
        SELECT $1, coalesce(max(line), 0) + 1, $2, $3 FROM {schema}.lines WHERE list = $1
        HAVING {session} = $4 AND ($5 OR {is_known})
        ON CONFLICT DO NOTHING RETURNING {entry}";
    entries = "SELECT {entry} FROM {schema}.lines WHERE list = $1 ORDER BY line";
    /// With the name of the worker whose intent is unknown, as it has ended, and since when.
    seen = "
        SELECT {entry}, gone, gone_since FROM {schema}.lines LEFT JOIN LATERAL (
            SELECT own.name AS gone,
                (extract(epoch FROM coalesce(own.ended_at, own.lease_until)) * 1000)::bigint
                    AS gone_since
            FROM {schema}.workers AS own WHERE lines.state = 'intent' AND own.id = lines.worker
                AND (own.ended_at IS NOT NULL OR own.lease_until < clock_timestamp())
        ) AS ended ON true
        WHERE list = $1 ORDER BY line";
    answer = "SELECT answer FROM {schema}.lines WHERE list = $1 AND line = $2";

    // The worker itself.
    known = "SELECT id, writes FROM {schema}.workers WHERE list = $1 AND name = $2";
    join = "
        INSERT INTO {schema}.workers (list, name, lease_until)
        SELECT $1, $2, clock_timestamp() + {lease} WHERE {session} = $4
        ON CONFLICT DO NOTHING RETURNING id, writes";
    mark = "SELECT writes, ended_at IS NOT NULL FROM {schema}.workers WHERE id = $1";
    /// The first statement of each transaction: is this still the worker, in the state in which it
    /// left its last transaction, and in the session that holds its lock? And it renews the lease.
    take = "
        UPDATE {schema}.workers SET writes = writes + 1,
            lease_until = clock_timestamp() + {lease}
        WHERE id = $1 AND writes = $2 AND ended_at IS NULL AND {session} = $4 AND {begun}";
    part = "UPDATE {schema}.workers SET run = $2, idle = $3 WHERE id = $1 AND {begun}";
    /// It may leave calls under way, whose lines the next worker finds. Whether it does is read from
    /// the lines and not taken from this process, which may count an intent as failed that was
    /// written.
    quit = "
        UPDATE {schema}.workers AS own SET run = 0, idle = false, ended_at = clock_timestamp(),
            end_reason = 'left', owes = EXISTS (
                SELECT 1 FROM {schema}.lines
                WHERE list = own.list AND state = 'intent' AND worker = own.id)
        WHERE id = $1 AND {begun}";

    // Changes of lines.
    lines = "
        SELECT {entry}, worker, claim, run, named, {is_known}
        FROM {schema}.lines WHERE list = $1 AND line = ANY($2::bigint[])
        ORDER BY line FOR NO KEY UPDATE";
    update = "
        UPDATE {schema}.lines AS own SET
            state = new.state, sent = new.sent, resent = new.resent,
            intended_at = new.intended_at, ended_at = new.ended_at, report = new.report,
            history = new.history, worker = new.worker, run = new.run, named = new.named,
            claim = NULL,
            answer = CASE WHEN new.keeps_answer THEN own.answer ELSE new.answer END
        FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
                $7::bigint[], $8::text[], $9::text[], $10::bytea[], $11::boolean[],
                $12::bigint[], $13::bigint[], $14::bigint[])
            AS new (line, state, sent, resent, intended_at, ended_at, report, history, answer,
                keeps_answer, worker, run, named)
        WHERE own.list = $1 AND own.line = new.line";
    keep_late = "
        INSERT INTO {schema}.late (list, line, worker, at, state, report, answer, contradicts)
        SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[],
            $6::text[], $7::bytea[], $8::boolean[])";
    /// Lines may have become free: those who found none look again.
    freed = "UPDATE {schema}.lists SET freed = freed + $2 WHERE id = $1";

    // Claims.
    claimable = "SELECT freed FROM {schema}.lists WHERE id = $1";
    /// Only if the transaction took the worker's row: it is sent together with the commit.
    claim = "
        WITH free AS MATERIALIZED (
            SELECT line FROM {schema}.lines
            WHERE list = $1 AND line > $4 AND run < $5 AND claim IS NULL
                AND (state IN ('planned', 'not_sent') OR $6 AND state = 'unknown')
                AND EXISTS (SELECT 1 FROM {schema}.workers
                    WHERE id = $2 AND writes = $3 AND ended_at IS NULL AND {session} = $8)
            ORDER BY line LIMIT $7 FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE {schema}.lines AS own SET claim = $2 FROM free
        WHERE own.list = $1 AND own.line = free.line
        RETURNING own.line, own.state";
    claimed = "SELECT line, state FROM {schema}.lines WHERE list = $1 AND claim = $2 ORDER BY line";
    release = "
        UPDATE {schema}.lines SET claim = NULL
        WHERE list = $1 AND claim = $2 AND line = ANY($3::bigint[])";

    // Workers whose lease is over, or that left calls under way.
    lapsed = "
        SELECT EXISTS (SELECT 1 FROM {schema}.workers WHERE list = $1 AND id <> $2
            AND (owes OR ended_at IS NULL AND lease_until < clock_timestamp()))";
    dead = "
        SELECT id, name, owes FROM {schema}.workers WHERE list = $1 AND id <> $2
            AND (owes OR ended_at IS NULL AND lease_until < clock_timestamp())
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED";
    /// The lines that they hold.
    left = "
        SELECT {entry}, worker, claim, run, named, state = 'intent' AND worker = ANY($2)
        FROM {schema}.lines
        WHERE list = $1 AND (state = 'intent' AND worker = ANY($2::bigint[])
            OR claim = ANY($2::bigint[]))
        ORDER BY line FOR NO KEY UPDATE";
    free = "UPDATE {schema}.lines SET claim = NULL WHERE list = $1 AND line = ANY($2::bigint[])";
    bury = "
        UPDATE {schema}.workers SET owes = false, run = 0, idle = false,
            ended_at = coalesce(ended_at, clock_timestamp()),
            end_reason = coalesce(end_reason, 'lease ended')
        WHERE id = ANY($1::bigint[])";

    // The run.
    run = "SELECT run FROM {schema}.lists WHERE id = $1 FOR NO KEY UPDATE";
    others = "
        SELECT EXISTS (SELECT 1 FROM {schema}.workers
            WHERE list = $1 AND id <> $2 AND ended_at IS NULL AND run = $3)";
    begin = "UPDATE {schema}.lists SET run = $2 WHERE id = $1 AND run < $2";
    rest = "
        SELECT freed, reconciled >= run, found,
            EXISTS (SELECT 1 FROM {schema}.workers AS own
                WHERE own.list = lists.id AND own.id <> $2 AND own.ended_at IS NULL
                    AND own.run = lists.run AND NOT own.idle),
            EXISTS (SELECT 1 FROM {schema}.workers AS own
                WHERE own.list = lists.id AND own.id <> $2
                    AND (own.owes OR own.ended_at IS NULL AND own.lease_until < clock_timestamp()))
        FROM {schema}.lists WHERE id = $1";
    named = "SELECT line FROM {schema}.lines WHERE list = $1 AND named = $2 AND named > 0";
    /// What was found in a run before is no progress of this one.
    take_role = "
        UPDATE {schema}.lists SET reconciler = $2, pass_run = run,
            found = CASE WHEN pass_run = run THEN found END,
            pass_lines = CASE WHEN pass_run = run THEN pass_lines ELSE 0 END,
            pass_absent = CASE WHEN pass_run = run THEN pass_absent ELSE 0 END
        WHERE id = $1 AND reconciled < run AND (reconciler IS NULL OR reconciler = $2 OR EXISTS (
            SELECT 1 FROM {schema}.workers AS own WHERE own.id = reconciler
                AND (own.ended_at IS NOT NULL OR own.run <> lists.run)))
        RETURNING found, pass_lines, pass_absent";
    keep_progress = "
        UPDATE {schema}.lists SET found = $3, pass_lines = $4, pass_absent = $5
        WHERE id = $1 AND reconciler = $2 AND {begun}";
    /// Who leaves without having found anything out leaves the pass to the next one.
    give_role = "
        UPDATE {schema}.lists SET reconciler = NULL,
            reconciled = CASE WHEN $3 THEN run ELSE reconciled END,
            found = coalesce($4, found),
            pass_lines = CASE WHEN $4 IS NULL THEN pass_lines ELSE 0 END,
            pass_absent = CASE WHEN $4 IS NULL THEN pass_absent ELSE 0 END
        WHERE id = $1 AND reconciler = $2 AND {begun}";

    // What is shown.
    workers = "
        SELECT own.id, own.name, extract(epoch FROM own.joined_at)::float8,
            extract(epoch FROM own.lease_until - clock_timestamp())::float8,
            own.run > 0 AND own.run = list.run, list.reconciler IS NOT DISTINCT FROM own.id,
            coalesce(claims.count, 0), coalesce(calls.count, 0),
            extract(epoch FROM own.ended_at)::float8, own.end_reason
        FROM {schema}.workers AS own JOIN {schema}.lists AS list ON list.id = own.list
        LEFT JOIN (SELECT claim, count(*) FROM {schema}.lines WHERE list = $1
            AND claim IS NOT NULL GROUP BY claim) AS claims ON claims.claim = own.id
        LEFT JOIN (SELECT worker, count(*) FROM {schema}.lines WHERE list = $1
            AND state = 'intent' GROUP BY worker) AS calls ON calls.worker = own.id
        WHERE own.list = $1 ORDER BY own.id";
    late = "
        SELECT line, worker, at, state, report, contradicts FROM {schema}.late
        WHERE list = $1 ORDER BY id";
}

statements! {
    /// Those of a limiter.
    LimitStatements;

    // Limits. A slot that another session has locked is about to be taken. A time that is still to
    // come is one of before the server's clock was set back, and does not count.
    acquire = "
        WITH free AS MATERIALIZED (
            SELECT slot FROM {schema}.permits
            WHERE account = $1 AND class = $2 AND slot < $3
                AND (granted_at <= clock_timestamp() - $4 * interval '1 second'
                    OR granted_at > clock_timestamp() + $4 * interval '1 second')
            ORDER BY granted_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE {schema}.permits AS own SET granted_at = clock_timestamp(), permit = $5 FROM free
        WHERE own.account = $1 AND own.class = $2 AND own.slot = free.slot
        RETURNING own.slot";
    /// How many slots there are, and when the next one is free.
    next_slot = "
        SELECT count(*), extract(epoch FROM
            min(granted_at) FILTER (WHERE granted_at > '-infinity')
                + $4 * interval '1 second' - clock_timestamp())::float8
        FROM {schema}.permits WHERE account = $1 AND class = $2 AND slot < $3";
    make_slots = "
        INSERT INTO {schema}.permits (account, class, slot)
        SELECT $1, $2, slot FROM generate_series($3::bigint, $4::bigint - 1) AS slot
        ON CONFLICT DO NOTHING";
    give_back = "
        UPDATE {schema}.permits SET granted_at = '-infinity', permit = NULL
        WHERE account = $1 AND class = $2 AND permit = $3";
}

statements! {
    /// Those that recover a database.
    RecoveryStatements;

    // What a recovered database may lack. Nobody writes as a worker meanwhile.
    no_worker_writes = "LOCK TABLE {schema}.workers IN SHARE ROW EXCLUSIVE MODE";
    alive = "
        SELECT own.name, list.name FROM {schema}.workers AS own
        JOIN {schema}.lists AS list ON list.id = own.list
        WHERE own.ended_at IS NULL AND own.lease_until >= clock_timestamp() ORDER BY own.id LIMIT 1";
    not_ended = "SELECT id FROM {schema}.workers WHERE owes OR ended_at IS NULL";
    /// As many numbers of workers are given to none.
    leave_out = "
        SELECT setval(numbers, nextval(numbers) + $1::bigint) FROM
            (SELECT pg_get_serial_sequence('{schema}.workers', 'id')::regclass AS numbers) AS own";
    lists = "SELECT id FROM {schema}.lists ORDER BY id";
    open = "
        SELECT {entry}, worker, claim, run, named FROM {schema}.lines
        WHERE list = $1 AND line > $2 AND state IN ('planned', 'intent', 'not_sent', 'unknown')
        ORDER BY line LIMIT $3 FOR NO KEY UPDATE";
}
