//! The rows of Interlocked functions and of std::atomic: what is done to a variable in one step. They stand behind the rows of `rows`.

macro_rules! and_atomic_operations {
    ($then:ident $($calls:tt)*) => { $then! {
        $($calls)*

        /// InterlockedIncrement / InterlockedDecrement: adds to a place and gives the new value.
        Interlocked { addend: InOut, add: i8 }
        { told: "InterlockedIncrement", gives: Sum, stops: &[], does: &[], ample: Argument::Variables }
        {
            "InterlockedIncrement" [1] "(Addend)" "" "adds 1 at once and gives the sum" by increment;
            "InterlockedDecrement" [1] "(Addend)" "" "takes 1 away at once and gives the rest" by decrement;
        }

        /// InterlockedAdd, and what `+=` of a std::atomic does: adds to a place and gives the new value.
        Add { addend: InOut, value: Value }
        { told: "InterlockedAdd", gives: Sum, stops: &[], does: &[], ample: Argument::Variables }
        { "InterlockedAdd" [2] "(Addend, Value)" "" "adds at once and gives the sum" by add; }

        /// InterlockedExchangeAdd, std::atomic's fetch_add: adds to a place and gives what it held before.
        ExchangeAdd { addend: InOut, value: Value }
        { told: "InterlockedExchangeAdd", gives: Before, stops: &[], does: &[], ample: Argument::Variables }
        { "InterlockedExchangeAdd" [2] "(Addend, Value)" "" "adds at once and gives what was there before" by exchange_add; }

        /// InterlockedExchange, std::atomic's exchange: puts a value into a place and gives what it held before.
        Exchange { target: InOut, value: Value }
        { told: "InterlockedExchange", gives: Before, stops: &[], does: &[], ample: Argument::Variables }
        {
            "InterlockedExchange" [2] "(Target, Value)" "" "puts the value there at once and gives what was there before" by exchange;
            "InterlockedExchangePointer" [2] "(Target, Value)" "" "the same with a pointer; no reference is counted" by exchange_pointer;
        }

        /// InterlockedCompareExchange: puts a value into a place if that holds the comparand, and gives what it held before.
        CompareExchange { target: InOut, value: Value, comparand: Value }
        { told: "InterlockedCompareExchange", gives: Before, stops: &[], does: &[], ample: Argument::Variables }
        {
            "InterlockedCompareExchange" [3] "(Destination, ExChange, Comperand)" "" "puts the value there at once if it finds the third one, and gives what was there before" by compare_exchange;
            "InterlockedCompareExchangePointer" [3] "(Destination, Exchange, Comperand)" "" "the same with pointers; no reference is counted" by compare_exchange_pointer;
        }

        /// std::atomic's compare_exchange_strong: puts a value into a place if that holds what is expected, else tells what it holds. 1 or 0.
        CompareStrong { target: InOut, expected: InOut, value: Value }
        { told: "compare_exchange_strong", gives: Bool, stops: &[], does: &[], ample: Argument::Variables }
        {}
    } };
}
pub(crate) use and_atomic_operations;
