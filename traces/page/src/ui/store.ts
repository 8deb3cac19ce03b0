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
