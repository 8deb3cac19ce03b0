//! Where edges lead: asked by states, answered in numbers once the states have been looked up.
//!
//! While states are expanded, each edge is a question with a number, or the repetition of a question asked lately. The answers come by
//! states; sorted by questions they meet the edges again, in the order in which these were written.

use std::collections::BTreeMap;
use std::io::Result;
use std::path::{Path, PathBuf};

use crate::graph::{UNRELIABLE, all_agents};
use crate::system::System;

use super::ORDINAL_BITS;
use super::ranks::Ranks;
use super::rows::{Block, Head, Layout, Link, Rows, distance};
use super::runs::{Form, Writer};
use super::sorter::Sorter;

/// What becomes of a question.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// The state was known and has this number.
    Known(u32),
    /// The state is new, and this question asked about it first.
    New(u32),
}

/// All edges of a search.
pub(crate) struct Linked {
    /// Where an edge leads is told as a distance. Those of unreliable events are left out.
    pub rows: Rows,
    /// What agents are called beyond an edge, by number.
    pub renamings: Vec<Vec<u8>>,
}

/// An edge in a row whose questions are not answered: back to the state itself; a question; the question so many questions ago, and one more.
const ITSELF: u64 = 0;
const QUESTION: u64 = 1;

/// See above.
pub(crate) struct Links {
    directory: PathBuf,
    layout: Layout,
    agents: u64,
    /// Rows with questions.
    asking: Rows,
    /// The row that is being written.
    row: Vec<Link>,
    /// How many questions were asked since the last answers, how many may be, and how many were answered before.
    questions: u32,
    most: u32,
    before: u64,
    /// A question, whether the state is new, and the number or the first question about it.
    answers: Sorter,
    /// The questions that asked about a new state first: the order of discovery.
    firsts: Ranks,
    /// Answers to the last questions.
    lately: Vec<u32>,
    /// Rows with answers; see [`Linked`].
    pub edges: Rows,
    numbers: BTreeMap<Vec<u8>, u32>,
}

