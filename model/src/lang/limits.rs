//! Every limit of the front end, by name and with its unit.
//!
//! A scenario is a page or two; the limits are far above that and exist so that no input, however strange, makes the
//! front end slow, large or deep. `nesting_max` and `expression_operators_max` together bound the depth of the tree, so
//! that whoever walks it later may recurse.

/// The largest scenario text, in bytes.
pub const SOURCE_BYTES_MAX: usize = 1 << 20;
/// The largest number of tokens in one scenario.
pub const TOKENS_MAX: usize = 1 << 16;
/// How many elements a list has room for.
pub const LIST_MAX: i64 = 4;
/// The most elements of an array.
pub const ELEMENTS_MAX: usize = 8;
/// How deep macros may stand in macros.
pub const MACROS_IN_MACROS_MAX: usize = 4;
/// The longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// The longest title or source text between quotes, in bytes of the scenario's text.
pub const STRING_BYTES_MAX: usize = 1024;
/// How deep blocks, parentheses, prefix operators and `else if` may be nested, in levels.
pub const NESTING_MAX: usize = 64;
/// The most operators and calls in one whole expression. A long chain such as `a + b + …` is a deep tree.
pub const EXPRESSION_OPERATORS_MAX: usize = 256;
/// The most parts of a dotted path.
pub const PATH_PARTS_MAX: usize = 8;
/// The most diagnostics that are reported for one text; one "too many errors" follows.
pub const DIAGNOSTICS_MAX: usize = 50;

// What follows bounds the compiled scenario, counting every copy of a process.

/// The most process copies of a scenario.
pub const PROCESSES_MAX: usize = 16;
/// The most copies of one process or thread.
pub const COPIES_MAX: usize = 8;
/// The most entities of one kind: modules, classes, events, locks of a kind, streams, claims.
pub const ENTITIES_MAX: usize = 64;
/// The most contexts, default ones included.
pub const CONTEXTS_MAX: usize = 120;
/// The most global variables.
pub const GLOBALS_MAX: usize = 256;
/// The most functions, methods and thread bodies.
pub const FUNCTIONS_MAX: usize = 1024;
/// The most text of function bodies, in bytes. What stands in a process of eight copies is compiled, and counted, eight times.
pub const CODE_BYTES_MAX: usize = 256 << 10;
/// The most methods of a class.
pub const METHODS_MAX: usize = 64;
/// The most fields of a class.
pub const FIELDS_MAX: usize = 16;
/// The most local slots of a function: `this`, parameters, locals, temporaries.
pub const SLOTS_MAX: usize = 48;
/// The most operations of a function.
pub const FUNCTION_OPS_MAX: usize = 4096;
