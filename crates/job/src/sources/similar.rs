//! Which known names look like an unknown one: for "did you mean" and for projects that moved.

/// The candidates that look like `word`, the nearest first, at most `limit`.
///
/// Near means that at most a third of the word (and at least one letter) has to be changed.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Vec<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    near.sort();
    near.truncate(limit);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// How many letters have to be inserted, removed or replaced to make one word of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(!from.eq_ignore_ascii_case(to));
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits_and_ignores_case() {
        for (left, right, edits) in [
            ("", "abc", 3),
            ("security", "security", 0),
            ("Security", "security", 0),
            ("secuirty", "security", 2),
            ("alternativ", "alternative", 1),
        ] {
            assert_eq!(distance(left, right), edits, "{left} {right}");
            assert_eq!(distance(right, left), edits, "{right} {left}");
        }
    }

    #[test]
    fn only_what_is_near_is_named_and_the_nearest_first() {
        let keys = ["remote", "alternative", "security"];
        assert_eq!(nearest("secuirty", keys, 1), ["security"]);
        assert_eq!(nearest("branch", keys, 1), [""; 0]);
        assert_eq!(nearest("aab", ["abb", "aab", "zzz"], 2), ["aab", "abb"]);
    }
}
