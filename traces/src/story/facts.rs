//! What a story rests on: the run's states, where the threads stand at its end, which of them matter and whom they wait for.

use super::{matter, telling, text};
use crate::run::{Executed, Replayed, Run};
use model::event::{Actor, Event};
use model::lang::ast::Span;
use model::lang::line_index::LineIndex;
use model::leaks;
use model::lifecycle::call::CallPhase;
use model::lifecycle::object::ObjectPhase;
use model::names;
use model::program::{Api, Claim, Op, Place, Program, ThreadId, builtin};
use model::properties::Property;
use model::state::{Breach, CallKind, Frame, ObjectState, Origin, State};
use model::waits::Reason;

/// Characters of a statement in a table of steps, at the most.
const STEP_CHARS_MAX: usize = 40;

/// Everything that the parts of a story read.
pub(crate) struct Facts<'a> {
    pub(crate) program: &'a Program,
    pub(crate) run: &'a Run,
    pub(crate) replayed: &'a Replayed,
    pub(crate) lines: LineIndex,
    /// The built-in property, if it is one.
    pub(crate) property: Option<Property>,
    /// The claim, if it is one.
    pub(crate) claim: Option<&'a Claim>,
    /// What the last step broke.
    pub(crate) breach: Option<Breach>,
    /// The cycle of a deadlock; empty for anything else.
    pub(crate) cycle: Vec<(ThreadId, Reason)>,
    /// Threads that cannot move at the end, for the properties that speak of them.
    pub(crate) blocked: Vec<usize>,
    /// The threads that matter, the acting one first.
    pub(crate) matter: Vec<usize>,
    /// For each class: does the run ever have two objects of it at once?
    pub(crate) several: Vec<bool>,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(program: &'a Program, run: &'a Run, replayed: &'a Replayed) -> Self {
        let last = replayed.last();
        let property = Property::by_name(&run.property);
        let mut facts = Facts {
            program,
            run,
            replayed,
            lines: LineIndex::new(&program.source),
            property,
            claim: program.claims.iter().find(|claim| claim.name == run.property),
            breach: last.breach,
            cycle: Vec::new(),
            blocked: Vec::new(),
            matter: Vec::new(),
            several: several(program, replayed),
        };
        if let Some(property) = property {
            (facts.blocked, facts.cycle) = matter::stuck(&facts, property);
        }
        facts.matter = (telling::of(&facts).threads)(&facts);
        facts
    }

    /// The same for a step that the run could take, with the run's words: `replayed` is that step alone.
    pub(crate) fn glimpse<'b>(&'b self, replayed: &'b Replayed) -> Facts<'b> {
        Facts {
            program: self.program,
            run: self.run,
            replayed,
            lines: self.lines.clone(),
            property: None,
            claim: None,
            breach: replayed.last().breach,
            cycle: Vec::new(),
            blocked: Vec::new(),
            matter: Vec::new(),
            several: self.several.clone(),
        }
    }

    pub(crate) fn last(&self) -> &'a State {
        self.replayed.last()
    }

    /// Is a class the one that the run is about, if it is about one?
    fn tells_of(&self, class: u8) -> bool {
        let about = &self.run.about;
        about.is_empty() || about.contains(&self.program.classes[usize::from(class)].template.into())
    }

    /// The packets that are leaked at the end, as far as the run is about them.
    pub(crate) fn leaked_packets(&self) -> Vec<usize> {
        let (program, state) = (self.program, self.last());
        let class = |packet: &usize| state.objects[state.packets[*packet].object(state)].class;
        leaks::leaked_packets(program, state).into_iter().filter(|packet| self.tells_of(class(packet))).collect()
    }

    /// The objects that are leaked at the end, as far as the run is about them.
    pub(crate) fn leaked_objects(&self) -> Vec<usize> {
        let (program, state) = (self.program, self.last());
        let class = |object: &usize| state.objects[*object].class;
        leaks::leaked_objects(program, state).into_iter().filter(|object| self.tells_of(class(object))).collect()
    }

    /// The proxies that are leaked at the end, as far as the run is about them.
    pub(crate) fn leaked_proxies(&self) -> Vec<usize> {
        let (program, state) = (self.program, self.last());
        let object = |proxy: usize| usize::from(state.stubs[usize::from(state.proxies[proxy].stub)].object);
        let class = |proxy: &usize| state.objects[object(*proxy)].class;
        leaks::leaked_proxies(program, state).into_iter().filter(|proxy| self.tells_of(class(proxy))).collect()
    }

    /// The caller of what a thread executes, if it executes an incoming call.
    pub(crate) fn caller(&self, thread: usize) -> Option<usize> {
        let stack = self.last().stack(self.program, thread);
        let call = stack.iter().rev().find_map(|frame| frame.origin.call())?;
        self.last().calls.get(usize::from(call)).map(|call| usize::from(call.caller))
    }

    /// Threads with a frame in a module at the end.
    pub(crate) fn inside_module(&self, module: u8) -> Vec<usize> {
        model::step::inside(self.program, self.last(), module)
    }

    /// The threads that the breach happens to.
    pub(crate) fn victims(&self) -> Vec<usize> {
        model::violation::victims(self.program, self.last())
    }

    /// A thread's name in full.
    pub(crate) fn thread(&self, thread: impl Into<usize>) -> String {
        names::thread(self.program, thread.into())
    }

    /// Who is behind a step.
    pub(crate) fn actor(&self, step: usize) -> String {
        let taken = self.replayed.steps.get(step);
        taken.map_or_else(|| "the start".to_string(), |taken| who(self.program, taken.actor))
    }

    /// The line of a span, from 1; none for COM's own code.
    pub(crate) fn line(&self, span: Span) -> Option<u32> {
        (span.end > span.start).then(|| self.lines.line(span.start))
    }

    /// ` (line 12)`, or nothing for COM's own code.
    pub(crate) fn at_line(&self, span: Span) -> String {
        self.line(span).map_or_else(String::new, |line| format!(" (line {line})"))
    }

    /// The source text of a span, on one line and with nothing cut.
    pub(crate) fn whole(&self, span: Span) -> String {
        self.source(span, usize::MAX)
    }

    /// The source text of a span, on one line.
    pub(crate) fn source(&self, span: Span, max: usize) -> String {
        let text = self.program.source.get(span.start as usize..span.end as usize).unwrap_or("");
        text::one_line(text, max)
    }

    /// The operation that a step is about: the first one it executed that has a text.
    pub(crate) fn executed(&self, step: usize) -> Option<Executed> {
        let step = self.replayed.steps.get(step)?;
        step.executed.iter().find(|executed| executed.span.end > executed.span.start).or(step.executed.first()).copied()
    }

    /// The line of what a step executed.
    pub(crate) fn step_line(&self, step: usize) -> Option<u32> {
        let executed = self.executed(step)?;
        self.line(executed.span).or_else(|| {
            // what the loader does stands in the line of whoever has called it
            let thread =
                self.replayed.steps.get(step)?.thread.filter(|_| self.program.is_of_loader(executed.function))?;
            let stack = self.replayed.before(step).stack(self.program, usize::from(thread));
            stack.iter().rev().find_map(|frame| self.program.line(frame.function, frame.pc)).map(u32::from)
        })
    }

    /// A step with who is behind it and where: `step 3 (host.main, line 12)`.
    pub(crate) fn step_ref(&self, step: usize) -> String {
        let line = self.step_line(step).map_or_else(String::new, |line| format!(", line {line}"));
        format!("step {} ({}{line})", step + 1, self.actor(step))
    }

    /// The operation itself.
    pub(crate) fn op(&self, executed: Executed) -> Option<&'a Op> {
        self.program.functions.get(usize::from(executed.function))?.code.get(usize::from(executed.pc))
    }

    /// The operation by which a step lets a module go. Where the loader does it at last, that is the call which asked for it.
    pub(crate) fn lets_go(&self, step: usize) -> Option<&'a Op> {
        let executed = self.executed(step)?;
        let op = self.op(executed)?;
        if !matches!(op, Op::Api(Api::UnmapLibrary { .. }, _)) {
            return Some(op);
        }
        let thread = self.replayed.steps.get(step)?.thread?;
        let stack = self.replayed.before(step).stack(self.program, usize::from(thread));
        let Some(caller) = stack.len().checked_sub(2).map(|below| stack[below]) else { return Some(op) };
        let code = &self.program.functions.get(usize::from(caller.function))?.code;
        let asked = usize::from(caller.pc).checked_sub(1).and_then(|before| code.get(before));
        asked
            .filter(|asked| matches!(asked, Op::Api(Api::FreeUnusedLibrary { .. }, _)))
            .or_else(|| code.get(usize::from(caller.pc)).filter(|called| !matches!(called, Op::Call(..))))
            .or(Some(op))
    }

    /// The call of a DllMain that a step begins with: what it goes on to in the same step has a text of its own.
    fn told_by_loader(&self, step: usize) -> Option<String> {
        let executed = self.replayed.steps.get(step)?.executed.first()?;
        let op = self.op(*executed).filter(|op| matches!(op, Op::Call(..)))?;
        super::words::loader(self.program, op)
    }

    /// What happens in a step, short enough for a column of a table, without the actor.
    pub(crate) fn step_text(&self, step: usize) -> String {
        self.step_text_within(step, STEP_CHARS_MAX)
    }

    /// The same with nothing cut, for sentences and for what is copied.
    pub(crate) fn whole_step_text(&self, step: usize) -> String {
        self.step_text_within(step, usize::MAX)
    }

    fn step_text_within(&self, step: usize, max: usize) -> String {
        let Some(taken) = self.replayed.steps.get(step) else { return String::new() };
        let before = self.replayed.before(step);
        let text = |executed: Option<Executed>| match executed {
            Some(executed) if executed.span.end > executed.span.start => match self.source(executed.span, max) {
                // a condition that is a call says by itself what it does
                source if matches!(self.op(executed), Some(Op::Branch(..))) && !source.contains('(') => {
                    format!("tests {source}")
                }
                source if self.is_read(executed) => format!("reads {source}"),
                brace if brace == "}" => format!("{} returns", super::words::function(self.program, executed.function)),
                source => source,
            },
            Some(executed) if matches!(self.op(executed), Some(Op::Return(_))) => {
                format!("{} returns", super::words::function(self.program, executed.function))
            }
            Some(executed) => {
                let loader = self.op(executed).and_then(|op| super::words::loader(self.program, op));
                loader.unwrap_or_else(|| super::words::function(self.program, executed.function))
            }
            None => String::new(),
        };
        match taken.event {
            Event::Run { thread, choice } => {
                let shown = self.told_by_loader(step).unwrap_or_else(|| text(self.executed(step)));
                let further = self.further(before, usize::from(thread));
                let frees = |executed| matches!(self.op(executed), Some(Op::Api(Api::FreeUnusedLibrary { .. }, _)));
                match choice {
                    0 => format!("{shown}{further}"),
                    _ if self.executed(step).is_some_and(frees) => format!("{shown} [now]"),
                    _ => format!("{shown} [any = {choice}]"),
                }
            }
            Event::Pick { thread, thing } => {
                let shown = text(self.executed(step));
                let further = self.further(before, usize::from(thread));
                format!("{shown}{further}, {}", super::words::picked(self, before, thing))
            }
            Event::TimeOut { .. } => format!("time-out: {}", text(self.executed(step))),
            Event::Fail { .. } => format!("fails: {}", text(self.executed(step))),
            // what is delivered, and to whom, stands with the changes
            Event::Dispatch { .. } => "delivers".to_string(),
            Event::RundownProxy { proxy } => {
                format!("rundown of {}", super::words::proxy(self, before, usize::from(proxy)))
            }
            Event::RundownPacket { packet } => {
                format!("rundown of {}", super::words::packet(self, before, usize::from(packet)))
            }
            Event::Reclaim { packet } => {
                format!("the reference of {} is taken back", super::words::packet(self, before, usize::from(packet)))
            }
            Event::Lose { packet } => format!("{} is lost", super::words::packet(self, before, usize::from(packet))),
            Event::Crash { process } => {
                format!("{} dies", self.program.processes.get(usize::from(process)).map_or("", |process| &process.name))
            }
        }
    }

    /// Does an operation only put a variable's value aside?
    fn is_read(&self, executed: Executed) -> bool {
        let Some(function) = self.program.functions.get(usize::from(executed.function)) else { return false };
        match self.op(executed) {
            Some(Op::Set(Place::Local(slot), _)) => {
                function.slots.get(usize::from(*slot)).is_some_and(|slot| slot.name.is_empty())
                    && !self.source(executed.span, 200).contains(['=', '(', '+'])
            }
            Some(_) | None => false,
        }
    }

    /// An operation that takes several steps: what this one, not its first, does.
    fn further(&self, before: &State, thread: usize) -> &'static str {
        let Some(frame) = before.stack(self.program, thread).last().filter(|frame| !frame.is_at_start()) else {
            return "";
        };
        let op = self
            .program
            .functions
            .get(usize::from(frame.function))
            .and_then(|function| function.code.get(usize::from(frame.pc)));
        let awaited = frame.at.awaited().map(|call| before.calls[usize::from(call)]);
        let answered =
            awaited.is_some_and(|call| call.phase == CallPhase::Answered && usize::from(call.caller) == thread);
        match op {
            Some(Op::Method { .. } | Op::Release(_) | Op::Drop(_) | Op::Api(Api::CoCreateLocal { .. }, _))
                if answered =>
            {
                " returns"
            }
            Some(Op::Api(
                Api::CoDisconnectContext { .. } | Api::CoUninitialize {} | Api::SleepConditionVariableCS { .. },
                _,
            )) => " goes on",
            Some(_) | None => "",
        }
    }

    /// What a step does to a count, for the books: like [`Facts::whole_step_text`], with the call that is delivered.
    pub(crate) fn whole_deed(&self, step: usize) -> String {
        self.delivers(step).unwrap_or_else(|| self.whole_step_text(step))
    }

    fn delivers(&self, step: usize) -> Option<String> {
        let Event::Dispatch { call } = self.replayed.steps.get(step)?.event else { return None };
        Some(format!("delivers {}", names::call(self.program, self.replayed.before(step), usize::from(call))))
    }

    /// Where a thread stands at the end. The thread whose step broke a property stands at the operation that did it.
    pub(crate) fn stand(&self, thread: usize) -> Option<Span> {
        let last_step = self.replayed.steps.last();
        if let (Some(_), Some(step)) = (self.breach, last_step)
            && step.thread.map(usize::from) == Some(thread)
            && let Some(executed) = step.executed.iter().rev().find(|executed| executed.span.end > executed.span.start)
        {
            return Some(executed.span);
        }
        // COM's own frames have no text: the nearest one beneath does
        self.last().stack(self.program, thread).iter().rev().find_map(|frame| {
            let span = crate::run::span(self.program, frame.function, frame.pc);
            (span.end > span.start).then_some(span)
        })
    }

    /// The operation at which a thread stands at the end; the one that it executed, for the thread whose step broke a property.
    fn operation(&self, thread: usize) -> Option<Executed> {
        if let (Some(_), Some(step)) = (self.breach, self.replayed.steps.last())
            && step.thread.map(usize::from) == Some(thread)
        {
            return step.executed.iter().rev().find(|executed| executed.span.end > executed.span.start).copied();
        }
        let frames = self.last().stack(self.program, thread).iter().rev();
        let mut executed = frames.map(|frame| {
            let span = crate::run::span(self.program, frame.function, frame.pc);
            Executed { function: frame.function, pc: frame.pc, span }
        });
        executed.find(|executed| executed.span.end > executed.span.start)
    }

    /// The code at which a thread stands, in a sentence; none if that is COM's own.
    pub(crate) fn code_at(&self, thread: usize) -> Option<String> {
        let text = self.whole(self.stand(thread)?);
        if text != "}" {
            return Some(text);
        }
        let at = self.operation(thread);
        let function = at.map(|at| at.function).or_else(|| self.stack(thread).last().map(|frame| frame.function))?;
        // a smart pointer is released where its block ends
        let released = at.and_then(|at| match self.op(at)? {
            Op::Drop(Place::Local(slot)) => {
                self.program.functions.get(usize::from(at.function))?.slots.get(usize::from(*slot))
            }
            _ => None,
        });
        let released = released.map_or_else(String::new, |slot| format!(", where {} is released", slot.name));
        Some(format!("the end of {}{released}", super::words::function(self.program, function)))
    }

    /// The same; a call that is just being dispatched has no place in the scenario's text yet.
    pub(crate) fn doing(&self, thread: usize) -> String {
        let text = self.code_at(thread).filter(|text| !text.is_empty());
        // COM's own code
        let top = self.last().stack(self.program, thread).last().map(|frame| frame.function);
        let own = top.filter(|function| *function < builtin::COUNT);
        let own = || own.map(|function| super::words::function(self.program, function));
        text.or_else(own).unwrap_or_else(|| "a call that was just dispatched".to_string())
    }

    /// The frames of a thread in the last state that still shows what it was doing.
    pub(crate) fn stack(&self, thread: usize) -> &'a [Frame] {
        let after = self.last().stack(self.program, thread);
        if after.is_empty() && !self.replayed.steps.is_empty() {
            return self.replayed.before(self.replayed.steps.len() - 1).stack(self.program, thread);
        }
        after
    }

    /// What a thread is in: `Helper, called from Widget.Work, called by client.main`; empty for a thread that is in its first
    /// function only.
    pub(crate) fn inside(&self, thread: usize) -> String {
        let mut names: Vec<String> = Vec::new();
        for frame in self.stack(thread).iter().rev() {
            let name = super::words::function(self.program, frame.function);
            match frame.origin {
                Origin::Called
                | Origin::Constructor(_)
                | Origin::Destructor(_)
                | Origin::Counting
                | Origin::Making
                | Origin::Connecting(_)
                | Origin::Disconnecting(_) => names.push(name),
                Origin::Dispatched(place) => {
                    let call = self.last().calls[usize::from(place)];
                    let caller = self.thread(call.caller);
                    names.push(match call.kind {
                        CallKind::Method => format!("{name}, called by {caller}"),
                        CallKind::Own => format!("{name}, called by {caller} through the class's own channel"),
                        CallKind::Release | CallKind::AddRef | CallKind::Query | CallKind::Activation => {
                            format!("{} for {caller}", names::call(self.program, self.last(), usize::from(place)))
                        }
                    });
                    break;
                }
                // it has not come to its code yet
                Origin::Posted if frame.function == builtin::ENTER => {
                    names.push(name);
                    break;
                }
                Origin::Posted => {
                    names.push(format!("{name}, which was posted to it"));
                    break;
                }
                Origin::CleanUp => {
                    names.push("COM's clean-up".to_string());
                    break;
                }
                Origin::Thread => break,
            }
        }
        names.join(", called from ")
    }

    /// The same for a sentence that needs an answer.
    pub(crate) fn inside_or_own(&self, thread: usize) -> String {
        let inside = self.inside(thread);
        match self.stack(thread).first() {
            _ if !inside.is_empty() => inside,
            Some(frame) => format!("its thread function {}", super::words::function(self.program, frame.function)),
            None => "its code".to_string(),
        }
    }
}

/// Who is behind something, by name: a thread, or COM.
pub(crate) fn who(program: &Program, actor: Actor) -> String {
    match actor {
        Actor::Thread(thread) => names::thread(program, usize::from(thread)),
        Actor::Runtime | Actor::Misfortune => "COM".to_string(),
    }
}

/// For each class: does the run ever have two objects of it at once?
fn several(program: &Program, replayed: &Replayed) -> Vec<bool> {
    let two = |class: usize| {
        replayed.states.iter().any(|state| {
            let such =
                |object: &&ObjectState| object.phase != ObjectPhase::Absent && usize::from(object.class) == class;
            state.objects.iter().filter(such).count() > 1
        })
    };
    (0..program.classes.len()).map(two).collect()
}
