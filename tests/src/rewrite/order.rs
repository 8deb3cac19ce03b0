//! The declarations of a scenario in another order.

use super::{Word, words};
use model::lang::token::TokenKind;

/// What changes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Everything that is no process: backwards, and in front of the processes.
    Settings,
    /// The processes, backwards.
    Processes,
    /// The members of every process and module, backwards; variables among themselves in their order.
    Members,
    /// The members of every class, backwards; fields among themselves in their order.
    Classes,
    /// All of these.
    Everything,
}

impl Order {
    /// All of them.
    pub const ALL: [Order; 5] = [Order::Settings, Order::Processes, Order::Members, Order::Classes, Order::Everything];
}

/// The scenario in another order, and for every line of it the line that it was (0 for a line of its own).
pub fn reorder(text: &str, order: Order) -> (String, Vec<usize>) {
    let all = words(text);
    let (end, all) = all.split_last().expect("a text has an end");
    let title = if all.first().is_some_and(|word| word.text == "scenario") { 3 } else { 0 };
    let mut moved = all[..title].to_vec();
    let items = declarations(&all[title..]);
    let (mut processes, mut settings): (Vec<&[Word<'_>]>, Vec<&[Word<'_>]>) =
        items.iter().copied().partition(|item| is_process(item));
    let written: Vec<&[Word<'_>]> = match order {
        Order::Settings | Order::Everything => {
            settings.reverse();
            if order == Order::Everything {
                processes.reverse();
            }
            settings.into_iter().chain(processes).collect()
        }
        Order::Processes => {
            processes.reverse();
            let mut next = processes.into_iter();
            items.iter().map(|item| if is_process(item) { next.next().unwrap_or(item) } else { item }).collect()
        }
        Order::Members | Order::Classes => items,
    };
    for item in written {
        if is_process(item) {
            inner(item, order, &mut moved);
        } else {
            moved.extend(item);
        }
    }
    put_down(&moved, end)
}

/// A member that has members; the others are copied.
fn inner<'a>(item: &[Word<'a>], order: Order, out: &mut Vec<Word<'a>>) {
    let Some(open) = body(item) else {
        out.extend(item);
        return;
    };
    let close = item.iter().rposition(|word| word.kind == TokenKind::CloseBrace).unwrap_or(item.len());
    let mut members = declarations(&item[open + 1..close]);
    let wanted = if item[0].text == "class" { Order::Classes } else { Order::Members };
    if order == wanted || order == Order::Everything {
        // variables end in the reverse order of their declarations: that order has a meaning
        let variables: Vec<&[Word<'_>]> = members.iter().copied().filter(|member| is_variable(member)).collect();
        members.reverse();
        let mut next = variables.into_iter();
        for member in &mut members {
            if is_variable(member) {
                *member = next.next().unwrap_or(member);
            }
        }
    }
    out.extend(&item[..=open]);
    for member in members {
        inner(member, order, out);
    }
    out.extend(&item[close..]);
}

fn is_process(item: &[Word<'_>]) -> bool {
    item[0].text == "process"
}

fn is_variable(member: &[Word<'_>]) -> bool {
    let declares = ["class", "struct", "interface", "module", "context", "thread"].contains(&member[0].text);
    !declares && member.last().is_some_and(|word| word.kind == TokenKind::Semicolon)
}

/// Where the members of a process, module or class begin.
fn body(item: &[Word<'_>]) -> Option<usize> {
    let names = item.get(1).is_some_and(|word| word.kind == TokenKind::Name);
    let has_members = names && ["process", "module", "class"].contains(&item[0].text);
    item.iter().position(|word| word.kind == TokenKind::OpenBrace).filter(|_| has_members)
}

/// Cuts a list of declarations into them: each ends with a semicolon, or with the brace that closes its block and the
/// semicolon that may stand behind it.
fn declarations<'w, 'a>(words: &'w [Word<'a>]) -> Vec<&'w [Word<'a>]> {
    let mut found = Vec::new();
    let (mut begin, mut depth) = (0, 0usize);
    for (index, word) in words.iter().enumerate() {
        let ends = match word.kind {
            TokenKind::OpenBrace => {
                depth += 1;
                false
            }
            TokenKind::CloseBrace => {
                depth -= 1;
                depth == 0 && words.get(index + 1).is_none_or(|next| next.kind != TokenKind::Semicolon)
            }
            TokenKind::Semicolon => depth == 0,
            _ => false,
        };
        if ends {
            found.push(&words[begin..=index]);
            begin = index + 1;
        }
    }
    assert!(begin == words.len(), "words behind the last declaration: {:?}", &words[begin..]);
    found
}

/// The text of the words. A word that followed the one before it keeps its gap; elsewhere a new line begins, and the comments
/// of the gap are lost.
fn put_down(words: &[Word<'_>], end: &Word<'_>) -> (String, Vec<usize>) {
    let (mut out, mut lines) = (String::new(), vec![0, 0]);
    let mut next = 0;
    for word in words {
        let gap = if word.index == next { word.gap } else { "\n" };
        out.push_str(gap);
        out.push_str(word.text);
        lines.resize(lines.len() + gap.matches('\n').count(), 0);
        lines.pop();
        lines.push(word.line);
        next = word.index + 1;
    }
    out.push_str(end.gap);
    (out, lines)
}
