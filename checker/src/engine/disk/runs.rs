//! Runs of records on disk, and what sorts more records than fit into memory. A record is a fixed number of words; records are compared
//! word by word.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What a reader or writer holds in memory.
const BUFFER: usize = 64 << 10;
/// More runs than this are merged into one before they are read together.
const RUNS: usize = 64;

/// Records in a file without a name: it is gone when it is closed, even if the process is killed.
pub(crate) struct Run {
    file: File,
    stride: usize,
    records: u64,
}

impl Run {
    /// How many records there are.
    pub(crate) fn len(&self) -> u64 {
        self.records
    }

    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.records * self.stride as u64 * 8
    }

    /// Reads it from the beginning.
    pub(crate) fn read(&self) -> Result<Reader<'_>> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        let mut reader = Reader {
            input: BufReader::with_capacity(BUFFER, file),
            left: self.records,
            bytes: vec![0; self.stride * 8],
            record: vec![0; self.stride],
            ended: false,
        };
        reader.advance()?;
        Ok(reader)
    }

    /// One word of a run of single words.
    pub(crate) fn word(&self, number: u64) -> Result<u64> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(number * 8))?;
        let mut bytes = [0; 8];
        file.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

/// Writes a run.
pub(crate) struct Writer {
    output: BufWriter<File>,
    stride: usize,
    records: u64,
}

impl Writer {
    /// A run below `directory`, of records of `stride` words.
    pub(crate) fn new(directory: &Path, stride: usize) -> Result<Self> {
        let output = BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(directory)?);
        Ok(Self { output, stride, records: 0 })
    }

    /// Appends a record.
    pub(crate) fn push(&mut self, record: &[u64]) -> Result<()> {
        for word in record {
            self.output.write_all(&word.to_le_bytes())?;
        }
        self.records += 1;
        Ok(())
    }

    /// Makes what is written so far readable, and goes on after it.
    pub(crate) fn so_far(&mut self) -> Result<Run> {
        self.output.flush()?;
        Ok(Run { file: self.output.get_ref().try_clone()?, stride: self.stride, records: self.records })
    }

    /// Goes on writing at the end, after the file was read.
    pub(crate) fn resume(&mut self) -> Result<()> {
        self.output.seek(SeekFrom::End(0)).map(|_| ())
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> u64 {
        self.records
    }

    pub(crate) fn finish(self) -> Result<Run> {
        let Self { output, stride, records } = self;
        let file = output.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        Ok(Run { file, stride, records })
    }
}

/// Reads a run from one end to the other.
pub(crate) struct Reader<'a> {
    input: BufReader<&'a File>,
    left: u64,
    bytes: Vec<u8>,
    record: Vec<u64>,
    ended: bool,
}

impl Reader<'_> {
    /// The record at hand; none at the end.
    pub(crate) fn record(&self) -> Option<&[u64]> {
        (!self.ended).then_some(&*self.record)
    }

    /// Goes on to the next one.
    pub(crate) fn advance(&mut self) -> Result<()> {
        if self.left == 0 {
            self.ended = true;
            return Ok(());
        }
        self.left -= 1;
        self.input.read_exact(&mut self.bytes)?;
        for (word, bytes) in self.record.iter_mut().zip(self.bytes.chunks_exact(8)) {
            *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        Ok(())
    }
}

/// Sorts records. Of those that agree in all words but the last, only the least is kept.
pub(crate) struct Sorter {
    directory: PathBuf,
    stride: usize,
    buffer: Vec<u64>,
    most: usize,
    spilled: Vec<Run>,
}

impl Sorter {
    /// A sorter of records of `stride` words that holds `bytes` in memory.
    pub(crate) fn new(directory: &Path, stride: usize, bytes: u64) -> Self {
        // Long records are sorted by way of a copy.
        let records = bytes as usize / (stride * 8) / if stride > LONGEST { 2 } else { 1 };
        let most = records.max(16) * stride;
        Self { directory: directory.to_owned(), stride, buffer: Vec::new(), most, spilled: Vec::new() }
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
            // No more than may be used: doubling would pass the limit.
            let more = self.buffer.len().clamp(16 * self.stride, (self.most - self.buffer.len()).max(self.stride));
            self.buffer.reserve_exact(more);
        }
        self.buffer.extend_from_slice(front);
        self.buffer.extend_from_slice(back);
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        sort(&mut self.buffer, self.stride);
        let mut writer = Writer::new(&self.directory, self.stride)?;
        let mut last: Option<&[u64]> = None;
        for record in self.buffer.chunks_exact(self.stride) {
            if last.is_none_or(|last| !same(last, record)) {
                writer.push(record)?;
            }
            last = Some(record);
        }
        self.buffer.clear();
        self.spilled.push(writer.finish()?);
        if self.spilled.len() == RUNS {
            let mut writer = Writer::new(&self.directory, self.stride)?;
            merge(&self.spilled, &[], self.stride, |record| writer.push(record))?;
            self.spilled = vec![writer.finish()?];
        }
        Ok(())
    }

    /// Hands out what was added, sorted, and is empty again.
    pub(crate) fn drain(&mut self, take: impl FnMut(&[u64]) -> Result<()>) -> Result<()> {
        sort(&mut self.buffer, self.stride);
        merge(&self.spilled, &self.buffer, self.stride, take)?;
        self.buffer.clear();
        self.spilled.clear();
        Ok(())
    }
}

