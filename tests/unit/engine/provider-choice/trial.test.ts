import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compare } from '#engine/provider-choice/measure-providers.ts'
import { runTrial } from '#engine/provider-choice/trial.ts'
import { encoderRoot, ensureEncoders } from '../../../../scripts/build-encoder.ts'
import { projectFolder } from '../../../../scripts/paths.ts'

test('the CPU encodes, captions and trains on what is drawn, twice with the same results', async () => {
  await ensureEncoders()
  const works: string[] = []
  const request = { provider: 'cpu', works: ['encode', 'caption', 'train'], encoderRoots: [encoderRoot], photos: 3, steps: 1 } as const
  const run = () =>
    runTrial({ ...request, works: [...request.works], encoderRoots: [...request.encoderRoots], model: join(projectFolder, 'models/base-captioner') }, (work) =>
      works.push(work),
    )
  const first = await run()
  expect(works).toEqual(['encode', 'caption', 'train'])
  const speeds = compare(await run(), first)
  expect(Object.keys(speeds)).toEqual(['encode', 'caption', 'train'])
  for (const speed of Object.values(speeds)) expect(speed).toMatchObject({ agrees: true })
  expect(first.caption).toMatchObject({ captions: [{ text: expect.stringContaining(' ') as string }, {}, {}] })
}, 300_000)
