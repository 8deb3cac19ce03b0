// What the reader chose, kept by the browser if it keeps anything for this page.

/** The kept choice, or the first one. */
export function kept<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
  try {
    const found = localStorage.getItem(`rundown.${name}`);
    return choices.find((one) => one === found) ?? choices[0]!;
  } catch {
    return choices[0]!;
  }
}

export function keep(name: string, choice: string): void {
  try {
    localStorage.setItem(`rundown.${name}`, choice);
  } catch {
    // a browser that keeps nothing for files: the choice lasts as long as the page
  }
}

/** Notes on the steps of a run, by their positions. */
export type Notes = Record<number, string>;

/** Characters of a note, at the most. */
export const NOTE_CHARS_MAX = 500;

export function keptNotes(digest: string): Notes {
  const notes: Notes = {};
  try {
    const found: unknown = JSON.parse(localStorage.getItem(`rundown.notes.${digest}`) ?? "{}");
    for (const [position, note] of Object.entries(found ?? {})) {
      if (/^\d+$/.test(position) && typeof note === "string") notes[Number(position)] = note.slice(0, NOTE_CHARS_MAX);
    }
  } catch {
    // nothing is kept, or not by us
  }
  return notes;
}

export function keepNotes(digest: string, notes: Notes): void {
  keep(`notes.${digest}`, JSON.stringify(notes));
}
