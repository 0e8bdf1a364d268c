//! The progress of a batch on stderr: a bar on a terminal, elsewhere a line from time to time.
//!
//! Owns the drawing and the estimate of the time left. Must not know what is counted.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use jdy_journal::{Progress, State};

const CELLS: u64 = 24;

/// Draws until it is dropped.
pub(crate) async fn watch(progress: &Progress) {
    let start = Instant::now();
    let (pause, draw): (_, fn(&str) -> String) = if std::io::stderr().is_terminal() {
        // Overwrites the previous line and erases the rest of it.
        (Duration::from_millis(200), |text| format!("\r{text}\x1b[K"))
    } else {
        (Duration::from_secs(5), |text| format!("{text}\n"))
    };
    let mut held_back = 0;
    loop {
        tokio::time::sleep(pause).await;
        let mut text = text(progress, start.elapsed());
        if progress.held_back() > held_back {
            held_back = progress.held_back();
            text.push_str(", waiting for the rate limit");
        }
        write(&draw(&text));
    }
}

/// Erases the bar, so that other output can follow.
pub(crate) fn end(progress: &Progress) {
    if std::io::stderr().is_terminal() && progress.to_send() > 0 {
        write("\r\x1b[K");
    }
}

/// A failure to print is ignored.
fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

fn text(progress: &Progress, elapsed: Duration) -> String {
    let counts = progress.counts();
    let counts = State::ALL.map(|state| (state, counts.of(state)));
    line(progress.ended(), progress.to_send(), elapsed, &counts)
}

/// The bar, lines done of all lines, rate, time left, and the number of lines in each state.
fn line(ended: u64, to_send: u64, elapsed: Duration, counts: &[(State, u64)]) -> String {
    let cells = (ended * CELLS).checked_div(to_send).unwrap_or(CELLS);
    let bar: String = (0..CELLS)
        .map(|cell| if cell < cells { '#' } else { '-' })
        .collect();
    let rate = ended as f64 / elapsed.as_secs_f64().max(0.001);
    let mut text = format!("[{bar}] {ended}/{to_send}, {rate:.1} a second");
    // Writing to a String does not fail.
    if ended > 0 {
        let left = to_send.saturating_sub(ended) as f64 / rate;
        let _ = write!(text, ", {} left", time(Duration::from_secs_f64(left)));
    }
    for (state, count) in counts {
        if *count > 0 && !matches!(state, State::Planned | State::Intent) {
            let _ = write!(text, ", {count} {state}");
        }
    }
    text
}

fn time(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_tells_count_rate_time_left_and_outcomes_so_far() {
        let counts = [
            (State::Planned, 70),
            (State::Intent, 5),
            (State::Done, 24),
            (State::Unknown, 1),
        ];
        assert_eq!(
            line(25, 100, Duration::from_secs(10), &counts),
            "[######------------------] 25/100, 2.5 a second, 30 s left, 24 done, 1 unknown"
        );
        assert_eq!(
            line(0, 0, Duration::ZERO, &[]),
            "[########################] 0/0, 0.0 a second"
        );
        let long = line(1, 10_000, Duration::from_secs(1), &[]);
        assert!(long.ends_with("2 h 46 min left"), "{long}");
    }
}