/// Whether two records agree in all words but the last.
fn same(one: &[u64], other: &[u64]) -> bool {
    one[..one.len() - 1] == other[..other.len() - 1]
}

/// The longest records that are sorted where they are.
const LONGEST: usize = 8;

fn sort(words: &mut Vec<u64>, stride: usize) {
    fn sort<const WORDS: usize>(words: &mut [u64]) {
        words.as_chunks_mut::<WORDS>().0.sort_unstable();
    }
    match stride {
        1 => sort::<1>(words),
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

/// Reads sorted runs and sorted records together, and leaves out what agrees with the record before in all words but the last.
fn merge(runs: &[Run], sorted: &[u64], stride: usize, mut take: impl FnMut(&[u64]) -> Result<()>) -> Result<()> {
    let mut readers = runs.iter().map(Run::read).collect::<Result<Vec<_>>>()?;
    let mut sorted = sorted.chunks_exact(stride).peekable();
    let mut last: Vec<u64> = Vec::new();
    loop {
        let heads = readers.iter().enumerate().filter_map(|(index, reader)| Some((reader.record()?, Some(index))));
        let heads = heads.chain(sorted.peek().map(|record| (*record, None)));
        let Some((record, source)) = heads.min_by(|(one, _), (other, _)| one.cmp(other)) else { return Ok(()) };
        if last.is_empty() || !same(&last, record) {
            last.clear();
            last.extend_from_slice(record);
            take(record)?;
        }
        match source {
            Some(index) => readers[index].advance()?,
            None => drop(sorted.next()),
        }
    }
}

/// Sorted runs without a record in common: the states that are known.
pub(crate) struct Known {
    directory: PathBuf,
    stride: usize,
    runs: Vec<Run>,
}

impl Known {
    pub(crate) fn new(directory: &Path, stride: usize) -> Self {
        Self { directory: directory.to_owned(), stride, runs: Vec::new() }
    }

    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.runs.iter().map(Run::bytes).sum()
    }

    /// Something that is asked about ascending records, each once.
    pub(crate) fn ask(&self) -> Result<Asked<'_>> {
        Ok(Asked { readers: self.runs.iter().map(Run::read).collect::<Result<_>>()? })
    }

    /// Adds a run. Runs of like size are merged, so that there are only as many as the number of records has digits.
    pub(crate) fn add(&mut self, run: Run) -> Result<()> {
        self.runs.push(run);
        while let [.., one, other] = &self.runs[..]
            && one.len() < 2 * other.len()
        {
            let mut writer = Writer::new(&self.directory, self.stride)?;
            let (mut one, mut other) = (one.read()?, other.read()?);
            loop {
                let least = match (one.record(), other.record()) {
                    (None, None) => break,
                    (Some(_), None) => &mut one,
                    (None, Some(_)) => &mut other,
                    (Some(left), Some(right)) if left < right => &mut one,
                    (Some(_), Some(_)) => &mut other,
                };
                if let Some(record) = least.record() {
                    writer.push(record)?;
                }
                least.advance()?;
            }
            self.runs.truncate(self.runs.len() - 2);
            self.runs.push(writer.finish()?);
        }
        Ok(())
    }
}

/// See [`Known::ask`].
pub(crate) struct Asked<'a> {
    readers: Vec<Reader<'a>>,
}

impl Asked<'_> {
    /// Whether the record is known.
    pub(crate) fn knows(&mut self, record: &[u64]) -> Result<bool> {
        for reader in &mut self.readers {
            loop {
                match reader.record().map(|known| known.cmp(record)) {
                    Some(Ordering::Less) => reader.advance()?,
                    Some(Ordering::Equal) => return Ok(true),
                    Some(Ordering::Greater) | None => break,
                }
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With room for a few records only, and for all of them; short records and long ones.
    #[test]
    fn what_is_sorted_in_pieces_is_what_is_sorted_at_once() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for stride in [2, 3, 8, 9, 12] {
            for bytes in [0, 1 << 20] {
                let mut sorter = Sorter::new(directory.path(), stride, bytes);
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
                expected.dedup_by(|one, other| same(one, other));
                let mut sorted = Vec::new();
                let take = |record: &[u64]| {
                    sorted.push(record.to_vec());
                    Ok(())
                };
                sorter.drain(take).expect("a file");
                assert_eq!(sorted, expected, "{stride} {bytes}");
            }
        }
        assert_eq!(std::fs::read_dir(directory.path()).expect("the directory").count(), 0, "files are left");
    }

    #[test]
    fn known_records_are_found_among_merged_runs() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut known = Known::new(directory.path(), 1);
        for level in 0..50u64 {
            let mut writer = Writer::new(directory.path(), 1).expect("a file");
            (0..level + 1).for_each(|index| writer.push(&[index * 1_000 + level * 2]).expect("a file"));
            known.add(writer.finish().expect("a file")).expect("a file");
        }
        assert!(known.runs.len() < 12, "{}", known.runs.len());
        let mut asked = known.ask().expect("a file");
        for number in 0..50_000u64 {
            let (index, level) = (number / 1_000, number % 1_000 / 2);
            let expected = number % 2 == 0 && level < 50 && index <= level;
            assert_eq!(asked.knows(&[number]).expect("a file"), expected, "{number}");
        }
    }
}
