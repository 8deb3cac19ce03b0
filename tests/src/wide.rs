//! Wide scenarios: random texts from a written grammar (`wide/grammar.txt`), and smaller ones that are still wrong in the same way.
//!
//! It shares nothing with [`crate::generate`]: no sketch, no strategy, no names. The grammar speaks of what that one has little of: objects that
//! marshal themselves, posted work, condition variables, readings other than the default, fields, copies, crashes. A scenario is a
//! derivation; its text is what one reads off the leaves. A number seeds it, so a failure is named by that number alone.

use model::lang::lower::{API, ApiDoc};
use std::collections::{HashMap, HashSet};

/// The grammar.
const GRAMMAR: &str = include_str!("wide/grammar.txt");

/// What cannot be derived any deeper is cut short.
const DEPTH_MAX: usize = 14;

/// One part of an alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Part(usize),
}

/// The rules by number; the first is the start.
#[derive(Debug)]
pub struct Grammar {
    rules: Vec<Vec<(u64, Vec<Piece>)>>,
    /// By rule: the depth of its shallowest derivation.
    depths: Vec<usize>,
}

/// A derivation: which alternative of which rule, and what stands for the parts in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    rule: usize,
    alternative: usize,
    children: Vec<Tree>,
}

/// A generator of numbers: splitmix64.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, count: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % count
    }
}

impl Default for Grammar {
    fn default() -> Self {
        Grammar::read(&format!("{GRAMMAR}\n{}\n", calls()))
    }
}

/// The part `call`: every function that a scenario can call, with an argument for each of its parameters. The grammar says what an argument can be, by
/// the name of the parameter, or by `FUNCTION.PARAMETER` where that is another one here. So a new row of the run-time is drawn as soon as it is there;
/// one with a parameter that nothing is called yet is asked for.
fn calls() -> String {
    let known: HashSet<&str> =
        GRAMMAR.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim()).collect();
    let call = |row: &ApiDoc| {
        let argument = |parameter: &str| {
            let own = format!("{}.{parameter}", row.name);
            let part = if known.contains(own.as_str()) { own } else { parameter.to_string() };
            assert!(
                known.contains(part.as_str()),
                "tests/src/wide/grammar.txt does not say what `{parameter}` of {} can be",
                row.name
            );
            format!("<{part}>")
        };
        let arguments: Vec<String> = row.parameter_names().map(argument).collect();
        format!("{}({});", row.name, arguments.join(", "))
    };
    let calls: Vec<String> = API.iter().filter(|row| row.is_modelled()).map(call).collect();
    format!("call = {}", calls.join(" | "))
}

impl Grammar {
    /// Reads a grammar. It is a part of the tests, so a mistake in it may panic.
    fn read(text: &str) -> Self {
        let mut found: Vec<(&str, String)> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let begins = !line.starts_with(' ');
            match (begins, line.split_once(" = "), found.last_mut()) {
                (true, Some((name, body)), _) => found.push((name.trim(), body.to_string())),
                (_, _, Some((_, body))) => *body = format!("{body} {}", line.trim()),
                (_, _, None) => panic!("no rule: {line}"),
            }
        }
        let numbers: HashMap<&str, usize> = found.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
        assert_eq!(numbers.len(), found.len(), "a rule is written twice");
        let rules: Vec<Vec<(u64, Vec<Piece>)>> = found
            .iter()
            .map(|(_, body)| body.split(" | ").map(|one| alternative(one.trim(), &numbers)).collect())
            .collect();
        let mut depths = vec![usize::MAX; rules.len()];
        for _ in 0..rules.len() {
            for (rule, alternatives) in rules.iter().enumerate() {
                let least = alternatives.iter().map(|(_, pieces)| depth(pieces, &depths)).min();
                depths[rule] = least.unwrap_or(usize::MAX);
            }
        }
        assert!(depths.iter().all(|depth| *depth < usize::MAX), "a rule never ends");
        Grammar { rules, depths }
    }

    /// The derivation of this number.
    pub fn derive(&self, seed: u64) -> Tree {
        let mut numbers = Numbers(seed);
        self.grow(0, 0, &mut numbers)
    }

    fn grow(&self, rule: usize, depth: usize, numbers: &mut Numbers) -> Tree {
        let alternatives = &self.rules[rule];
        let weight = |index: usize| match depth < DEPTH_MAX {
            true => alternatives[index].0,
            // only what ends soonest
            false => u64::from(self::depth(&alternatives[index].1, &self.depths) == self.depths[rule]),
        };
        let mut left = numbers.below((0..alternatives.len()).map(weight).sum());
        let mut chosen = 0;
        for index in 0..alternatives.len() {
            if left < weight(index) {
                chosen = index;
                break;
            }
            left -= weight(index);
        }
        let children = parts(&alternatives[chosen].1).map(|part| self.grow(part, depth + 1, numbers)).collect();
        Tree { rule, alternative: chosen, children }
    }

    /// The text of a derivation, a statement on a line.
    pub fn text(&self, tree: &Tree) -> String {
        let mut flat = String::new();
        self.read_off(tree, &mut flat);
        laid_out(&flat)
    }

    fn read_off(&self, tree: &Tree, out: &mut String) {
        let mut children = tree.children.iter();
        for piece in &self.rules[tree.rule][tree.alternative].1 {
            match piece {
                Piece::Text(text) => {
                    out.push_str(text);
                    out.push(' ');
                }
                Piece::Part(_) => children.next().into_iter().for_each(|child| self.read_off(child, out)),
            }
        }
    }

    /// The smallest derivation that `fails` still says yes to, as far as leaving out and lifting up lead.
    pub fn shrink(&self, tree: &Tree, fails: &mut impl FnMut(&str) -> bool) -> Tree {
        let mut best = tree.clone();
        loop {
            let smaller = self.simpler(&best).into_iter().find(|tree| fails(&self.text(tree)));
            match smaller {
                Some(smaller) => best = smaller,
                None => return best,
            }
        }
    }

    /// The derivations in which one part is simpler.
    fn simpler(&self, tree: &Tree) -> Vec<Tree> {
        let mut found = Vec::new();
        let size = |tree: &Tree| self.text(tree).len();
        for alternative in 0..self.rules[tree.rule].len() {
            if alternative != tree.alternative {
                let leaves = parts(&self.rules[tree.rule][alternative].1).map(|part| self.shortest(part)).collect();
                found.push(Tree { rule: tree.rule, alternative, children: leaves });
            }
        }
        let mut below = Vec::new();
        within(tree, tree.rule, &mut below);
        found.extend(below);
        found.retain(|one| size(one) < size(tree));
        found.sort_by_key(size);
        for (at, child) in tree.children.iter().enumerate() {
            for simpler in self.simpler(child) {
                let mut tree = tree.clone();
                tree.children[at] = simpler;
                found.push(tree);
            }
        }
        found
    }

    fn shortest(&self, rule: usize) -> Tree {
        let least = |alternative: &usize| depth(&self.rules[rule][*alternative].1, &self.depths);
        let alternative = (0..self.rules[rule].len()).min_by_key(least).unwrap_or(0);
        let children = parts(&self.rules[rule][alternative].1).map(|part| self.shortest(part)).collect();
        Tree { rule, alternative, children }
    }
}

