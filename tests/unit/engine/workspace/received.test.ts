/** A workspace that comes from elsewhere runs nothing and shows no folder before the person here says so; one's own goes on. */
import { cpSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { installationKey } from '#engine/workspace/installation.ts'
import { openService, type WorkspaceService } from '#engine/workspace/service.ts'
import { importedImage } from '../../../support/workspace.ts'
import { namedPackages } from '../../../support/named-packages.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const here = 'a'.repeat(64)
const elsewhere = 'b'.repeat(64)

async function within<Result>(
  folder: string,
  installation: string,
  work: (service: WorkspaceService) => Result | Promise<Result>,
  create = false,
): Promise<Result> {
  const made = create ? { create: { name: 'Zoo' } } : {}
  const service = await openService({ folder, ...made, modelRoots: [], installation, packages: namedPackages, author: () => 'Ada', onEvent: () => undefined })
  try {
    return await work(service)
  } finally {
    service.close()
  }
}

/** A workspace with an export over a shell's start-up file in its queue. */
async function withExport(state: 'queued' | 'running' | 'failed' = 'queued'): Promise<{ folder: string; file: string; jobId: number }> {
  const home = temporaryFolder()
  const [folder, file] = [join(home, 'zoo'), join(home, 'profile')]
  writeFileSync(file, 'a start-up file')
  const jobId = await within(
    folder,
    here,
    async (service) => {
      const { id } = await service.call('exports.start', { what: 'reviewed', modelId: null, set: 'all', file, replace: true })
      service.jobs.update(id, { state })
      return id
    },
    true,
  )
  return { folder, file, jobId }
}

/** Another process changes the database behind everybody's back. */
function forge(folder: string, sql: string): void {
  const database = new Sqlite(join(folder, 'workspace.db'))
  database.exec(sql)
  database.close()
}

describe('a job that was queued elsewhere', () => {
  test.each(['queued', 'running'] as const)('and is %s waits and says what it would write where; it runs once the person lets it', async (state) => {
    const { folder, file, jobId } = await withExport(state)
    await within(folder, elsewhere, ({ jobs }) => {
      jobs.requeueInterrupted()
      expect(jobs.claimNext()).toBeNull()
      expect(jobs.get(jobId)).toMatchObject({ state: 'paused', attempts: 0 })
      expect(jobs.get(jobId).message).toBe(
        `Queued elsewhere, not by you on this computer: it waits until you let it go on. It writes captions to ${file}, in place of the file that is there.`,
      )
      jobs.approve(jobId)
      jobs.update(jobId, { state: 'queued' })
      expect(jobs.claimNext()?.job.id).toBe(jobId)
    })
  })

  test('and has ended waits, too, when it is tried again', async () => {
    const { folder, jobId } = await withExport('failed')
    await within(folder, elsewhere, ({ jobs }) => {
      expect(jobs.get(jobId).state).toBe('failed')
      jobs.update(jobId, { state: 'queued' })
      expect(jobs.claimNext()).toBeNull()
      expect(jobs.get(jobId).state).toBe('paused')
    })
  })

  test('waits although another one before it was queued here', async () => {
    const { folder } = await withExport()
    await within(folder, elsewhere, async ({ jobs, call }) => {
      const own = await call('exports.start', { what: 'reviewed', modelId: null, set: 'all', file: join(folder, '../own.json') })
      expect(jobs.claimNext()?.job.id).toBe(own.id)
    })
  })
})

describe('a job that was queued here', () => {
  test.each(['queued', 'running'] as const)('goes on by itself after a kill (%s)', async (state) => {
    const { folder, jobId } = await withExport(state)
    await within(folder, here, ({ jobs }) => {
      jobs.requeueInterrupted()
      expect(jobs.claimNext()?.job.id).toBe(jobId)
    })
  })

  test('waits when it does something else than it was queued for', async () => {
    const { folder, jobId } = await withExport()
    forge(folder, `UPDATE job SET input = json_set(input, '$.file', '/etc/profile') WHERE id = ${jobId}`)
    await within(folder, here, ({ jobs }) => {
      expect(jobs.claimNext()).toBeNull()
      expect(jobs.get(jobId).message).toContain('/etc/profile')
    })
  })

  test('waits in a copy of the workspace, which may come from anybody', async () => {
    const { folder, jobId } = await withExport()
    const copy = `${folder}-copy`
    cpSync(folder, copy, { recursive: true })
    await within(copy, here, ({ jobs }) => {
      expect(jobs.claimNext()).toBeNull()
      expect(jobs.get(jobId).state).toBe('paused')
    })
  })
})

describe('photos of a workspace that came from elsewhere', () => {
  const importOf = async (service: WorkspaceService, root: string): Promise<number> => {
    const { id } = await service.call('imports.start', { kind: 'folder', folder: root, split: 'none' })
    service.jobs.claim(id)
    await service.applyBatch(id, { kind: 'import-rows', rows: [importedImage(root, 1)] })
    await service.applyBatch(id, { kind: 'import-commit', imageRoot: root })
    return (await service.call('library.ids', { filter: {}, sort: {} }))[0] ?? 0
  }

  test('are shown where the person here chose their folder, and where it is the workspace’s own', async () => {
    const home = temporaryFolder()
    const folder = join(home, 'zoo')
    const outside = await within(folder, here, (service) => importOf(service, join(home, 'photos')), true)
    await within(folder, here, (service) => {
      expect(service.foreignRoots()).toEqual([])
      expect(service.imagePlace(outside).root).toBe(join(home, 'photos'))
    })
    const own = join(home, 'own')
    mkdirSync(join(own, 'photos'), { recursive: true })
    const inside = await within(own, here, (service) => importOf(service, join(own, 'photos')), true)
    await within(own, elsewhere, (service) => expect(service.imagePlace(inside).root).toBe(join(own, 'photos')))
  })

  test.each(['/', '/home/somebody'])('of %s are not, until the person allows it', async (root) => {
    const folder = join(temporaryFolder(), 'zoo')
    const imageId = await within(folder, elsewhere, (service) => importOf(service, root), true)
    await within(folder, here, (service) => {
      expect(service.foreignRoots()).toEqual([root])
      expect(() => service.imagePlace(imageId)).toThrow(expect.objectContaining({ code: 'not-permitted' }) as Error)
      service.allowRoots([root])
      expect(service.imagePlace(imageId).root).toBe(root)
    })
    await within(folder, here, (service) => expect(service.foreignRoots()).toEqual([]))
  })

  test('are not where a link makes a folder look like the workspace’s own', async () => {
    const folder = join(temporaryFolder(), 'zoo')
    await within(folder, elsewhere, (service) => importOf(service, join(folder, 'photos')), true)
    symlinkSync('/', join(folder, 'photos'))
    await within(folder, here, (service) => expect(service.foreignRoots()).toEqual([join(folder, 'photos')]))
  })
})

test('an installation has one key, made once, that others on the computer cannot read', () => {
  const person = join(temporaryFolder(), 'person')
  const key = installationKey(person)
  expect(key).toMatch(/^[0-9a-f]{64}$/)
  expect(installationKey(person)).toBe(key)
  expect(statSync(join(person, 'installation-key')).mode & 0o077).toBe(0)
})
