//! Rows of tables, each declared with what its fields refer to.
//!
//! `row!` declares a record: a field with `=> Kind` holds the number of a thing of that kind (or several, or perhaps none), one with
//! `=> Kind or 0` does so unless it is 0. Renaming, signatures and garbage collection read a row's references from that, so a field without an
//! arrow is a value. Where it depends on other fields what a field refers to, `reduce::rows` and `step::tidy` say it.

use super::Kind;

/// Gives the numbers of things new names, one after another, or only looks at them.
pub(crate) trait Naming {
    /// What the number becomes.
    fn name(&mut self, kind: Kind, number: usize) -> usize;

    /// The same for a member of a set, which has no place among the others.
    fn member(&mut self, kind: Kind, number: usize) -> usize {
        self.name(kind, number)
    }

    /// The same for a number in a byte.
    fn byte(&mut self, kind: Kind, number: u8) -> u8 {
        self.name(kind, number.into()) as u8
    }
}

/// What can stand behind an arrow.
pub(crate) trait Refers: Copy {
    /// With new names.
    fn named(self, kind: Kind, n: &mut impl Naming) -> Self;

    /// The same for what refers to nothing when it is 0.
    fn named_or_0(self, kind: Kind, n: &mut impl Naming) -> Self;
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl Refers for $number {
            fn named(self, kind: Kind, n: &mut impl Naming) -> Self {
                n.name(kind, self.into()) as $number
            }

            fn named_or_0(self, kind: Kind, n: &mut impl Naming) -> Self {
                if self == 0 { 0 } else { self.named(kind, n) }
            }
        })*
    };
}

numbers!(u8 u16);

/// A set, a bit each.
impl Refers for u32 {
    fn named(self, kind: Kind, n: &mut impl Naming) -> Self {
        let mut named = 0;
        let mut left = self;
        while left != 0 {
            named |= 1 << n.member(kind, left.trailing_zeros() as usize);
            left &= left - 1;
        }
        named
    }

    fn named_or_0(self, kind: Kind, n: &mut impl Naming) -> Self {
        self.named(kind, n)
    }
}

impl<T: Refers> Refers for Option<T> {
    fn named(self, kind: Kind, n: &mut impl Naming) -> Self {
        self.map(|one| one.named(kind, n))
    }

    fn named_or_0(self, kind: Kind, n: &mut impl Naming) -> Self {
        self.map(|one| one.named_or_0(kind, n))
    }
}

impl<T: Refers, const N: usize> Refers for [T; N] {
    fn named(self, kind: Kind, n: &mut impl Naming) -> Self {
        self.map(|one| one.named(kind, n))
    }

    fn named_or_0(self, kind: Kind, n: &mut impl Naming) -> Self {
        self.map(|one| one.named_or_0(kind, n))
    }
}

macro_rules! row {
    (
        $(#[$about:meta])*
        $name:ident {
            $($(#[$doc:meta])* pub $field:ident: $ty:ty $(=> $kind:ident $(or $zero:literal)?)?,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            $($(#[$doc])* pub $field: $ty,)*
        }

        impl $name {
            /// With what it refers to under new names, in the order of the fields.
            pub(crate) fn named(self, n: &mut impl $crate::state::Naming) -> Self {
                let _ = &n;
                $name { $($field: $crate::state::named!(self.$field, n $(, $kind $($zero)?)?),)* }
            }
        }
    };
}

macro_rules! named {
    ($value:expr, $n:ident) => {
        $value
    };
    ($value:expr, $n:ident, $kind:ident) => {
        $crate::state::Refers::named($value, $crate::state::Kind::$kind, $n)
    };
    ($value:expr, $n:ident, $kind:ident $zero:literal) => {
        $crate::state::Refers::named_or_0($value, $crate::state::Kind::$kind, $n)
    };
}

pub(crate) use {named, row};
