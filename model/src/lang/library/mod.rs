//! Classes of ATL, WRL, WIL, C++/WinRT and the standard library that end something by themselves: one row each.
//!
//! A row is data: the names under which code has the class, what a variable of it is for the model, and what each of its methods does. The
//! parser finds a row by the name, with its namespace; what the methods mean is read off the row. Reports and `rundown explain` print it.

pub mod classes;
pub mod pointers;

pub use classes::{Holds, Life};
pub use pointers::{Act, Family};

/// A method, or a member that is used like one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// What it does to a counted pointer.
    pub act: Act,
    /// What it does, in a few words.
    pub what: &'static str,
}

/// What a class is for the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A counted pointer.
    Pointer(Family),
    /// Something else, written out with the functions of the run-time.
    Class(Life),
}

/// A class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its names, with their namespaces; the first is the one that reports use.
    pub names: &'static [&'static str],
    /// What it is for the model.
    pub kind: Kind,
    /// The library that it comes from.
    pub from: &'static str,
    /// What it does by itself.
    pub what: &'static str,
    /// What its methods do.
    pub methods: &'static [Method],
}

impl Row {
    /// The name that reports use.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// How it is as a counted pointer.
    pub fn family(&self) -> Family {
        match self.kind {
            Kind::Pointer(family) => family,
            Kind::Class(_) => Family::Wrl,
        }
    }

    /// How it lives, if it is no pointer.
    pub fn life(&self) -> Option<Life> {
        match self.kind {
            Kind::Pointer(_) => None,
            Kind::Class(life) => Some(life),
        }
    }

    /// The method of this name.
    pub fn method(&self, name: &str) -> Option<&'static Method> {
        self.methods.iter().find(|method| method.name == name)
    }
}

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    pointers::ROWS.iter().chain(classes::ROWS)
}

/// The row of a class by one of its names.
pub fn find(name: &str) -> Option<&'static Row> {
    let plain = name.strip_prefix("::").unwrap_or(name);
    rows().find(|row| row.names.contains(&plain))
}

/// What `rundown explain` prints of a class.
pub fn explain(name: &str) -> Option<String> {
    let row =
        find(name).or_else(|| rows().find(|row| row.names.iter().any(|full| full.ends_with(&format!("::{name}")))))?;
    let mut text = format!("{}, of {}. {}\n", row.name(), row.from, row.what);
    let others: Vec<&str> = row.names.iter().skip(1).copied().collect();
    if !others.is_empty() {
        text.push_str(&format!("Also written {}.\n", others.join(", ")));
    }
    let width = row.methods.iter().map(|method| method.name.len()).max().unwrap_or(0);
    if width > 0 {
        text.push('\n');
    }
    for method in row.methods {
        text.push_str(&format!("  {:<width$}  {}\n", method.name, method.what));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        for name in rows().flat_map(|row| row.names) {
            assert!(seen.insert(name), "{name} stands twice");
        }
    }
}
