import { describe, expect, test } from 'vitest'
import { cocoObjects } from '#engine/metrics/failures/chair-objects.ts'
import { chair, mentionsIn, objectsIn } from '#engine/metrics/failures/chair.ts'

const words = (caption: string): string[] => caption.split(' ').filter(Boolean)
const objects = (caption: string): string[] => objectsIn(words(caption))

describe('objects in a caption', () => {
  test.each([
    ['a man riding a wave on a surfboard', ['person', 'surfboard']],
    ['two women with umbrellas and knives', ['person', 'umbrella', 'knife']],
    ['a hot dog on a table', ['hot dog', 'dining table']],
    ['a dog eating hot dogs', ['dog', 'hot dog']],
    ['a teddy bear on a bed', ['teddy bear', 'bed']],
    ['a baby elephant with its mother', ['elephant', 'person']],
    ['a baby with an elephant', ['person', 'elephant']],
    ['a train track near a bus stop', []],
    ['a man playing a baseball game with a baseball bat', ['person', 'baseball bat']],
    ['a glass of wine next to two glasses of wine', ['wine glass', 'wine glass']],
    ['a toilet seat in a bathroom', ['toilet']],
    ['an orange cat and an orange on a plate of oranges', ['cat', 'orange', 'orange']],
    ['an orange and white cat with baby carrots', ['cat', 'carrot']],
    ['a couple of zebras', ['zebra']],
    ['mice near sheep', ['mouse', 'sheep']],
    ['', []],
  ])('%j', (caption, expected) => {
    expect(objects(caption)).toEqual(expected)
  })

  describe('by the pair rules of the published tool', () => {
    const animals = ['bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra', 'giraffe']

    test.each([
      ['motor bike', 'motorcycle'],
      ['motor cycle', 'motorcycle'],
      ['air plane', 'airplane'],
      ['traffic light', 'traffic light'],
      ['street light', 'traffic light'],
      ['traffic signal', 'traffic light'],
      ['stop light', 'traffic light'],
      ['fire hydrant', 'fire hydrant'],
      ['stop sign', 'stop sign'],
      ['parking meter', 'parking meter'],
      ['suit case', 'suitcase'],
      ['sports ball', 'sports ball'],
      ['baseball bat', 'baseball bat'],
      ['baseball glove', 'baseball glove'],
      ['tennis racket', 'tennis racket'],
      ['wine glass', 'wine glass'],
      ['hot dog', 'hot dog'],
      ['cell phone', 'cell phone'],
      ['mobile phone', 'cell phone'],
      ['teddy bear', 'teddy bear'],
      ['hair drier', 'hair drier'],
      ['potted plant', 'potted plant'],
      ['bow tie', 'tie'],
      ['laptop computer', 'laptop'],
      ['stove top oven', 'oven'],
      ['passenger jet', 'airplane'],
      ['passenger train', 'train'],
      ['toilet seat', 'toilet'],
    ])('%s is one mention of %s', (pair, name) => {
      expect(objects(`a ${pair} here`)).toEqual([name])
      expect(objects(`${pair} and another ${pair}`)).toEqual([name, name])
    })

    test.each(['baby', 'adult'])('a %s animal is no person', (age) => {
      for (const animal of animals) expect(objects(`a ${age} ${animal} there`)).toEqual([animal])
      for (const other of ['animal', 'animals', 'cub', 'cubs']) expect(objects(`the ${age} ${other} there`)).toEqual([])
      expect(objects(`one ${age} with an animal`)).toEqual(['person'])
    })

    test('a seat beside a toilet is no chair, home plate is nothing', () => {
      expect(objects('a toilet with its seat up')).toEqual(['toilet'])
      expect(objects('the seat of a white toilet')).toEqual(['toilet'])
      expect(objects('toilets without seats')).toEqual(['toilet'])
      expect(objects('a seat by a toilet seat')).toEqual(['toilet'])
      expect(objects('a chair and a seat')).toEqual(['chair', 'chair'])
      expect(objects('a chair by a toilet')).toEqual(['chair', 'toilet'])
      expect(objects('sliding into home plate')).toEqual([])
    })
  })

  test.each([
    ['a man and two brown dogs', [false, true]],
    ['people near cattle', [true, true]],
    ['a herd of sheep by a bus', [true, false]],
    ['a sheep next to two buses', [false, true]],
    ['three very large elephants with a calf', [true, false]],
    ['several men with a dog', [true, false]],
  ])('%j: one or more of each', (caption, expected) => {
    expect(mentionsIn(words(caption)).map(({ many }) => many)).toEqual(expected)
  })

  test('are of the 80 classes of COCO, each named by its own name', () => {
    expect(Object.keys(cocoObjects)).toHaveLength(80)
    for (const name of Object.keys(cocoObjects)) {
      const expected = name === 'orange' ? [] : [name]
      expect(objects(name), name).toEqual(expected)
    }
  })

  test('have each term once', () => {
    const terms = Object.entries(cocoObjects).flatMap(([name, list]) => [...new Set([name, ...list])])
    expect(terms.filter((term, i) => terms.indexOf(term) !== i)).toEqual([])
  })
})

describe('CHAIR', () => {
  const images = [
    { id: 1, candidate: words('a man and a dog and a dog'), references: [words('a person sits')] },
    { id: 2, candidate: words('a cat on a chair'), references: [words('a kitten on a stool')] },
    { id: 3, candidate: words('a nice view'), references: [words('mountains')] },
  ]

  test('by references alone counts mentions and captions, and says so', () => {
    const report = chair(images)
    expect(report).toMatchObject({ mentions: 5, hallucinatedMentions: 2, chairI: 2 / 5, chairS: 1 / 3, basis: 'reference-based' })
    expect(report.byClass).toEqual([{ name: 'dog', mentioned: 2, hallucinated: 2 }])
    expect(report.perImage.get(1)).toMatchObject({ mentioned: ['person', 'dog', 'dog'], hallucinated: ['dog', 'dog'] })
  })

  test('with instances takes what was annotated for true as well', () => {
    const all = new Map([1, 2, 3].map((id) => [id, new Set(id === 1 ? ['dog'] : [])]))
    expect(chair(images, all)).toMatchObject({ chairI: 0, chairS: 0, basis: 'instances and references' })
    expect(chair(images, new Map([[1, new Set(['dog'])]])).basis).toBe('mixed')
  })

  test('without any mention has no CHAIRi', () => {
    expect(chair(images.slice(2))).toMatchObject({ chairI: null, chairS: 0, mentions: 0 })
  })
})
