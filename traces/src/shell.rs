//! Commands that are printed, to be pasted into a shell.

/// A word of a command. Quotes stand only around what a shell would otherwise take apart or expand, and mean the same in PowerShell and in
/// the shells of Unix; `cmd` knows the double ones.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/\\._-:+=".contains(c);
    // PowerShell and the shells of Unix expand these between double quotes
    let expands = |c: char| "$`\"!".contains(c);
    // outside of Windows a backslash is no separator
    let separates = cfg!(windows) || !word.contains('\\');
    if !word.is_empty() && separates && word.chars().all(plain) {
        word.to_string()
    } else if separates && !word.contains(expands) {
        format!("\"{word}\"")
    } else {
        let quote = if cfg!(windows) { "''" } else { "'\\''" };
        format!("'{}'", word.replace('\'', quote))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_gives_the_word_back() {
        let same = ["scenarios/field/c34-broken.scn", "Beenden_größer.scn", "C:/a-b/c.scn"];
        same.iter().for_each(|word| assert_eq!(quoted(word), *word));
        let double = ["my service.scn", "a(1).scn", "it's.scn", "", "~/a", "@a", "a,b", "a&b", "#a"];
        double.iter().for_each(|word| assert_eq!(quoted(word), format!("\"{word}\"")));
        for word in ["$HOME.scn", "a`b c", "say \"x\"", "a b!"] {
            assert_eq!(quoted(word), format!("'{word}'"));
        }
    }

    /// The shell itself reads what is quoted.
    #[cfg(unix)]
    #[test]
    fn sh_reads_the_word() {
        for word in ["a b", "it's", "$HOME", "it's $HOME", "a\\b", "a`b", "\"", "a;b", "größer ä"] {
            let out = std::process::Command::new("sh").arg("-c").arg(format!("printf %s {}", quoted(word))).output();
            assert_eq!(out.expect("sh runs").stdout, word.as_bytes(), "{}", quoted(word));
        }
    }
}
