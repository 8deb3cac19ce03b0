//! Tables of a state: rows of fixed number that remember which of them were looked at, and which were handed out to be changed.
//!
//! What a step did not touch need neither be put back nor be packed again, and a step touches few rows. What it did not even look at has
//! no part in its outcome. The memory of it is no part of a table's value.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Index, IndexMut, Range, RangeFrom};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Rows of fixed number.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table<T> {
    rows: Vec<T>,
    touched: Touched,
}

/// Which groups of rows were looked at and handed out to be changed, a bit each. Never tells two tables apart: comparing and hashing a table is
/// comparing and hashing its rows.
#[derive(Debug, Default)]
struct Touched {
    groups: u32,
    /// Rows in a group.
    each: u32,
    /// Groups of which a row was looked at. It is noted through shared references, and states go from thread to thread; nobody waits
    /// for it, so that plain loads and stores do.
    seen: AtomicU32,
    /// Groups of which the phase of a row was looked at.
    glimpsed: AtomicU32,
}

impl Clone for Touched {
    fn clone(&self) -> Self {
        let copy = |noted: &AtomicU32| AtomicU32::new(noted.load(Relaxed));
        Touched { groups: self.groups, each: self.each, seen: copy(&self.seen), glimpsed: copy(&self.glimpsed) }
    }
}

impl PartialEq for Touched {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Touched {}

impl PartialOrd for Touched {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Touched {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl Hash for Touched {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Touched {
    #[inline]
    fn row(&mut self, row: usize) {
        // almost all tables have one row to a group, and a division costs more than the branch
        let group = if self.each == 1 { row } else { row / self.each as usize };
        self.groups |= 1 << (group & 31);
    }

    fn rows(&mut self, rows: Range<usize>) {
        self.groups |= self.groups_of(rows);
    }

    /// The groups of some rows, a bit each.
    #[inline]
    fn groups_of(&self, rows: Range<usize>) -> u32 {
        let Some(last) = rows.end.checked_sub(1).filter(|last| *last >= rows.start) else { return 0 };
        let each = self.each as usize;
        let (first, last) = if each == 1 { (rows.start, last) } else { (rows.start / each, last / each) };
        (u32::MAX >> (31 - (last - first).min(31))) << (first & 31)
    }

    #[inline]
    fn see_row(&self, row: usize) {
        let group = if self.each == 1 { row } else { row / self.each as usize };
        self.see(1 << (group & 31));
    }

    #[inline]
    fn see(&self, groups: u32) {
        self.seen.store(self.seen.load(Relaxed) | groups, Relaxed);
    }
}

/// The bits that are set, the lowest first.
pub(crate) struct Bits(pub u64);

impl Iterator for Bits {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

impl<T> Table<T> {
    /// The group that a row is in.
    #[inline]
    pub(crate) fn group_of(&self, row: usize) -> usize {
        if self.touched.each == 1 { row } else { row / self.touched.each as usize }
    }
}

impl<T: Copy> Table<T> {
    /// A table of these rows in groups of `each`; larger groups if there would be more than 32.
    pub(crate) fn new(rows: Vec<T>, each: usize) -> Self {
        let each = each.max(rows.len().div_ceil(32)).max(1) as u32;
        Table { rows, touched: Touched { each, ..Touched::default() } }
    }

    /// The groups that were touched, a bit each.
    #[inline]
    pub(crate) fn touched(&self) -> u64 {
        self.touched.groups.into()
    }

    /// The rows in groups that were touched.
    #[inline]
    pub(crate) fn touched_rows(&self) -> impl Iterator<Item = usize> + use<'_, T> {
        Bits(self.touched.groups.into()).flat_map(|group| self.group(group))
    }

    /// The groups of which a row was looked at or touched, a bit each.
    #[inline]
    pub(crate) fn seen(&self) -> u64 {
        (self.touched.seen.load(Relaxed) | self.touched.groups).into()
    }

    /// The groups of which the phase of a row was looked at, a bit each.
    #[inline]
    pub(crate) fn glimpsed(&self) -> u64 {
        self.touched.glimpsed.load(Relaxed).into()
    }

    /// Forgets what was looked at.
    #[inline]
    pub(crate) fn unsee(&mut self) {
        *self.touched.seen.get_mut() = 0;
        *self.touched.glimpsed.get_mut() = 0;
    }

    /// How many groups there are.
    pub(crate) fn groups(&self) -> usize {
        self.rows.len().div_ceil(self.touched.each as usize)
    }

    /// Notes that a group was changed quietly.
    #[inline]
    pub(crate) fn touch(&mut self, group: usize) {
        self.touched.groups |= 1 << (group & 31);
    }

    /// Takes over what was touched in `from`, which forgets it.
    #[inline]
    pub(crate) fn follow(&mut self, from: &mut Table<T>) {
        if from.touched.groups != 0 {
            self.copy_groups(from, from.touched());
            from.touched.groups = 0;
        }
    }

    #[inline]
    fn copy_groups(&mut self, from: &Table<T>, groups: u64) {
        if self.touched.each == 1 {
            for row in Bits(groups) {
                if let (Some(to), Some(from)) = (self.rows.get_mut(row), from.rows.get(row)) {
                    *to = *from;
                }
            }
        } else {
            for group in Bits(groups) {
                let rows = self.group(group);
                self.rows[rows.clone()].copy_from_slice(&from.rows[rows]);
            }
        }
    }

