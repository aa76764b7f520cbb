import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'

const kills = 20
const images = 12

/** Types corrections of all images round after round in the page, as fast as they are saved; tells each one that the app called saved. */
async function typeWithoutEnd({ window }: RunningApp, round: number): Promise<void> {
  await window.evaluate(async (roundNumber) => {
    const bridge = Reflect.get(globalThis, 'capstan') as {
      call(name: string, input?: unknown): Promise<{ ok: boolean; value: { revision: number } & { captions: { revision: number }[] } }>
    }
    const tell = Reflect.get(globalThis, 'tellSaved') as (imageId: number, text: string) => void
    const ids = (await bridge.call('library.ids', { filter: {}, sort: {} })) as unknown as { value: number[] }
    for (let turn = 0; ; turn++) {
      for (const imageId of ids.value) {
        const text = `round ${roundNumber} turn ${turn} of image ${imageId}`
        const { value } = await bridge.call('images.get', { imageId })
        let { revision } = value.captions[0]
        for (const length of [7, 14]) {
          const draft = await bridge.call('review.saveDraft', { imageId, slot: 0, expectedRevision: revision, candidateId: null, text: text.slice(0, length) })
          revision = draft.value.revision
        }
        const decision = { kind: 'correct', candidateId: null, text, errorTypes: [], rating: null }
        const saved = await bridge.call('review.decide', { imageId, slot: 0, expectedRevision: revision, decision })
        if (saved.ok) tell(imageId, text)
      }
    }
  }, round)
}

/** Everything that the window said is on disk while a person typed: which image, and what stood in its editor. */
interface Said {
  imageId: number
  text: string
}

/** Types words into the editor by keyboard until the app is gone; tells each text that the window marks as saved. */
async function typeInEditor({ window }: RunningApp, round: number, said: Said[]): Promise<void> {
  await window.keyboard.press('Control+1')
  await window.locator('[role=option]').first().waitFor()
  await window.keyboard.press('Control+2')
  await window.locator('.side textarea').waitFor()
  for (let step = 0; step < round; step++) {
    await window.keyboard.press('ArrowRight')
    await window.locator('.side textarea').waitFor()
  }
  await window.exposeFunction('tellSaid', (imageId: number, text: string) => said.push({ imageId, text }))
  await window.evaluate(() => {
    const tell = Reflect.get(globalThis, 'tellSaid') as (imageId: number, text: string) => void
    new MutationObserver(() => {
      const mark = document.querySelector('.save')?.textContent?.trim()
      const editor = document.querySelector<HTMLTextAreaElement>('.side textarea')
      const imageId = /image\/\d+\/(\d+)$/.exec(document.querySelector<HTMLImageElement>('.stage img.image')?.src ?? '')?.[1]
      if ((mark === 'Draft saved' || mark === 'Saved') && editor !== null && imageId !== undefined) tell(Number(imageId), editor.value)
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
  // At the end, so that what is said to be saved stays the beginning of what stands.
  await window.locator('.side textarea').click()
  await window.keyboard.press('Control+End')
  for (let word = 0; ; word++) {
    await window.keyboard.type(`word${word} `, { delay: 5 })
    await new Promise((resolve) => setTimeout(resolve, 30 + ((word * 97) % 500)))
  }
}

test(`no correction that was called saved is lost when the app is killed ${kills} times while typing`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-crash-'))
  const workspace = join(folder, 'workspace')
  const random = xoroshiro128plus(20)
  /** Every correction that was called saved, in order, by image. */
  const saved = new Map<number, string[]>()
  try {
    const scenes = await writeScenes(join(folder, 'scenes'), images, 5)
    const first = await startApp(join(folder, 'user'))
    await callVerb(first.window, 'workspace.create', { folder: workspace, name: 'Crash' })
    const job = await callVerb(first.window, 'imports.start', { kind: 'captions', file: scenes.captions, imageRoot: scenes.images, split: 'dev' })
    await finished(first.window, job.id)
    await first.close()

    for (let round = 0; round < kills; round++) {
      const running = await startApp(join(folder, 'user'))
      await callVerb(running.window, 'workspace.open', { folder: workspace })
      await running.window.exposeFunction('tellSaved', (imageId: number, text: string) => {
        saved.set(imageId, [...(saved.get(imageId) ?? []), text])
      })
      const gone = new Promise((resolve) => running.app.process().once('exit', resolve))
      const typing = typeWithoutEnd(running, round).catch(() => 'killed')
      await new Promise((resolve) => setTimeout(resolve, uniformInt(random, 50, 900)))
      process.kill(running.pid, 'SIGKILL')
      await Promise.all([gone, typing])
    }

    const database = new Database(join(workspace, 'workspace.db'))
    try {
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
      expect(database.pragma('foreign_key_check')).toEqual([])
      const rows = z.array(z.object({ image_id: z.number(), text: z.string() }))
      const kept = rows.parse(database.prepare('SELECT image_id, text FROM correction ORDER BY id').all())
      const texts = new Set(kept.map((row) => `${row.image_id}: ${row.text}`))
      const lost = [...saved].flatMap(([imageId, all]) => all.filter((text) => !texts.has(`${imageId}: ${text}`)))
      expect(lost).toEqual([])
      expect([...saved.values()].flat().length).toBeGreaterThan(kills)
      // and no text ever landed on another image
      expect(kept.filter((row) => !row.text.endsWith(`of image ${row.image_id}`))).toEqual([])
    } finally {
      database.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  }
})

const killsWhileTyping = 6

test(`no text that the window marked as saved is lost when the app is killed ${killsWhileTyping} times while a person types`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-crash-'))
  const workspace = join(folder, 'workspace')
  const random = xoroshiro128plus(21)
  const said: Said[] = []
  try {
    const scenes = await writeScenes(join(folder, 'scenes'), killsWhileTyping, 6)
    for (let round = 0; round < killsWhileTyping; round++) {
      const running = await startApp(join(folder, 'user'))
      if (round === 0) {
        await callVerb(running.window, 'workspace.create', { folder: workspace, name: 'Crash' })
        const job = await callVerb(running.window, 'imports.start', { kind: 'captions', file: scenes.captions, imageRoot: scenes.images, split: 'dev' })
        await finished(running.window, job.id)
      } else await callVerb(running.window, 'workspace.open', { folder: workspace })
      const gone = new Promise((resolve) => running.app.process().once('exit', resolve))
      const before = said.length
      const typing = typeInEditor(running, round, said).catch(() => 'killed')
      await expect.poll(() => said.length, { timeout: 20_000 }).toBeGreaterThan(before)
      await new Promise((resolve) => setTimeout(resolve, uniformInt(random, 0, 1200)))
      process.kill(running.pid, 'SIGKILL')
      await Promise.all([gone, typing])
    }

    const database = new Database(join(workspace, 'workspace.db'))
    try {
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
      const standing = new Map(z.array(z.tuple([z.number(), z.string().nullable()])).parse(database.prepare('SELECT image_id, text FROM review').raw().all()))
      // What was typed later may be on disk, too, though nobody was told: nothing is ever shorter than what was said.
      const lost = said.filter(({ imageId, text }) => standing.get(imageId)?.startsWith(text.trimEnd()) !== true)
      expect(lost).toEqual([])
      expect(said.length).toBeGreaterThanOrEqual(killsWhileTyping)
    } finally {
      database.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  }
})
