/** Key strokes as text: `Ctrl+Shift+z`, `?`, `ArrowLeft`, `Alt+3`. Cmd counts as Ctrl. */

/** The parts of a KeyboardEvent that name a key. */
export interface KeyStroke {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
}

/**
 * The chord of a stroke. Letters are lower case and follow the layout; digits are named by their key, so Shift+1 is itself on every layout;
 * for other printable signs Shift is part of the sign (`?`, `+`).
 */
export function chordOf(stroke: KeyStroke): string {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(stroke.code)?.[1]
  const letter = /^Key([A-Z])$/.exec(stroke.code)?.[1]
  const printable = stroke.key.length === 1
  let key = stroke.key === ' ' ? 'Space' : stroke.key
  let shiftCounts = true
  if (digit !== undefined) key = digit
  else if (printable && /\p{L}/u.test(stroke.key)) key = stroke.key.toLowerCase()
  // Alt and Ctrl may turn a letter into another sign on some layouts.
  else if (letter !== undefined && (stroke.altKey || stroke.ctrlKey || stroke.metaKey)) key = letter.toLowerCase()
  else if (printable && key !== 'Space') shiftCounts = false
  return [stroke.ctrlKey || stroke.metaKey ? 'Ctrl' : '', stroke.altKey ? 'Alt' : '', stroke.shiftKey && shiftCounts ? 'Shift' : '', key]
    .filter((part) => part !== '')
    .join('+')
}

const spokenKeys: Record<string, string> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Delete: 'Del',
  Space: 'Space',
}

/** A chord as its keys are printed on a keyboard, for key hints and the shortcut sheet. */
export function keyCaps(chord: string): string[] {
  const key = chord.endsWith('+') ? '+' : chord.slice(chord.lastIndexOf('+') + 1)
  const held = chord
    .slice(0, chord.length - key.length)
    .split('+')
    .filter(Boolean)
  return [...held, key].map((part) => spokenKeys[part] ?? (part.length === 1 ? part.toUpperCase() : part))
}

/** A chord in one line of text: `Ctrl+Shift+Z`. */
export function chordName(chord: string): string {
  return keyCaps(chord).join('+')
}

export const isCombination = (chord: string): boolean => /^(?:Ctrl|Alt)\+/.test(chord)

/** May the chord do something while a text field has the focus, because it writes nothing there? */
export function typesNothing(chord: string): boolean {
  return chord === 'Escape' || isCombination(chord) || /^(?:Shift\+)?F\d+$/.test(chord)
}
