//! Cells in words: how much room a range of values needs, and the three ways of walking over cells.

/// The room of a cell: raw values from 0 to `most`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Room {
    pub(super) most: u64,
    pub(super) width: u32,
}

impl Room {
    /// Room for 0 to `most`.
    pub(super) fn to(most: impl Into<u64>) -> Self {
        let most = most.into();
        Room { most, width: 64 - most.leading_zeros() }
    }

    /// Room for that many values; one at the least.
    pub(super) fn of(values: usize) -> Self {
        Room::to(values.saturating_sub(1) as u64)
    }

    /// Room for yes and no, if yes can be.
    pub(super) fn flag(can_be: bool) -> Self {
        Room::to(can_be)
    }
}

/// A cell of numbers from `low` on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Number {
    low: i64,
    pub(super) room: Room,
}

impl Number {
    /// A cell for the range; 0 always has room.
    pub(super) fn covering((low, high): (i64, i64)) -> Self {
        let (low, high) = (low.min(0), high.max(0));
        Number { low, room: Room::to((high - low) as u64) }
    }

    #[inline]
    pub(super) fn walk(&self, value: i8, walker: &mut impl Walker) -> i8 {
        // what lies below wraps to far above the most
        let raw = (i64::from(value) - self.low) as u64;
        (walker.cell(raw, self.room) as i64 + self.low) as i8
    }
}

/// A cell of few values, each known beforehand.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    values: Vec<u16>,
    /// By value: its place in `values`.
    places: Vec<u16>,
    pub(super) room: Room,
}

impl List {
    /// A cell for these values.
    pub(super) fn new(values: impl IntoIterator<Item = u16>) -> Self {
        let values: std::collections::BTreeSet<u16> = values.into_iter().collect();
        let values: Vec<u16> = values.into_iter().collect();
        let mut places = vec![u16::MAX; values.last().map_or(0, |last| usize::from(*last) + 1)];
        for (place, value) in values.iter().enumerate() {
            places[usize::from(*value)] = place as u16;
        }
        let room = Room::of(values.len());
        List { values, places, room }
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The place of a value; `u16::MAX` if it is none of the values.
    #[inline]
    pub(super) fn place(&self, value: u16) -> u16 {
        self.places.get(usize::from(value)).copied().unwrap_or(u16::MAX)
    }

    /// The value in a place.
    pub(super) fn value(&self, place: usize) -> Option<u16> {
        self.values.get(place).copied()
    }

    #[inline]
    pub(super) fn walk(&self, value: u16, walker: &mut impl Walker) -> u16 {
        let place = self.place(value);
        let raw = walker.cell(u64::from(place), self.room);
        self.values.get(raw as usize).copied().unwrap_or(0)
    }
}

/// What walks over cells. It is given the raw value of a cell and gives back the one the cell shall have.
pub(super) trait Walker {
    fn cell(&mut self, raw: u64, room: Room) -> u64;

    /// Goes over bits that are zero.
    fn pass(&mut self, width: u32);
}

/// Counts bits.
#[derive(Default)]
pub(super) struct Measure {
    pub(super) bits: u32,
    /// Where the first cell ended since this was last taken.
    pub(super) first: Option<u32>,
}

impl Walker for Measure {
    fn cell(&mut self, raw: u64, room: Room) -> u64 {
        self.bits += room.width;
        self.first.get_or_insert(self.bits);
        raw
    }

    fn pass(&mut self, width: u32) {
        self.bits += width;
    }
}

/// Writes cells one behind the other, leaving the bits before and behind them as they are.
pub(super) struct Writer<'a> {
    words: &'a mut [u64],
    word: usize,
    /// The word under way, up to bit `used`.
    pending: u64,
    used: u32,
    /// A value had no room.
    pub(super) misfit: bool,
}

impl<'a> Writer<'a> {
    #[inline]
    pub(super) fn at(words: &'a mut [u64], bit: u32) -> Self {
        let (word, used) = ((bit / 64) as usize, bit % 64);
        let pending = if used > 0 { words[word] & ((1 << used) - 1) } else { 0 };
        Writer { words, word, pending, used, misfit: false }
    }

    /// Puts the last word down.
    #[inline]
    pub(super) fn finish(self) -> bool {
        if self.used > 0 {
            let behind = self.words[self.word] & !((1 << self.used) - 1);
            self.words[self.word] = self.pending | behind;
        }
        self.misfit
    }
}

impl Walker for Writer<'_> {
    #[inline]
    fn cell(&mut self, raw: u64, room: Room) -> u64 {
        self.misfit |= raw > room.most;
        if room.width == 0 {
            return raw;
        }
        self.pending |= raw << self.used;
        self.used += room.width;
        if self.used >= 64 {
            self.words[self.word] = self.pending;
            self.word += 1;
            self.used -= 64;
            self.pending = if self.used > 0 { raw >> (room.width - self.used) } else { 0 };
        }
        raw
    }

    #[inline]
    fn pass(&mut self, mut width: u32) {
        while self.used + width >= 64 {
            self.words[self.word] = self.pending;
            self.word += 1;
            width -= 64 - self.used;
            self.used = 0;
            self.pending = 0;
        }
        self.used += width;
    }
}

/// Reads cells one behind the other.
pub(super) struct Reader<'a> {
    words: &'a [u64],
    bit: u32,
}

impl<'a> Reader<'a> {
    #[inline]
    pub(super) fn at(words: &'a [u64], bit: u32) -> Self {
        Reader { words, bit }
    }
}

impl Walker for Reader<'_> {
    #[inline]
    fn cell(&mut self, _: u64, room: Room) -> u64 {
        if room.width == 0 {
            return 0;
        }
        let (word, shift) = ((self.bit / 64) as usize, self.bit % 64);
        let mut raw = self.words[word] >> shift;
        if shift + room.width > 64 {
            raw |= self.words[word + 1] << (64 - shift);
        }
        raw &= u64::MAX >> (64 - room.width);
        self.bit += room.width;
        // no value is as large; whoever wrote it did not know the program
        if raw > room.most { 0 } else { raw }
    }

    #[inline]
    fn pass(&mut self, width: u32) {
        self.bit += width;
    }
}

/// Sets the bits from `start` up to `end`.
pub(super) fn cover(words: &mut [u64], start: u32, end: u32) {
    for (word, first) in words.iter_mut().zip((0..).step_by(64)) {
        let (from, to) = (start.clamp(first, first + 64) - first, end.clamp(first, first + 64) - first);
        if from < to {
            *word |= u64::MAX >> (64 - (to - from)) << from;
        }
    }
}

/// A cell at a fixed place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed {
    word: u32,
    shift: u32,
    width: u32,
}

impl Fixed {
    pub(super) fn at(bit: u32, room: Room) -> Self {
        Fixed { word: bit / 64, shift: bit % 64, width: room.width }
    }

    /// The raw value of the cell.
    #[inline]
    pub(super) fn read(self, words: &[u64]) -> u64 {
        if self.width == 0 {
            return 0;
        }
        let mut raw = words[self.word as usize] >> self.shift;
        if self.shift + self.width > 64 {
            raw |= words[self.word as usize + 1] << (64 - self.shift);
        }
        raw & (u64::MAX >> (64 - self.width))
    }
}
