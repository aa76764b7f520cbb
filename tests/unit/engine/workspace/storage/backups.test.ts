import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import type * as FileSystem from 'node:fs/promises'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { backUpDaily } from '#engine/workspace/storage/backups.ts'
import { checkIntegrity, closeDatabase, connect, openDatabase, type Database } from '#engine/workspace/storage/database.ts'
import { lastCheck } from '#engine/workspace/storage/last-check.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { generateLibrary } from '../../../../support/large-library.ts'
import { leftover } from '../../../../support/leftover.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FileSystem>()
  return { ...real, statfs: vi.fn(real.statfs) }
})

const today = (): string => `workspace-${new Date().toISOString().slice(0, 10)}.db`

const correctionsOf = (database: Database): unknown[] => database.prepare('SELECT image_id, text, author FROM correction ORDER BY id').all()

/** A closed workspace with a correction, whose next opening checks it. */
async function correctedWorkspace(): Promise<{ folder: string; backups: string; corrections: unknown[] }> {
  const workspace = await testWorkspace()
  await importImages(workspace, 3)
  await workspace.call('review.decide', {
    imageId: 2,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'correct', candidateId: null, text: 'a dog on the beach', errorTypes: [], rating: null },
  })
  const corrections = correctionsOf(workspace.reader)
  expect(corrections).toHaveLength(1)
  shut(workspace)
  const { database, backups } = workspaceLayout(workspace.folder)
  rmSync(`${database}-checked`)
  return { folder: workspace.folder, backups, corrections }
}

function shut({ reader, service }: TestWorkspace): void {
  reader.close()
  service.close()
}

/** Resolves between two steps of the backup of a day. */
async function underWay(backups: string, day: string): Promise<void> {
  while (!filesIn(backups).some((name) => name.startsWith(`.workspace-${day}.db.`))) {
    expect(filesIn(backups)).not.toContain(`workspace-${day}.db`)
    await setImmediate()
  }
}

const filesIn = (folder: string): string[] => readdirSync(folder).sort()

describe('a workspace that was checked whole', () => {
  test('is backed up beside the work, to a database with the same corrections', async () => {
    const { folder, backups, corrections } = await correctedWorkspace()
    const workspace = await testWorkspace(folder)
    await expect.poll(() => filesIn(backups)).toEqual([today()])
    const copy = connect(join(backups, today()), { readonly: true })
    checkIntegrity(copy, folder)
    expect(correctionsOf(copy)).toEqual(corrections)
    copy.close()
    expect(workspace.events).toEqual([])
  })

  test('is not backed up where no check was due', async () => {
    const { folder, backups } = await correctedWorkspace()
    closeDatabase(await openDatabase(folder, false)) // checks, and backs nothing up: this is not a workspace at work
    const workspace = await testWorkspace(folder)
    expect(existsSync(backups)).toBe(false)
    shut(workspace)
    expect(lastCheck(workspaceLayout(folder).database, Date.now())).toBeTypeOf('number') // no backup was under way
  })

  test('stays open where the backup cannot be made, and tells', async () => {
    const { folder, backups, corrections } = await correctedWorkspace()
    writeFileSync(backups, 'a file where the folder should be')
    const workspace = await testWorkspace(folder)
    await expect.poll(() => workspace.events).toMatchObject([{ kind: 'backup-failed' }])
    expect(correctionsOf(workspace.reader)).toEqual(corrections)
    expect(workspace.service.info()).toMatchObject({ name: 'Zoo', images: 3 })
  })

  test('stays open where the disk is nearly full, and nothing is written', async () => {
    const { folder, backups } = await correctedWorkspace()
    vi.mocked(statfs).mockResolvedValueOnce(Object.assign(await statfs(folder), { bavail: 1 }))
    const workspace = await testWorkspace(folder)
    await expect.poll(() => workspace.events).toMatchObject([{ kind: 'backup-failed', report: { code: 'disk-full' } }])
    expect(filesIn(backups)).toEqual([])
    expect(workspace.service.info()).toMatchObject({ images: 3 })
  })

  test('is checked and backed up at the next opening where it was closed before the backup was whole', async () => {
    const { folder, backups } = await correctedWorkspace()
    const workspace = await testWorkspace(folder)
    shut(workspace)
    expect(lastCheck(workspaceLayout(folder).database, Date.now())).toBeUndefined()
    await testWorkspace(folder)
    await expect.poll(() => filesIn(backups)).toEqual([today()])
    expect(workspace.events).toEqual([])
  })
})

