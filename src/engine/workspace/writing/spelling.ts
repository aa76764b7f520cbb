/**
 * Spelling of a workspace's texts. The dictionary is read when it is first asked for, and again when the person chooses another. Which texts of
 * people have unknown words is kept in `review.unknown_words`, so that the Library's filter reads an index.
 */
import type { CaptionPlace } from '#shared/domain.ts'
import { toReport, type ErrorReport } from '#shared/errors.ts'
import type { Misspelling, SpellingChoice } from '#shared/writing.ts'
import { readDictionary } from '#engine/writing/dictionaries.ts'
import { createSpeller, type Speller } from '#engine/writing/spelling.ts'
import { foldWord } from '#engine/writing/words.ts'
import { addProjectWord, removeProjectWord } from '../repositories/project-words.ts'
import { readProperty, writeProperty } from '../repositories/properties.ts'
import { inSlices } from '../slices.ts'
import type { Database } from '../storage/database.ts'
import { readKnownWords } from './known-words.ts'

export interface WorkspaceSpelling {
  /** Unknown words of a text; none where spelling is off. @throws AppError where the dictionary cannot be read */
  check(text: string): Promise<Misspelling[]>
  suggest(word: string): Promise<string[]>
  addWord(word: string, author: string, time: string): void
  removeWord(word: string): void
  /** Brings the marks of people's texts up to date, for the filter. Null, or why there are none. */
  mark(): Promise<ErrorReport | null>
  /** References came or went. */
  forget(): void
}

interface Loaded {
  choice: string
  speller: Speller
  known: Set<string>
}

const markedAtOnce = 200 // texts

export function openSpelling(database: Database, choice: () => SpellingChoice): WorkspaceSpelling {
  let loading: Promise<Loaded> | undefined
  let loadedChoice = ''

  function load(): Promise<Loaded> {
    const { dictionary, folder } = choice()
    const wanted = JSON.stringify([dictionary, folder])
    if (loading === undefined || loadedChoice !== wanted) {
      loadedChoice = wanted
      loading = readBoth(dictionary, folder, wanted)
      loading.catch(() => (loading = undefined)) // the next question tries again
    }
    return loading
  }

  async function readBoth(dictionary: string, folder: string | null, wanted: string): Promise<Loaded> {
    const speller = createSpeller(await readDictionary(dictionary, folder))
    const known = await readKnownWords(database)
    if (readProperty(database, 'spelled_with') !== wanted) {
      database.prepare('UPDATE review SET unknown_words = NULL WHERE unknown_words IS NOT NULL').run()
      writeProperty(database, 'spelled_with', wanted)
    }
    return { choice: wanted, speller, known }
  }

  return {
    async check(text) {
      if (!choice().on) return []
      const { speller, known } = await load()
      return speller.check(text, (word) => known.has(word))
    },
    suggest: async (word) => (await load()).speller.suggest(word),
    addWord(word, author, time) {
      const folded = foldWord(word)
      addProjectWord(database, folded, author, time)
      void loading?.then(({ known }) => known.add(folded)).catch(() => undefined)
    },
    removeWord(word) {
      removeProjectWord(database, foldWord(word))
      loading = undefined // a reference may know the word all the same
    },
    async mark() {
      try {
        await inSlices(markAll(database, await load()))
        return null
      } catch (error) {
        return toReport(error)
      }
    },
    forget() {
      loading = undefined
      database.prepare('UPDATE review SET unknown_words = NULL WHERE unknown_words IS NOT NULL').run()
    },
  }
}

function* markAll(database: Database, { speller, known }: Loaded): Generator<void, void> {
  const next = database.prepare<[number], CaptionPlace & { text: string }>(
    `SELECT image_id AS imageId, slot, coalesce(text, '') AS text FROM review WHERE unknown_words IS NULL AND state IN ('draft', 'accepted', 'corrected') ORDER BY image_id, slot LIMIT ?`,
  )
  const write = database.prepare<[number, number, number]>('UPDATE review SET unknown_words = ? WHERE image_id = ? AND slot = ?')
  const mark = database.transaction((rows: readonly (CaptionPlace & { text: string })[]) => {
    for (const { imageId, slot, text } of rows) write.run(speller.check(text, (word) => known.has(word)).length > 0 ? 1 : 0, imageId, slot)
  })
  for (;;) {
    const rows = next.all(markedAtOnce)
    if (rows.length === 0) return
    mark.immediate(rows)
    yield
  }
}
