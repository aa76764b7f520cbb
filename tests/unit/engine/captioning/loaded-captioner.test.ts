import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCaptioner, type LoadedCaptioner } from '#engine/captioning/loaded-captioner.ts'
import { defaultEncoderFolder, encoderRoot, ensureEncoders } from '../../../../scripts/build-encoder.ts'
import { drawPictures } from '../../../support/pictures.ts'
import { writeTinyModel } from '../../../support/tiny-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'capstan-captioner-'))
let captioner: LoadedCaptioner
let photos: { path: string }[]

beforeAll(async () => {
  await ensureEncoders()
  const pictures = join(folder, 'photos')
  mkdirSync(pictures)
  await drawPictures(pictures, 7)
  photos = readdirSync(pictures).map((name) => ({ path: join(pictures, name) }))
  await writeTinyModel(folder, defaultEncoderFolder, ['a dog runs in the snow', 'two people sit on a red bench'])
  captioner = await openCaptioner(join(folder, 'tiny'), { encoderRoots: [encoderRoot], featureFolder: join(folder, 'features') })
}, 60_000)
afterAll(async () => {
  await captioner.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('captioning', () => {
  test('takes photos from their list one batch ahead, tells them in their order, and takes none while it is paused', async () => {
    let taken = 0
    const told: string[][] = []
    const takenWhenTold: number[] = []
    let go = (): void => undefined
    const paused = new Promise<void>((resolve) => (go = resolve))
    const list = (function* () {
      for (const photo of photos) {
        taken++
        yield photo
      }
    })()
    let batches = 0
    const work = captioner.caption({
      photos: list,
      method: { kind: 'greedy' },
      batch: 2,
      unpaused: () => (told.length === 1 && batches++ === 0 ? paused : Promise.resolve()),
      onBatch({ captioned }) {
        told.push(captioned.map(({ photo }) => photo.path))
        takenWhenTold.push(taken)
      },
    })
    await expect.poll(() => batches).toBe(1)
    expect([told.length, taken]).toEqual([1, 4])
    go()
    await work
    expect(told.flat()).toEqual(photos.map(({ path }) => path))
    expect(takenWhenTold).toEqual([4, 6, 7, 7])
  })

  test('an error of whoever is told ends it, and nothing is left running', async () => {
    const work = captioner.caption({
      photos,
      method: { kind: 'greedy' },
      batch: 2,
      onBatch() {
        throw new Error('the disk is full')
      },
    })
    await expect(work).rejects.toThrow('the disk is full')
  })

  test('captions do not depend on how many photos are taken together', async () => {
    const captions = async (batch: number): Promise<string[]> => {
      const texts: string[] = []
      await captioner.caption({
        photos,
        method: { kind: 'beam', beams: 2 },
        batch,
        onBatch: ({ captioned }) => void texts.push(...captioned.map(({ candidates }) => candidates[0].text)),
      })
      return texts
    }
    expect(await captions(7)).toEqual(await captions(2))
  })
})
