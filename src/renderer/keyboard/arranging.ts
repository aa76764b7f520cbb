/** The keys of shortcuts as a person and a workspace chose them, and why some key cannot be chosen. Pure: a table from a table. */
import type { Label } from '#shared/annotation/labels.ts'
import { chordName, typesNothing } from './chord.ts'
import { labelHandler, shortcut, type Shortcut, type ShortcutScope } from './shortcuts.ts'

/** Chords in place of those that shortcuts come with, by id; none: the shortcut has no key. */
export type ChordChanges = Readonly<Record<string, readonly string[]>>

/** The id of the shortcut that marks an error type or a tag. */
export function labelShortcutId({ kind, id }: Pick<Label, 'kind' | 'id'>): string {
  return `${labelHandler}/${kind}/${id}`
}

/** Which label a shortcut's id means. */
export function labelOfShortcut(id: string): Pick<Label, 'kind' | 'id'> | null {
  const found = /^review\.label\/(?<kind>error|tag)\/(?<id>.+)$/su.exec(id)?.groups
  return found === undefined ? null : { kind: found['kind'] === 'tag' ? 'tag' : 'error', id: found['id'] ?? '' }
}

function labelShortcut(label: Label): Shortcut {
  const chords = label.chord === null ? [] : [label.chord]
  const does = label.kind === 'error' ? `Mark the error type “${label.title}”` : `Give or take the tag “${label.title}”`
  return { ...shortcut('review', '', chords, does, { whileTyping: true, decides: true, handler: labelHandler }), id: labelShortcutId(label) }
}

const meet = (one: ShortcutScope, other: ShortcutScope): boolean => one === other || one === 'everywhere' || other === 'everywhere'

/**
 * The table in force. Where two want one key (a workspace from elsewhere, a newer Capstan), a person's own choice goes first, then what Capstan comes
 * with, then labels: the other has one key less, and no key does two things.
 */
export function arrangeShortcuts(base: readonly Shortcut[], changes: ChordChanges, labels: readonly Label[]): Shortcut[] {
  const wanted = [
    ...base.map((entry) => ({ ...entry, chords: changes[entry.id] ?? entry.chords })),
    ...labels.filter(({ retired }) => !retired).map(labelShortcut),
  ]
  const turn = (entry: Shortcut): number => (changes[entry.id] !== undefined ? 0 : entry.handler === labelHandler ? 2 : 1)
  const given = new Map<string, Shortcut>()
  const taken = new Map<string, Shortcut[]>()
  for (const entry of wanted.toSorted((one, other) => turn(one) - turn(other))) {
    const chords = entry.chords.filter((chord) => !(taken.get(chord) ?? []).some(({ scope }) => meet(scope, entry.scope)))
    for (const chord of chords) taken.set(chord, [...(taken.get(chord) ?? []), entry])
    given.set(entry.id, { ...entry, chords })
  }
  return wanted.map((entry) => given.get(entry.id) ?? entry)
}

/** Keys that mean the same in every program, or belong to the menu. */
const reserved: Readonly<Record<string, string>> = {
  'Ctrl+c': 'copies',
  'Ctrl+v': 'pastes',
  'Ctrl+x': 'cuts',
  'Ctrl+q': 'quits Capstan',
  'Ctrl+o': 'opens a workspace',
  'Ctrl+Shift+n': 'makes a new workspace',
  'Ctrl+,': 'opens the settings',
  Tab: 'goes to the next control',
  'Shift+Tab': 'goes to the control before',
  Escape: 'leaves what is open',
  F11: 'fills the screen',
}

export interface Wanting {
  id: string
  scope: ShortcutScope
  whileTyping: boolean
}

/** One sentence on why a shortcut cannot have a chord; null where it can. */
export function refusalOf(table: readonly Shortcut[], wanting: Wanting, chord: string): string | null {
  const name = chordName(chord)
  const comesWith = table.find(({ id }) => id === wanting.id)
  if (comesWith?.chords.includes(chord) === true) return null
  const holder = table.find(({ id, scope, chords }) => id !== wanting.id && chords.includes(chord) && meet(scope, wanting.scope))
  if (holder !== undefined) return `${name} is taken: “${holder.does}”. Give that another key first.`
  const meaning = reserved[chord]
  if (meaning !== undefined) return `${name} ${meaning}, here as elsewhere. Choose another key.`
  if (wanting.whileTyping && !typesNothing(chord) && comesWith?.handler !== labelHandler && comesWith !== undefined)
    return `${name} would type something: this works while a caption is written, too. Choose one with Ctrl or Alt, or a function key.`
  return null
}
