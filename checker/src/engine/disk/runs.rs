//! Runs of records on disk. A record has a fixed number of words; records are compared word by word.

use std::borrow::Cow;
use std::fs::File;
use std::io::{ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The buffer of a reader or writer.
const BUFFER: usize = 64 << 10;

/// The format of a record in a file.
#[derive(Clone, Copy)]
pub(crate) struct RecordFormat {
    words: usize,
    /// The last word is less than 2^32 and takes four bytes.
    short: bool,
}

impl RecordFormat {
    /// So many words.
    pub(crate) fn of(words: usize) -> Self {
        Self { words, short: false }
    }

    /// So many words and a number of four bytes.
    pub(crate) fn numbered(words: usize) -> Self {
        Self { words: words + 1, short: true }
    }

    /// How many words a record has in memory.
    pub(crate) fn words(self) -> usize {
        self.words
    }

    fn bytes(self) -> usize {
        self.words * 8 - if self.short { 4 } else { 0 }
    }
}

/// Records in a temporary file without a name, which is gone when it is closed, even if the process is killed. Short runs stay in a buffer
/// and have no file.
pub(crate) struct Run {
    file: Option<File>,
    /// All of them, if there is no file.
    bytes: Vec<u8>,
    form: RecordFormat,
    records: u64,
}

impl Run {
    /// How many records there are.
    pub(crate) fn len(&self) -> u64 {
        self.records
    }

    /// Bytes on disk, or in a buffer.
    pub(crate) fn bytes(&self) -> u64 {
        self.records * self.form.bytes() as u64
    }

    /// Reads it from the beginning. Only one reader of a run may be at work.
    pub(crate) fn read(&self) -> Result<Reader<'_>> {
        let form = self.form;
        let (mut left, mut buffered) = (self.records, 0);
        let file = self.file.as_ref();
        match file {
            Some(mut file) => drop(file.seek(SeekFrom::Start(0))?),
            None => (left, buffered) = (0, self.records as usize),
        }
        let (bytes, record) = (Cow::Borrowed(&*self.bytes), vec![0; form.words]);
        let mut reader = Reader { file, form, left, bytes, buffered, at: 0, record, ended: false };
        reader.advance()?;
        Ok(reader)
    }

    /// One word of a run of single words.
    pub(crate) fn word(&self, number: u64) -> Result<u64> {
        let mut word = [0; 8];
        match self.file.as_ref() {
            Some(mut file) => {
                file.seek(SeekFrom::Start(number * 8))?;
                file.read_exact(&mut word)?;
            }
            None => {
                let bytes = self.bytes.get(number as usize * 8..).and_then(|bytes| bytes.get(..8));
                word.copy_from_slice(bytes.ok_or(ErrorKind::UnexpectedEof)?);
            }
        }
        Ok(u64::from_le_bytes(word))
    }
}

/// Writes a run.
pub(crate) struct Writer {
    directory: PathBuf,
    file: Option<File>,
    bytes: Vec<u8>,
    form: RecordFormat,
    records: u64,
}

impl Writer {
    /// A run below `directory`, if it becomes long.
    pub(crate) fn new(directory: &Path, form: RecordFormat) -> Self {
        Self { directory: directory.to_owned(), file: None, bytes: Vec::new(), form, records: 0 }
    }

    /// A run below `directory`. Fails now if it cannot be written.
    pub(crate) fn tried(directory: &Path, form: RecordFormat) -> Result<Self> {
        Ok(Self { file: Some(tempfile::tempfile_in(directory)?), ..Self::new(directory, form) })
    }

    /// Appends a record.
    pub(crate) fn push(&mut self, record: &[u64]) -> Result<()> {
        if self.bytes.len() >= BUFFER {
            self.flush()?;
        }
        let whole = record.len() - usize::from(self.form.short);
        record[..whole].iter().for_each(|word| self.bytes.extend_from_slice(&word.to_le_bytes()));
        record[whole..].iter().for_each(|word| self.bytes.extend_from_slice(&(*word as u32).to_le_bytes()));
        self.records += 1;
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.directory)?),
        };
        file.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> u64 {
        self.records
    }

    pub(crate) fn finish(mut self) -> Result<Run> {
        if self.file.is_some() {
            self.flush()?;
            self.bytes = Vec::new();
        }
        let Self { file, mut bytes, form, records, .. } = self;
        bytes.shrink_to_fit();
        Ok(Run { file, bytes, form, records })
    }
}

/// Reads a run from one end to the other.
pub(crate) struct Reader<'a> {
    file: Option<&'a File>,
    form: RecordFormat,
    /// Records left in the file, and records left in the buffer.
    left: u64,
    buffered: usize,
    bytes: Cow<'a, [u8]>,
    /// Where the next record begins in the buffer.
    at: usize,
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
        let stride = self.form.bytes();
        if self.buffered == 0 {
            let Some(mut file) = self.file.filter(|_| self.left > 0) else {
                self.ended = true;
                return Ok(());
            };
            let most = (BUFFER / stride.max(1)).max(1);
            self.buffered = self.left.min(most as u64) as usize;
            self.left -= self.buffered as u64;
            let bytes = self.bytes.to_mut();
            bytes.resize(self.buffered * stride, 0);
            file.read_exact(bytes)?;
            self.at = 0;
        }
        self.buffered -= 1;
        let bytes = &self.bytes[self.at..self.at + stride];
        self.at += stride;
        for (word, bytes) in self.record.iter_mut().zip(bytes.chunks(8)) {
            let mut whole = [0; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            *word = u64::from_le_bytes(whole);
        }
        Ok(())
    }
}

/// A source of sorted records.
pub(crate) enum Sorted<'a> {
    File(Reader<'a>),
    /// The records that are left, and the words of each.
    Memory(&'a [u64], usize),
}

impl Sorted<'_> {
    fn record(&self) -> Option<&[u64]> {
        match self {
            Sorted::File(reader) => reader.record(),
            Sorted::Memory(words, stride) => words.get(..*stride),
        }
    }

    fn advance(&mut self) -> Result<()> {
        match self {
            Sorted::File(reader) => reader.advance(),
            Sorted::Memory(words, stride) => {
                *words = &words[*stride..];
                Ok(())
            }
        }
    }
}

/// Merges sorted sources.
pub(crate) struct Merge<'a> {
    sources: Vec<Sorted<'a>>,
    /// The sources that are not at their end, by current record, the least one last.
    order: Vec<usize>,
}

impl<'a> Merge<'a> {
    pub(crate) fn of(sources: Vec<Sorted<'a>>) -> Self {
        let mut order: Vec<usize> = (0..sources.len()).filter(|source| sources[*source].record().is_some()).collect();
        order.sort_by(|one, other| sources[*other].record().cmp(&sources[*one].record()));
        Self { sources, order }
    }

    /// The least record; none at the end.
    pub(crate) fn record(&self) -> Option<&[u64]> {
        self.sources[*self.order.last()?].record()
    }

    /// Where it comes from, by number.
    pub(crate) fn source(&self) -> Option<usize> {
        self.order.last().copied()
    }

    /// Goes on to the next one.
    pub(crate) fn advance(&mut self) -> Result<()> {
        let Some(source) = self.order.pop() else { return Ok(()) };
        self.sources[source].advance()?;
        if let Some(record) = self.sources[source].record() {
            let greater = |other: &usize| self.sources[*other].record().is_some_and(|other| other > record);
            let place = self.order.partition_point(greater);
            self.order.insert(place, source);
        }
        Ok(())
    }
}
