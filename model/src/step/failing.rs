//! Calls of the run-time that fail: for want of memory, or by an error of the stream. Nothing else happens then, so what the call
//! was to give back or to disconnect stays behind.

use super::{Part, Refusal, Step};
use crate::lifecycle::thread::ThreadPhase;
use crate::operation::Use;
use crate::program::{Api, Op};
use crate::readings::FailedSweep;
use crate::rules::Rule;

impl Step<'_> {
    /// The call at which a thread stands fails.
    pub(super) fn fail(&mut self, thread: usize) -> Part {
        if self.state.threads.phase(thread) != ThreadPhase::Running {
            return Err(Refusal::Absent);
        }
        let top = self.top(thread)?;
        let frame = self.frame(thread, top);
        let program = self.program;
        let op = &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
        let (Op::Api(api, _), true) = (op, frame.is_at_start()) else { return Err(Refusal::Absent) };
        let Some(code) = api.row().fails else { return Err(Refusal::Absent) };
        let mut outs = Vec::new();
        api.visit(&mut |used| {
            if let Use::Out(place) = used {
                outs.push(place);
            }
        });
        for place in outs {
            self.store(thread, top, place, 0)?;
        }
        if let Api::CoDisconnectContext { .. } = api {
            let private = program.contexts[usize::from(frame.context)].private;
            if private && program.readings.failed_sweep == FailedSweep::Flagged {
                self.sweep(frame.context)?;
            }
        }
        self.rules.insert(Rule::LifeFail);
        self.executed.push((frame.function, frame.pc));
        self.finish(thread, code.0)?;
        self.settle(thread)
    }
}
