//! Checkpoints: a search on file, so that it can be resumed after its process was killed.
//!
//! The file begins with a format tag and a digest of the identity of its search, and ends with a digest of everything before. It is
//! verified to its end before any of it is used.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use crate::limits::Since;
use crate::plan::Plan;
use crate::system::System;

/// The format tag at the beginning of the file.
const SHAPE: &[u8; 16] = b"search on file 2";
/// Bytes of a digest.
const DIGEST: usize = 16;
/// Bytes that are read or written at a time.
const BUFFER: usize = 1 << 16;
/// At most one in so many parts of the time goes into writing.
const PART_OF_TIME: u32 = 10;

/// Where and how often a checkpoint is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The file. If it exists, the search resumes from it. It is rewritten from time to time, and removed when the search has finished; a
    /// search that is out of time or memory, or interrupted, leaves it behind. A new checkpoint is written to `FILE.new` and renamed when
    /// it is complete.
    pub file: PathBuf,
    /// How often it is written.
    pub every: Every,
    /// The identity of this search. A file with another identity is refused.
    pub identity: Vec<u8>,
}

/// How often a checkpoint is written. It changes nothing in the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// After this time, and at least ten times what the last writing took.
    Time(Duration),
    /// After this many expansions.
    States(u64),
}

/// Why a checkpoint could not be read or written.
#[derive(Debug)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    Files(io::Error),
    /// The file is no checkpoint, or one of another version.
    Unknown,
    /// The file is damaged.
    Damaged,
    /// The file belongs to another search.
    Foreign,
    /// Another process has locked the file.
    Busy,
    /// Only the default engine writes checkpoints.
    Unsupported,
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CheckpointError::Files(error) => return error.fmt(f),
            CheckpointError::Unknown => "this is no checkpoint, or one of another version; a search that begins anew needs another file, or this one removed",
            CheckpointError::Damaged => "the checkpoint is damaged",
            CheckpointError::Foreign => {
                "the checkpoint belongs to another search: other input, other options, or another build"
            }
            CheckpointError::Busy => {
                "another process keeps its search in this file just now; name another file, or wait for it"
            }
            CheckpointError::Unsupported => "only the engine bfs keeps checkpoints",
        })
    }
}

impl std::error::Error for CheckpointError {}

impl From<io::Error> for CheckpointError {
    fn from(error: io::Error) -> Self {
        CheckpointError::Files(error)
    }
}

/// Writes checkpoints of a running search.
pub(crate) struct Keeper {
    file: PathBuf,
    every: Every,
    identity: u128,
    /// When the last one was written, how long that took, and how many states were expanded by then.
    written: Since,
    took: Duration,
    expanded: u64,
    /// Writing failed; the search has to end.
    pub failed: Option<io::Error>,
    /// The lock on the file, while it is open.
    lock: Option<File>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // only our own lock file, and before the lock is released
        if self.lock.is_some() {
            let _ = fs::remove_file(self.beside(".lock"));
        }
    }
}

/// Does the path still lead to the file?
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |about: fs::Metadata| (about.dev(), about.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(file), Ok(there)) => number(file) == number(there),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// Does the path still lead to the file? Elsewhere an open file is not removed.
#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}

