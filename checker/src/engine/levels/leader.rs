//! The leader of a search: hands out blocks level by level, gives states their numbers in the order of discovery, and stops where one
//! thread that expands one state after another would stop.

use std::sync::atomic::Ordering;

use crate::analysis::{Known, Owed};
use crate::checkpoint::Keeper;
use crate::engine::wanted::Wanted;
use crate::graph::Graph;
use crate::limits::{Meter, Tally};
use crate::marks::MarkSet;
use crate::masks::Masks;
use crate::outcome::{Coverage, StopReason};
use crate::packed::{Packed, Taker};
use crate::plan::Plan;
use crate::signature::Distinct;
use crate::system::{Actor, Kind, System};

use super::foresight::Foresight;
use super::hash::PARTS;
use super::order::Order;
use super::part::{NEW, located};
use super::saved::{Position, may_go_on};
use super::share::{Collector, Share};
use super::store::Kept;
use super::team::Dismissal;
use super::width::Width;
use super::work::{Block, Shared, Worker, read, write};

/// The fewest and the most states of a block. The longer a block is, the more neighbours in memory are visited one soon after the other; but
/// what is found waits in memory until the block is done.
const BLOCK: std::ops::RangeInclusive<u32> = 8_192..=65_536;
/// A block has so many states of one word each; of larger ones, fewer.
const BLOCK_WORDS: u32 = 2 * 65_536;
/// The fewest and the most states that a thread takes at a time.
const SHARE: std::ops::RangeInclusive<u32> = 32..=4_096;

/// What is known of a search so far.
pub(crate) struct Leader<'a, 's, P: Packed, K> {
    pub shared: &'s Shared<'a, P, K>,
    pub order: Order,
    /// Edges, if some property needs them.
    pub graph: Option<Graph>,
    /// For the edges: of each part, the numbers of its states.
    pub numbers: Vec<Vec<u32>>,
    /// For each `Eventually` property.
    pub owed: Vec<Owed>,
    /// By state, if some property asks who is stuck.
    pub resting: Masks,
    pub found: Distinct<u32>,
    pub idle: Vec<u64>,
    pub marks: MarkSet,
    pub cuts: Vec<u64>,
    pub coverage: Coverage,
    pub bytes: Vec<u64>,
    /// What is not there yet and will have to be.
    pub foresight: Foresight,
    /// Keeps the search on file, if that is wanted.
    pub keeper: Option<Keeper>,
    /// Where the search goes on, if it was begun by somebody else.
    pub resumed: Option<Position>,
    threads: u32,
    /// The most states of a block. It does not depend on the number of threads, because memory is looked at between blocks.
    block: u32,
}

/// Some states in a row that were expanded, whose successors are in the store and have no numbers yet.
#[derive(Clone, Copy)]
struct Piece {
    block: usize,
    first: u32,
    len: u32,
    depth: u32,
}

impl<'a, 's, P: Packed, K: Width> Leader<'a, 's, P, K> {
    pub(crate) fn new(shared: &'s Shared<'a, P, K>, graph: bool, threads: usize) -> Self {
        let system = shared.packed.system();
        let properties = system.properties().len();
        let numbers = if graph { vec![Vec::new(); PARTS] } else { Vec::new() };
        let eventually = system.properties().iter().filter(|property| property.kind == Kind::Eventually).count();
        let owed = if graph { eventually } else { 0 };
        Self {
            shared,
            order: Order::new(),
            graph: graph.then(Graph::new),
            numbers,
            owed: vec![Owed::default(); owed],
            resting: Masks::new(system.agents()),
            found: Distinct::new(properties),
            idle: vec![0; properties],
            marks: MarkSet::new(system.marks()),
            cuts: vec![0; system.bounds()],
            coverage: Coverage::default(),
            bytes: vec![0; PARTS],
            foresight: Foresight::new(system, &shared.kept, owed > 0, graph),
            keeper: None,
            resumed: None,
            threads: threads as u32,
            block: (BLOCK_WORDS / (system.words() as u32 + 1)).clamp(*BLOCK.start(), *BLOCK.end()),
        }
    }

