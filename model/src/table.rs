//! Tables of a state: rows of fixed number that remember which of them were handed out to be changed.
//!
//! What a step did not touch need neither be put back nor be packed again, and a step touches few rows. The memory of it is no part
//! of a table's value.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Index, IndexMut, Range};
use std::slice::SliceIndex;

/// Rows of fixed number.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table<T> {
    rows: Vec<T>,
    touched: Touched,
}

/// Which groups of rows were handed out to be changed, a bit each. Never tells two tables apart: comparing and hashing a table is
/// comparing and hashing its rows.
#[derive(Clone, Copy, Debug, Default)]
struct Touched {
    groups: u64,
    /// Rows in a group.
    each: u32,
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
        self.groups |= 1 << (group & 63);
    }

    fn rows(&mut self, rows: Range<usize>) {
        if let Some(last) = rows.end.checked_sub(1).filter(|last| *last >= rows.start) {
            let each = self.each as usize;
            let (first, last) = (rows.start / each, last / each);
            self.groups |= (u64::MAX >> (63 - (last - first).min(63))) << (first & 63);
        }
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

impl<T: Copy> Table<T> {
    /// A table of these rows in groups of `each`; larger groups if there would be more than 64.
    pub(crate) fn new(rows: Vec<T>, each: usize) -> Self {
        let each = each.max(rows.len().div_ceil(64)).max(1) as u32;
        Table { rows, touched: Touched { groups: 0, each } }
    }

    /// The groups that were touched, a bit each.
    #[inline]
    pub(crate) fn touched(&self) -> u64 {
        self.touched.groups
    }

    /// How many groups there are.
    pub(crate) fn groups(&self) -> usize {
        self.rows.len().div_ceil(self.touched.each as usize)
    }

    /// Notes that a group was changed quietly.
    #[inline]
    pub(crate) fn touch(&mut self, group: usize) {
        self.touched.groups |= 1 << (group & 63);
    }

    /// Takes over what was touched in `from`, which forgets it.
    #[inline]
    pub(crate) fn follow(&mut self, from: &mut Table<T>) {
        if from.touched.groups != 0 {
            self.copy_groups(from, from.touched.groups);
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

    /// The group that a row is in.
    #[inline]
    pub(crate) fn group_of(&self, row: usize) -> usize {
        if self.touched.each == 1 { row } else { row / self.touched.each as usize }
    }

    /// Puts the rows that were touched back to what they are in `from`, and forgets that they were touched.
    #[inline]
    pub(crate) fn restore(&mut self, from: &Table<T>) {
        if self.touched.groups != 0 {
            self.copy_groups(from, self.touched.groups);
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

impl<T> Deref for Table<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<T, I: SliceIndex<[T]>> Index<I> for Table<T> {
    type Output = I::Output;

    #[inline]
    fn index(&self, index: I) -> &I::Output {
        &self.rows[index]
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
        self.rows.iter()
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
    fn large_tables_have_larger_groups() {
        let mut table = Table::new(vec![0u8; 200], 1);
        assert_eq!((table.groups(), table.group(49)), (50, 196..200));
        table[199] = 1;
        assert_eq!(table.touched(), 1 << 49);
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
