// A made-up run of any length, for tests and for timing: a client calls a server again and again, until the server is unloaded.

import type { Entity, Kind, LedgerRow, Page, Run, Step } from "../src/data";

const TEXT = `scenario "made up";

process host {
    module widget_dll;
    class Widget : LOCAL_SERVER, code widget_dll {
        HRESULT Work() { return S_OK; }
    }
    thread control : MTA {
        FreeLibrary(widget_dll);
    }
}

process client {
    thread main : MTA {
        IWidget* w = NULL;
        while (any()) {
            w->Work();
        }
    }
}
`;

function place(text: string): [number, number] {
  const start = TEXT.indexOf(text);
  return [start, start + text.length];
}

export function synthetic(stepCount: number): Page {
  const strings: string[] = [];
  const known = new Map<string, number>();
  const value = (text: string): number => {
    const found = known.get(text);
    if (found !== undefined) return found;
    known.set(text, strings.length);
    strings.push(text);
    return strings.length - 1;
  };
  const entities: Entity[] = [];
  const initial: number[][] = [];
  const add = (
    kind: Kind, name: string, box: [number, number, number, number], fields: [string, string][], rest: Partial<Entity> = {},
  ): number => {
    const [x, y, w, h] = box;
    entities.push({ kind, name, label: name.split(" ").pop()!, fields: fields.map(([field]) => field), x, y, w, h, ...rest });
    initial.push(fields.map(([, text]) => value(text)));
    return entities.length - 1;
  };
  const host = add("process", "host", [8, 8, 290, 220], [["phase", "Running"]], { lifecycle: 1 });
  const mta = add("apartment", "host MTA", [16, 30, 274, 120], [["phase", "Open"], ["calls", "0"]], { parent: host });
  const control = add("thread", "host.control", [26, 52, 90, 30], [["phase", "Running"]], { parent: mta });
  const rpc = add("thread", "host.rpc1", [130, 52, 90, 30], [["phase", "Running"]], { parent: mta });
  const widget = add("object", "Widget", [26, 100, 110, 34], [["phase", "Alive"], ["references", "1"]], { parent: mta, lifecycle: 0 });
  const stub = add("stub", "stub of Widget", [160, 100, 110, 34], [["phase", "Connected"], ["references", "1"]], { parent: mta, to: widget });
  const dll = add("module", "widget_dll", [16, 164, 150, 34], [["phase", "Loaded"], ["count", "1"]], { parent: host });
  const client = add("process", "client", [400, 8, 220, 220], [["phase", "Running"]], { lifecycle: 1 });
  const main = add("thread", "client.main", [420, 52, 90, 30], [["phase", "Running"]], { parent: client });
  const proxy = add("proxy", "client.main's proxy of Widget", [420, 100, 110, 34], [["phase", "Live"], ["references", "1"]], { parent: client, to: stub });
  const call = add("call", "call 1", [310, 60, 76, 30], [["phase", "Absent"]], { from: main, to: rpc, lifecycle: 2 });

  const steps: Step[] = [];
  const rows: LedgerRow[] = [];
  const base: Omit<Step, "fingerprint" | "name" | "who" | "text" | "effect"> = {
    rules: ["CALL-01"], spans: [], reads: [], writes: [], at: [], blocked: [], properties: [], size: 0, depth: 0, event: {},
  };
  const work = place("w->Work();");
  const body = place("return S_OK;");
  const plain = (index: number): Step => {
    const fingerprint = (index * 2654435761 % 4294967296).toString(16).padStart(16, "0");
    const round = Math.floor(index / 4) + 1;
    switch (index % 4) {
      case 0:
        return { ...base, fingerprint, name: "client.main", thread: 2, who: "client.main", text: "w->Work()", effect: `call ${round} sent`,
          size: 2, depth: 1, spans: [work], writes: [[call, 0, value("Sent")]], reads: [proxy], at: [[2, ...work]],
          blocked: [[2, "waits for the answer of Work()"]], waits: [{ from: 2, to: [1], text: "waits for the answer of Work()" }],
          arrows: [{ from: main, to: rpc, text: "Work()", kind: "call" }] };
      case 1:
        rows.push({ step: index, who: "host.rpc1", call: "AddRef", change: 1, kind: "call", balance: 2, matched: true });
        return { ...base, fingerprint, name: "deliver call 1", thread: 1, who: "COM", text: "delivers Work()", effect: "Work() runs on host.rpc1",
          size: 2, depth: 1, at: [[1, ...body]],
          writes: [[call, 0, value("Executing")], [mta, 1, value("1")], [widget, 1, value("2")]] };
      case 2:
        rows.push({ step: index, who: "host.rpc1", call: "Release", change: -1, kind: "call", balance: 1, matched: true });
        return { ...base, fingerprint, name: "host.rpc1", thread: 1, who: "host.rpc1", text: "return S_OK", effect: "", size: 1, depth: 1,
          writes: [[mta, 1, value("0")], [widget, 1, value("1")]], spans: [body], at: [[1, 0, 0]] };
      default:
        return { ...base, fingerprint, name: "client.main", thread: 2, who: "client.main", text: "takes the answer of Work()", effect: `S_OK (${round})`,
          size: 2, writes: [[call, 0, value("Absent")], [proxy, 1, value(String(1 + (round % 3)))]], blocked: [[2, ""]], waits: [],
          arrows: [{ from: rpc, to: main, text: "S_OK", kind: "return" }] };
    }
  };
  for (let index = 0; index < stepCount - 1; index++) {
    const step = plain(index);
    step.next = {
      enabled: [
        { name: "host.control", who: "host.control", text: "FreeLibrary(widget_dll)", thread: 0, effect: "widget_dll unloaded", writes: [[dll, 0, value("Unloaded")], [dll, 1, value("0")]] },
        { name: "next", who: "client.main", text: "goes on", thread: 2, taken: true },
      ],
      disabled: [{ name: "drop", who: "COM", text: "rundown of the proxy", rule: "PING-01", reason: "the client is alive" }],
    };
    steps.push(step);
  }
  const free = place("FreeLibrary(widget_dll);");
  steps.push({ ...base, fingerprint: "f".repeat(16), name: "host.control", thread: 0, who: "host.control", text: "FreeLibrary(widget_dll)",
    effect: "widget_dll unloaded; UNLOAD_IN_USE", rules: ["CALL-01"], size: 2, relevant: true, spans: [free], at: [[0, ...free]],
    writes: [[dll, 0, value("Unloaded")], [dll, 1, value("0")]], properties: [[0, 1]] });
  rows.push({ step: 0, who: "client.main", call: "AddRef", change: 1, kind: "outside", balance: 2, matched: false });
  rows.sort((a, b) => a.step - b.step);

  const run: Run = {
    label: "counterexample", property: "unload_in_use", verdict: "violated",
    headline: "host.control freed widget_dll while host.rpc1 was still inside Work()",
    digest: `${stepCount}`.padStart(32, "0"),
    why: {
      sentence: `Step ${stepCount} gave back the last reference on widget_dll: its code is gone at once, whoever is in it.`,
      lines: ["host.rpc1 is still executing Work(), which is code of Widget."],
      condition: "no thread is in the code of a module that is unloaded",
      values: [["widget_dll", "Unloaded"], ["host.rpc1", "in Work()"]],
      relevant: [0, 1, stepCount - 1], noReturn: stepCount - 2, noReturnText: `After step ${stepCount - 1} it could still have gone well.`,
      advice: ["Call FreeLibrary only when CoDisconnectContext has returned S_OK."],
      hurt: [], holders: ["left on Widget: 1 by client.main"], goodRun: 1,
    },
    threads: [
      { name: "host.control", process: host, letter: "A", entity: control, pool: false },
      { name: "host.rpc1", process: host, letter: "B", entity: rpc, pool: true },
      { name: "client.main", process: client, letter: "C", entity: main, pool: false },
    ],
    entities,
    picture: {
      width: 630, height: 240,
      columns: [{ x: 8, width: 290, gap: 100, entity: host }, { x: 400, width: 220, gap: 0, entity: client }],
      lifelines: [{ thread: 0, x: 71 }, { thread: 1, x: 175 }, { thread: 2, x: 465 }],
    },
    strings, initial,
    start: { at: [], blocked: [], waits: [], cycle: [], properties: [[0, 0], [1, 2]], fingerprint: "0".repeat(16) },
    steps,
    ledgers: [{ entity: widget, title: "references on Widget", field: 1, rows }],
  };
  const good: Run = { ...run, label: "nearest good run", verdict: "holds", headline: "FreeLibrary is never called", digest: "1".repeat(32),
    why: { ...run.why, sentence: "Nothing goes wrong here.", relevant: [], goodRun: undefined as never }, steps: steps.slice(0, -1) };
  delete good.why.goodRun;
  return {
    schema: "rundown-page/2", tool: "0.1.0", mode: "file",
    scenario: { name: "made-up.scn", title: "made up", text: TEXT, digest: "a".repeat(32) },
    readings: [["would_deadlock", "chain"]], bounds: [["calls", 4]], faults: [],
    properties: [
      { name: "unload_in_use", kind: "step", sentence: "No module is unloaded while a thread is in its code." },
      { name: "hang", kind: "stuck", sentence: "No thread waits for ever." },
    ],
    rules: [
      { id: "CALL-01", name: "a call is sent", sentence: "A call that is sent waits for its answer." },
      { id: "PING-01", name: "pings", sentence: "Only a client that no longer pings is run down." },
    ],
    lifecycles: [
      { name: "object", about: "An object of a class, as its code sees it.", states: ["Absent", "Alive", "Destroyed"], events: ["Create", "Use"], cells: [["Alive", "[CALL-01]", "[CALL-01]"], ["[CALL-01]", "Alive", "[CALL-01]"]] },
      { name: "process", about: "A process.", states: ["Running", "Exited"], events: ["Exit"], cells: [["Exited", "[CALL-01]"]] },
      { name: "call", about: "A call under way.", states: ["Absent", "Sent", "Executing"], events: ["Send", "Dispatch"], cells: [["Sent", "[CALL-01]", "[CALL-01]"], ["[CALL-01]", "Executing", "[CALL-01]"]] },
    ],
    runs: [run, good],
    story: "unload_in_use: made up\n", omitted: [], commands: [["rundown check made-up.scn", "check it again"]],
  };
}