    /// Explores until nothing is left or something says stop.
    pub(crate) fn explore(
        &mut self,
        plan: &Plan,
        meter: &mut Meter<'_>,
        team: &mut Dismissal<'_>,
        worker: &mut Worker<P::Scratch>,
    ) -> Option<StopReason> {
        let mut at = match self.resumed.take() {
            Some(position) => position,
            None => {
                self.begin();
                let at = Position { level_end: self.order.len(), ..Position::default() };
                // Whether there can be a file at all is better known now than in an hour.
                if let Some(reason) = self.save(at) {
                    return Some(reason);
                }
                at
            }
        };
        // What is being expanded may not grow the tables of pairs while somebody looks at how large they are.
        let overlap = !matches!(self.shared.kept, Kept::Pairs(_));
        let (mut next, mut block) = (self.coverage.expanded as u32, 0);
        let mut pending: Option<Piece> = None;
        loop {
            let due = self.is_due(next);
            if next != at.level_end && at.block_len.is_none() && overlap {
                // Settled before the last block is taken up, whether that is now or later.
                at.block_len = Some(self.foresight.block(self.block, plan.limits.memory));
            }
            if (next == at.level_end || !overlap || due)
                && let Some(piece) = pending.take()
                && let Some(reason) = self.absorb_or_cut(piece, plan, team, worker)
            {
                return Some(reason);
            }
            if next == at.level_end {
                if self.order.len() == at.level_end {
                    self.coverage.levels_complete = if next == 0 { 0 } else { at.depth + 1 };
                    return None;
                }
                let depth = at.depth + 1;
                self.coverage.levels_complete = depth;
                self.forget_before(at.level_end);
                // Also the parts that nobody touches from now on: which these are depends on what each thread has met lately.
                self.weigh(u64::MAX);
                at = Position { level_start: at.level_end, level_end: self.order.len(), depth, block_len: None };
            }
            if due && let Some(reason) = self.save(at) {
                return Some(reason);
            }
            let block_len = match at.block_len {
                Some(len) => len,
                None => self.foresight.block(self.block, plan.limits.memory),
            };
            let len = size(plan, next, (at.level_end - next).min(block_len));
            self.set_up(block, next, len);
            self.shared.futile.store(false, Ordering::Relaxed);
            team.start(block);
            if let Some(piece) = pending.take()
                && let Some(reason) = self.absorb_or_cut(piece, plan, team, worker)
            {
                return Some(reason);
            }
            at.block_len = Some(block_len);
            if let Some(reason) = meter.closed(self.tally_ahead(at.depth, block_len, plan.limits.memory)) {
                self.shared.futile.store(true, Ordering::Relaxed);
                team.finish();
                return Some(self.leave(at, reason));
            }
            self.shared.expand(block, worker);
            team.finish();
            if self.is_unfinished(block) {
                let reason = self.shared.gate.urgent().unwrap_or(StopReason::Interrupt);
                return Some(self.leave(at, reason));
            }
            at.block_len = None;
            team.start(block | INSERT);
            self.shared.insert(block);
            team.finish();
            pending = Some(Piece { block, first: next, len, depth: at.depth });
            next += len;
            block ^= 1;
        }
    }

    /// Ends the search where nothing was taken up since it stood at this position.
    fn leave(&mut self, at: Position, reason: StopReason) -> StopReason {
        if may_go_on(reason) {
            self.save(at);
        }
        reason
    }

    /// Adds the initial states.
    fn begin(&mut self) {
        let shared = self.shared;
        let system = shared.packed.system();
        self.set_up(0, 0, 0);
        {
            let blocks = read(&shared.blocks);
            let mut share = write(&blocks[0].shares[0]);
            let mut words = vec![0; system.words()];
            for state in system.initial() {
                words.fill(0);
                system.pack(&state, &mut words);
                let mut collector = Collector {
                    share: &mut share,
                    state: None,
                    own: 0,
                    coder: &mut Default::default(),
                    recent: None,
                    kept: &shared.kept,
                    key: shared.form.key,
                    edges: false,
                    transitions: 0,
                    curtailed: false,
                    busy: false,
                };
                collector.take(Actor::Unreliable, &words);
            }
            share.make_places();
        }
        shared.insert(0);
        let blocks = read(&shared.blocks);
        for told in &read(&blocks[0].shares[0]).told {
            self.number(told.load(Ordering::Relaxed));
        }
        self.order.end_initial();
        self.coverage.initial = u64::from(self.order.len());
        self.weigh(u64::MAX);
    }

    /// Gives a state its number, if it is new. Returns the number that it has, if anybody asks for numbers.
    #[inline(always)]
    fn number(&mut self, told: u32) -> u32 {
        if told & NEW == 0 && self.graph.is_none() {
            return 0;
        }
        let (part, place) = located(told);
        if told & NEW == 0 {
            return self.numbers[part][place as usize];
        }
        let number = self.order.len();
        self.order.push(part);
        if self.graph.is_some() {
            self.numbers[part].push(number);
        }
        number
    }

    /// Hands out the states `first..first + len` in shares.
    fn set_up(&self, block: usize, first: u32, len: u32) {
        let system = self.shared.packed.system();
        let size = (len / (4 * self.threads)).clamp(*SHARE.start(), *SHARE.end());
        let used = len.div_ceil(size).max(1);
        let mut blocks = write(&self.shared.blocks);
        let block = &mut blocks[block];
        let count = block.shares.len().max(used as usize);
        block.shares.resize_with(count, || std::sync::RwLock::new(Share::new(system)));
        let mut places = self.order.counts_before(first);
        let mut start = first;
        for share in &block.shares[..used as usize] {
            let end = (start + size).min(first + len);
            let parts = self.order.parts(start, end);
            write(share).set(start, parts, &places);
            for part in parts {
                places[usize::from(*part)] += 1;
            }
            start = end;
        }
        block.restart(used as usize);
        drop(blocks);
        *write(&self.shared.wanted) = self.wanted();
    }

