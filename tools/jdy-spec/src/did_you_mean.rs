//! The known word that was probably meant.
//!
//! Owns how near is near enough. Must not know what a word means.

use strsim::osa_distance;

/// The nearest of the known words, if it is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let max_distance = (word.chars().count() / 3).max(1);
    known
        .map(|each| (osa_distance(&word, &each.to_lowercase()), each))
        .filter(|(distance, _)| *distance <= max_distance)
        .min()
        .map(|(_, each)| each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_understood_and_another_word_is_not() {
        let known = ["type", "title", "description", "required"];
        assert_eq!(nearest("tpye", known.into_iter()), Some("type"));
        assert_eq!(
            nearest("descripton", known.into_iter()),
            Some("description")
        );
        assert_eq!(nearest("Required", known.into_iter()), Some("required"));
        assert_eq!(nearest("nullable", known.into_iter()), None);
        assert_eq!(nearest("", known.into_iter()), None);
    }
}
