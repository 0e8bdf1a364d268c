//! Times as the product's own clock shows them.
//!
//! Owns their form. Must not know what happened then.

use jdy::EpochMillis;

/// Milliseconds since 1970 as the product's own clock shows them: `yyyy-MM-dd HH:mm:ss` in China.
pub(crate) fn china_time(millis: u64) -> String {
    let time = i64::try_from(millis)
        .ok()
        .and_then(|millis| EpochMillis(millis).in_china());
    time.map_or_else(|| millis.to_string(), |time| time.to_string())
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
