//! Scenarios with numbers that fit nowhere.

use super::{FINE, Input, Kind};

pub(super) fn inputs() -> Vec<Input> {
    let mut all = Vec::new();
    let nines = "9".repeat(5000);
    let hex = format!("0x{}", "f".repeat(5000));
    for (name, number) in [
        ("2^64", "18446744073709551616"),
        ("2^64 - 1", "18446744073709551615"),
        ("2^63", "9223372036854775808"),
        ("-2^63", "-9223372036854775808"),
        ("2^128", "340282366920938463463374607431768211456"),
        ("2^31", "2147483648"),
        ("2^8", "256"),
        ("five thousand digits", &nines),
        ("five thousand hexadecimal digits", &hex),
        ("hexadecimal without digits", "0x"),
        ("octal", "0777"),
        ("an exponent", "1e308"),
        ("a fraction", "0.1"),
        ("separators only", "1''''1"),
        ("a suffix that is a name", "1unsigned"),
        ("Arabic digits", "\u{661}\u{662}"),
    ] {
        let text = format!("process host {{ int<0..9> n = 0; thread t {{ n = {number}; }} }}\n");
        all.push(Input::new(Kind::Scenario, &format!("the value {name}"), text, 2));
    }
    for (name, line) in [
        ("bounds of 2^64", "bounds { objects = 18446744073709551616; }"),
        ("bounds of 0", "bounds { objects = 0; }"),
        ("bounds below 0", "bounds { objects = -1; }"),
        ("bounds of 256", "bounds { objects = 256; }"),
        ("bounds just too large", "bounds { objects = 25; }"),
        ("2^64 copies of a process", "process many[18446744073709551616] { thread t { } }"),
        ("no copies of a process", "process many[0] { thread t { } }"),
        ("a million copies of a thread", "process many { thread t[1000000] { } }"),
        ("a range up to 2^64", "process wide { int<0..18446744073709551616> n; }"),
        ("a range from high to low", "process wide { int<5..1> n; }"),
        ("a range below what a cell holds", "process wide { int<-129..0> n; }"),
        ("a first value outside the range", "process wide { int<0..1> n = 2; }"),
        ("copy 2^64 in a path", "expect deadlock by host[18446744073709551616].t;"),
        ("any of 2^64", "process wide { int<0..1> n; thread t { n = any(0, 18446744073709551616); } }"),
        ("any from high to low", "process wide { int<0..1> n; thread t { n = any(1, 0); } }"),
        ("a time-out of 2^64", "process wide { thread t { Sleep(18446744073709551616); } }"),
    ] {
        all.push(Input::new(Kind::Scenario, name, format!("{FINE}{line}\n"), 2));
    }
    all
}
