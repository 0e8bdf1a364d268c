//! The progress of a batch on stderr: a bar on a terminal, elsewhere a line from time to time.
//!
//! Owns the text of the progress, and the estimate of the time left. Must not know what is
//! counted.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jdy_journal::{Progress, State};

use crate::language::{of_count, say};
use crate::stderr::{self, Drawn};

/// How often a bar is drawn, and a line is written.
const REDRAWN_EVERY: Duration = Duration::from_millis(200);
const TOLD_EVERY: Duration = Duration::from_secs(5);

/// One row whatever the width: what does not fit is cut at the end.
const TEMPLATE: &str = "[{bar:10}] {wide_msg}";

/// The states that are shown, those that need somebody first: the end of a narrow line is cut.
const TOLD: [State; 5] = [
    State::Unknown,
    State::Applied,
    State::Rejected,
    State::NotSent,
    State::Done,
];

/// Draws until it is dropped.
pub(crate) async fn watch(progress: &Progress) {
    let start = Instant::now();
    let bar = bar(ProgressDrawTarget::stderr());
    let is_drawn = !bar.is_hidden();
    let drawn = is_drawn.then(|| Drawn::new(bar));
    let mut held_back = 0;
    loop {
        tokio::time::sleep(if is_drawn { REDRAWN_EVERY } else { TOLD_EVERY }).await;
        let is_waiting = progress.held_back() > held_back;
        held_back = progress.held_back();
        let text = text(progress, start.elapsed(), is_waiting);
        match &drawn {
            Some(drawn) => draw(drawn.bar(), progress.ended(), progress.to_send(), text),
            None => stderr::line(text),
        }
    }
}

fn bar(target: ProgressDrawTarget) -> ProgressBar {
    // The template is a constant, and a test draws it.
    let style = ProgressStyle::with_template(TEMPLATE)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("#--");
    ProgressBar::with_draw_target(Some(0), target).with_style(style)
}

fn draw(bar: &ProgressBar, ended: u64, to_send: u64, text: String) {
    bar.set_length(to_send);
    bar.set_position(ended);
    bar.set_message(text);
}

fn text(progress: &Progress, elapsed: Duration, is_waiting: bool) -> String {
    let counts = progress.counts();
    let counts = TOLD.map(|state| (state, counts.of(state)));
    let (ended, to_send) = (progress.ended(), progress.to_send());
    line(ended, to_send, elapsed, is_waiting, &counts)
}

/// The lines that ended of all lines, the time left, the number of lines in each state, and the
/// rate.
fn line(
    ended: u64,
    to_send: u64,
    elapsed: Duration,
    is_waiting: bool,
    counts: &[(State, u64)],
) -> String {
    let rate = ended as f64 / elapsed.as_secs_f64().max(0.001);
    let mut parts = vec![format!("{ended}/{to_send}")];
    if ended > 0 {
        let left = to_send.saturating_sub(ended) as f64 / rate;
        let left = time(Duration::from_secs_f64(left));
        parts.push(say!("progress-left", time = left));
    }
    let counts = counts.iter().filter(|(_, count)| *count > 0);
    parts.extend(counts.map(|(state, count)| of_count(*count, *state)));
    if is_waiting {
        parts.push(say!("progress-waiting"));
    }
    parts.push(format!("{rate:.1}/s"));
    parts.join(", ")
}

fn time(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..60 => say!("seconds", seconds = seconds),
        seconds @ 60..3600 => say!("minutes", minutes = seconds / 60),
        seconds => {
            let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
            say!("hours", hours = hours, minutes = minutes)
        }
    }
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;

    /// As in a list with rejections and losses, which was wider than a usual terminal.
    const COUNTS: [(State, u64); 4] = [
        (State::Unknown, 57),
        (State::Rejected, 30),
        (State::NotSent, 0),
        (State::Done, 523),
    ];

    #[test]
    fn the_text_tells_count_time_left_outcomes_so_far_and_rate() {
        let told = line(610, 3000, Duration::from_secs(10), false, &COUNTS);
        assert_eq!(
            told,
            "610/3000, 39 s left, 57 unknown, 30 rejected, 523 done, 61.0/s"
        );
        assert_eq!(line(0, 0, Duration::ZERO, false, &[]), "0/0, 0.0/s");
        let long = line(1, 10_000, Duration::from_secs(1), true, &[]);
        let said = "1/10000, 2 h 46 min left, waiting for the rate limit, 1.0/s";
        assert_eq!(long, said);
    }

    /// The rows of a terminal of this width after some redraws.
    fn drawn(width: u16) -> Vec<String> {
        let terminal = InMemoryTerm::new(24, width);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let bar = bar(target);
        for ended in (600..=610).chain([600]) {
            let text = line(ended, 3000, Duration::from_secs(10), true, &COUNTS);
            draw(&bar, ended, 3000, text);
            bar.force_draw();
        }
        terminal.contents().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_bar_takes_one_row_of_any_terminal_and_leaves_none_behind() {
        for width in [30, 40, 80, 120] {
            let rows = drawn(width);
            assert_eq!(rows.len(), 1, "{width}: {rows:?}");
            assert!(rows[0].starts_with("[##--------] 600/3000"), "{rows:?}");
        }
        // What needs somebody is seen on a usual one.
        let rows = drawn(80);
        assert!(
            rows[0].contains("57 unknown, 30 rejected, 523 done"),
            "{rows:?}"
        );
    }
}
