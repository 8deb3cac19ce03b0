//! Where everything stands in the picture: computed once for the whole run, so that nothing ever jumps.
//!
//! A process is a column. Inside it stand its apartments side by side, each with its threads in the first row (a thread's lifeline
//! goes down from there), then contexts, objects with their stub managers, and proxies; below the apartments its modules with
//! their class objects, and its variables, events and locks. Packets and calls stand in the gap between the processes.

use model::state::Kind as Thing;

use super::cast::Cast;
use super::data::{Column, Entity, Kind, Lifeline, Picture};

const MARGIN: u32 = 12;
const SPACE: u32 = 8;
const TITLE: u32 = 20;
const BOX_HEIGHT: u32 = 34;
const LINE_HEIGHT: u32 = 22;
const LETTER: u32 = 7;
const BOX_MIN: u32 = 100;
const STUB_MIN: u32 = 170;
const BOX_MAX: u32 = 190;
const GAP_MIN: u32 = 28;
/// Boxes below each other in a gap; more stand in a second lane.
const GAP_ROWS: usize = 8;
/// Small things of a process go on in the next row behind this width.
const ROW_WIDTH: u32 = 300;

/// A box with what it holds, measured and not yet placed.
struct Block {
    entity: usize,
    w: u32,
    h: u32,
    /// Offsets from this box's own corner.
    inner: Vec<(u32, u32, Block)>,
}

/// Places every entity and says where columns and lifelines stand.
pub(crate) fn layout(cast: &mut Cast) -> Picture {
    let mut picture = Picture::default();
    let processes: Vec<usize> = of_kind(&cast.entities, Kind::Process);
    let gaps = gaps(cast, &processes);
    let mut x = MARGIN;
    let mut bottom = 0;
    for (index, process) in processes.iter().enumerate() {
        let block = process_block(&cast.entities, *process);
        let width = block.w;
        bottom = bottom.max(MARGIN + block.h);
        place(&mut cast.entities, block, x, MARGIN);
        let standing = &gaps[index];
        let widest = standing.iter().map(|entity| width_of(&cast.entities[*entity])).max();
        let lanes = standing.len().div_ceil(GAP_ROWS) as u32;
        let gap = widest.map_or(GAP_MIN, |widest| lanes * (widest + SPACE) + SPACE);
        let (mut lane, mut y) = (x + width + SPACE, MARGIN + TITLE);
        for (row, entity) in standing.iter().enumerate() {
            if row > 0 && row % GAP_ROWS == 0 {
                (lane, y) = (lane + widest.unwrap_or(0) + SPACE, MARGIN + TITLE);
            }
            let one = &mut cast.entities[*entity];
            (one.w, one.h) = (width_of(one), BOX_HEIGHT);
            (one.x, one.y) = (lane + (widest.unwrap_or(0) - one.w) / 2, y);
            y += BOX_HEIGHT + SPACE;
            bottom = bottom.max(y);
        }
        picture.columns.push(Column { x, width, gap, entity: *process });
        x += width + gap;
    }
    for (thread, id) in cast.threads.iter().enumerate() {
        if let Some(entity) = cast.thread_entity(*id) {
            let one = &cast.entities[entity];
            picture.lifelines.push(Lifeline { thread, x: one.x + one.w / 2 });
        }
    }
    picture.width = x.max(2 * MARGIN);
    picture.height = bottom + MARGIN;
    picture
}

fn of_kind(entities: &[Entity], kind: Kind) -> Vec<usize> {
    (0..entities.len()).filter(|id| entities[*id].kind == kind).collect()
}

fn children(entities: &[Entity], parent: usize, kinds: &[Kind]) -> Vec<usize> {
    (0..entities.len())
        .filter(|id| entities[*id].parent == Some(parent) && kinds.contains(&entities[*id].kind))
        .collect()
}

fn width_of(one: &Entity) -> u32 {
    let letters = one.label.chars().count().try_into().unwrap_or(BOX_MAX);
    // a stub manager shows more counts than others
    let least = if one.kind == Kind::Stub { STUB_MIN } else { BOX_MIN };
    LETTER.saturating_mul(letters).saturating_add(2 * SPACE).clamp(least, BOX_MAX)
}

fn leaf(entities: &[Entity], entity: usize) -> Block {
    let small = matches!(
        entities[entity].kind,
        Kind::Global | Kind::Event | Kind::Section | Kind::Lock | Kind::Condition | Kind::Stream
    );
    // a small thing is one line: its name and its value
    let (w, h) = match small {
        true => (width_of(&entities[entity]) + 5 * LETTER, LINE_HEIGHT),
        false => (width_of(&entities[entity]), BOX_HEIGHT),
    };
    Block { entity, w, h, inner: Vec::new() }
}

/// A box around rows of boxes: the rows stand below each other, the boxes of a row side by side.
fn around(entities: &[Entity], entity: usize, rows: Vec<Vec<Block>>) -> Block {
    let mut inner = Vec::new();
    let mut y = TITLE;
    // the title of a frame that has phases says which
    let room = match entities[entity].kind {
        Kind::Module | Kind::Context => 14 * LETTER,
        _ => 0,
    };
    let mut width = width_of(&entities[entity]) + room;
    for row in rows.into_iter().filter(|row| !row.is_empty()) {
        let mut x = SPACE;
        let mut tallest = 0;
        for block in row {
            let (w, h) = (block.w, block.h);
            inner.push((x, y, block));
            x += w + SPACE;
            tallest = tallest.max(h);
        }
        width = width.max(x);
        y += tallest + SPACE;
    }
    Block { entity, w: width, h: y.max(TITLE + SPACE), inner }
}

