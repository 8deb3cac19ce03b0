// Small parts that many views use: a thread's badge, icons, the window of a long list, the text twin of a picture.

import { h } from "preact";
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { window as windowOf } from "../model/chart";
import { useApp } from "./context";

/** Shapes tell threads apart without colour: the badge's outline goes round these with the thread's number. */
const SHAPES = [
  "M1.5 1.5h13v13h-13z",
  "M8 .8a7.2 7.2 0 1 1 0 14.4A7.2 7.2 0 0 1 8 .8z",
  "M8 .3 15.7 8 8 15.7.3 8z",
  "M4.4.8h7.2L15.4 8l-3.8 7.2H4.4L.6 8z",
  "M8 .6 15.8 14.8H.2z",
  "M4 1.5h8a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3H4a3 3 0 0 1-3-3v-7a3 3 0 0 1 3-3z",
];

/** The colour class of a thread; there are six, told apart by shape and letter too. */
export function threadClass(thread: number | undefined): string {
  return thread === undefined ? "t-com" : `t${thread % 6}`;
}

function badgePath(thread: number): string {
  return SHAPES[thread % SHAPES.length]!;
}

/** The shape with the letter, to stand in a drawing. */
export function Mark({ thread, letter, transform }: { thread: number; letter: string; transform?: string }) {
  const path = badgePath(thread);
  return (
    <g class="badge" transform={transform}>
      <path d={path} />
      <text x="8" y={path.endsWith("8H.2z") ? 13 : 11.6} text-anchor="middle" font-size={letter.length > 1 ? 7.5 : 10}>{letter}</text>
    </g>
  );
}

/** A thread's letter in its shape. COM's own doing has none. */
export function Badge({ thread, who }: { thread: number | undefined; who?: string }) {
  const { run } = useApp();
  const one = thread === undefined ? undefined : run.threads[thread];
  if (!one || thread === undefined || who === "COM") return <span class="badge t-com">COM</span>;
  return (
    <svg class={`badge ${threadClass(thread)}`} viewBox="0 0 16 16" width="17" height="17" role="img" aria-label={one.name}>
      <title>{one.name}</title>
      <Mark thread={thread} letter={one.letter} />
    </svg>
  );
}

const ICONS = {
  first: "M4 3v10M13 3 6 8l7 5z",
  back: "M11 3 4 8l7 5z",
  forward: "M5 3l7 5-7 5z",
  last: "M12 3v10M3 3l7 5-7 5z",
  play: "M4 2.5 13 8l-9 5.5z",
  pause: "M5 3v10M11 3v10",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  mark: "M8 2.5 13.5 8 8 13.5 2.5 8z",
  loop: "M4 6h6a3 3 0 0 1 0 6H5M6.5 3 3.5 6l3 3",
  right: "M2 8h11M9 4l4 4-4 4",
} as const;

export function Icon({ name }: { name: keyof typeof ICONS }) {
  const filled = name === "mark" || name === "play" || name === "back" || name === "forward";
  return (
    <svg class={filled ? "icon filled" : "icon"} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}

/** A region of the page with its head line. */
export function Pane({ id, name, title, tools, children }: {
  id: string; name: string; title: string; tools?: ComponentChildren; children: ComponentChildren;
}) {
  return (
    <section class={`pane ${name}`} id={`pane-${id}`} aria-labelledby={`${id}-title`} tabIndex={-1}>
      <div class="pane-head"><h2 id={`${id}-title`}>{title}</h2>{tools}</div>
      {children}
    </section>
  );
}

/** A part that scrolls by itself, with the keyboard too. */
export function Scroll({ name, label, body, children, onScroll }: {
  name: string; label: string; body?: RefObject<HTMLDivElement | null>; children: ComponentChildren; onScroll?: () => void;
}) {
  return <div class={name} ref={body} tabIndex={0} role="group" aria-label={label} onScroll={onScroll}>{children}</div>;
}

/** The head of a table. A name that ends in a space stands above numbers. */
export function Heads({ names }: { names: readonly string[] }) {
  return <thead><tr>{names.map((name) => <th key={name} scope="col" class={name.endsWith(" ") ? "num" : ""}>{name.trim()}</th>)}</tr></thead>;
}

/** A choice of one, as a row of buttons. */
export function Segments<Value>({ label, choices, value, choose }: {
  label: string; choices: readonly [value: Value, text: string, possible?: boolean][]; value: Value; choose: (value: Value) => void;
}) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {choices.map(([one, text, possible]) => (
        <button key={text} aria-pressed={one === value} disabled={possible === false} onClick={() => choose(one)}>{text}</button>
      ))}
    </div>
  );
}