    fn wanted(&self) -> Wanted {
        let open = |property: usize| !self.found.has(property);
        Wanted::of(self.shared.packed.system(), open, self.graph.is_some())
    }

    fn is_unfinished(&self, block: usize) -> bool {
        read(&self.shared.blocks)[block].shares().iter().any(|share| read(share).unfinished)
    }

    /// Numbers what a piece led to. If one thread would have stopped within the piece, what was done beyond that is undone.
    fn absorb_or_cut(
        &mut self,
        piece: Piece,
        plan: &Plan,
        team: &mut Dismissal<'_>,
        worker: &mut Worker<P::Scratch>,
    ) -> Option<StopReason> {
        let Some((len, reason)) = self.cut(piece, plan) else {
            self.absorb(piece);
            return None;
        };
        self.shared.futile.store(true, Ordering::Relaxed);
        team.finish();
        self.shared.futile.store(false, Ordering::Relaxed);
        for (part, len) in self.shared.parts.iter().zip(self.order.counts()) {
            write(part).shrink(self.shared.form, *len);
        }
        worker.forget();
        let piece = Piece { len, ..piece };
        self.set_up(piece.block, piece.first, len);
        self.shared.expand(piece.block, worker);
        if self.is_unfinished(piece.block) {
            // Somebody lost patience in the meantime. What is not numbered was never here.
            return Some(self.shared.gate.urgent().unwrap_or(reason));
        }
        self.shared.insert(piece.block);
        self.absorb(piece);
        Some(reason)
    }

    /// After how many of a piece's states one thread would have stopped, and why; nothing if it would not.
    fn cut(&self, piece: Piece, plan: &Plan) -> Option<(u32, StopReason)> {
        if self.shared.parts.iter().any(|part| read(part).is_full()) {
            return Some((0, StopReason::Memory));
        }
        let blocks = read(&self.shared.blocks);
        let mut cut: Option<(u32, StopReason)> = None;
        let mut earliest = |len: u32, reason| {
            if len < piece.len && cut.is_none_or(|(cut, _)| len < cut) {
                cut = Some((len, reason));
            }
        };
        let mut states = u64::from(self.order.len());
        for share in blocks[piece.block].shares() {
            let share = read(share);
            if plan.stop_at_first {
                for (index, property) in self.shared.packed.system().properties().iter().enumerate() {
                    match (property.kind, share.found.first(index)) {
                        // It was found when the state before it was expanded, or earlier.
                        (Kind::Always, Some(number)) => earliest(number - piece.first, StopReason::Violation),
                        (Kind::AtEnd, Some(number)) => earliest(number + 1 - piece.first, StopReason::Violation),
                        _ => {}
                    }
                }
            }
            let Some(most) = plan.limits.states else { continue };
            let mut start = 0;
            for (number, end) in (share.first..).zip(&share.ends) {
                let new = |told: &&std::sync::atomic::AtomicU32| told.load(Ordering::Relaxed) & NEW != 0;
                states += share.told[start..*end as usize].iter().filter(new).count() as u64;
                start = *end as usize;
                if states >= most {
                    earliest(number + 1 - piece.first, StopReason::States);
                    break;
                }
            }
        }
        cut
    }

    /// Takes over what came of a piece, in the order of its states.
    fn absorb(&mut self, piece: Piece) {
        let shared = self.shared;
        let blocks = read(&shared.blocks);
        let mut touched = 0;
        let before = self.order.len();
        for share in blocks[piece.block].shares() {
            let share = read(share);
            touched |= share.touched;
            let mut curtailed = share.curtailed.iter().copied().peekable();
            let mut start = 0;
            for (number, end) in (share.first..).zip(&share.ends) {
                let end = *end as usize;
                for successor in start..end {
                    let target = self.number(share.told[successor].load(Ordering::Relaxed));
                    if let Some(graph) = &mut self.graph {
                        graph.push_edge_code(target, share.actors[successor]);
                    }
                }
                start = end;
                self.order.end_children();
                if let Some(graph) = &mut self.graph {
                    graph.end_row(curtailed.next_if_eq(&number).is_some());
                }
            }
            self.coverage.transitions += share.transitions;
            self.note(&share);
        }
        let transitions = blocks[piece.block].shares().iter().map(|share| read(share).transitions).sum();
        drop(blocks);
        self.foresight.learn(piece.len, transitions);
        self.coverage.expanded += u64::from(piece.len);
        if self.order.len() > before {
            self.coverage.depth = piece.depth + 1;
        }
        self.weigh(touched);
    }

