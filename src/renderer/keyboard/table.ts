/** The shortcuts with the keys that are in force: those they come with, changed by the person's settings, and the labels of the open workspace. */
import { computed, shallowRef } from 'vue'
import type { Label } from '#shared/annotation/labels.ts'
import { arrangeShortcuts, type ChordChanges } from './arranging.ts'
import { chordName, chordOf, type KeyStroke } from './chord.ts'
import { shortcuts, type Shortcut, type ShortcutScope } from './shortcuts.ts'

const changes = shallowRef<ChordChanges>({})
const labels = shallowRef<readonly Label[]>([])

export const shortcutTable = computed<readonly Shortcut[]>(() => arrangeShortcuts(shortcuts, changes.value, labels.value))

export function useChords(changed: ChordChanges): void {
  changes.value = changed
}

export function useLabelKeys(ofWorkspace: readonly Label[]): void {
  labels.value = ofWorkspace
}

/** The first chord of a shortcut, for a key hint beside a button; null where it has none. */
export function chordFor(id: string): string | null {
  const found = shortcutTable.value.find((entry) => entry.id === id)
  if (found === undefined) throw new Error(`no shortcut is called ${id}`)
  return found.chords[0] ?? null
}

/** A shortcut's key within a sentence: ` (X)`, or nothing where it has none. */
export function keyOf(id: string): string {
  const chord = chordFor(id)
  return chord === null ? '' : ` (${chordName(chord)})`
}

/** Does the stroke mean the shortcut? For what a text field hears before the window does. */
export function strikes(id: string, stroke: KeyStroke): boolean {
  return shortcutTable.value.some((entry) => entry.id === id && entry.chords.includes(chordOf(stroke)))
}

export interface SheetLine {
  does: string
  chords: readonly string[]
  /** Do the chords mean a range, from the first to the last? */
  range: boolean
}

/** The lines of the shortcut sheet for a scope. A family whose keys were changed has a line for each. */
export function sheetLines(scope: ShortcutScope): SheetLine[] {
  const lines: SheetLine[] = []
  const families = new Set<string>()
  const inScope = shortcutTable.value.filter((entry) => entry.scope === scope)
  for (const { family, chords, does } of inScope) {
    const members = inScope.filter((entry) => entry.family === family)
    if (family === null || members.some(({ id }) => changes.value[id] !== undefined)) {
      if (chords.length > 0) lines.push({ does, chords, range: false })
    } else if (!families.has(family)) {
      families.add(family)
      lines.push({ does: family, chords: [members[0], members.at(-1)].flatMap((member) => member?.chords[0] ?? []), range: true })
    }
  }
  return lines
}
