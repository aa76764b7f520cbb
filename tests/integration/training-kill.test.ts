import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

const child = resolve(import.meta.dirname, '../support/training-child.ts')
const kills = 6

interface Told {
  /** Step that the run began at, and the last one that it said to have on disk. */
  started: number
  saved: number
  /** Digest of the trained weights, once it got there. */
  finished: string | undefined
}

/** Trains until the end, or until it is killed without warning `milliseconds` after its first checkpoint. */
function trained(folder: string, milliseconds?: number): Promise<Told> {
  return new Promise((resolveTold, reject) => {
    const running = spawn(process.execPath, [child, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    let doomed = false
    running.stdout.on('data', (data: Buffer) => {
      output += data.toString()
      if (milliseconds === undefined || doomed || !output.includes('checkpoint')) return
      doomed = true
      setTimeout(() => running.kill('SIGKILL'), milliseconds)
    })
    running.on('error', reject)
    running.on('close', () => {
      const whole = output.slice(0, output.lastIndexOf('\n') + 1)
      const last = (kind: string): string | undefined => [...whole.matchAll(new RegExp(`^${kind} (\\w+)$`, 'gm'))].at(-1)?.[1]
      resolveTold({ started: Number(last('started')), saved: Number(last('checkpoint')), finished: last('finished') })
    })
  })
}

test('a training process that is killed at any moment goes on from what it saved and learns the same, to the bit', async () => {
  const whole = await trained(temporaryFolder())
  expect(whole).toMatchObject({ started: 0, saved: 200 })
  const folder = temporaryFolder()
  let saved = 0
  for (let round = 0; round < kills; round++) {
    const told = await trained(folder, 30 * Math.random())
    expect(told.started).toBeGreaterThanOrEqual(saved)
    if (told.finished === undefined) expect(told.saved).toBeGreaterThan(told.started)
    saved = told.saved
  }
  expect((await trained(folder)).finished).toBe(whole.finished)
  expect(readdirSync(folder).sort()).toEqual(['step-00000199.safetensors', 'step-00000200.safetensors'])
})
