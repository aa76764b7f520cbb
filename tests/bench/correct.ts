/**
 * `npm run bench -- correct`: a script corrects photos at a typist's pace with the editor kept open, and reads afterwards from the database what
 * stands where. Prints JSON: seconds and keystrokes a correction, beside the letters of the caption itself, and captions on a wrong photo.
 * Options: --photos 100, --pace 60 (milliseconds a key), --captions 1 (by people, each photo).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Database from 'better-sqlite3'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { callVerb, finished, startApp } from '../support/app.ts'
import { withPreparedApp } from './ui/prepare.ts'

export interface CorrectionBenchmark {
  photos: number
  corrections: number
  seconds: number
  secondsEach: number
  /** Keys beside the letters of the caption: what a correction costs beyond its words. */
  overheadKeysEach: number
  /** Seconds beyond those that the letters take at that pace. */
  overheadSecondsEach: number
  wrong: number
}

export async function run(args: string[]): Promise<CorrectionBenchmark> {
  const { values } = parseArgs({
    args,
    options: { photos: { type: 'string', default: '100' }, pace: { type: 'string', default: '60' }, captions: { type: 'string', default: '1' } },
  })
  return withPreparedApp(() => measure(Number(values.photos), Number(values.pace), Number(values.captions)))
}

async function measure(photos: number, pace: number, captions: number): Promise<CorrectionBenchmark> {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-correct-'))
  try {
    const scenes = await writeScenes(join(folder, 'scenes'), photos, 9)
    const running = await startApp(join(folder, 'user'))
    const { window } = running
    await callVerb(window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Corrections' })
    const job = await callVerb(window, 'imports.start', { kind: 'captions', file: scenes.captions, imageRoot: scenes.images, split: 'train' })
    await finished(window, job.id)
    await callVerb(window, 'project.set', { captionsWanted: captions })
    await window.locator('[role=option] img').first().waitFor()
    await window.keyboard.press('Control+2')
    await window.locator('.side textarea').waitFor()
    await window.keyboard.press('e')
    let letters = 0
    let keys = 0
    const key = async (name: string): Promise<void> => {
      await window.keyboard.press(name)
      await window.waitForTimeout(pace)
      keys += 1
    }
    /** Each caption names the photo that was in sight when it was typed. */
    const inSight = async (): Promise<string> => (await window.locator('.stage img.image').getAttribute('src'))?.split('/').at(-1) ?? ''
    const begin = performance.now()
    for (let turn = 0; turn < photos * captions; turn++) {
      const text = `photo ${await inSight()} caption ${turn} by hand`
      await key('Control+a')
      for (const letter of text) {
        await window.keyboard.type(letter)
        await window.waitForTimeout(pace)
      }
      letters += text.length
      await key('Control+Enter')
    }
    const seconds = (performance.now() - begin) / 1000
    await window.waitForTimeout(2000)
    await running.close()
    const corrections = photos * captions
    const wrong = corrections - rightOnes(join(folder, 'workspace', 'workspace.db'))
    return {
      photos,
      corrections,
      seconds,
      secondsEach: seconds / corrections,
      overheadKeysEach: keys / corrections,
      overheadSecondsEach: (seconds - (letters * pace) / 1000) / corrections,
      wrong,
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** How many corrections stand on the photo that they name. */
function rightOnes(file: string): number {
  const database = new Database(file, { readonly: true })
  try {
    const rows = database.prepare<[], { image_id: number; text: string }>("SELECT image_id, text FROM review WHERE state = 'corrected'").all()
    return rows.filter(({ image_id, text }) => text.startsWith(`photo ${image_id} `)).length
  } finally {
    database.close()
  }
}
