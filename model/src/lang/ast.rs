//! The syntax tree of a scenario, as the parser delivers it.
//!
//! Knows no meaning: names are not resolved, types are not checked. `resolve` and `lower` read it.
//! Every node carries the byte range of its text, so that a diagnostic or a caret can point at it.

/// A byte range in the scenario's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The smallest range that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text of the name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A dotted path such as `host.control` or `client[1].main`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The parts, each with the copy number written behind it, if any.
    pub parts: Vec<(Name, Option<u32>)>,
    /// Where it stands.
    pub span: Span,
}

/// A whole scenario file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// The title behind the word `scenario`.
    pub title: Option<(String, Span)>,
    /// Everything else, in file order.
    pub items: Vec<Item>,
}

/// One item at the top of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `source "…";` where the case comes from.
    Source(String, Span),
    /// `rules CTX-07, DISC-01;` which rules the scenario is about.
    Rules(Vec<Name>),
    /// `process NAME …`.
    Process(Process),
    /// A stream that several processes can reach: `IStream* stm;`.
    Variable(Variable),
    /// `may_lose_packets;`
    MayLosePackets(Span),
    /// `may_fail;`
    MayFail(Span),
    /// `never NAME: EXPR;`
    Never(Claim),
    /// `reachable NAME: EXPR;`
    Reachable(Claim),
    /// `eventually NAME: EXPR;` or `eventually NAME: EXPR after EXPR;`
    Eventually(Claim),
    /// `expect …;`
    Expect(Expect),
    /// `check off NAME;` or `check on NAME;` for a built-in property.
    Check {
        /// True for `on`.
        on: bool,
        /// The property.
        property: Name,
    },
    /// `reading NAME = VALUE;` the reading this scenario is about.
    Reading {
        /// The open question.
        name: Name,
        /// The way it is taken.
        value: Name,
    },
    /// `fault ID;` a rule that this scenario switches off.
    Fault(Name),
    /// `bounds { NAME = N; … }`
    Bounds(Vec<(Name, i64, Span)>),
    /// `macro NAME(a, b) { … }`
    Macro(Macro),
    /// `interface ISink { … };`, wherever it stands.
    Interface(Interface),
}

/// What several classes can have in common: methods without code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: Name,
    /// The interfaces that it derives from.
    pub bases: Vec<Name>,
    /// Its methods. They have no code: their bodies are empty.
    pub methods: Vec<Function>,
}

/// Statements that a name with arguments stands for, as a macro of C does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Macro {
    /// Its name.
    pub name: Name,
    /// The names for which the arguments stand in the body.
    pub parameters: Vec<Name>,
    /// The statements.
    pub body: Block,
}

/// A claim of the user's own over the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What reports call it.
    pub name: Name,
    /// The condition.
    pub condition: Expr,
    /// The premise behind `after` (only for `eventually`).
    pub after: Option<Expr>,
    /// The whole item.
    pub span: Span,
}

/// `expect holds;`, or one expected violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// `holds`, a built-in property, or the name of a claim.
    pub property: Name,
    /// `within bounds`, behind `holds`: bounds may cut events.
    pub within_bounds: Option<Span>,
    /// `by host.control`: the thread that does it.
    pub by: Option<Path>,
    /// `on Widget`: the class, module, lock, event or process it happens to.
    pub on: Option<Path>,
    /// `hitting host.rpc1`: the thread that it happens to.
    pub hitting: Option<Path>,
    /// `at 17` or `at "widget->Work()"`: the line in which it happens, or in which a stuck thread waits, by its number or by what is in it.
    pub at: Option<(Line, Span)>,
    /// `when reading = value`: only under these readings.
    pub when: Vec<(Name, Name)>,
    /// The whole item.
    pub span: Span,
}

/// A line of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// By its number, from one.
    Number(u32),
    /// By a text that it contains.
    Text(String),
}

/// `process NAME[COPIES] : attributes { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its name.
    pub name: Name,
    /// How many interchangeable copies run; one if not written.
    pub copies: Option<(i64, Span)>,
    /// `may_crash`, `must_exit`.
    pub attributes: Vec<Name>,
    /// What it consists of.
    pub items: Vec<Member>,
}

/// A member of a process or of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// `module NAME …` (only in a process).
    Module(Module),
    /// `context NAME;` (only in a process).
    Context(Context),
    /// `class NAME …`
    Class(Class),
    /// `thread NAME …`
    Thread(Thread),
    /// A function.
    Function(Function),
    /// A variable, lock, event or stream.
    Variable(Variable),
}

/// A DLL: code that can be unloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its name.
    pub name: Name,
    /// `: unloaded` written behind the name; otherwise it starts loaded, with one reference.
    pub unloaded: Option<Span>,
    /// Code and data of the module.
    pub items: Vec<Member>,
}

