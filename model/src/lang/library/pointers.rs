//! Counted pointers. All take over what an out parameter or `new` gives, AddRef what they copy, and Release at their end; they differ in the
//! names of their methods, in what their address does with the pointer that is in them, and in the order in which they assign.

use super::{Kind, Method, Row};

/// How a counted pointer does what its row does not say by its methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// WRL's.
    Wrl,
    /// ATL's.
    Atl,
    /// ATL's that asks whatever is put into it with QueryInterface.
    AtlQuery,
    /// WIL's.
    Wil,
    /// C++/WinRT's.
    Winrt,
}

/// What `&p` does with the pointer that is in `p`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// It is released first.
    Releases,
    /// It is overwritten: what was there leaks. A debug build asserts that there is nothing.
    Keeps,
    /// It is the address of the class itself: there is no such operator.
    None,
}

impl Family {
    /// What `&p` does.
    pub fn address(self) -> Address {
        match self {
            Family::Wrl | Family::Wil => Address::Releases,
            Family::Atl | Family::AtlQuery => Address::Keeps,
            Family::Winrt => Address::None,
        }
    }

    /// Does `p->AddRef()` not compile?
    pub fn hides_counting(self) -> bool {
        match self {
            Family::Wrl | Family::Atl | Family::AtlQuery => true,
            Family::Wil | Family::Winrt => false,
        }
    }

    /// Does an assignment let go of the old pointer before it counts the new one?
    pub fn releases_first(self) -> bool {
        self == Family::Winrt
    }
}

/// What a method of a counted pointer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Gives the pointer; counts nothing.
    Read,
    /// Releases what is there.
    Reset,
    /// Takes a pointer over, with its reference; what was there is released.
    Attach,
    /// Gives the pointer away, with its reference.
    Detach,
    /// Takes a pointer and counts it, as `=` does.
    Copy,
    /// QueryInterface into an out parameter.
    Query,
    /// QueryInterface into an out parameter; says whether it succeeded.
    TryQueryTo,
    /// QueryInterface for the class in angle brackets; null if there is no such interface.
    TryQuery,
    /// AddRef, into an out parameter.
    CopyTo,
    /// The same with an answer, S_OK.
    CopyToAnswers,
    /// Exchanges two pointers; counts nothing.
    Swap,
    /// The address for an out parameter, when what was there is released.
    Put,
    /// The address for an out parameter; what was there is overwritten.
    Overwrite,
    /// It throws where it fails, and is not modelled.
    Throws,
    /// Of no pointer: what it stands for, with `self` and the parameters in parentheses.
    Code(&'static str, &'static str),
    /// Of no pointer: gives an object of the class of this name, made of the variable itself.
    Makes(&'static str),
}

const READ: &str = "the pointer; counts nothing";
const RESET: &str = "sets it to null and releases what was there";
const ATTACH: &str = "takes the pointer over with its reference, without AddRef; releases what was there";
const DETACH: &str = "gives the pointer away with its reference and is null; the reference leaks if nobody takes it";
const PUT: &str = "the address for an out parameter; releases what was there first";
const OVERWRITE: &str = "the address for an out parameter; releases nothing: what was there leaks";
const SWAP: &str = "exchanges two pointers; counts nothing";
const QUERY: &str = "QueryInterface for the class of the out parameter";
const COPY_TO: &str = "AddRef, and puts the pointer into the out parameter";
const TRY_QUERY: &str = "QueryInterface for the class in angle brackets; null if the object does not have it";
const THROWS: &str = "refused: it throws where it fails, and exceptions are not modelled";

pub(super) const fn method(name: &'static str, act: Act, what: &'static str) -> Method {
    Method { name, act, what }
}

const ATL: &[Method] = &[
    method("p", Act::Read, READ),
    method("Release", Act::Reset, RESET),
    method("Attach", Act::Attach, ATTACH),
    method("Detach", Act::Detach, DETACH),
    method("CopyTo", Act::CopyToAnswers, COPY_TO),
    method("QueryInterface", Act::Query, QUERY),
    method("Swap", Act::Swap, SWAP),
];

const WIL_METHODS: usize = 15;

