//! What methods take and give, and which of their parameters hand a value back.

use super::{Function, Ty};
use crate::codes::Code;

/// What a method takes and gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The method's name.
    pub name: String,
    /// Parameter types, at most [`crate::bounds::ARGUMENTS_MAX`].
    pub parameters: Vec<Ty>,
    /// The parameters that hand a value back, as a set.
    pub outs: u8,
    /// Result type.
    pub result: Ty,
}

impl Signature {
    /// Does a parameter hand a value back?
    pub fn hands_back(&self, parameter: usize) -> bool {
        self.outs & (1 << parameter) != 0
    }

    /// The parameter that hands back an interface pointer, which is in the answer of a call.
    pub fn out_pointer(&self) -> Option<usize> {
        (0..self.parameters.len()).find(|index| self.hands_back(*index) && self.parameters[*index].is_pointer())
    }

    /// The HRESULT in the answer of a call that has returned, if the method gives one. Where an interface pointer is in its place, it stands beside.
    pub fn answered(&self, result: i8, code: Code) -> Option<Code> {
        let code = if self.out_pointer().is_some() { code } else { Code(result) };
        (self.result == Ty::Code).then_some(code)
    }

    /// What the answer of a call carries: an interface pointer goes in a packet.
    pub fn carries(&self) -> Ty {
        self.out_pointer().map_or(self.result, |index| self.parameters[index])
    }
}

impl Function {
    /// Does it give or hand back an interface pointer?
    pub fn gives_pointer(&self) -> bool {
        let handed = self.slots.iter().take(self.parameters.into()).enumerate();
        let mut handed = handed.filter(|(slot, _)| self.outs & (1 << slot) != 0);
        self.result.is_pointer() || handed.any(|(_, slot)| slot.ty.is_pointer())
    }
}
