//! Times as the product's own clock shows them.
//!
//! Owns the calendar. Must not know what happened then.

/// Milliseconds since 1970 as the product's own clock shows them: `yyyy-MM-dd HH:mm:ss` in China.
pub(crate) fn china_time(millis: u64) -> String {
    let seconds = millis / 1000 + 8 * 3600;
    let (day, second) = (seconds / 86400, seconds % 86400);
    let (year, month, day) = civil(day);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// The date this many days after 1970-01-01: years of March to February, in eras of 400 years.
fn civil(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let first = (153 * month + 2) / 5;
    let (month, next_year) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next_year, month, day - first + 1)
}

#[cfg(test)]
mod tests {
    use super::china_time;

    #[test]
    fn a_time_is_that_of_the_product() {
        assert_eq!(china_time(0), "1970-01-01 08:00:00");
        assert_eq!(china_time(1_709_135_999_999), "2024-02-28 23:59:59");
        assert_eq!(china_time(1_709_136_000_000), "2024-02-29 00:00:00");
        assert_eq!(china_time(1_735_660_800_000), "2025-01-01 00:00:00");
    }
}
