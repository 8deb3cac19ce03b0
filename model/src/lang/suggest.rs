//! "Did you mean …?": the nearest of several known words.
//!
//! Used by the parser for keywords and by the resolver for names. The threshold is small on purpose: a wrong guess costs
//! the reader more than no guess.

/// The candidate nearest to `word`, if one is near enough to be a slip of the fingers.
///
/// Distances count swaps of neighbours as one edit. Upper and lower case differ by less than a letter does, so that
/// `hresult` finds `HRESULT`. Among equals the first candidate wins, so the answer depends on nothing but the input.
pub fn suggest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_ascii_lowercase();
    let length = word.chars().count();
    // A third of the word may be wrong, at most three letters; one- and two-letter words match only up to case.
    let allowed = match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    let mut best: Option<(usize, usize, &'a str)> = None;
    for candidate in candidates {
        if candidate == word || candidate.len().abs_diff(word.len()) > allowed || means_another(word, candidate) {
            continue;
        }
        let distance = strsim::damerau_levenshtein(&folded, &candidate.to_ascii_lowercase());
        if distance > allowed {
            continue;
        }
        let cased = strsim::damerau_levenshtein(word, candidate);
        if best.is_none_or(|(d, c, _)| (distance, cased) < (d, c)) {
            best = Some((distance, cased, candidate));
        }
    }
    best.map(|(_, _, candidate)| candidate)
}

/// Is one of them the other with a word more, as `TryAcquire` and `Acquire`, or `UnregisterWaitEx` and `UnregisterWait`? Then both are meant as
/// they stand.
fn means_another(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let word = |rest: &str| {
        let mut letters = rest.chars();
        let begins = letters.next().is_some_and(|first| first.is_ascii_uppercase() || first.is_ascii_digit());
        begins && letters.next().is_some_and(|second| second.is_ascii_lowercase() || second.is_ascii_digit())
    };
    let before = long.strip_suffix(short).filter(|_| short.starts_with(|first: char| first.is_ascii_uppercase()));
    before.is_some_and(word) || long.strip_prefix(short).is_some_and(word)
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn a_word_more_is_no_slip() {
        for (word, known) in [
            ("TryAcquireSRWLockShared", "AcquireSRWLockShared"),
            ("RegisterWaitEx", "RegisterWait"),
            ("InterlockedIncrement64", "InterlockedIncrement"),
            ("CoFreeUnusedLibraries", "CoFreeUnusedLibrariesEx"),
        ] {
            assert_eq!(suggest(word, [known].into_iter()), None, "{word}");
            assert_eq!(suggest(known, [word].into_iter()), None, "{known}");
        }
        assert_eq!(suggest("FreeLibrry", ["FreeLibrary"].into_iter()), Some("FreeLibrary"));
        assert_eq!(suggest("widget_dl", ["widget_dll"].into_iter()), Some("widget_dll"));
    }

    #[test]
    fn near_words_only() {
        let words = ["process", "class", "thread", "HRESULT", "if"];
        let ask = |word| suggest(word, words.iter().copied());
        assert_eq!(ask("proces"), Some("process"));
        assert_eq!(ask("clas"), Some("class"));
        assert_eq!(ask("thred"), Some("thread"));
        assert_eq!(ask("tehrad"), Some("thread"));
        assert_eq!(ask("hresult"), Some("HRESULT"));
        assert_eq!(ask("HRESLUT"), Some("HRESULT"));
        assert_eq!(ask("IF"), Some("if"));
        assert_eq!(ask("widget"), None);
        assert_eq!(ask("x"), None);
        assert_eq!(ask(""), None);
        assert_eq!(ask("class"), None, "a word is no suggestion for itself");
    }

    #[test]
    fn nearest_and_first_wins() {
        assert_eq!(suggest("count", ["amount", "counts", "coun"].into_iter()), Some("counts"));
    }
}
