//! Edges on disk: a row for each state, in the order of states, in blocks that can be read forwards and backwards.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The size at which a block is closed.
const BLOCK: usize = 64 << 10;

/// The head of a row: facts about its state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowHead {
    /// Edges of agents or reliable events may be missing.
    pub curtailed: bool,
    /// The renamings of its edges are not known.
    pub nameless: bool,
    /// The agents that need not move.
    pub idle: u64,
}

/// An edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowEdge {
    /// Its actor.
    pub actor: u8,
    /// The target, encoded by whoever writes and reads.
    pub to: u64,
    /// The renaming of agents along it, by number.
    pub renaming: u32,
}

/// The format of a row.
#[derive(Clone, Copy)]
pub(crate) struct RowLayout {
    /// Bytes of a set of agents.
    pub mask: usize,
    /// Edges have renamings.
    pub renames: bool,
}

/// Rows of edges, in a temporary file without a name. There is no file as long as there is only one block.
pub(crate) struct Rows {
    directory: PathBuf,
    file: Option<File>,
    layout: RowLayout,
    /// The block that is being written, or the only one; and its first row.
    open: Vec<u8>,
    begun: u32,
    /// By closed block: its position in the file, and its first row.
    blocks: Vec<(u64, u32)>,
    bytes: u64,
    rows: u32,
    /// A block as read from the file.
    raw: RefCell<Vec<u8>>,
}

/// The decoded rows of a block.
#[derive(Default)]
pub(crate) struct RowBlock {
    first: u32,
    /// By row: its head, and where its edges end.
    heads: Vec<(RowHead, usize)>,
    edges: Vec<RowEdge>,
}

impl RowBlock {
    /// The numbers of its rows.
    pub(crate) fn rows(&self) -> Range<u32> {
        self.first..self.first + self.heads.len() as u32
    }

    /// One of them.
    pub(crate) fn row(&self, number: u32) -> (RowHead, &[RowEdge]) {
        let index = (number - self.first) as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.heads[before].1);
        let (head, end) = self.heads[index];
        (head, &self.edges[start..end])
    }
}

impl Rows {
    /// No rows yet; below `directory` if there are many.
    pub(crate) fn new(directory: &Path, layout: RowLayout) -> Self {
        let (open, blocks, raw) = (Vec::new(), Vec::new(), RefCell::default());
        Self { directory: directory.to_owned(), file: None, layout, open, begun: 0, blocks, bytes: 0, rows: 0, raw }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> u32 {
        self.rows
    }

    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes in memory, without the buffers.
    pub(crate) fn index_bytes(&self) -> u64 {
        (self.blocks.capacity() * size_of::<(u64, u32)>()) as u64
    }

    /// Adds the next row.
    pub(crate) fn push(&mut self, head: RowHead, edges: &[RowEdge]) -> Result<()> {
        let RowHead { curtailed, nameless, idle } = head;
        put(&mut self.open, (edges.len() as u64) << 2 | u64::from(nameless) << 1 | u64::from(curtailed));
        self.open.extend_from_slice(&idle.to_le_bytes()[..self.layout.mask]);
        for RowEdge { actor, to, renaming } in edges {
            self.open.push(*actor);
            put(&mut self.open, *to);
            if self.layout.renames {
                put(&mut self.open, u64::from(*renaming));
            }
        }
        self.rows += 1;
        if self.open.len() >= BLOCK { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.directory)?),
        };
        file.write_all(&self.open)?;
        self.end_block();
        self.open.clear();
        Ok(())
    }

    fn end_block(&mut self) {
        self.blocks.push((self.bytes, self.begun));
        self.bytes += self.open.len() as u64;
        self.begun = self.rows;
    }

    /// Ends the rows, before anything is read.
    pub(crate) fn close(&mut self) -> Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        if self.file.is_some() {
            return self.write();
        }
        self.end_block();
        Ok(())
    }

    /// How many blocks there are, after the last one was closed.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The numbers of the rows of a block.
    pub(crate) fn rows_of(&self, block: usize) -> Range<u32> {
        let end = self.blocks.get(block + 1).map_or(self.rows, |(_, first)| *first);
        self.blocks[block].1..end
    }

    /// Reads a block.
    pub(crate) fn read(&self, block: usize, into: &mut RowBlock) -> Result<()> {
        let start = self.blocks[block].0;
        let end = self.blocks.get(block + 1).map_or(self.bytes, |(start, _)| *start);
        let mut raw = self.raw.borrow_mut();
        raw.resize((end - start) as usize, 0);
        match self.file.as_ref() {
            Some(mut file) => {
                file.seek(SeekFrom::Start(start))?;
                file.read_exact(&mut raw)?;
            }
            None => raw.copy_from_slice(&self.open),
        }
        into.first = self.blocks[block].1;
        into.heads.clear();
        into.edges.clear();
        let mut bytes = &raw[..];
        while !bytes.is_empty() {
            self.decode(&mut bytes, into).ok_or_else(|| Error::from(ErrorKind::InvalidData))?;
        }
        Ok(())
    }

    fn decode(&self, bytes: &mut &[u8], into: &mut RowBlock) -> Option<()> {
        let first = get(bytes)?;
        let mask = bytes.split_off(..self.layout.mask)?;
        let idle = mask.iter().rev().fold(0, |mask, byte| mask << 8 | u64::from(*byte));
        for _ in 0..first >> 2 {
            let actor = *bytes.split_off_first()?;
            let to = get(bytes)?;
            let renaming = if self.layout.renames { get(bytes)? as u32 } else { 0 };
            into.edges.push(RowEdge { actor, to, renaming });
        }
        let head = RowHead { curtailed: first & 1 == 1, nameless: first & 2 == 2, idle };
        into.heads.push((head, into.edges.len()));
        Some(())
    }
}

