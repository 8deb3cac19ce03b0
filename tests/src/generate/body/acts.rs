//! Every act as statements.

use super::{Body, THIS};
use crate::generate::{Act, Server, Test};

impl Body<'_> {
    pub(super) fn act(&mut self, act: &Act) {
        let threads = self.world.parts[self.process].threads.len();
        let other = |number: u8| usize::from(number) % threads;
        let kinds = ["NORMAL", "NORMAL", "NORMAL", "TABLESTRONG", "TABLEWEAK"];
        let kind = |number: u8| kinds[usize::from(number) % kinds.len()];
        let limits = ["0", "5000", "INFINITE"];
        let truth = |on: bool| if on { "TRUE" } else { "FALSE" };
        let has_module = self.world.parts[self.process].module > 0;
        match act {
            Act::Make(number) => drop(self.make(*number)),
            Act::Life(number, inner) => {
                if let Some((class, pointer)) = self.make(*number) {
                    self.life(class, &pointer, inner);
                }
            }
            Act::Call(number, method) => self.call(*number, *method),
            Act::AddRef(number) => self.with(*number, |_, pointer, _| Some(format!("{pointer}->AddRef();"))),
            Act::Release(number) => self.with(*number, |_, pointer, _| Some(format!("{pointer}->Release();"))),
            Act::Drop(number) => {
                self.with(*number % THIS, |_, pointer, _| Some(format!("{pointer}->Release(); {pointer} = NULL;")))
            }
            Act::Marshal(stream, number, flags) => {
                let (hr, kind) = (self.hr(), kind(*flags));
                self.with(*number, |body, pointer, class| {
                    let stream = body.stream(*stream, class);
                    let name = &body.world.classes[class].name;
                    Some(format!("{hr} = CoMarshalInterface({stream}, IID_{name}, {pointer}, MSHCTX_LOCAL, NULL, MSHLFLAGS_{kind});"))
                });
            }
            Act::Ship(stream, number, flags) => {
                if let Some((class, pointer)) = self.make(*number) {
                    let stream = self.stream(*stream, class);
                    let (name, kind) = (self.world.classes[class].name.clone(), kind(*flags));
                    self.block(&format!("if ({pointer})"), &[], &format!("CoMarshalInterface({stream}, IID_{name}, {pointer}, MSHCTX_LOCAL, NULL, MSHLFLAGS_{kind}); {pointer}->Release();"));
                }
            }
            Act::Unmarshal(stream, number) => drop(self.read(*stream, *number, stream % 3 != 0)),
            Act::Fetch(stream, number, inner) => {
                if let Some((class, pointer)) = self.read(*stream, *number, true) {
                    self.life(class, &pointer, inner);
                }
            }
            Act::Discard(number) => {
                let Some(class) = self.class(*number) else { return };
                let stream = self.stream(number.wrapping_mul(37), class);
                if number % 4 != 0 {
                    self.line(&format!("{stream}->Seek(0, STREAM_SEEK_SET, NULL);"));
                }
                self.line(&format!("CoReleaseMarshalData({stream});"));
            }
            Act::Rewind(number) => {
                let Some(class) = self.class(*number) else { return };
                let stream = self.stream(number.wrapping_mul(37), class);
                self.line(&format!("{stream}->Seek(0, STREAM_SEEK_SET, NULL);"));
            }
            Act::Disconnect(number) => {
                self.with(*number, |_, pointer, _| Some(format!("CoDisconnectObject({pointer}, 0);")))
            }
            Act::Enter(inner) => match self.context() {
                Some(context) => self.block(&format!("enter ({context})"), inner, ""),
                None => self.acts(inner),
            },
            Act::Sweep(limit, how) => {
                let (hr, limit) = (self.hr(), limits[usize::from(*limit) % 3]);
                let sweep = format!("{hr} = CoDisconnectContext({limit});");
                // in a private context in most cases: the default one is refused
                let context = if how % 5 == 0 { None } else { self.context() };
                let sweep = context.map_or_else(|| sweep.clone(), |context| format!("enter ({context}) {{ {sweep} }}"));
                match how % 4 {
                    0 | 1 => self.line(&sweep),
                    2 => self.line(&format!("{sweep} assert(hr == S_OK);")),
                    _ => self.line(&format!("do {{ {sweep} }} while (hr == RPC_E_TIMEOUT);")),
                }
            }
            Act::Lock(number, on, last) => self.with(*number, |_, pointer, _| {
                Some(format!("CoLockObjectExternal({pointer}, {}, {});", truth(*on), truth(*last)))
            }),
            Act::Load if has_module => self.line("LoadLibrary(dll);"),
            Act::Free if has_module => self.line("FreeLibrary(dll);"),
            Act::FreeAndExit if has_module => self.line("FreeLibraryAndExitThread(dll, 0);"),
            Act::Load | Act::Free | Act::FreeAndExit => {}
            Act::FreeUnused => self.line("CoFreeUnusedLibraries();"),
            Act::Wait(number, limit, pumps) => {
                let event = self.event(*number);
                self.waiting(&[event], true, *limit, *pumps);
            }
            Act::WaitThread(number, limit, pumps) => {
                let thread = self.world.thread(self.process, other(*number));
                self.waiting(&[thread], true, *limit, *pumps);
            }
            Act::WaitBoth(all, limit, pumps) => {
                let both = [self.event(0), self.event(1)];
                self.waiting(&both, *all, *limit, *pumps);
            }
            Act::Set(number) => {
                let event = self.event(*number);
                self.line(&format!("SetEvent({event});"));
            }
            Act::Reset(number) => {
                let event = self.event(*number);
                self.line(&format!("ResetEvent({event});"));
            }
            Act::Section(inner) => {
                let section = self.shared("cs");
                self.line(&format!("EnterCriticalSection(&{section});"));
                self.acts(inner);
                self.line(&format!("LeaveCriticalSection(&{section});"));
            }
            Act::TrySection(inner) => {
                let section = self.shared("cs");
                let leave = format!("LeaveCriticalSection(&{section});");
                self.block(&format!("if (TryEnterCriticalSection(&{section}))"), inner, &leave);
            }
            Act::EnterSection => {
                let section = self.shared("cs");
                self.line(&format!("EnterCriticalSection(&{section});"));
            }
            Act::LeaveSection => {
                let section = self.shared("cs");
                self.line(&format!("LeaveCriticalSection(&{section});"));
            }
            Act::Slim(shared, inner) => {
                let (lock, how) = (self.shared("slim"), if *shared { "Shared" } else { "Exclusive" });
                self.line(&format!("AcquireSRWLock{how}(&{lock});"));
                self.acts(inner);
                self.line(&format!("ReleaseSRWLock{how}(&{lock});"));
            }
            Act::TrySlim(shared, inner) => {
                let (lock, how) = (self.shared("slim"), if *shared { "Shared" } else { "Exclusive" });
                let leave = format!("ReleaseSRWLock{how}(&{lock});");
                self.block(&format!("if (TryAcquireSRWLock{how}(&{lock}))"), inner, &leave);
            }
            Act::LeaveSlim(shared) => {
                let (lock, how) = (self.shared("slim"), if *shared { "Shared" } else { "Exclusive" });
                self.line(&format!("ReleaseSRWLock{how}(&{lock});"));
            }
            Act::SleepCondition(limit) => {
                let (section, condition) = (self.shared("cs"), self.shared("woken"));
                let limit = limits[usize::from(*limit) % 3];
                self.line(&format!("EnterCriticalSection(&{section});"));
                self.line(&format!("SleepConditionVariableCS(&{condition}, &{section}, {limit});"));
                self.line(&format!("LeaveCriticalSection(&{section});"));
            }
            Act::Wake(all) => {
                let condition = self.shared("woken");
                self.line(&format!("Wake{}ConditionVariable(&{condition});", if *all { "All" } else { "" }));
            }
            Act::Post(number, quit) => {
                let thread = self.world.thread(self.process, other(*number));
                let what = if *quit { "WM_QUIT".to_string() } else { self.shared("work") };
                self.line(&format!("PostThreadMessage({thread}, {what}, 0, 0);"));
            }
            Act::Pump => {
                self.line("GetMessage(&msg, NULL, 0, 0);");
                self.line("DispatchMessage(&msg);");
            }
            Act::Start(number) => self.start(*number),
            Act::ExitThread => self.line("ExitThread(0);"),
            Act::ExitProcess => self.line("ExitProcess(0);"),
            Act::Initialize(sta) => {
                self.line(if *sta { "CoInitialize(NULL);" } else { "CoInitializeEx(NULL, COINIT_MULTITHREADED);" })
            }
            Act::Uninitialize => self.line("CoUninitialize();"),
            Act::Register(number) => {
                if let Some(name) = self.registered(*number) {
                    self.line(&format!("CoRegisterClassObject({name});"));
                }
            }
            Act::Revoke(number) => {
                if let Some(name) = self.registered(*number) {
                    self.line(&format!("CoRevokeClassObject({name});"));
                }
            }
            Act::Serve(number) => {
                let calls = [
                    "CoSuspendClassObjects",
                    "CoResumeClassObjects",
                    "CoAddRefServerProcess",
                    "CoReleaseServerProcess",
                ];
                self.line(&format!("{}();", calls[usize::from(*number) % calls.len()]));
            }
            Act::If(test, yes, no) => {
                let test = self.test(*test);
                self.block(&format!("if ({test})"), yes, "");
                if !no.is_empty() {
                    self.block("else", no, "");
                }
            }
            Act::Twice(inner) => {
                let index = format!("i{}", self.depth);
                self.block(&format!("for (int<0..2> {index} = 0; {index} < 2; {index}++)"), inner, "");
            }
            Act::Switch(ends, one, other) => {
                let count = self.shared("count");
                self.line(&format!("switch ({count}) {{"));
                self.line("case 0:");
                self.block("", one, if *ends { "break;" } else { "" });
                self.line("case 1:");
                self.block("", other, "break;");
                self.line("default: ;");
                self.line("}");
            }
            Act::Skip(test, inner) => {
                let (test, label) = (self.test(*test), format!("out{}", self.depth));
                self.line("{");
                self.depth += 1;
                self.line(&format!("if ({test}) {{ goto {label}; }}"));
                self.acts(inner);
                self.line(&format!("{label}: ;"));
                self.depth -= 1;
                self.line("}");
            }
            Act::Spin(wanted) => {
                let flag = self.shared("flag");
                self.line(&format!("while ({}{flag}) {{ Sleep(0); }}", if *wanted { "!" } else { "" }));
            }
            Act::Flag(value) => {
                let flag = self.shared("flag");
                self.line(&format!("{flag} = {value};"));
            }
            Act::Choose => {
                let count = self.shared("count");
                self.line(&format!("{count} = any(0, 2);"));
            }
            Act::Havoc => {
                let flag = self.shared("flag");
                self.line(&format!("havoc({flag});"));
            }
            Act::Assume(test) => {
                let test = self.test(*test);
                self.line(&format!("assume({test});"));
            }
            Act::Swap(number) => match (number % 4, self.class(*number)) {
                (0, _) | (_, None) => {
                    let count = self.shared("count");
                    self.line(&format!("if (InterlockedExchange(&{count}, {}) == 0) {{ Sleep(0); }}", number % 3));
                }
                (1, _) => {
                    let count = self.shared("count");
                    self.line(&format!("InterlockedCompareExchange(&{count}, {}, 0);", number % 3));
                }
                (_, Some(class)) => {
                    let (local, name) = (self.local(class), self.world.classes[class].name.clone());
                    let kept = self.shared(&format!("kept{name}"));
                    self.line(&format!("{local} = InterlockedExchangePointer((void**)&{kept}, NULL);"));
                    self.line(&format!("if ({local}) {{ {local}->Release(); {local} = NULL; }}"));
                }
            },
            Act::Count(up) => {
                let (count, how) = (self.shared("count"), if *up { "Increment" } else { "Decrement" });
                self.line(&format!("Interlocked{how}(&{count});"));
            }
            Act::Tell => {
                let (seen, hr) = (self.shared("seen"), self.hr());
                self.line(&format!("{seen} = {hr};"));
            }
            Act::Keep(number) => self.with(*number, |body, pointer, class| {
                let name = format!("kept{}", body.world.classes[class].name);
                let kept = body.shared(&name);
                // sometimes with a reference of its own
                let counted = if number.is_multiple_of(2) { format!(" {pointer}->AddRef();") } else { String::new() };
                Some(format!("{kept} = {pointer};{counted}"))
            }),
            Act::Borrow(number) => {
                if let Some(class) = self.class(*number) {
                    let local = self.local(class);
                    let kept = self.shared(&format!("kept{}", self.world.classes[class].name));
                    self.line(&format!("{local} = {kept};"));
                }
            }
            Act::Return => {
                if self.thread.is_some() {
                    self.line("if (any()) { return; }");
                }
            }
            Act::Assert(test) => {
                if !matches!(test, Test::Any) {
                    let test = self.test(*test);
                    self.line(&format!("assert({test});"));
                }
            }
        }
    }

    fn read(&mut self, stream: u8, number: u8, rewinds: bool) -> Option<(usize, String)> {
        let class = self.class(number)?;
        let (stream, hr, pointer) = (self.stream(stream, class), self.hr(), self.local(class));
        let name = &self.world.classes[class].name;
        if rewinds {
            self.line(&format!("{stream}->Seek(0, STREAM_SEEK_SET, NULL);"));
        }
        self.line(&format!("{hr} = CoUnmarshalInterface({stream}, IID_{name}, (void**)&{pointer});"));
        Some((class, pointer))
    }

    fn start(&mut self, number: u8) {
        let threads = &self.world.parts[self.process].threads;
        let startable: Vec<usize> = (1..threads.len()).filter(|thread| threads[*thread].by_create_thread).collect();
        if let Some(thread) = startable.get(usize::from(number) % startable.len().max(1)) {
            let name = self.world.thread(self.process, *thread);
            self.line(&format!("CreateThread(NULL, 0, {name}, NULL, 0, NULL);"));
        }
    }

    /// A class of this process that is registered by code.
    fn registered(&self, number: u8) -> Option<String> {
        let ours =
            self.world.classes.iter().filter(|class| class.process == self.process && class.server == Server::ByCode);
        let ours: Vec<&String> = ours.map(|class| &class.name).collect();
        (!ours.is_empty()).then(|| ours[usize::from(number) % ours.len()].clone())
    }
}
