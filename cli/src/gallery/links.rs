//! Where a source can be read: the pages that its text names. Nothing is guessed; what names no page has no link.

/// Each page that a source names, as what it is called there and its address.
pub fn links(source: &str) -> Vec<(String, String)> {
    source.split(';').flat_map(part).collect()
}

/// A part of a source begins with a repository, `owner/name`, or with something that has no numbers of issues.
fn part(text: &str) -> Vec<(String, String)> {
    let words: Vec<&str> = text.split_whitespace().map(|word| word.trim_end_matches([',', ':'])).collect();
    if let ["Firefox", "bug", number, ..] = words[..]
        && is_number(number)
    {
        return vec![(
            format!("Firefox bug {number}"),
            format!("https://bugzilla.mozilla.org/show_bug.cgi?id={number}"),
        )];
    }
    let Some(repository) = words.first().filter(|word| is_repository(word)) else { return Vec::new() };
    // the host leads from an issue's address on to a pull request
    let issues: Vec<(String, String)> = words
        .iter()
        .filter_map(|word| word.strip_prefix('#').filter(|number| is_number(number)))
        .map(|number| (format!("{repository}#{number}"), format!("https://github.com/{repository}/issues/{number}")))
        .collect();
    if issues.is_empty() { vec![(repository.to_string(), format!("https://github.com/{repository}"))] } else { issues }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

fn is_repository(text: &str) -> bool {
    let fits = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c));
    text.split_once('/').is_some_and(|(owner, name)| fits(owner) && fits(name))
}

#[cfg(test)]
mod tests {
    use super::links;

    #[test]
    fn only_what_is_named_is_linked() {
        let addresses = |source: &str| links(source).into_iter().map(|(_, address)| address).collect::<Vec<_>>();
        assert_eq!(
            addresses("dotnet/runtime #109538, #110551; dotnet/roslyn #34498"),
            [
                "https://github.com/dotnet/runtime/issues/109538",
                "https://github.com/dotnet/runtime/issues/110551",
                "https://github.com/dotnet/roslyn/issues/34498"
            ]
        );
        assert_eq!(addresses("microsoft/WSL COMImplClass.h"), ["https://github.com/microsoft/WSL"]);
        assert_eq!(addresses("Firefox bug 1433046"), ["https://bugzilla.mozilla.org/show_bug.cgi?id=1433046"]);
        for none in
            ["Firefox ipc/mscom preserved stream", "KB 301357", "", "a/b/c #1", "ActiveX.NET #6", "/x #1", "<a>/b #1"]
        {
            assert!(addresses(none).is_empty(), "{none}");
        }
    }
}
