import { expect, test } from 'vitest'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { explainCaption } from '#engine/metrics/explain-caption.ts'
import { referenceAgreement } from '#engine/metrics/failures/caption-measures.ts'
import { setFailures } from '#engine/metrics/failures/failure-summary.ts'

const words = (text: string): string[] => text.split(' ')
const photos = [
  { id: 1, candidate: words('a puppy on a mat'), references: ['a cat on the mat', 'a cat sits on a mat', 'one cat'].map(words) },
  { id: 2, candidate: words('two men'), references: ['two men ride bikes', 'men on bikes'].map(words) },
  { id: 3, candidate: words('the sea'), references: ['the sea at night'].map(words) },
]
const table = buildDocumentFrequency(
  photos.map(({ references }) => references),
  'ptb',
)

test('references agree as far as Why this score says that they could be reached', () => {
  const found = referenceAgreement(photos, table)
  for (const [place, { candidate, references }] of photos.entries()) {
    const read = references.map((tokens) => ({ text: tokens.join(' '), tokens }))
    const { ceiling } = explainCaption(candidate, read, table)
    if (ceiling === null) expect(found[place]).toBeNull()
    else expect(found[place]).toBeCloseTo(ceiling, 12)
  }
  expect(found[2]).toBeNull()
})

test('a caption is measured by its words: invented ones in its own, missed ones rarest first, length over the closest reference', () => {
  const { measures } = setFailures(photos, { cider: new Map(), documentFrequency: table })
  expect(measures.get(1)).toMatchObject({
    words: 5,
    brevity: 1,
    rareMissed: null,
    said: ['a', 'puppy', 'on', 'mat'],
    missed: ['cat'],
    held: ['a', 'cat', 'on', 'the', 'mat', 'sits', 'one'],
    objects: [{ name: 'dog', term: 'puppy', invented: true }],
  })
  expect(measures.get(2)).toMatchObject({ words: 2, brevity: 2 / 3, objects: [{ name: 'person', term: 'men', invented: false }] })
})
