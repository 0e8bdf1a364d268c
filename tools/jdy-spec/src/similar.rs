//! Which known word somebody may have meant.

/// The nearest of the known words, if it is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).max(1);
    known
        .map(|each| (distance(word, each), each))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, each)| each)
}

/// How many letters must be changed, added or left out to make one word of the other.
/// Two letters that changed places count as one.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let change = last[j] + usize::from(a[i] != b[j]);
            let mut best = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
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
