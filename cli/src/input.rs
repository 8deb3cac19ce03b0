//! Files that somebody hands in: nothing but regular ones, and no more of them than is good.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A file's bytes; the error says why not. Whether it is a regular file is asked before it is opened, because opening a pipe waits
/// for whoever writes to it; and no more than the limit is read, because a file may grow, or have a length of 0 and no end.
pub fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, String> {
    let (file, _) = open(path, bytes_max as u64)?;
    to_end(file, bytes_max)
}

/// What can be read up to the end, if that is not more than this.
pub fn to_end(from: impl Read, bytes_max: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    from.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > bytes_max { Err(format!("it is larger than {bytes_max} bytes")) } else { Ok(bytes) }
}

/// Opens a regular file that is not larger than this, and says how long it is now.
pub fn open(path: &Path, bytes_max: u64) -> Result<(File, u64), String> {
    let about = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !about.is_file() {
        return Err("it is not a regular file".into());
    }
    if about.len() > bytes_max {
        return Err(format!("it is larger than {bytes_max} bytes"));
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    Ok((file, about.len()))
}
