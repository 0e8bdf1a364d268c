//! The days around a date.
//!
//! Owns the calendar's neighbours. Must not know what is looked up on these days, nor a clock.

use jdy_wire::Date;

/// The day before a date and the day after it, as texts. The date may be followed by a time.
/// A list may count a day by another time zone, or leave out the last day: a record of the date is
/// shown between these two by any of them.
pub(super) fn around(text: &str) -> Option<(String, String)> {
    let date: Date = text.trim().get(..10)?.parse().ok()?;
    Some((before(date)?.to_string(), after(date)?.to_string()))
}

fn before(date: Date) -> Option<Date> {
    let (year, month) = (date.year(), date.month());
    if date.day() > 1 {
        return Date::new(year, month, date.day() - 1).ok();
    }
    let (year, month) = match month {
        1 => (year.checked_sub(1)?, 12),
        _ => (year, month - 1),
    };
    let mut days = (28..=31).rev();
    days.find_map(|day| Date::new(year, month, day).ok())
}

fn after(date: Date) -> Option<Date> {
    let (year, month) = (date.year(), date.month());
    Date::new(year, month, date.day().saturating_add(1))
        .or_else(|_| Date::new(year, month.saturating_add(1), 1))
        .or_else(|_| Date::new(year.saturating_add(1), 1, 1))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn the_neighbours_of_a_date_cross_months_and_years() {
        for (date, before, after) in [
            ("2024-05-15", "2024-05-14", "2024-05-16"),
            ("2024-03-01", "2024-02-29", "2024-03-02"),
            ("2023-03-01 10:00:00", "2023-02-28", "2023-03-02"),
            ("2024-02-28", "2024-02-27", "2024-02-29"),
            ("2024-12-31", "2024-12-30", "2025-01-01"),
            ("2025-01-01", "2024-12-31", "2025-01-02"),
        ] {
            let expected = Some((before.to_owned(), after.to_owned()));
            assert_eq!(around(date), expected, "{date}");
        }
        for wrong in [
            "",
            "2024-02-30",
            "1714521600000",
            "9999-12-31",
            "01.05.2024",
        ] {
            assert_eq!(around(wrong), None, "{wrong}");
        }
    }
}