    /// The rows of a group.
    #[inline]
    pub(crate) fn group(&self, group: usize) -> Range<usize> {
        let each = self.touched.each as usize;
        let count = self.rows.len();
        (group * each).min(count)..((group + 1) * each).min(count)
    }

    /// How many rows there are. Says nothing about them.
    #[inline]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// There are no rows.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, each looked at when it is reached.
    #[inline]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        (0..self.rows.len()).map(|row| &self[row])
    }

    /// Puts the rows that were touched back to what they are in `from`, and forgets that they were touched.
    #[inline]
    pub(crate) fn restore(&mut self, from: &Table<T>) {
        if self.touched.groups != 0 {
            self.copy_groups(from, self.touched());
            self.touched.groups = 0;
        }
    }

    /// All rows, to change.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.touched.rows(0..self.rows.len());
        self.rows.iter_mut()
    }

    /// All rows, to change without being remembered.
    #[inline]
    pub(crate) fn quietly(&mut self) -> &mut [T] {
        &mut self.rows
    }
}

/// A row that has a phase, which its first packed cell tells.
pub trait Phased {
    /// Where it can be in its lifecycle.
    type Phase;

    /// Where it is in its lifecycle.
    fn phase(&self) -> Self::Phase;
}

impl<T: Phased> Table<T> {
    /// The phase of a row. Nothing else of it is looked at.
    #[inline]
    pub fn phase(&self, row: usize) -> T::Phase {
        let glimpsed = &self.touched.glimpsed;
        glimpsed.store(glimpsed.load(Relaxed) | 1 << (self.group_of(row) & 31), Relaxed);
        self.rows[row].phase()
    }
}

impl<T> Deref for Table<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.touched.see(self.touched.groups_of(0..self.rows.len()));
        &self.rows
    }
}

impl<T> Index<usize> for Table<T> {
    type Output = T;

    #[inline]
    fn index(&self, row: usize) -> &T {
        self.touched.see_row(row);
        &self.rows[row]
    }
}

impl<T> Index<Range<usize>> for Table<T> {
    type Output = [T];

    #[inline]
    fn index(&self, rows: Range<usize>) -> &[T] {
        self.touched.see(self.touched.groups_of(rows.clone()));
        &self.rows[rows]
    }
}

impl<T> Index<RangeFrom<usize>> for Table<T> {
    type Output = [T];

    #[inline]
    fn index(&self, rows: RangeFrom<usize>) -> &[T] {
        &self[rows.start..self.rows.len()]
    }
}

impl<T> IndexMut<usize> for Table<T> {
    #[inline]
    fn index_mut(&mut self, row: usize) -> &mut T {
        self.touched.row(row);
        &mut self.rows[row]
    }
}

impl<T> IndexMut<Range<usize>> for Table<T> {
    fn index_mut(&mut self, rows: Range<usize>) -> &mut [T] {
        self.touched.rows(rows.clone());
        &mut self.rows[rows]
    }
}

impl<'a, T> IntoIterator for &'a Table<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        (**self).iter()
    }
}

impl<'a, T: Copy> IntoIterator for &'a mut Table<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_remembers_what_was_touched_and_puts_it_back() {
        let from = Table::new((0..10).collect::<Vec<i32>>(), 2);
        let mut table = from.clone();
        table[3] = 7;
        assert_eq!(table.touched(), 0b10);
        table[4..8].fill(0);
        assert_eq!(table.touched(), 0b1110);
        table[2..2].fill(9);
        assert_eq!(table.touched(), 0b1110);
        assert_ne!(table, from);
        table.restore(&from);
        assert_eq!((table.touched(), &table), (0, &from));
        table.iter_mut().for_each(|row| *row = 0);
        assert_eq!(table.touched(), 0b11111);
        table.restore(&from);
        assert_eq!(table, from);
    }

    #[test]
    fn a_table_remembers_what_was_looked_at() {
        let mut table = Table::new((0..10).collect::<Vec<i32>>(), 2);
        assert_eq!((table[3], table.seen()), (3, 0b10));
        assert_eq!((table[4..7].len(), table.seen()), (3, 0b1110));
        table.unsee();
        assert_eq!((table.len(), table.is_empty(), table.seen()), (10, false, 0));
        assert_eq!((table.iter().position(|row| *row == 2), table.seen()), (Some(2), 0b11));
        table.unsee();
        table[9] = 0;
        assert_eq!(table.seen(), 0b10000, "what was touched was looked at");
        table.restore(&table.clone());
        assert_eq!((table.first(), table.seen()), (Some(&0), 0b11111), "a slice is all rows");
    }

    #[test]
    fn large_tables_have_larger_groups() {
        let mut table = Table::new(vec![0u8; 200], 1);
        assert_eq!((table.groups(), table.group(28)), (29, 196..200));
        table[199] = 1;
        assert_eq!(table.touched(), 1 << 28);
        assert!(Table::new(Vec::<u8>::new(), 1).groups() == 0);
    }

    #[test]
    fn what_was_touched_is_no_part_of_the_value() {
        let (mut a, b) = (Table::new(vec![1, 2], 1), Table::new(vec![1, 2], 1));
        a[1] = 2;
        assert_eq!(a, b);
        assert_eq!(a.cmp(&b), Ordering::Equal);
    }
}