const fn wil(throws: bool) -> [Method; WIL_METHODS] {
    let (query, copy) = if throws { (Act::Throws, Act::CopyTo) } else { (Act::Query, Act::CopyToAnswers) };
    let asked = if throws { THROWS } else { QUERY };
    [
        method("get", Act::Read, READ),
        method("reset", Act::Reset, RESET),
        method("attach", Act::Attach, ATTACH),
        method("detach", Act::Detach, DETACH),
        method("put", Act::Put, PUT),
        method("put_void", Act::Put, PUT),
        method("put_unknown", Act::Put, PUT),
        method("addressof", Act::Overwrite, OVERWRITE),
        method("query_to", query, asked),
        method("query", Act::Throws, THROWS),
        method("try_query_to", Act::TryQueryTo, "the same; says whether it succeeded"),
        method("try_query", Act::TryQuery, TRY_QUERY),
        method("copy_to", copy, COPY_TO),
        method("copy", Act::Throws, THROWS),
        method("swap", Act::Swap, SWAP),
    ]
}

const WIL_THROWS: [Method; WIL_METHODS] = wil(true);
const WIL_ANSWERS: [Method; WIL_METHODS] = wil(false);

/// What a counted pointer is that says nothing else.
pub const PLAIN: &Row = &ROWS[0];

/// The rows.
pub const ROWS: &[Row] = &[
    Row {
        names: &["ComPtr", "Microsoft::WRL::ComPtr", "WRL::ComPtr"],
        kind: Kind::Pointer(Family::Wrl),
        from: "WRL",
        what: "`=` counts the new pointer, then releases the old one. `&p` releases first. `p->AddRef()` and `p->Release()` do not compile.",
        methods: &[
            method("Get", Act::Read, READ),
            method("Reset", Act::Reset, RESET),
            method("Attach", Act::Attach, ATTACH),
            method("Detach", Act::Detach, DETACH),
            method("GetAddressOf", Act::Overwrite, OVERWRITE),
            method("ReleaseAndGetAddressOf", Act::Put, PUT),
            method("As", Act::Query, QUERY),
            method("CopyTo", Act::CopyToAnswers, COPY_TO),
            method("Swap", Act::Swap, SWAP),
        ],
    },
    Row {
        names: &["CComPtr", "ATL::CComPtr"],
        kind: Kind::Pointer(Family::Atl),
        from: "ATL",
        what: "`=` counts the new pointer, then releases the old one. `&p` asserts in a debug build that nothing is there and overwrites it: what was there leaks. `p->AddRef()` and `p->Release()` do not compile.",
        methods: ATL,
    },
    Row {
        names: &["CComQIPtr", "ATL::CComQIPtr"],
        kind: Kind::Pointer(Family::AtlQuery),
        from: "ATL",
        what: "As CComPtr; what is put into it, of another class, is asked with QueryInterface for the class of the variable, and it is null if the object does not have it.",
        methods: ATL,
    },
    Row {
        names: &["wil::com_ptr", "wil::com_ptr_failfast"],
        kind: Kind::Pointer(Family::Wil),
        from: "WIL",
        what: "`=` counts the new pointer, then releases the old one. `&p` is `p.put()` and releases first. `p->Release()` compiles, and releases what the pointer releases again.",
        methods: &WIL_THROWS,
    },
    Row {
        names: &["wil::com_ptr_nothrow"],
        kind: Kind::Pointer(Family::Wil),
        from: "WIL",
        what: "As wil::com_ptr, with methods that answer an HRESULT.",
        methods: &WIL_ANSWERS,
    },
    Row {
        names: &["winrt::com_ptr"],
        kind: Kind::Pointer(Family::Winrt),
        from: "C++/WinRT",
        what: "`=` releases the old pointer before it counts the new one. There is no `&p`.",
        methods: &[
            method("get", Act::Read, READ),
            method(
                "put",
                Act::Overwrite,
                "the address for an out parameter; asserts in a debug build that nothing is there and overwrites it: what was there leaks",
            ),
            method("put_void", Act::Overwrite, "the same, as void**"),
            method("attach", Act::Attach, ATTACH),
            method("detach", Act::Detach, DETACH),
            method("copy_from", Act::Copy, "counts the pointer, as `=` does"),
            method("copy_to", Act::CopyTo, COPY_TO),
            method("try_as", Act::TryQuery, TRY_QUERY),
            method("as", Act::Throws, THROWS),
        ],
    },
];

/// Does a method of this name change a counted pointer?
pub fn changes(name: &str) -> bool {
    let mut acts = ROWS.iter().filter_map(|row| row.method(name)).map(|method| method.act);
    acts.any(|act| {
        !matches!(act, Act::Read | Act::Query | Act::TryQuery | Act::TryQueryTo | Act::CopyTo | Act::CopyToAnswers)
    })
}