/// A private context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: Name,
    /// `: NAME` the STA thread whose apartment holds it; the MTA if not written.
    pub apartment: Option<Name>,
}

/// A class and what its objects do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: Name,
    /// `LOCAL_SERVER`, `INPROC_SERVER`, `in NAME`, `code NAME`, `by CoRegisterClassObject` or `by FACTORY`, `as NAME`, `never answers`.
    pub attributes: Vec<Attribute>,
    /// `ISink`, `public Base`: the interfaces that it has, and its base class.
    pub bases: Vec<Name>,
    /// Its methods that are written `virtual` or `override`.
    pub virtuals: Vec<String>,
    /// Fields.
    pub fields: Vec<Variable>,
    /// Methods.
    pub methods: Vec<Function>,
    /// `Widget() { … }`
    pub constructor: Option<Function>,
    /// `~Widget() { … }`
    pub destructor: Option<Function>,
}

impl Class {
    /// Does it say `never answers`?
    pub fn never_answers(&self) -> bool {
        self.attributes.iter().any(|attribute| matches!(attribute, Attribute::NeverAnswers(_)))
    }
}

/// One attribute of a class or thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// A bare word: `LOCAL_SERVER`, `INPROC_SERVER`, `STA`, `MTA`.
    Word(Name),
    /// `in NAME`: a context, or an STA thread for its default context.
    In(Name),
    /// `code NAME`: the module that holds the code.
    Code(Name),
    /// `by NAME`: the call that brings it into being.
    By(Name),
    /// `as NAME`: the class marshals its objects itself; others get an object of that class instead.
    As(Name),
    /// `never answers`: calls of its methods never return.
    NeverAnswers(Name),
}

/// A thread that the scenario writes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its name.
    pub name: Name,
    /// `[N]`: interchangeable copies.
    pub copies: Option<(i64, Span)>,
    /// `(LPVOID lpParameter)`: what it is started with.
    pub parameter: Option<(Type, Name)>,
    /// `STA`, `MTA`, `code NAME`, `by CreateThread`.
    pub attributes: Vec<Attribute>,
    /// Its code.
    pub body: Block,
}

/// A function, method, constructor or destructor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// What it returns.
    pub result: Type,
    /// Its parameters.
    pub parameters: Vec<(Type, Name)>,
    /// `code NAME` behind the parameter list.
    pub code: Option<Name>,
    /// Its code.
    pub body: Block,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// It was written `std::atomic<…>`.
    pub atomic: bool,
    /// It was written `std::vector<…>`: a list of such.
    pub list: bool,
    /// What a parameter of it hands back.
    pub out: Option<Out>,
    /// The class of a library that it was written as.
    pub library: Option<&'static super::library::Row>,
    /// Where it stands.
    pub span: Span,
}

impl Type {
    /// A type without anything special.
    pub fn plain(kind: TypeKind, span: Span) -> Self {
        Type { kind, atomic: false, list: false, out: None, library: None, span }
    }
}

/// How a parameter hands a value back to the caller. Its type is that of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Out {
    /// `Widget** pp`, `ULONG* count`: the caller gives the address of a variable.
    Pointer,
    /// `Widget*& p`, `int& count`: the caller gives the variable.
    Reference,
}

/// The types of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `void`
    Void,
    /// `int`, `long`, `LONG`, `ULONG`, `unsigned`, with `<low..high>` if written.
    Int(Option<(i64, i64)>),
    /// `bool`, `BOOL`
    Bool,
    /// `HRESULT`
    Hresult,
    /// `DWORD`: a wait result or a registration cookie.
    Dword,
    /// `HANDLE`: an event.
    Handle,
    /// `CRITICAL_SECTION`
    CriticalSection,
    /// `CONDITION_VARIABLE`
    ConditionVariable,
    /// `SRWLOCK`
    SrwLock,
    /// `IStream*`
    Stream,
    /// `Widget*`, `IUnknown*`: a pointer without ownership of its own; AddRef and Release are written out.
    Pointer(Name),
    /// `ComPtr<Widget>` and its relatives: a counted pointer; copies AddRef, scope end Releases.
    ComPtr(Name),
    /// `auto`: the type of the first value.
    Auto,
    /// `Guard`, a class of the scenario, as the type of a local variable.
    Object(Name),
}

/// A declared variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its type.
    pub ty: Type,
    /// Its name.
    pub name: Name,
    /// What stands behind `=`.
    pub initial: Option<Expr>,
    /// `[3]` or `[] = { … }` behind the name, until `arrays` makes a variable of each element.
    pub elements: Option<Elements>,
    /// What ends it, if it is a field: what the destructor of the class does with it.
    pub end: Option<Block>,
    /// The whole declaration.
    pub span: Span,
}

