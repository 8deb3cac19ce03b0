//! What packed words say without being unpacked: where threads stand, and which entities something can happen to.

use super::bits::{Fixed, Measure, Room};
use super::stacks::Spot;
use super::{Codec, THREADS};
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::program::FunctionId;
use crate::state::{Kind, Stop};

/// Where a thread stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It does not run.
    Still,
    /// It runs, with an empty stack.
    Empty,
    /// Its top frame is at the spot with this number.
    At(usize),
}

/// The cells that are read.
#[derive(Clone, Debug)]
pub(crate) struct Glance {
    breach: Fixed,
    threads: Vec<Thread>,
    calls: Column,
    proxies: Column,
    packets: Column,
    due: Column,
    /// By number: function, operation, where in it.
    spots: Vec<(FunctionId, u16, Stop)>,
}

#[derive(Clone, Debug)]
struct Thread {
    phase: Fixed,
    /// The raw value of a running thread's phase; none if it never runs.
    running: Option<u64>,
    /// By level: the position of its frame, and the number of its first spot.
    levels: Vec<(Fixed, usize)>,
}

/// The first cell of each row of a table, and for which raw values of it something can happen.
#[derive(Clone, Debug)]
struct Column {
    cells: Vec<Fixed>,
    open: u64,
}

impl Column {
    fn new(first: Option<&u32>, rows: usize, width: u32, cell: Room, open: impl Fn(usize) -> bool) -> Self {
        let first = first.copied().unwrap_or(0);
        Column {
            cells: (0..rows as u32).map(|row| Fixed::at(first + row * width, cell)).collect(),
            open: (0..=cell.most.min(63)).filter(|raw| open(*raw as usize)).fold(0, |open, raw| open | 1 << raw),
        }
    }

    #[inline]
    fn read(&self, words: &[u64]) -> u32 {
        let open = |cell: &Fixed| (self.open >> cell.read(words)) as u32 & 1;
        self.cells.iter().enumerate().fold(0, |bits, (row, cell)| bits | open(cell) << row)
    }
}

impl Glance {
    /// For the states of a codec. Which proxies can be run down is for the caller to say, which packets can be run down or lost, and
    /// which are to be taken back.
    pub(crate) fn new(
        codec: &Codec,
        forsaken: impl Fn(ProxyPhase) -> bool,
        unread: impl Fn(PacketPhase) -> bool,
        due: impl Fn(PacketPhase) -> bool,
    ) -> Self {
        let (layout, blank) = (&codec.layout, &codec.blank);
        let mut spots = Vec::new();
        let mut threads = Vec::new();
        for (thread, rooms) in layout.threads.iter().enumerate() {
            let start = codec.starts[THREADS][thread];
            let phase = Fixed::at(start, rooms.phase.room);
            let running = rooms.phase.place(ThreadPhase::Running as u16);
            let mut levels = Vec::new();
            let end = codec.spans[THREADS][thread].1;
            for (level, here) in rooms.levels.iter().enumerate() {
                levels.push((Fixed::at(end - rooms.rest[level], here.position), spots.len()));
                spots.extend(here.spots.iter().map(|Spot { function, pc, stop, .. }| (*function, *pc, *stop)));
            }
            threads.push(Thread { phase, running: (running != u16::MAX).then_some(running.into()), levels });
        }
        let (mut call, mut proxy, mut packet) = (Measure::default(), Measure::default(), Measure::default());
        layout.call(0, Default::default(), &mut call);
        layout.proxy(0, Default::default(), &mut proxy);
        layout.packet(0, Default::default(), &mut packet);
        let first = |kind: Kind| codec.starts[kind as usize].first();
        let phases = CallPhase::ALL.len();
        let packets = |open: &dyn Fn(PacketPhase) -> bool| {
            let room = Room::of(PacketPhase::ALL.len());
            Column::new(first(Kind::Packet), blank.packets.len(), packet.bits, room, |raw| {
                PacketPhase::ALL.get(raw).is_some_and(|phase| open(*phase))
            })
        };
        Glance {
            breach: Fixed::at(0, codec.breaches.room),
            threads,
            calls: Column::new(first(Kind::Call), blank.calls.len(), call.bits, layout.call_phase, |raw| {
                CallPhase::ALL[raw % phases] == CallPhase::Sent
            }),
            proxies: Column::new(
                first(Kind::Proxy),
                blank.proxies.len(),
                proxy.bits,
                Room::of(ProxyPhase::ALL.len()),
                |raw| ProxyPhase::ALL.get(raw).is_some_and(|phase| forsaken(*phase)),
            ),
            packets: packets(&unread),
            due: packets(&due),
            spots,
        }
    }

    /// All spots where a top frame can stand: function, operation, where in it.
    pub(crate) fn spots(&self) -> &[(FunctionId, u16, Stop)] {
        &self.spots
    }

    /// Is a property broken?
    #[inline]
    pub(crate) fn is_broken(&self, words: &[u64]) -> bool {
        self.breach.read(words) != 0
    }

    /// Where a thread stands.
    #[inline]
    pub(crate) fn standing(&self, thread: usize, words: &[u64]) -> Standing {
        let Thread { phase, running, levels } = &self.threads[thread];
        if Some(phase.read(words)) != *running {
            return Standing::Still;
        }
        for (position, first) in levels.iter().rev() {
            let position = position.read(words) as usize;
            if position != 0 {
                return Standing::At(first + position - 1);
            }
        }
        Standing::Empty
    }

    /// Calls that were sent, a bit each.
    #[inline]
    pub(crate) fn sent(&self, words: &[u64]) -> u32 {
        self.calls.read(words)
    }

    /// Proxies whose references can be run down, a bit each.
    #[inline]
    pub(crate) fn forsaken(&self, words: &[u64]) -> u32 {
        self.proxies.read(words)
    }

    /// Packets that can be run down or lost, a bit each.
    #[inline]
    pub(crate) fn unread(&self, words: &[u64]) -> u32 {
        self.packets.read(words)
    }

    /// Packets whose reference is to be taken back, a bit each.
    #[inline]
    pub(crate) fn due(&self, words: &[u64]) -> u32 {
        self.due.read(words)
    }
}
