import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { closeDatabase, openDatabase, openReadOnly } from '#engine/workspace/storage/database.ts'
import { lastCheck } from '#engine/workspace/storage/last-check.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { migrate, schemaVersion } from '#engine/workspace/storage/migrate.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { testWorkspace } from '../../../../support/workspace.ts'

describe('the workspace database', () => {
  test('is made with write-ahead log, full synchronisation and foreign keys', async () => {
    const database = await openDatabase(temporaryFolder(), true)
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(database.pragma('synchronous', { simple: true })).toBe(2)
    expect(database.pragma('foreign_keys', { simple: true })).toBe(1)
    expect(database.pragma('user_version', { simple: true })).toBe(schemaVersion)
    closeDatabase(database)
  })

  test('is not made over another workspace, nor opened where there is none', async () => {
    const folder = temporaryFolder()
    await expect(openDatabase(folder, false)).rejects.toMatchObject({ code: 'not-found' })
    expect(existsSync(workspaceLayout(folder).database)).toBe(false)
    closeDatabase(await openDatabase(folder, true))
    await expect(openDatabase(folder, true)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('of a newer Capstan is refused and left as it is', async () => {
    const folder = temporaryFolder()
    const database = await openDatabase(folder, true)
    database.pragma(`user_version = ${schemaVersion + 1}`)
    closeDatabase(database)
    await expect(openDatabase(folder, false)).rejects.toMatchObject({ code: 'newer-version' })
  })

  test('that is damaged is refused', async () => {
    const folder = temporaryFolder()
    writeFileSync(workspaceLayout(folder).database, 'not a database, though long enough to look like one')
    await expect(openDatabase(folder, false)).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('is checked again only where it is not as an orderly end left it', async () => {
    const folder = temporaryFolder()
    const { database: file } = workspaceLayout(folder)
    closeDatabase(await openDatabase(folder, true))
    const checkedAt = lastCheck(file, Date.now())
    expect(checkedAt).toBeTypeOf('number')
    expect(lastCheck(file, Date.now() + 25 * 3600 * 1000)).toBeUndefined() // once a day
    // an opening that did not check passes the time on
    closeDatabase(await openDatabase(folder, false))
    expect(lastCheck(file, Date.now())).toBe(checkedAt)
    writeFileSync(`${file}-wal`, 'left by a crash')
    expect(lastCheck(file, Date.now())).toBeUndefined()
    rmSync(`${file}-wal`)
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.fill(255, 2000)) // as long as before
    expect(lastCheck(file, Date.now())).toBeUndefined()
    await expect(openDatabase(folder, false)).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('is copied to backups before a migration, and a failed migration changes nothing', async () => {
    const folder = temporaryFolder()
    const layout = workspaceLayout(folder)
    const database = await openDatabase(folder, true)
    const steps = Array.from({ length: schemaVersion }, (_, i) => ({ version: i + 1, sql: '' }))
    const broken = { version: schemaVersion + 1, sql: 'CREATE TABLE extra (a); CREATE TABLE extra (b);' }
    await expect(migrate(database, layout, [...steps, broken])).rejects.toThrow('already exists')
    expect(database.pragma('user_version', { simple: true })).toBe(schemaVersion)
    expect(database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").pluck().get()).toBe(0)
    await migrate(database, layout, [...steps, { version: schemaVersion + 1, sql: 'CREATE TABLE extra (a);' }])
    expect(database.pragma('user_version', { simple: true })).toBe(schemaVersion + 1)
    expect(readdirSync(layout.backups)).toHaveLength(2)
    closeDatabase(database)
  })

  test('can be read beside the writer, but not written', async () => {
    const folder = temporaryFolder()
    const writer = await openDatabase(folder, true)
    const reader = openReadOnly(folder)
    writer.prepare("INSERT INTO property VALUES ('name', 'Zoo')").run()
    expect(reader.prepare("SELECT value FROM property WHERE name = 'name'").pluck().get()).toBe('Zoo')
    expect(() => reader.prepare("INSERT INTO property VALUES ('a', 'b')").run()).toThrow('readonly')
    closeDatabase(reader)
    closeDatabase(writer)
    expect(existsSync(join(folder, 'workspace.db-wal'))).toBe(false)
  })
})

test('a workspace is open in one Capstan at a time', async () => {
  const first = await testWorkspace()
  await expect(testWorkspace(first.folder)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('open in another Capstan') as string })
  first.reader.close()
  first.service.close()
  const again = await testWorkspace(first.folder)
  expect(again.service.info()).toMatchObject({ name: 'Zoo', images: 0 })
})

test('corrections cannot be changed or removed', async () => {
  const database = await openDatabase(temporaryFolder(), true)
  database.pragma('foreign_keys = OFF')
  database.exec("INSERT INTO correction (image_id, text, replaces, difference, error_types, author, created_at) VALUES (1, 'a', '', '[]', '[]', '', '')")
  expect(() => database.exec("UPDATE correction SET text = 'b'")).toThrow('append-only')
  expect(() => database.exec('DELETE FROM correction')).toThrow('append-only')
  closeDatabase(database)
})
