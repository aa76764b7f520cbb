/** Help while writing captions: what may come next, and which words no dictionary knows. */
import { z } from 'zod'

/** A person's choice of dictionary. */
export const spellingSchema = z.object({
  on: z.boolean().default(true),
  /** Its name: `en` ships, others lie in the folder. */
  dictionary: z.string().min(1).max(100).default('en'),
  /** Where more Hunspell dictionaries (.aff beside .dic) are. */
  folder: z.string().max(4000).nullable().default(null),
})
export type SpellingChoice = z.infer<typeof spellingSchema>

/** What a key may take over behind the caret: the rest of the word, or everything that is likely enough. */
export interface Completion {
  word: string
  rest: string
}

/** A word that neither the dictionary nor the project knows: where it begins and its length, in UTF-16 units. */
export interface Misspelling {
  word: string
  start: number
  length: number
}
