import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { checkIntegrity } from '#engine/workspace/storage/database.ts'
import { importImages, testWorkspace } from '../support/workspace.ts'

const child = resolve(import.meta.dirname, '../support/deciding-child.ts')
const rounds = 6

/** Lets the child decide for a while after its first decision, kills it without warning, and returns what it said was saved. */
function savedBeforeKill(folder: string, round: number): Promise<{ imageId: number; text: string }[]> {
  return new Promise((resolveSaved, reject) => {
    const running = spawn(process.execPath, [child, folder, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    running.stdout.on('data', (data: Buffer) => {
      if (told === '') setTimeout(() => running.kill('SIGKILL'), 40 * Math.random() * (1 + round))
      told += data.toString()
    })
    running.on('error', reject)
    running.on('close', () => {
      const whole = told.slice(0, told.lastIndexOf('\n') + 1)
      resolveSaved(
        whole
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => ({ imageId: Number(line.split('\t')[0]), text: line.split('\t')[1] })),
      )
    })
  })
}

test('no correction that was said to be saved is lost when the process is killed', async () => {
  const first = await testWorkspace()
  const { folder } = first
  await importImages(first, 50)
  first.reader.close()
  first.service.close()
  let saved = 0
  for (let round = 0; round < rounds; round++) {
    const told = await savedBeforeKill(folder, round)
    expect(told.length).toBeGreaterThan(0)
    const { reader, service } = await testWorkspace(folder)
    checkIntegrity(reader, folder)
    const found = new Set(
      reader
        .prepare<[], { imageId: number; text: string }>('SELECT image_id AS imageId, text FROM correction')
        .all()
        .map(({ imageId, text }) => `${imageId} ${text}`),
    )
    for (const { imageId, text } of told) expect(found).toContain(`${imageId} ${text}`)
    // Review, correction and undo entry came together or not at all.
    const count = (sql: string): number => reader.prepare<[], number>(sql).pluck().get() ?? 0
    const corrections = count('SELECT count(*) FROM correction')
    expect(corrections).toBeGreaterThanOrEqual(saved + told.length)
    expect(count('SELECT count(*) FROM action')).toBe(corrections)
    expect(count('SELECT sum(revision) FROM review')).toBe(corrections)
    expect(count("SELECT count(*) FROM review JOIN correction USING (image_id, text) WHERE state = 'corrected'")).toBe(
      count("SELECT count(*) FROM review WHERE state = 'corrected'"),
    )
    saved = corrections
    reader.close()
    service.close()
  }
})