/// The derivations of the same rule further down.
fn within(tree: &Tree, rule: usize, found: &mut Vec<Tree>) {
    for child in &tree.children {
        if child.rule == rule {
            found.push(child.clone());
        }
        within(child, rule, found);
    }
}

fn parts(pieces: &[Piece]) -> impl Iterator<Item = usize> + '_ {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Part(part) => Some(*part),
        Piece::Text(_) => None,
    })
}

fn depth(pieces: &[Piece], depths: &[usize]) -> usize {
    parts(pieces).map(|part| depths[part]).max().map_or(0, |deepest| deepest.saturating_add(1))
}

fn alternative(text: &str, numbers: &HashMap<&str, usize>) -> (u64, Vec<Piece>) {
    let weighed = text.split_once(": ").and_then(|(weight, rest)| Some((weight.parse().ok()?, rest)));
    let (weight, text) = weighed.unwrap_or((1, text));
    let mut pieces = Vec::new();
    let mut words = String::new();
    for word in text.split_whitespace().filter(|word| *word != "nothing") {
        let mut left = word;
        // a part can stand within a word, and `int<0..3>` is none
        while let Some((before, part, after)) = part(left, numbers) {
            words.push_str(before);
            if !words.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut words)));
            }
            pieces.push(Piece::Part(part));
            left = after;
        }
        words.push_str(left);
        words.push(' ');
    }
    if !words.trim().is_empty() {
        pieces.push(Piece::Text(words.trim_end().to_string()));
    }
    (weight, pieces)
}

/// The first part in a word, with what stands before and behind it.
fn part<'a>(word: &'a str, numbers: &HashMap<&str, usize>) -> Option<(&'a str, usize, &'a str)> {
    let begin = word.find('<')?;
    let end = begin + word[begin..].find('>')?;
    let number = numbers.get(&word[begin + 1..end])?;
    Some((&word[..begin], *number, &word[end + 1..]))
}

/// A statement on a line.
fn laid_out(flat: &str) -> String {
    let (mut out, mut depth, mut nested, mut fresh) = (String::new(), 0usize, 0usize, true);
    for letter in flat.chars() {
        if fresh && letter == ' ' {
            continue;
        }
        if letter == '}' {
            depth = depth.saturating_sub(1);
            if !fresh {
                out.push('\n');
                fresh = true;
            }
        }
        if fresh {
            out.push_str(&"    ".repeat(depth));
            fresh = false;
        }
        out.push(letter);
        match letter {
            '(' => nested += 1,
            ')' => nested = nested.saturating_sub(1),
            '{' => depth += 1,
            _ => {}
        }
        if matches!(letter, '{' | '}') || (letter == ';' && nested == 0) {
            out.push('\n');
            fresh = true;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_text_and_shrinking_ends() {
        let grammar = Grammar::default();
        for seed in 0..20 {
            let tree = grammar.derive(seed);
            assert_eq!(grammar.text(&tree), grammar.text(&grammar.derive(seed)));
        }
        let tree = grammar.derive(7);
        let small = grammar.text(&grammar.shrink(&tree, &mut |_| true));
        assert!(small.len() < grammar.text(&tree).len() && small.contains("process p0"), "{small}");
    }
}