describe('a backup', () => {
  test('holds what is written while it is made, and leaves nothing partial', async () => {
    const folder = temporaryFolder()
    const { backups } = workspaceLayout(folder)
    mkdirSync(backups)
    writeFileSync(join(backups, leftover('workspace-2026-01-01.db')), 'left by a process that was killed')
    const database = await openDatabase(folder, true)
    generateLibrary(database, 2000)
    const done = backUpDaily(database, backups, '2026-01-02')
    await underWay(backups, '2026-01-02')
    database.prepare("INSERT INTO property VALUES ('written', 'meanwhile')").run()
    await done
    const copy = connect(join(backups, 'workspace-2026-01-02.db'), { fileMustExist: true })
    expect(copy.prepare("SELECT value FROM property WHERE name = 'written'").pluck().get()).toBe('meanwhile')
    expect(copy.prepare('SELECT count(*) FROM image').pluck().get()).toBe(2000)
    copy.close()
    const cut = backUpDaily(database, backups, '2026-01-03')
    await underWay(backups, '2026-01-03')
    closeDatabase(database)
    await expect(cut).rejects.toThrow('not open')
    expect(filesIn(backups)).toEqual(['workspace-2026-01-02.db'])
  })

  test('is made once a day; past five it replaces the oldest daily one, and none of another kind', async () => {
    const folder = temporaryFolder()
    const { backups } = workspaceLayout(folder)
    mkdirSync(backups)
    const others = ['mine.db', 'workspace-schema-1-2020-01-01T00-00-00.000Z.db']
    for (const name of others) writeFileSync(join(backups, name), '')
    const database = await openDatabase(folder, true)
    for (let day = 1; day <= 7; day++) await backUpDaily(database, backups, `2026-03-0${day}`)
    const made = readFileSync(join(backups, 'workspace-2026-03-07.db'))
    database.prepare("INSERT INTO property VALUES ('written', 'later that day')").run()
    await backUpDaily(database, backups, '2026-03-07')
    expect(readFileSync(join(backups, 'workspace-2026-03-07.db'))).toEqual(made)
    closeDatabase(database)
    expect(filesIn(backups)).toEqual([...others, ...[3, 4, 5, 6, 7].map((day) => `workspace-2026-03-0${day}.db`)].sort())
  })

  test('is named where the database is damaged: the one made last that is whole', async () => {
    const folder = temporaryFolder()
    const { backups, database } = workspaceLayout(folder)
    writeFileSync(database, 'not a database, though long enough to look like one')
    await expect(openDatabase(folder, false)).rejects.toMatchObject({ code: 'corrupt', todo: 'Restore a backup of your own over workspace.db.' })
    mkdirSync(backups)
    writeFileSync(join(backups, leftover('workspace-2026-03-02.db')), '')
    await expect(openDatabase(folder, false)).rejects.toMatchObject({ todo: 'Restore a backup of your own over workspace.db.' })
    for (const [name, time] of [
      ['workspace-schema-1-2026-03-01T10-00-00.000Z.db', 1],
      ['workspace-2026-03-01.db', 2],
    ] as const) {
      writeFileSync(join(backups, name), '')
      utimesSync(join(backups, name), time, time)
    }
    await expect(openDatabase(folder, false)).rejects.toMatchObject({
      todo: expect.stringContaining('copy backups/workspace-2026-03-01.db, the newest backup, over workspace.db') as string,
    })
  })
})

describe('which daily backups stay', () => {
  const older = ['21', '22', '23', '24', '25', '26'].map((day) => `workspace-2026-11-${day}.db`)

  async function backedUp(day: string, sizes: Record<string, number>): Promise<string[]> {
    const { folder } = await correctedWorkspace()
    const { backups } = workspaceLayout(folder)
    mkdirSync(backups, { recursive: true })
    for (const [name, size] of Object.entries(sizes)) writeFileSync(join(backups, name), Buffer.alloc(size))
    const database = await openDatabase(folder, false)
    await backUpDaily(database, backups, day)
    closeDatabase(database)
    return readdirSync(backups).sort()
  }

  test('a database that shrank pushes out none of the largest', async () => {
    const sizes = Object.fromEntries(older.map((name, index) => [name, index < 2 ? 50_000_000 : 10]))
    expect(await backedUp('2026-11-27', sizes)).toEqual(expect.arrayContaining([older[0], older[1], 'workspace-2026-11-27.db']))
  })

  test('a clock that jumped back removes none, and keeps the one just made', async () => {
    const sizes = Object.fromEntries(older.map((name) => [name, 10]))
    expect(await backedUp('2020-01-01', sizes)).toEqual(['workspace-2020-01-01.db', ...older])
  })
})