/// The elements of an array, as they are declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elements {
    /// How many, if it is written.
    pub count: Option<i64>,
    /// It is a list, whose size changes: `count` is how many it has room for.
    pub list: bool,
    /// `{ a, b }`: the first values, if they are written.
    pub values: Option<Vec<Expr>>,
    /// From bracket to bracket.
    pub span: Span,
}

/// `{ … }`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Statement>,
    /// From brace to brace.
    pub span: Span,
}

/// A statement with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it stands (for `if` and loops: the head only).
    pub span: Span,
}

/// The statements of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// `;` alone.
    Empty,
    /// A local variable.
    Variable(Variable),
    /// An expression; calls and assignments are expressions.
    Expr(Expr),
    /// `{ … }`
    Block(Block),
    /// `if (C) S else S`
    If(Expr, Box<Statement>, Option<Box<Statement>>),
    /// `while (C) S`
    While(Expr, Box<Statement>),
    /// `do S while (C);`
    DoWhile(Box<Statement>, Expr),
    /// `for (T x : array) S`, until `arrays` makes a `for` with an index of it.
    Each(Each),
    /// `for (INIT; C; STEP) S`
    For(Option<Box<Statement>>, Option<Expr>, Option<Expr>, Box<Statement>),
    /// `break;`
    Break,
    /// `continue;`
    Continue,
    /// `return;`, `return E;`
    Return(Option<Expr>),
    /// `delete E;`
    Delete(Expr),
    /// `enter (CONTEXT) { … }`: IContextCallback::ContextCallback with the block as the callback.
    Enter(Name, Block),
    /// `assert(C);`
    Assert(Expr),
    /// `assume(C);`
    Assume(Expr),
    /// `switch (E) { … }`; its cases are statements of the block.
    Switch(Expr, Block),
    /// `case E:`
    Case(Expr),
    /// `default:`
    Default,
    /// `NAME:`
    Label(Name),
    /// `goto NAME;`
    Goto(Name),
    /// What runs when the block ends, however it is left: the end of what a library's class has begun. Not written by itself.
    AtExit(Block),
    /// The body of a lambda that runs here: a `return` in it leaves only it. Not written by itself.
    Inline(Block),
}

/// `for (auto& x : array) S`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Each {
    /// The variable.
    pub name: Name,
    /// Its type, if it is not `auto`.
    pub ty: Option<Type>,
    /// It is a reference: what is assigned to it is assigned to the element.
    pub reference: bool,
    /// The array.
    pub range: Expr,
    /// What is done with each.
    pub body: Box<Statement>,
}

/// An expression with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The expressions of the language. Casts such as `(void**)` are read and dropped by the parser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// `3`, `0x10`
    Int(i64),
    /// `true`, `false`, `TRUE`, `FALSE`
    Bool(bool),
    /// `NULL`, `nullptr`
    Null,
    /// A name: variable, constant (`S_OK`, `INFINITE`), class, thread, module …
    Name(Name),
    /// `this`
    This,
    /// `host.count`, `client[1].done`: only in claims.
    Path(Path),
    /// `f(a, b)`
    Call(Name, Vec<Expr>),
    /// `p->count`
    Field(Box<Expr>, Name),
    /// `a[i]`, `p->a[i]`. One whose index is a constant is the variable itself once `arrays` has been here; of any other the elements follow.
    Index(Box<Expr>, Box<Expr>, Vec<Expr>),
    /// `p->Work(a)`, also `p.Work(a)`
    Method(Box<Expr>, Name, Vec<Expr>),
    /// `new Widget(a)`
    New(Name, Vec<Expr>),
    /// `&w`
    AddressOf(Box<Expr>),
    /// `!e`
    Not(Box<Expr>),
    /// `-e`
    Negate(Box<Expr>),
    /// `a + b` and the like.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `a = b`; also `a += b`, `a -= b` and `++a`, `a--` as what they mean (their value is not used).
    Assign(Box<Expr>, Box<Expr>),
    /// `c ? a : b`
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `[&] { … }`
    Lambda(Box<Lambda>),
    /// What the parser puts where it could not read an expression; a diagnostic stands for it.
    Error,
}

/// `[&](int n) { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lambda {
    /// What it takes along.
    pub captures: Vec<Capture>,
    /// Its parameters.
    pub parameters: Vec<(Type, Name)>,
    /// Its code.
    pub body: Block,
}

/// What a lambda takes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// How.
    pub kind: CaptureKind,
    /// Where it stands.
    pub span: Span,
}

/// How a lambda takes something along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureKind {
    /// `&`
    AllByReference,
    /// `=`
    AllByValue,
    /// `this`
    This,
    /// `&x`
    ByReference(Name),
    /// `x`, `x = e`
    ByValue(Name, Option<Expr>),
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`, only between flag constants
    BitOr,
}