/// Appends a number as LEB128: seven bits in each byte.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[inline]
fn get(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = *bytes.split_off_first()?;
        number |= u64::from(byte & 0x7F).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

/// The signed distance between two states, zigzag-encoded so that near states have small numbers.
pub(crate) fn distance(from: u32, to: u32) -> u64 {
    let way = i64::from(to) - i64::from(from);
    (way << 1 ^ way >> 63) as u64
}

/// The state at this distance.
#[inline]
pub(crate) fn at_distance(from: u32, distance: u64) -> u32 {
    let way = (distance >> 1) as i64 ^ -((distance & 1) as i64);
    (i64::from(from) + way) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_block_by_block() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for (mask, renames, count) in [(1, false, 20_000), (8, true, 20_000), (3, false, 20_000), (2, true, 50)] {
            let mut rows = Rows::new(directory.path(), RowLayout { mask, renames });
            let mixed = |number: u32| u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let row = |number: u32| {
                let idle = mixed(number) >> (64 - 8 * mask);
                let head = RowHead { curtailed: number.is_multiple_of(7), nameless: number.is_multiple_of(11), idle };
                let edge = |edge: u32| {
                    let to = distance(number, (mixed(number + edge) >> 32) as u32);
                    RowEdge { actor: (edge % 66) as u8, to, renaming: if renames { edge * 300 } else { 0 } }
                };
                (head, (0..number % 9 * (number % 5)).map(edge).collect::<Vec<_>>())
            };
            for number in 0..count {
                let (head, edges) = row(number);
                rows.push(head, &edges).expect("a file");
            }
            rows.close().expect("a file");
            let mut block = RowBlock::default();
            let mut seen = 0;
            for index in (0..rows.blocks()).rev().chain(0..rows.blocks()) {
                rows.read(index, &mut block).expect("a file");
                assert_eq!(block.rows(), rows.rows_of(index));
                for number in block.rows() {
                    let (head, edges) = row(number);
                    assert_eq!(block.row(number), (head, &edges[..]), "{number}");
                    seen += 1;
                }
            }
            assert_eq!((seen, rows.len()), (2 * count, count));
            let expected = if count == 50 { 1..2 } else { 8..100 };
            assert!(expected.contains(&rows.blocks()), "{} {}", rows.blocks(), rows.bytes());
        }
        for (from, to) in [(0, u32::MAX), (u32::MAX, 0), (7, 7), (8, 7), (7, 8)] {
            assert_eq!(at_distance(from, distance(from, to)), to);
        }
        assert_eq!((distance(7, 7), distance(8, 7), distance(7, 8)), (0, 1, 2));
    }
}