/// Boxes side by side, in as many rows as the width asks for.
fn rows(blocks: Vec<Block>, width: u32) -> Vec<Vec<Block>> {
    let mut rows: Vec<Vec<Block>> = Vec::new();
    let mut used = 0;
    for block in blocks {
        if rows.is_empty() || used + block.w > width {
            rows.push(Vec::new());
            used = 0;
        }
        used += block.w + SPACE;
        if let Some(row) = rows.last_mut() {
            row.push(block);
        }
    }
    rows
}

fn process_block(entities: &[Entity], process: usize) -> Block {
    let apartments = children(entities, process, &[Kind::Apartment]);
    let mut first: Vec<Block> = apartments.into_iter().map(|apartment| apartment_block(entities, apartment)).collect();
    // threads that never enter an apartment
    first.extend(children(entities, process, &[Kind::Thread]).into_iter().map(|thread| leaf(entities, thread)));
    let wide = first.iter().map(|block| block.w + SPACE).sum::<u32>().max(ROW_WIDTH);
    let modules = children(entities, process, &[Kind::Module, Kind::Class]);
    let modules = modules.into_iter().map(|module| match entities[module].kind {
        Kind::Module => {
            let classes = children(entities, module, &[Kind::Class]);
            let classes = classes.into_iter().map(|class| leaf(entities, class)).collect();
            around(entities, module, rows(classes, ROW_WIDTH))
        }
        _ => leaf(entities, module),
    });
    let small = [Kind::Global, Kind::Event, Kind::Section, Kind::Lock, Kind::Condition, Kind::Stream];
    let small = children(entities, process, &small).into_iter().map(|one| leaf(entities, one)).collect();
    let mut all = vec![first];
    all.extend(rows(modules.collect(), wide));
    all.extend(rows(small, wide));
    around(entities, process, all)
}

fn apartment_block(entities: &[Entity], apartment: usize) -> Block {
    let threads = children(entities, apartment, &[Kind::Thread]);
    let mut all = vec![threads.into_iter().map(|thread| leaf(entities, thread)).collect()];
    for context in children(entities, apartment, &[Kind::Context]) {
        let inside = objects(entities, context);
        all.push(vec![around(entities, context, inside)]);
    }
    all.extend(objects(entities, apartment));
    let proxies = children(entities, apartment, &[Kind::Proxy]);
    all.extend(rows(proxies.into_iter().map(|proxy| leaf(entities, proxy)).collect(), ROW_WIDTH));
    around(entities, apartment, all)
}

/// A row for each object, with its stub managers behind it.
fn objects(entities: &[Entity], home: usize) -> Vec<Vec<Block>> {
    let stubs = children(entities, home, &[Kind::Stub]);
    let mut all: Vec<Vec<Block>> = Vec::new();
    let mut placed = Vec::new();
    for object in children(entities, home, &[Kind::Object]) {
        let mut row = vec![leaf(entities, object)];
        for stub in stubs.iter().filter(|stub| entities[**stub].to == Some(object)) {
            row.push(leaf(entities, *stub));
            placed.push(*stub);
        }
        all.push(row);
    }
    let left: Vec<Block> =
        stubs.iter().filter(|stub| !placed.contains(stub)).map(|stub| leaf(entities, *stub)).collect();
    all.extend(rows(left, ROW_WIDTH));
    all
}

fn place(entities: &mut [Entity], block: Block, x: u32, y: u32) {
    let one = &mut entities[block.entity];
    (one.x, one.y, one.w, one.h) = (x, y, block.w, block.h);
    for (dx, dy, inner) in block.inner {
        place(entities, inner, x + dx, y + dy);
    }
}

/// For each gap, by the column to its left, what stands in it: calls and packets between the process that they come from and the
/// one that they go to, and streams of no process.
fn gaps(cast: &Cast, processes: &[usize]) -> Vec<Vec<usize>> {
    let mut gaps = vec![Vec::new(); processes.len()];
    let column = |entity: usize| {
        let mut at = entity;
        while let Some(parent) = cast.entities[at].parent {
            at = parent;
        }
        processes.iter().position(|process| *process == at)
    };
    for (id, one) in cast.entities.iter().enumerate() {
        let ends = match one.kind {
            Kind::Call => [one.from.and_then(column), one.to.and_then(column)],
            Kind::Packet => [one.to.and_then(column), reader(cast, id).and_then(column)],
            Kind::Stream if one.parent.is_none() => [None, None],
            _ => continue,
        };
        let left = ends.into_iter().flatten().min().unwrap_or(0);
        if let Some(gap) = gaps.get_mut(left) {
            gap.push(id);
        }
    }
    gaps
}

/// Where a packet ends up: the first proxy that is made of its stub manager after it.
fn reader(cast: &Cast, packet: usize) -> Option<usize> {
    let since = cast.who[packet].since;
    let stub = cast.entities[packet].to?;
    (0..cast.entities.len()).find(|id| {
        let who = cast.who[*id];
        who.thing == Thing::Proxy && who.since >= since && cast.entities[*id].to == Some(stub)
    })
}
