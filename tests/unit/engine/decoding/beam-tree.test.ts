import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beamSearch } from '#engine/decoding/beam.ts'
import { tracedBeamSearch, type BeamNode } from '#engine/decoding/beam-tree.ts'
import { hashedNextWord, prefixStepper } from '../../../support/prefix-stepper.ts'

const outputs = 6 // the end, four words, UNK
const maximumWords = 5
const next = hashedNextWord(outputs)
const stepper = (image: number, beams: number) => prefixStepper(next, [image], beams, outputs, maximumWords)

/** Every node with the ids that lead to it, its own the last. */
function walk(
  nodes: readonly BeamNode[],
  before: readonly number[] = [],
  above: readonly BeamNode[] = [],
): { node: BeamNode; ids: number[]; path: BeamNode[] }[] {
  return nodes.flatMap((node) => {
    const here = { node, ids: [...before, node.id], path: [...above, node] }
    return [here, ...walk(node.children, here.ids, here.path)]
  })
}

const searches = fc.record({ image: fc.nat(1000), beams: fc.integer({ min: 1, max: 5 }), suppressUnknown: fc.boolean() })

test('a traced search finds what the search finds, and its tree’s best is the best caption', async () => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ image, beams, suppressUnknown }) => {
      const options = { maximumWords, suppressUnknown }
      const { captions, firstWords } = await tracedBeamSearch(stepper(image, beams), options)
      expect(captions).toEqual((await beamSearch(stepper(image, beams), options))[0])
      const ranked = walk(firstWords).filter(({ node }) => node.rank !== null)
      ranked.sort((a, b) => (a.node.rank ?? 0) - (b.node.rank ?? 0))
      expect(ranked.map(({ ids }) => ids.filter((id) => id !== 0))).toEqual(captions.map(({ ids }) => ids))
      for (const [place, { node }] of ranked.entries()) expect(node.sum).toBe(captions[place].logProbability)
    }),
  )
})

test('sums add up along every path, to what the words’ own log-probabilities are', async () => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ image, beams, suppressUnknown }) => {
      const { firstWords } = await tracedBeamSearch(stepper(image, beams), { maximumWords, suppressUnknown })
      for (const { node, ids, path } of walk(firstWords)) {
        expect(node.logProbability).toBe(next(image, ids.slice(0, -1))[node.id])
        expect(node.sum).toBeCloseTo(
          path.reduce((sum, { logProbability }) => sum + logProbability, 0),
          9,
        )
      }
    }),
  )
})

test('each step keeps as many as there are beams, none of which is worse than one that it dropped; what was dropped or ended has no children', async () => {
  await fc.assert(
    fc.asyncProperty(searches, async ({ image, beams, suppressUnknown }) => {
      const { firstWords } = await tracedBeamSearch(stepper(image, beams), { maximumWords, suppressUnknown })
      const all = walk(firstWords)
      for (let step = 1; step <= maximumWords; step++) {
        const here = all.filter(({ ids }) => ids.length === step).map(({ node }) => node)
        const kept = here.filter(({ fate }) => fate !== 'dropped')
        const dropped = here.filter(({ fate }) => fate === 'dropped')
        expect(kept.length).toBe(Math.min(beams, here.length))
        if (dropped.length > 0) expect(Math.min(...kept.map(({ sum }) => sum))).toBeGreaterThanOrEqual(Math.max(...dropped.map(({ sum }) => sum)))
      }
      for (const { node } of all) {
        expect(node.children.length > 0).toBe(node.fate === 'goes-on')
        expect(node.children.map(({ sum }) => sum)).toEqual(node.children.map(({ sum }) => sum).toSorted((a, b) => b - a))
      }
    }),
  )
})