    /// Takes over what a share says about its states themselves.
    fn note(&mut self, share: &Share) {
        self.found.merge(&share.found);
        for (sum, idle) in self.idle.iter_mut().zip(&share.idle) {
            *sum += idle;
        }
        self.marks.insert_words(share.marks.words());
        self.cuts.resize(self.cuts.len().max(share.cuts.len()), 0);
        for (sum, cuts) in self.cuts.iter_mut().zip(&share.cuts) {
            *sum += cuts;
        }
        self.resting.append(&share.resting);
        if self.owed.is_empty() {
            return;
        }
        for (number, bits) in (share.first as usize..).zip(share.owed.chunks(self.owed.len())) {
            for ((premise, goal), bits) in self.owed.iter_mut().zip(bits) {
                premise.grow(number + 1);
                goal.grow(number + 1);
                premise.set(number, bits & 1 != 0);
                goal.set(number, bits & 2 != 0);
            }
        }
    }

    /// Asks about the states that were found and not expanded.
    pub(crate) fn ask_the_rest(&mut self, worker: &mut Worker<P::Scratch>) {
        let (mut first, states) = (self.coverage.expanded as u32, self.order.len());
        while first < states {
            let len = (states - first).min(self.block);
            self.set_up(0, first, len);
            let blocks = read(&self.shared.blocks);
            let parts: Vec<_> = self.shared.parts.iter().map(read).collect();
            let wanted = self.wanted();
            for share in blocks[0].shares() {
                let mut share = write(share);
                self.shared.expand_share(&mut share, &parts, &wanted, worker, true);
                self.note(&share);
            }
            drop((blocks, parts));
            first += len;
        }
    }

    /// Only fingerprints need it: the states before `number` will not be looked at any more.
    pub(crate) fn forget_before(&self, number: u32) {
        if let Kept::Fingerprints = self.shared.kept {
            // `number` is the first state of the level that comes now.
            let counts = self.order.counts_before(number);
            for (part, place) in self.shared.parts.iter().zip(counts) {
                write(part).forget_before(self.shared.form, place);
            }
        }
    }

    /// Notes how large the touched parts have become.
    fn weigh(&mut self, touched: u64) {
        for (number, part) in self.shared.parts.iter().enumerate() {
            if touched >> number & 1 == 1 {
                self.bytes[number] = read(part).bytes();
            }
        }
    }

    /// Gives up what only a search needs: the analysis takes its place.
    pub(crate) fn dismiss(&mut self) {
        self.numbers = Vec::new();
        *write(&self.shared.blocks) = [Block::new(), Block::new()];
        self.shared.parts.iter().for_each(|part| write(part).forget_table());
    }

    /// Bytes of the store, without edges.
    pub(crate) fn store_bytes(&self) -> u64 {
        self.bytes.iter().sum::<u64>() + self.order.bytes() + self.shared.kept.bytes()
    }

    /// The figures that limits are compared with: what is foreseen counts, because there would be no stopping then.
    fn tally_ahead(&self, depth: u32, block_len: u32, memory: Option<u64>) -> Tally {
        let tally = self.tally(depth);
        Tally { bytes: tally.bytes + self.foresight.bytes(tally.states, tally.bytes, block_len, memory), ..tally }
    }

    /// The figures of what is there.
    pub(crate) fn tally(&self, depth: u32) -> Tally {
        let numbers: usize = self.numbers.iter().map(Vec::capacity).sum();
        let graph = self.graph.as_ref().map_or(0, |graph| graph.bytes() + self.resting.bytes());
        let bytes = self.store_bytes() + graph + numbers as u64 * 4;
        Tally { states: u64::from(self.order.len()), expanded: self.coverage.expanded, depth, bytes }
    }

    /// The graph, if there is one, and what else its analysis needs. Gives up what only a search needs.
    pub(crate) fn take_graph(&mut self) -> Option<(Graph, Known)> {
        self.numbers = Vec::new();
        let resting = std::mem::replace(&mut self.resting, Masks::new(0));
        let known = Known { owed: std::mem::take(&mut self.owed), resting };
        self.graph.take().map(|graph| (graph, known))
    }
}

/// In the number of a piece of work: insert, do not expand.
pub(crate) const INSERT: usize = 2;

/// How many states the next block has: so many that limits and reports of progress come where they should.
fn size(plan: &Plan, next: u32, most: u32) -> u32 {
    let expanded = u64::from(next);
    let every = plan.progress_every.max(1);
    let mut len = u64::from(most).min(every - expanded % every);
    if let Some((most, _)) = plan.limits.stop_after_expansions {
        len = len.min(most.saturating_sub(expanded).max(1));
    }
    len as u32
}
