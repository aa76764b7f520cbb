/**
 * Completion from the workspace's own texts: corrections and accepted captions most of all, then references and what the promoted model says. The
 * model of words is built in short slices when it is first asked for, and learns every correction from then on.
 */
import type { Completion } from '#shared/writing.ts'
import { complete, createWordModel, type WordModel } from '#engine/writing/completion.ts'
import { imageCandidates } from '../repositories/captions.ts'
import { inSlices } from '../slices.ts'
import type { Database } from '../storage/database.ts'

export interface Completions {
  /** What probably follows `before` in a caption of the image; null while the texts are still being read, or where nothing is likely. */
  complete(imageId: number, before: string, promotedModelId: string | null): Completion | null
  /** A correction was made. */
  learn(text: string): void
  /** Texts came or went in bulk: they are read anew. */
  forget(): void
}

/** A text of a person says more about how this project writes than one of a reference or of a model. */
const weights = { people: 4, references: 1, candidates: 1 } as const
const mostTexts = 40_000 // of each kind: enough for the words in use, in some 100 MB
const step = 100 // texts

export function openCompletions(database: Database): Completions {
  let general: WordModel | undefined
  let reading: object | undefined // the run of reading that counts
  let image: { id: number; model: WordModel } | undefined

  function begin(promotedModelId: string | null): void {
    const run = {}
    reading = run
    void inSlices(readTexts(database, promotedModelId)).then(
      (model) => {
        if (reading === run) general = model
      },
      () => undefined, // the workspace was closed meanwhile
    )
  }

  return {
    complete(imageId, before, promotedModelId) {
      if (general === undefined) {
        if (reading === undefined) begin(promotedModelId)
        return null
      }
      if (image?.id !== imageId) {
        const model = createWordModel()
        for (const { text } of imageCandidates(database, imageId, promotedModelId)) model.learn(text, 1)
        image = { id: imageId, model }
      }
      return complete(before, general, image.model)
    },
    learn: (text) => general?.learn(text, weights.people),
    forget() {
      general = undefined
      reading = undefined
      image = undefined
    },
  }
}

function* readTexts(database: Database, promotedModelId: string | null): Generator<void, WordModel> {
  const model = createWordModel()
  const sources: [number, string, unknown[]][] = [
    [weights.people, "SELECT text FROM review WHERE state IN ('corrected', 'accepted') AND text IS NOT NULL ORDER BY updated_at DESC LIMIT ?", []],
    [weights.references, 'SELECT text FROM reference WHERE standing = 1 ORDER BY id LIMIT ?', []],
    [
      weights.candidates,
      `SELECT text FROM caption WHERE model_number = (SELECT number FROM model WHERE id = ?) AND rank = 0 AND superseded = 0 ORDER BY image_id LIMIT ?`,
      [promotedModelId],
    ],
  ]
  for (const [weight, sql, values] of sources) {
    const texts = database
      .prepare<unknown[], string>(sql)
      .pluck()
      .all(...values, mostTexts)
    yield
    for (let i = 0; i < texts.length; i++) {
      model.learn(texts[i], weight)
      if (i % step === step - 1) yield
    }
  }
  return model
}
