import { describe, expect, test } from 'vitest'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { withImaginedPhotos } from '#engine/training/data/imagined-photos.ts'

const labels = ['person', 'dog', 'zebra']
const place = { first: 2, labels }
const width = 2 + 2 * labels.length

/** Two tokens a photo: what is seen, then how sure and how much of persons, dogs and zebras (in the first token only). */
const photos: Record<string, number[]> = {
  man: [1, 1, /* sure */ 0.9, 0.1, 0.01, /* much */ 1, 0, 0],
  men: [2, 2, 0.95, 0.02, 0.02, 3, 0, 0],
  dog: [3, 3, 0.2, 0.8, 0.03, 0, 1.5, 0],
  dogs: [4, 4, 0.1, 0.85, 0.04, 0, 2.5, 0],
}
const captioned = [
  { key: 'man', captions: ['A man stands.', 'a boy by a wall'] },
  { key: 'men', captions: ['Two men stand.', 'people at a wall'] },
  { key: 'dog', captions: ['A dog runs.', 'a brown dog'] },
  { key: 'dogs', captions: ['Dogs run.', 'three brown dogs'] },
]
const source: FeatureSource = {
  visualTokens: 2,
  featureWidth: width,
  mirrored: true,
  readInto(key, mirrored, destination) {
    destination.fill(mirrored ? -1 : 0)
    destination.set(photos[key])
  },
}

function imagine(captions: string[], seed = 1) {
  const made = withImaginedPhotos(source, { place, photos: captioned, imagined: [{ key: 'unseen', captions }], seed })
  const read = (key: string, mirrored = false): number[] => {
    const values = new Float32Array(2 * width)
    made.readInto(key, mirrored, values)
    return Array.from(values, (value) => Math.round(value * 1000) / 1000)
  }
  const first = read('unseen')
  return { read, first, sure: first.slice(2, 5), much: first.slice(5, 8) }
}

describe('photos imagined from captions', () => {
  test('show what is named as the detector found such things in photos whose captions name them', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const one = imagine(['A zebra grazes.', 'a zebra in a field'], seed)
      // one thing, not a person: what the dog’s photo had of its dog
      expect([one.sure[2], one.much[2]]).toEqual([0.8, 1.5])
      const many = imagine(['Two zebras graze.', 'a herd of zebras'], seed)
      expect([many.sure[2], many.much[2]]).toEqual([0.85, 2.5])
      const persons = imagine(['people', 'two women'], seed)
      expect([persons.sure[0], persons.much[0]]).toEqual([0.95, 3])
    }
  })

  test('show of what is not named what photos show of it that do not name it either', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { sure } = imagine(['A zebra grazes.', 'a zebra in a field'], seed)
      expect([0.2, 0.1]).toContain(sure[0])
      expect([0.1, 0.02, 0.2]).toContain(sure[1])
    }
  })

  test('leave the features of a real photo under the evidence, and its mirror image', () => {
    const { read, first } = imagine(['A zebra grazes.'])
    expect([1, 2, 3, 4]).toContain(first[0])
    expect(read('unseen').slice(width)).toEqual(read('man').slice(width))
    expect(read('unseen', true).slice(width)).toEqual(read('man', true).slice(width))
  })

  test('are the same from the same seed, and leave real photos alone', () => {
    expect(imagine(['A man and a dog.'], 3).first).toEqual(imagine(['A man and a dog.'], 3).first)
    expect(imagine(['A man and a dog.']).read('dog')).toEqual([...photos['dog'], ...Array.from({ length: width }, () => 0)])
  })

  test('show less surely what only few of the captions name', () => {
    const captions = ['A zebra.', 'grass', 'a field', 'a tree', 'a hill']
    const shown = Array.from({ length: 200 }, (_, seed) => imagine(captions, seed).sure[2]).filter((sure) => sure === 0.8).length
    expect(shown / 200).toBeGreaterThan(0.6)
    expect(shown / 200).toBeLessThan(0.8)
  })
})
