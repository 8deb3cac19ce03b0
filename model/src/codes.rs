//! The HRESULT and wait codes that scenarios and the run-time speak of, by symbolic name and number.
//!
//! In a state a code is its index in this table; the number is for people. Source: public winerror.h, by way of
//! the documents listed in SPEC.md.

/// A code: its index in [`TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub i8);

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The symbolic name.
    pub name: &'static str,
    /// The 32-bit value.
    pub value: u32,
}

macro_rules! codes {
    ($($index:literal $name:ident $value:literal $($text:literal)?;)*) => {
        impl Code {
            $(#[doc = concat!("`", stringify!($name), "`")] pub const $name: Code = Code($index);)*
        }
        /// Every code, in index order.
        pub const TABLE: &[Row] = &[$(Row { name: [$($text,)? stringify!($name)][0], value: $value }),*];
    };
}

codes! {
    0 S_OK 0x0000_0000;
    1 S_FALSE 0x0000_0001;
    2 E_FAIL 0x8000_4005;
    3 E_INVALIDARG 0x8007_0057;
    4 E_OUTOFMEMORY 0x8007_000E;
    5 E_NOINTERFACE 0x8000_4002;
    6 E_UNEXPECTED 0x8000_FFFF;
    7 E_POINTER 0x8000_4003;
    8 E_ABORT 0x8000_4004;
    9 E_NOTIMPL 0x8000_4001;
    10 E_ACCESSDENIED 0x8007_0005;
    11 CO_E_NOTINITIALIZED 0x8004_01F0;
    12 CO_E_OBJNOTREG 0x8004_01FB;
    13 CO_E_OBJNOTCONNECTED 0x8004_01FD;
    14 CO_E_RELEASED 0x8004_01FF;
    15 CO_E_NOT_SUPPORTED 0x8000_4021;
    16 CO_E_SERVER_STOPPING 0x8008_0008;
    17 CONTEXT_E_WOULD_DEADLOCK 0x8004_E005;
    18 RPC_E_CALL_REJECTED 0x8001_0001;
    19 RPC_E_CALL_CANCELED 0x8001_0002;
    20 RPC_E_CONNECTION_TERMINATED 0x8001_0006;
    21 RPC_E_SERVER_DIED 0x8001_0007;
    22 RPC_E_CLIENT_DIED 0x8001_0008;
    23 RPC_E_SERVER_DIED_DNE 0x8001_0012;
    24 RPC_E_CHANGED_MODE 0x8001_0106;
    25 RPC_E_DISCONNECTED 0x8001_0108;
    26 RPC_E_WRONG_THREAD 0x8001_010E;
    27 RPC_E_INVALID_OBJECT 0x8001_0114;
    28 RPC_E_CALL_COMPLETE 0x8001_0117;
    29 RPC_S_CALLPENDING 0x8001_0115;
    30 RPC_E_INVALID_OBJREF 0x8001_011D;
    31 RPC_E_TIMEOUT 0x8001_011F;
    32 RPC_S_SERVER_UNAVAILABLE 0x8007_06BA;
    33 RPC_S_CALL_FAILED 0x8007_06BE;
    34 REGDB_E_CLASSNOTREG 0x8004_0154;
    35 STG_E_ACCESSDENIED 0x8003_0005;
    36 STG_E_INVALIDPOINTER 0x8003_0009;
    37 STG_E_SEEKERROR 0x8003_0019;
    38 STG_E_WRITEFAULT 0x8003_001D;
    39 STG_E_READFAULT 0x8003_001E;
    40 STG_E_MEDIUMFULL 0x8003_0070;
    41 STG_E_REVERTED 0x8003_0102;
    42 WAIT_TIMEOUT 0x0000_0102;
    43 WAIT_FAILED 0xFFFF_FFFF;
    44 ERROR_INVALID_HANDLE 0x8007_0006;
    45 WAIT_OBJECT_2 0x0000_0002 "WAIT_OBJECT_0 + 2";
    46 WAIT_OBJECT_3 0x0000_0003 "WAIT_OBJECT_0 + 3";
    47 WAIT_OBJECT_4 0x0000_0004 "WAIT_OBJECT_0 + 4";
    48 WAIT_OBJECT_5 0x0000_0005 "WAIT_OBJECT_0 + 5";
    49 WAIT_OBJECT_6 0x0000_0006 "WAIT_OBJECT_0 + 6";
}

/// Other spellings of rows of the table.
pub const ALIASES: &[(&str, Code)] = &[
    ("NOERROR", Code::S_OK),
    ("WAIT_OBJECT_0", Code::S_OK),
    ("CO_E_NOTSUPPORTED", Code::CO_E_NOT_SUPPORTED),
    ("RPC_E_CALL_CANCELLED", Code::RPC_E_CALL_CANCELED),
];

impl Code {
    /// The code with this symbolic name or alias.
    pub fn by_name(name: &str) -> Option<Code> {
        TABLE
            .iter()
            .position(|row| row.name == name)
            .map(|index| Code(index as i8))
            .or_else(|| ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, code)| *code))
    }

    /// The code with this value.
    pub fn by_value(value: u32) -> Option<Code> {
        TABLE.iter().position(|row| row.value == value).map(|index| Code(index as i8))
    }

    /// WAIT_OBJECT_0 and this index: which of several handles ended a wait. WAIT_OBJECT_0 is S_OK and the next one S_FALSE.
    pub fn wait_object(index: usize) -> Code {
        u32::try_from(index).ok().and_then(Code::by_value).unwrap_or(Code::WAIT_FAILED)
    }

    /// How the answer of a wait is called.
    pub fn wait_name(self) -> &'static str {
        match self {
            Code::S_OK => "WAIT_OBJECT_0",
            Code::S_FALSE => "WAIT_OBJECT_0 + 1",
            Code(_) => self.name(),
        }
    }

    /// Its row; the row of `E_UNEXPECTED` for an index outside the table.
    pub fn row(self) -> Row {
        let index = usize::try_from(self.0).unwrap_or(usize::MAX);
        TABLE.get(index).copied().unwrap_or(TABLE[6])
    }

    /// Its symbolic name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What `SUCCEEDED` says: the top bit is clear.
    pub fn succeeded(self) -> bool {
        self.row().value & 0x8000_0000 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_constants_point_at_their_row() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(Code::by_name(row.name), Some(Code(index as i8)));
        }
        assert_eq!(Code::ERROR_INVALID_HANDLE.name(), "ERROR_INVALID_HANDLE");
        assert!(Code::S_FALSE.succeeded() && !Code::CONTEXT_E_WOULD_DEADLOCK.succeeded());
    }
}
