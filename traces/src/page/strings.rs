//! Values, each kept once.

use std::collections::BTreeMap;

/// The list of values, and where each stands in it.
#[derive(Default)]
pub(crate) struct Strings {
    numbers: BTreeMap<String, usize>,
    pub(crate) all: Vec<String>,
}

impl Strings {
    /// The number of a value.
    pub(crate) fn number(&mut self, value: &str) -> usize {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = self.all.len();
        self.numbers.insert(value.to_string(), number);
        self.all.push(value.to_string());
        number
    }
}
