/** A workspace's own labels: error types (what was wrong with a candidate) and tags (what a photo is), each with a colour and a key of its own. */
import { z } from 'zod'

export const labelKinds = ['error', 'tag'] as const
export type LabelKind = (typeof labelKinds)[number]

/** Names of colour tokens: `--label-red` and so on. */
export const labelColours = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'violet', 'pink', 'grey'] as const
export type LabelColour = (typeof labelColours)[number]

/** What rows name a label by; it stays when the label is renamed. */
export const labelId = z.string().min(1).max(200)
export const rating = z.number().int().min(1).max(5)

export interface Label {
  kind: LabelKind
  id: string
  title: string
  meaning: string
  colour: LabelColour
  /** A chord as `renderer/keyboard/chord.ts` writes it. */
  chord: string | null
  /** Taken out of the list while photos or corrections still have it: shown where it is, offered no more. */
  retired: boolean
}

/** A label as a person edits it; `id` null: a new one. */
export const labelEditSchema = z.object({
  id: labelId.nullable(),
  title: z.string().trim().min(1).max(60),
  meaning: z.string().trim().max(200),
  colour: z.enum(labelColours),
  chord: z.string().min(1).max(40).nullable(),
})
export type LabelEdit = z.infer<typeof labelEditSchema>

/** What every workspace begins with. */
export const firstErrorTypes: readonly Label[] = (
  [
    ['object', 'Object', 'A wrong object is named', 'red'],
    ['attribute', 'Attribute', 'A colour, size or material is wrong', 'orange'],
    ['action', 'Action', 'What is done is wrong', 'yellow'],
    ['relation', 'Relation', 'Who is where, or with whom, is wrong', 'green'],
    ['count', 'Count', 'A number is wrong', 'teal'],
    ['hallucination', 'Invented', 'Something is named that is not there', 'violet'],
    ['omission', 'Omission', 'Something that matters is left out', 'blue'],
    ['wording', 'Wording', 'Right, but badly said', 'grey'],
  ] as const
).map(([id, title, meaning, colour], index) => ({ kind: 'error', id, title, meaning, colour, chord: `Alt+${index + 1}`, retired: false }))
