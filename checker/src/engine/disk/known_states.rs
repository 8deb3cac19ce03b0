//! The known states, in sorted runs on disk.

use std::cmp::Ordering;
use std::io::Result;
use std::path::{Path, PathBuf};

use super::runs::{Merge, Reader, RecordFormat, Run, Sorted, Writer};

/// All known states, in sorted runs that are disjoint. A record is a state, followed by its number if the format has one.
pub(crate) struct KnownStates {
    directory: PathBuf,
    form: RecordFormat,
    width: usize,
    runs: Vec<Run>,
}

impl KnownStates {
    /// No states of `width` words yet.
    pub(crate) fn new(directory: &Path, form: RecordFormat, width: usize) -> Self {
        Self { directory: directory.to_owned(), form, width, runs: Vec::new() }
    }

    /// How a record is written.
    pub(crate) fn form(&self) -> RecordFormat {
        self.form
    }

    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.runs.iter().map(Run::bytes).sum()
    }

    /// A lookup of ascending states, each once.
    pub(crate) fn lookup(&self) -> Result<KnownLookup<'_>> {
        Ok(KnownLookup { width: self.width, readers: self.runs.iter().map(Run::read).collect::<Result<_>>()? })
    }

    /// Hands out every state with its number, in no particular order.
    pub(crate) fn each(&self, mut take: impl FnMut(&[u64], u64)) -> Result<()> {
        for run in &self.runs {
            let mut reader = run.read()?;
            while let Some(record) = reader.record() {
                let (words, number) = record.split_at(self.width);
                take(words, number.first().copied().unwrap_or(0));
                reader.advance()?;
            }
        }
        Ok(())
    }

    /// Adds a run. `number` maps the provisional numbers in it to final ones. Runs of similar size are merged, so their number is
    /// logarithmic in the number of states.
    pub(crate) fn add(&mut self, run: Run, number: Option<impl Fn(u64) -> u64>) -> Result<()> {
        let (mut first, mut records) = (self.runs.len(), run.len());
        while let Some(before) = first.checked_sub(1)
            && self.runs[before].len() < 2 * records
        {
            records += self.runs[before].len();
            first = before;
        }
        if first == self.runs.len() && number.is_none() {
            self.runs.push(run);
            return Ok(());
        }
        let merged: Vec<Run> = self.runs.drain(first..).chain([run]).collect();
        let new = merged.len() - 1;
        let mut sources = Vec::with_capacity(merged.len());
        for run in &merged {
            sources.push(Sorted::File(run.read()?));
        }
        let mut merge = Merge::of(sources);
        let mut writer = Writer::new(&self.directory, self.form);
        let mut numbered = vec![0; self.form.words()];
        while let Some(record) = merge.record() {
            match &number {
                Some(number) if merge.source() == Some(new) => {
                    numbered.copy_from_slice(record);
                    numbered[self.width] = number(record[self.width]);
                    writer.push(&numbered)?;
                }
                _ => writer.push(record)?,
            }
            merge.advance()?;
        }
        drop(merge);
        self.runs.push(writer.finish()?);
        Ok(())
    }
}

/// See [`KnownStates::lookup`].
pub(crate) struct KnownLookup<'a> {
    width: usize,
    readers: Vec<Reader<'a>>,
}

impl KnownLookup<'_> {
    /// The record of this state, if it is known.
    pub(crate) fn find(&mut self, words: &[u64]) -> Result<Option<&[u64]>> {
        let mut found = None;
        for (index, reader) in self.readers.iter_mut().enumerate() {
            loop {
                match reader.record().map(|known| known[..self.width].cmp(words)) {
                    Some(Ordering::Less) => reader.advance()?,
                    Some(Ordering::Equal) => {
                        found = Some(index);
                        break;
                    }
                    Some(Ordering::Greater) | None => break,
                }
            }
            if found.is_some() {
                break;
            }
        }
        Ok(found.and_then(|index| self.readers[index].record()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_states_are_found_among_merged_runs_by_their_right_numbers() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for numbered in [false, true] {
            let form = if numbered { RecordFormat::numbered(1) } else { RecordFormat::of(1) };
            let mut known = KnownStates::new(directory.path(), form, 1);
            for level in 0..50u64 {
                let mut writer = Writer::new(directory.path(), form);
                for index in 0..level + 1 {
                    writer.push(&[index * 1_000 + level * 2, index][..form.words()]).expect("a file");
                }
                let number = numbered.then_some(|index| level * 100 + index);
                known.add(writer.finish().expect("a file"), number).expect("a file");
            }
            assert!(known.runs.len() < 12, "{}", known.runs.len());
            let mut asked = known.lookup().expect("a file");
            for state in 0..50_000u64 {
                let (index, level) = (state / 1_000, state % 1_000 / 2);
                let expected = [state, level * 100 + index];
                let expected = (state % 2 == 0 && level < 50 && index <= level).then_some(&expected[..form.words()]);
                assert_eq!(asked.find(&[state]).expect("a file"), expected, "{state}");
            }
            drop(asked);
            let (mut states, mut sum) = (0, 0);
            let count = |words: &[u64], number| {
                states += 1;
                sum += number;
                assert!(!numbered || number == words[0] % 1_000 / 2 * 100 + words[0] / 1_000);
            };
            known.each(count).expect("a file");
            assert_eq!((states, sum > 0), (51 * 50 / 2, numbered));
        }
    }
}
