/** Looking at what words depend on: the work ends when nobody waits for it, and is asked for again where somebody does. */
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { AppError } from '#shared/errors.ts'
import type { CaptionAttention, CaptionOcclusion } from '#shared/looking/looking.ts'
import { useAttention } from '../../../../src/renderer/stores/attention.ts'
import { createMemoryBridge, installBridge } from '../../../support/memory-bridge.ts'

const attention: CaptionAttention = { words: [], places: [] }
const occlusion: CaptionOcclusion = { removal: 'mean', words: [], together: { falls: [], agreement: null } }
const caption = (imageId: number) => ({ imageId, modelId: 'one', text: 'a dog', beam: 3 })
const settled = () => new Promise((resolve) => setTimeout(resolve))

/** A captioner that takes its time over occlusion, and stops when it is told to. */
function slowCaptioner() {
  const waiting: { finish(): void; stop(): void }[] = []
  const bridge = createMemoryBridge({
    'attention.ofCaption': () => attention,
    'attention.occlusion': () =>
      new Promise((resolve, reject) => {
        waiting.push({ finish: () => resolve(occlusion), stop: () => reject(new AppError('cancelled', 'The work was cancelled.')) })
      }),
    'attention.stopOcclusion': () => {
      waiting.at(-1)?.stop()
      return null
    },
  })
  installBridge(bridge)
  return { waiting, stops: () => bridge.calls.filter((name) => name === 'attention.stopOcclusion').length }
}

async function occluding() {
  const captioner = slowCaptioner()
  const store = useAttention()
  store.turnTo(caption(1))
  store.toggle()
  store.lookBy('occlusion')
  await settled()
  expect(store.occluding).toBe(true)
  return { ...captioner, store }
}

beforeEach(() => setActivePinia(createPinia()))

test('is stopped when it is hidden, and asked for again when it is shown', async () => {
  const { store, waiting, stops } = await occluding()
  store.toggle()
  await settled()
  expect([stops(), waiting.length, store.fault]).toEqual([1, 1, null])
  store.toggle()
  await settled()
  expect(waiting).toHaveLength(2)
  waiting[1].finish()
  await settled()
  expect(store.occlusion).toEqual(occlusion)
  store.toggle()
  expect(stops()).toBe(1)
})

test('is stopped when another caption comes in front, which is answered next', async () => {
  const { store, waiting, stops } = await occluding()
  store.turnTo(caption(2))
  await settled()
  expect([stops(), waiting.length, store.fault]).toEqual([1, 2, null])
  waiting[1].finish()
  await settled()
  expect(store.occlusion).toEqual(occlusion)
})

test.each([
  ['attention is looked at instead', (store: ReturnType<typeof useAttention>) => store.lookBy('attention')],
  ['the view leaves the front', (store: ReturnType<typeof useAttention>) => store.comeInView(false)],
])('is stopped when %s', async (_, turn) => {
  const { store, waiting, stops } = await occluding()
  turn(store)
  await settled()
  expect([stops(), waiting.length, store.fault]).toEqual([1, 1, null])
})
