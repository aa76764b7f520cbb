/** The real app killed while it opens, corrects and captions: its window said saved, so it is there. A kill in fifty is one of it. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Attack } from './findings.ts'
import { diceOf } from './findings.ts'
import { makeWorkshop } from './workshop.ts'
import { checkIntegrity, openReadOnly } from '#engine/workspace/storage/database.ts'

export const attackApp: Attack = async ({ folder, kills, seed }) => {
  if (process.platform === 'linux' && (process.env['DISPLAY'] ?? '') === '') {
    // Once more under a display of its own.
    const { virtualDisplay } = await import('../../scripts/electron/launch.ts')
    const [program, ...words] = await virtualDisplay()
    if (program === undefined) return { counts: { couldNotRun: 'there is no display' }, wrong: [] }
    const again = [...words, process.execPath, join(import.meta.dirname, 'attack.ts'), '--only', 'app', '--kills', String(kills), '--seed', String(seed)]
    const { stdout, stderr } = spawnSync(program, again, { encoding: 'utf8', env: process.env })
    const line = stdout.trim().split('\n').at(-1) ?? ''
    const { app } = JSON.parse(line.startsWith('{') ? line : '{}') as { app?: Record<string, number> }
    const found = stderr
      .split('\n')
      .filter((each) => each.startsWith('WRONG'))
      .map((each) => each.replace('WRONG app: ', ''))
    return app === undefined
      ? { counts: {}, wrong: [`the app’s attack ended: ${stderr.slice(-400)}`] }
      : { counts: { kills: app['kills'] ?? 0, saved: app['saved'] ?? 0 }, wrong: found }
  }
  const { callVerb, startApp } = await import('../support/app.ts')
  const dice = diceOf(seed)
  const rounds = Math.max(1, Math.round(kills / 50))
  const workshop = await makeWorkshop(folder)
  const saved = new Map<number, string>()
  const wrong: string[] = []
  for (let round = 0; round < rounds; round++) {
    const running = await startApp(join(folder, 'user'))
    const gone = new Promise((resolve) => running.app.process().once('exit', resolve))
    await callVerb(running.window, 'workspace.open', { folder: workshop.folder })
    const imageIds = await callVerb(running.window, 'library.ids', { filter: {}, sort: {} })
    await callVerb(running.window, 'imports.start', { kind: 'captions', file: workshop.scenes.captions, imageRoot: workshop.scenes.images, split: 'train' })
    const correcting = (async () => {
      for (let turn = 0; ; turn++) {
        const imageId = imageIds[turn % imageIds.length]
        const text = `app round ${round} turn ${turn}`
        const {
          captions: [review],
        } = await callVerb(running.window, 'images.get', { imageId })
        const decision = { kind: 'correct' as const, candidateId: null, text, errorTypes: [], rating: null }
        await callVerb(running.window, 'review.decide', { imageId, slot: 0, expectedRevision: review.revision, decision })
        saved.set(imageId, text)
      }
    })().catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, dice(100, 2000)))
    process.kill(running.pid, 'SIGKILL')
    await Promise.all([gone, correcting])
    const service = await workshop.open() // waits for the lock: the app's workspace process notices that main is gone
    service.close()
    const database = openReadOnly(workshop.folder)
    checkIntegrity(database, workshop.folder)
    for (const [imageId, text] of saved) {
      const kept = database.prepare('SELECT count(*) FROM correction WHERE image_id = ? AND text = ?').pluck().get(imageId, text)
      if (kept !== 1) wrong.push(`“${text}” of image ${imageId} is lost`)
    }
    database.close()
  }
  return { counts: { kills: rounds, saved: saved.size }, wrong }
}
