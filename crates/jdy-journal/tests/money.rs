//! A long list through many faults: every line's outcome is known, or is reported as unknown.

use jdy_journal::State;

use crate::bench::{count, csv, fresh, go, hold, list, options, sandbox};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_lines_through_faults_are_each_done_once_or_reported_as_unknown() {
    let sandbox = sandbox(&["lost-after-commit%5", "status-429%5", "timeout-html%3"]);
    let list = list(&csv(2000));
    let path = fresh("faults");
    let first = go(&sandbox, &path, &list, &options(32)).await;
    hold(&sandbox, &list, &first.entries);

    let fired = sandbox.faults_fired();
    let open = fired["lost-after-commit"] + fired["timeout-html"];
    assert_eq!(first.counts.of(State::Unknown), open);
    assert!(open > 50 && fired["status-429"] > 20, "{fired:?}");
    assert_eq!(first.counts.total(), 2000);
    assert_eq!(first.made, 2000);

    // Again, until all that may be sent again is done: what is unknown stays so.
    let mut last = first;
    while last.counts.of(State::NotSent) > 0 {
        last = go(&sandbox, &path, &list, &options(32)).await;
        hold(&sandbox, &list, &last.entries);
    }
    let done = count(&last.entries, State::Done);
    let unknown = count(&last.entries, State::Unknown);
    assert_eq!(done + unknown, 2000);
    let again = go(&sandbox, &path, &list, &options(32)).await;
    assert_eq!((again.made, again.entries), (0, last.entries));
}
