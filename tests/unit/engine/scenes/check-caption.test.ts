import { expect, test } from 'vitest'
import { chair } from '#engine/metrics/failures/chair.ts'
import { categoryOf } from '#engine/scenes/categories.ts'
import { checkCaption, type SceneFaultKind } from '#engine/scenes/check-caption.ts'
import { composeScene, type Scene } from '#engine/scenes/compose.ts'
import { describeScene } from '#engine/scenes/describe.ts'
import { ptbTokenize } from '#engine/text/ptb-tokenizer.ts'

const scenes = Array.from({ length: 150 }, (_, index) => composeScene(index + 1))
const kinds = (scene: Scene, caption: string): SceneFaultKind[] => checkCaption(scene, caption).map(({ kind }) => kind)

/** The first scene of which the sentence pattern can be said, with that sentence. */
function sentenceWith(pattern: RegExp): { scene: Scene; sentence: string } {
  for (const scene of scenes) {
    const sentence = describeScene(scene).find((each) => pattern.test(each))
    if (sentence !== undefined) return { scene, sentence }
  }
  throw new Error(`no scene says ${String(pattern)}`)
}

test('a scene’s own sentences have no fault', () => {
  const faults = scenes.flatMap((scene) => describeScene(scene).flatMap((sentence) => checkCaption(scene, sentence).map((fault) => ({ sentence, ...fault }))))
  expect(faults).toEqual([])
})

test.each<[RegExp, string, string, SceneFaultKind]>([
  [/to the left of/, 'to the left of', 'to the right of', 'relation'],
  [/ behind /, 'behind', 'in front of', 'relation'],
  [/ above /, 'above', 'under', 'relation'],
  [/^Two /, 'Two', 'Three', 'count'],
  [/^A small /, 'A small', 'A large', 'size'],
  [/ red /, 'red', 'green', 'colour'],
  [/ on the sand/, 'on the sand', 'in the snow', 'place'],
])('%s: “%s” said as “%s” is a wrong %s', (pattern, truth, said, kind) => {
  const { scene, sentence } = sentenceWith(pattern)
  expect(kinds(scene, sentence)).toEqual([])
  expect(kinds(scene, sentence.replace(truth, said))).toEqual([kind])
})

test('a thing that is not there is a hallucination, and what was there in its place is left out', () => {
  const { scene, sentence } = sentenceWith(/^(?!.*zebra).* and a man\.$/)
  expect(kinds(scene, sentence.replace(/a man\.$/, 'a zebra.')).sort()).toEqual(['hallucination', 'omission'])
})

test('CHAIR finds exactly the hallucinated objects, judged by the true instances alone', () => {
  const objects = new Map(scenes.map(({ seed, groups }) => [seed, new Set(groups.map(({ thing }) => categoryOf(thing).name))]))
  const candidates = scenes.map((scene, index) => ({
    scene,
    caption: describeScene(scenes[index % 3 === 0 ? (index + 1) % scenes.length : index] ?? scene)[4] ?? '',
  }))
  const report = chair(
    candidates.map(({ scene, caption }) => ({ id: scene.seed, candidate: ptbTokenize(caption), references: [] })),
    objects,
  )
  expect(report.basis).toBe('instances and references')
  expect(report.hallucinatedMentions).toBeGreaterThan(20)
  for (const { scene, caption } of candidates) {
    const hallucinated = report.perImage.get(scene.seed)?.hallucinated ?? []
    // Every hallucination of CHAIR is a fault of the scene; CHAIR does not know the things outside COCO's classes, nor man from woman.
    if (hallucinated.length > 0) expect(kinds(scene, caption), caption).toContain('hallucination')
    if (kinds(scene, caption).length === 0) expect(hallucinated, caption).toEqual([])
  }
})