/** A choice of a run of the page. */
export function RunSelect({ label, value, choose }: { label: string; value: number; choose: (index: number) => void }) {
  const { page } = useApp();
  return (
    <select aria-label={label} value={value} onChange={(event) => choose(Number(event.currentTarget.value))}>
      {page.runs.map((one, index) => <option key={one.digest} value={index}>{one.label}: {one.verdict}</option>)}
    </select>
  );
}

/** A field to search or to filter in. */
export function Search({ label, value, change, id, onKeyDown }: {
  label: string; value: string; change: (value: string) => void; id?: string; onKeyDown?: (event: KeyboardEvent) => void;
}) {
  return (
    <input type="search" id={id} aria-label={label} placeholder={label} value={value} onKeyDown={onKeyDown}
      onInput={(event) => change(event.currentTarget.value)} />
  );
}

/** What of an element is seen, as it is scrolled and resized. */
function useSeen(element: RefObject<HTMLElement | null>) {
  const [seen, setSeen] = useState({ top: 0, height: 800, width: 0 });
  useLayoutEffect(() => {
    const one = element.current;
    if (!one) return;
    const measure = () => setSeen((old) => {
      const next = { top: one.scrollTop, height: one.clientHeight, width: one.clientWidth };
      return old.top === next.top && old.height === next.height && old.width === next.width ? old : next;
    });
    measure();
    one.addEventListener("scroll", measure, { passive: true });
    const watch = new ResizeObserver(measure);
    watch.observe(one);
    return () => {
      one.removeEventListener("scroll", measure);
      watch.disconnect();
    };
  }, []);
  return seen;
}

/** The part of a list of equal rows that its scrolling element shows. */
export function useWindow(element: RefObject<HTMLElement | null>, rowPx: number, count: number) {
  const seen = useSeen(element);
  return { ...windowOf(seen.top, seen.height, rowPx, count), ...seen };
}

/** Scrolls an element so that a span of pixels in it is seen, as little as needed, below a head of some pixels. */
export function reveal(element: HTMLElement | null, top: number, height: number, head = 0): void {
  if (!element || element.clientHeight === 0) return;
  const margin = Math.min(height, element.clientHeight / 4);
  if (top - margin < element.scrollTop + head) element.scrollTop = top - margin - head;
  else if (top + height + margin > element.scrollTop + element.clientHeight) {
    element.scrollTop = top + height + margin - element.clientHeight;
  }
}

/** The element's width, as it changes. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  return useSeen(element).width;
}

/** A dialog that is open as long as it is there. */
export function Dialog({ title, children }: { title: string; children: ComponentChildren }) {
  const { set } = useApp();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  const close = () => set({ dialog: undefined });
  return (
    <dialog ref={element} aria-labelledby="dialog-title" onClose={close} onClick={(event) => event.target === element.current && close()}>
      <div class="dialog-head">
        <h2 id="dialog-title">{title}</h2>
        <button class="plain" aria-label="Close" onClick={close}><Icon name="close" /></button>
      </div>
      <Scroll name="dialog-body" label={title}>{children}</Scroll>
    </dialog>
  );
}

/** A button that copies a text. */
export function Copy({ text, what }: { text: () => string; what: string }) {
  const { copy } = useApp();
  return <button class="small" aria-label={`Copy ${what}`} onClick={() => copy(text(), what)}>Copy</button>;
}

/** A name that selects its entity. */
export function EntityName({ entity, children }: { entity: number; children?: ComponentChildren }) {
  const { run, view, select } = useApp();
  const chosen = view.entity === entity;
  return (
    <button class={chosen ? "entity chosen" : "entity"} aria-pressed={chosen} onClick={() => select(chosen ? undefined : entity)}>
      {children ?? run.entities[entity]?.name}
    </button>
  );
}

/** A button that moves the cursor to a step (counted from 0). */
export function StepLink({ step }: { step: number }) {
  const { go } = useApp();
  return <button class="step-link" onClick={() => go(step + 1)}>{step < 0 ? "start" : step + 1}</button>;
}