impl Links {
    /// With so many bytes for answers that are sorted, for answers that can be repeated, for the order of discovery.
    pub(crate) fn new<S: System>(directory: &Path, system: &S, [answers, lately, firsts]: [u64; 3]) -> Self {
        let agents = all_agents(system.agents());
        let layout = Layout { mask: system.agents().div_ceil(8).clamp(1, 8), renames: system.renames() };
        Self {
            directory: directory.to_owned(),
            layout,
            agents,
            asking: Rows::new(directory, layout),
            row: Vec::new(),
            questions: 0,
            before: 0,
            // An answer has room for so many.
            most: (firsts * 7).clamp(64, 1 << 31) as u32,
            answers: Sorter::new(directory, Form::of(1), answers, false),
            firsts: Ranks::default(),
            lately: vec![0; (lately as usize / 4).max(1)],
            edges: Rows::new(directory, layout),
            numbers: BTreeMap::new(),
        }
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> u64 {
        let lists = self.lately.len() as u64 * 4 + self.edges.index_bytes();
        self.answers.bytes() + self.firsts.bytes() + lists
    }

    /// Whether the questions should be answered before more are asked.
    pub(crate) fn is_full(&self) -> bool {
        self.questions >= self.most
    }

    /// How many questions have no answer.
    pub(crate) fn questions(&self) -> u32 {
        self.questions
    }

    /// A question that belongs to no edge.
    pub(crate) fn question(&mut self) -> u32 {
        self.questions += 1;
        self.questions - 1
    }

    /// An edge leads to a state, which is to be asked for under the number that is given back.
    pub(crate) fn ask(&mut self, actor: u8) -> u32 {
        self.row.push(Link { actor, to: QUESTION, renaming: 0 });
        self.question()
    }

    /// What the question that was asked last is called for ever.
    pub(crate) fn last(&self) -> u64 {
        self.before + u64::from(self.questions) - 1
    }

    /// An edge leads to the state of an earlier question, if that is not too long ago.
    pub(crate) fn repeat(&mut self, actor: u8, question: u64) -> bool {
        let back = self.last() + 1 - question;
        let remembered = question >= self.before && back <= self.lately.len() as u64;
        if remembered {
            self.row.push(Link { actor, to: back + 1, renaming: 0 });
        }
        remembered
    }

    /// An edge leads back to where it comes from.
    pub(crate) fn stay(&mut self, actor: u8) {
        self.row.push(Link { actor, to: ITSELF, renaming: 0 });
    }

    /// Ends the row. `renamings`: for each edge, what agents are called beyond it, if they change their names.
    pub(crate) fn end_row(&mut self, resting: u64, curtailed: bool, renamings: Option<Vec<Vec<u8>>>) -> Result<()> {
        let mut nameless = false;
        if let Some(renamings) = renamings {
            nameless = renamings.len() != self.row.len() && !self.row.is_empty();
            for (link, renaming) in self.row.iter_mut().zip(renamings) {
                let next = self.numbers.len() as u32;
                link.renaming = *self.numbers.entry(renaming).or_insert(next);
            }
        }
        let head = Head { curtailed, nameless, resting: resting & self.agents };
        self.asking.push(head, &self.row)?;
        self.row.clear();
        Ok(())
    }

    /// Takes the answer to a question.
    pub(crate) fn answer(&mut self, question: u32, answer: Answer) -> Result<()> {
        let (new, number) = match answer {
            Answer::Known(number) => (0, number),
            Answer::New(first) => (1, first),
        };
        if new == 1 && number == question {
            self.firsts.insert(question);
        }
        let record = u64::from(question) << 33 | new << 32 | u64::from(number);
        self.answers.push(&[record], &[])
    }

    /// All questions have their answers.
    pub(crate) fn answered(&mut self) {
        self.firsts.count();
    }

    /// What the number of a new state is, given the question that asked about it first, if `known` states were known before.
    pub(crate) fn number(&self, known: u64, first: u64) -> u64 {
        known + u64::from(self.firsts.rank(first as u32))
    }

    /// Writes the edges with their answers, and to `origins` where the new states come from.
    pub(crate) fn resolve(&mut self, known: u64, origins: &mut Writer) -> Result<()> {
        let Self { answers, firsts, lately, asking, edges, row, .. } = self;
        let mut answers = answers.sorted()?;
        let mut next = 0;
        // The next answer: where it leads, and whether it is the first of a new state.
        let mut take = |lately: &mut Vec<u32>| -> Result<(u32, bool)> {
            let record = answers.record().and_then(|record| record.first()).copied().unwrap_or(0);
            let (new, value) = (record >> 32 & 1 == 1, record as u32);
            let number = if new { known as u32 + firsts.rank(value) } else { value };
            let slot = next as usize % lately.len();
            lately[slot] = number;
            let is_first = new && value == next;
            next += 1;
            answers.advance()?;
            Ok((number, is_first))
        };
        asking.close()?;
        if asking.len() == 0 {
            // What was asked about are initial states.
            for question in 0..self.questions {
                if take(lately)?.1 {
                    origins.push(&[u64::from(question)])?;
                }
            }
        }
        let mut block = Block::default();
        let mut asked = 0u64;
        for index in 0..asking.blocks() {
            asking.read(index, &mut block)?;
            for number in block.rows() {
                let source = edges.len();
                let (head, links) = block.row(number);
                row.clear();
                for (ordinal, link) in links.iter().enumerate() {
                    let target = match link.to {
                        ITSELF => source,
                        QUESTION => {
                            let (target, is_first) = take(lately)?;
                            if is_first {
                                origins.push(&[u64::from(source) << ORDINAL_BITS | ordinal as u64])?;
                            }
                            asked += 1;
                            target
                        }
                        back => lately[(asked + 1 - back) as usize % lately.len()],
                    };
                    if link.actor != UNRELIABLE {
                        row.push(Link { to: distance(source, target), ..*link });
                    }
                }
                edges.push(head, row)?;
            }
        }
        row.clear();
        drop(answers);
        self.answers.clear();
        self.firsts.clear();
        self.before += u64::from(self.questions);
        self.questions = 0;
        self.asking = Rows::new(&self.directory, self.layout);
        Ok(())
    }

    /// All edges.
    pub(crate) fn finish(self) -> Result<Linked> {
        let mut renamings = vec![Vec::new(); self.numbers.len()];
        for (renaming, number) in self.numbers {
            renamings[number as usize] = renaming;
        }
        let mut rows = self.edges;
        rows.close()?;
        Ok(Linked { rows, renamings })
    }
}