impl Keeper {
    /// The identity includes what can be seen of the system here, and the parts of the plan that affect the outcome.
    pub(crate) fn new<S: System>(checkpoint: &Checkpoint, system: &S, plan: &Plan) -> Self {
        let mut identity = checkpoint.identity.clone();
        let sizes = (system.words(), system.agents(), system.marks(), system.bounds());
        let planned = (plan.store, plan.stop_at_first, plan.limits.states, plan.limits.depth);
        identity.extend(format!("{sizes:?} {planned:?} {:?}", system.properties()).into_bytes());
        let mut words = vec![0; system.words()];
        for state in system.initial() {
            words.fill(0);
            system.pack(&state, &mut words);
            identity.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        Self {
            file: checkpoint.file.clone(),
            every: checkpoint.every,
            identity: xxh3_128(&identity),
            written: Since::now(),
            took: Duration::ZERO,
            expanded: 0,
            failed: None,
            lock: None,
        }
    }

    /// Whether a checkpoint is due, with this many states expanded.
    pub(crate) fn is_due(&self, expanded: u64) -> bool {
        match self.every {
            Every::Time(time) => self.written.elapsed() >= time.max(self.took * PART_OF_TIME),
            Every::States(states) => expanded.saturating_sub(self.expanded) >= states.max(1),
        }
    }

    /// Records that the file holds a search with this many states expanded.
    pub(crate) fn note(&mut self, expanded: u64) {
        self.expanded = expanded;
    }

    /// Writes the checkpoint to a second file and renames it over the old one, which is complete until then.
    pub(crate) fn save(&mut self, write: impl FnOnce(&mut CheckpointWriter) -> io::Result<()>) {
        let started = Since::now();
        self.failed = self.attempt(write).err();
        (self.written, self.took) = (Since::now(), started.elapsed());
    }

    fn attempt(&self, write: impl FnOnce(&mut CheckpointWriter) -> io::Result<()>) -> io::Result<()> {
        let aside = self.aside();
        // Remove a file left by a killed search: nothing is written through it, whatever it is.
        remove(&aside)?;
        let output = File::options().write(true).create_new(true).open(&aside)?;
        let mut sink = CheckpointWriter { output, buffer: Vec::with_capacity(BUFFER), digest: Xxh3::new() };
        sink.bytes(SHAPE)?;
        sink.bytes(&self.identity.to_le_bytes())?;
        write(&mut sink)?;
        sink.flush()?;
        let sum = sink.digest.digest128();
        sink.output.write_all(&sum.to_le_bytes())?;
        sink.output.sync_all()?;
        fs::rename(&aside, &self.file)?;
        let folder = match self.file.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        // Make the rename durable. Not every system can promise that for a folder.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    }

    fn aside(&self) -> PathBuf {
        self.beside(".new")
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = OsString::from(&self.file);
        name.push(ending);
        name.into()
    }

    /// Locks the file against other processes, until this is dropped or the process ends, however it ends.
    pub(crate) fn lock(&mut self) -> Result<(), CheckpointError> {
        let path = self.beside(".lock");
        loop {
            let file = File::options().write(true).create(true).truncate(false).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(CheckpointError::Busy),
                // not every file system knows locks
                Err(TryLockError::Error(_)) => return Ok(()),
            }
            // the process that had the lock may have removed this file a moment ago: then it locks nothing
            if is_still(&file, &path) {
                self.lock = Some(file);
                return Ok(());
            }
        }
    }

    /// Opens the file, if it exists, after verifying its digest and identity.
    pub(crate) fn open(&self) -> Result<Option<CheckpointReader>, CheckpointError> {
        let len = match fs::metadata(&self.file) {
            Ok(about) if about.is_file() => about.len(),
            Ok(_) => return Err(CheckpointError::Unknown),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut file = File::open(&self.file)?;
        let mut head = [0; SHAPE.len() + DIGEST];
        let Some(body) = len.checked_sub(DIGEST as u64).filter(|body| *body >= head.len() as u64) else {
            return Err(CheckpointError::Unknown);
        };
        file.read_exact(&mut head)?;
        let (shape, identity) = head.split_at(SHAPE.len());
        if shape != SHAPE {
            return Err(CheckpointError::Unknown);
        }
        let mut digest = Xxh3::new();
        digest.update(&head);
        let mut buffer = vec![0; BUFFER];
        let mut left = body - head.len() as u64;
        while left > 0 {
            let some = left.min(BUFFER as u64) as usize;
            file.read_exact(&mut buffer[..some])?;
            digest.update(&buffer[..some]);
            left -= some as u64;
        }
        let mut sum = [0; DIGEST];
        file.read_exact(&mut sum)?;
        if u128::from_le_bytes(sum) != digest.digest128() {
            return Err(CheckpointError::Damaged);
        }
        if identity != self.identity.to_le_bytes() {
            return Err(CheckpointError::Foreign);
        }
        file.seek(io::SeekFrom::Start(head.len() as u64))?;
        Ok(Some(CheckpointReader { input: io::BufReader::with_capacity(BUFFER, file), left: body - head.len() as u64 }))
    }

    /// The search has come to its end: nobody needs the file any more.
    pub(crate) fn remove(&self) -> io::Result<()> {
        remove(&self.aside())?;
        remove(&self.file)
    }
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes a checkpoint, with a digest of its bytes.
pub(crate) struct CheckpointWriter {
    output: File,
    buffer: Vec<u8>,
    digest: Xxh3,
}

impl CheckpointWriter {
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        if bytes.len() > BUFFER {
            self.digest.update(bytes);
            return self.output.write_all(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.digest.update(&self.buffer);
        self.output.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    pub(crate) fn word(&mut self, word: u64) -> io::Result<()> {
        self.bytes(&word.to_le_bytes())
    }

    pub(crate) fn half(&mut self, half: u32) -> io::Result<()> {
        self.bytes(&half.to_le_bytes())
    }

    /// Bytes with their number.
    pub(crate) fn list(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.word(bytes.len() as u64)?;
        self.bytes(bytes)
    }

    /// Words with their number.
    pub(crate) fn words(&mut self, words: &[u64]) -> io::Result<()> {
        self.word(words.len() as u64)?;
        words.iter().try_for_each(|word| self.word(*word))
    }
}

/// Reads a checkpoint.
pub(crate) struct CheckpointReader {
    input: io::BufReader<File>,
    left: u64,
}

impl CheckpointReader {
    pub(crate) fn bytes(&mut self, bytes: &mut [u8]) -> Result<(), CheckpointError> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(CheckpointError::Damaged)?;
        Ok(self.input.read_exact(bytes)?)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, CheckpointError> {
        let mut byte = [0];
        self.bytes(&mut byte)?;
        Ok(byte[0])
    }

    pub(crate) fn word(&mut self) -> Result<u64, CheckpointError> {
        let mut bytes = [0; 8];
        self.bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn half(&mut self) -> Result<u32, CheckpointError> {
        let mut bytes = [0; 4];
        self.bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// As many bytes as it says, if so many are left.
    pub(crate) fn list(&mut self) -> Result<Vec<u8>, CheckpointError> {
        let len = self.word()?;
        if len > self.left {
            return Err(CheckpointError::Damaged);
        }
        let mut bytes = vec![0; len as usize];
        self.bytes(&mut bytes)?;
        Ok(bytes)
    }

    /// As many words as it says, if so many are left.
    pub(crate) fn words(&mut self) -> Result<Vec<u64>, CheckpointError> {
        let len = self.word()?;
        if len > self.left / 8 {
            return Err(CheckpointError::Damaged);
        }
        (0..len).map(|_| self.word()).collect()
    }

    /// Whether everything was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.left == 0
    }
}
