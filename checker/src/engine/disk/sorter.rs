//! External sorting.

use std::io::Result;
use std::path::{Path, PathBuf};

use super::runs::{Merge, RecordFormat, Run, Sorted, Writer};

/// This many runs are merged into one before they are read together.
const RUNS: usize = 64;
/// The words of the longest records that are sorted in place.
const LONGEST: usize = 8;

/// Sorts records, in memory and by spilling sorted runs to disk.
pub(crate) struct Sorter {
    directory: PathBuf,
    form: RecordFormat,
    buffer: Vec<u64>,
    most: usize,
    spilled: Vec<Run>,
    /// Of records that agree in all words but the last, only the least matters; the others may be dropped.
    unique: bool,
}

impl Sorter {
    /// A sorter that holds `bytes` in memory.
    pub(crate) fn new(directory: &Path, form: RecordFormat, bytes: u64, unique: bool) -> Self {
        // Long records are sorted by means of a copy.
        let stride = form.words();
        let records = bytes as usize / (stride * 8) / if stride > LONGEST { 2 } else { 1 };
        let most = records.max(16) * stride;
        let (buffer, spilled) = (Vec::new(), Vec::new());
        Self { directory: directory.to_owned(), form, buffer, most, spilled, unique }
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> u64 {
        self.buffer.len() as u64 * 8
    }

    /// Adds a record, given in two pieces.
    pub(crate) fn push(&mut self, front: &[u64], back: &[u64]) -> Result<()> {
        if self.buffer.len() >= self.most {
            self.spill()?;
        }
        if self.buffer.len() == self.buffer.capacity() {
            // Capacity up to the limit only: doubling would pass it.
            let stride = self.form.words();
            let more = self.buffer.len().clamp(16 * stride, (self.most - self.buffer.len()).max(16 * stride));
            self.buffer.reserve_exact(more);
        }
        self.buffer.extend_from_slice(front);
        self.buffer.extend_from_slice(back);
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        let stride = self.form.words();
        sort(&mut self.buffer, stride);
        let mut writer = Writer::new(&self.directory, self.form);
        let mut last: Option<&[u64]> = None;
        for record in self.buffer.chunks_exact(stride) {
            if !(self.unique && last.is_some_and(|last| same(last, record))) {
                writer.push(record)?;
            }
            last = Some(record);
        }
        self.buffer.clear();
        self.spilled.push(writer.finish()?);
        if self.spilled.len() == RUNS {
            let mut writer = Writer::new(&self.directory, self.form);
            let mut merge = merge(&self.spilled, &[], stride)?;
            while let Some(record) = merge.record() {
                writer.push(record)?;
                merge.advance()?;
            }
            drop(merge);
            self.spilled = vec![writer.finish()?];
        }
        Ok(())
    }

    /// What was added, sorted.
    pub(crate) fn sorted(&mut self) -> Result<Merge<'_>> {
        sort(&mut self.buffer, self.form.words());
        merge(&self.spilled, &self.buffer, self.form.words())
    }

    /// Forgets what was added.
    pub(crate) fn clear(&mut self) {
        self.buffer.clear();
        self.spilled.clear();
    }
}

fn merge<'a>(runs: &'a [Run], sorted: &'a [u64], stride: usize) -> Result<Merge<'a>> {
    let mut sources = Vec::with_capacity(runs.len() + 1);
    for run in runs {
        sources.push(Sorted::File(run.read()?));
    }
    sources.push(Sorted::Memory(sorted, stride));
    Ok(Merge::of(sources))
}

/// Whether two records agree in all words but the last.
fn same(one: &[u64], other: &[u64]) -> bool {
    one[..one.len() - 1] == other[..other.len() - 1]
}

fn sort(words: &mut Vec<u64>, stride: usize) {
    fn sort<const WORDS: usize>(words: &mut [u64]) {
        words.as_chunks_mut::<WORDS>().0.sort_unstable();
    }
    match stride {
        1 => words.sort_unstable(),
        2 => sort::<2>(words),
        3 => sort::<3>(words),
        4 => sort::<4>(words),
        5 => sort::<5>(words),
        6 => sort::<6>(words),
        7 => sort::<7>(words),
        LONGEST => sort::<LONGEST>(words),
        _ => {
            let mut records: Vec<&[u64]> = words.chunks_exact(stride).collect();
            records.sort_unstable();
            *words = records.concat();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With room for a few records only, and for all of them; short records and long ones.
    #[test]
    fn what_is_sorted_in_pieces_is_what_is_sorted_at_once() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for (stride, unique, bytes) in [2, 3, 8, 9, 12]
            .into_iter()
            .flat_map(|stride| [(stride, true, 0), (stride, false, 0), (stride, true, 1 << 20)])
        {
            let form = if unique { RecordFormat::of(stride) } else { RecordFormat::numbered(stride - 1) };
            let mut sorter = Sorter::new(directory.path(), form, bytes, unique);
            let record = |number: u64| -> Vec<u64> {
                let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 52;
                (0..stride as u64)
                    .map(|word| if word + 1 == stride as u64 { number } else { mixed % (7 + word) })
                    .collect()
            };
            let mut expected: Vec<Vec<u64>> = (0..3_000).map(record).collect();
            for record in &expected {
                sorter.push(&record[..1], &record[1..]).expect("a file");
            }
            expected.sort();
            let mut sorted: Vec<Vec<u64>> = Vec::new();
            let mut merge = sorter.sorted().expect("a file");
            while let Some(record) = merge.record() {
                sorted.push(record.to_vec());
                merge.advance().expect("a file");
            }
            drop(merge);
            if unique {
                expected.dedup_by(|one, other| same(one, other));
                assert!(bytes > 0 || stride > 2 || sorted.len() < 3_000, "nothing is left out");
                sorted.dedup_by(|one, other| same(one, other));
            }
            assert_eq!(sorted, expected, "{stride} {bytes}");
            sorter.clear();
            assert!(sorter.sorted().expect("a file").record().is_none());
        }
        assert_eq!(std::fs::read_dir(directory.path()).expect("the directory").count(), 0, "files are left");
    }
}
