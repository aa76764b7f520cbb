import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { requireOutput } from '#engine/files/output-place.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

test('an export goes over nothing of a workspace, over no photo, and over another file only when told', () => {
  const folder = temporaryFolder()
  const [workspace, photos] = [join(folder, 'workspace'), join(folder, 'photos')]
  for (const each of [workspace, photos, join(workspace, 'models')]) mkdirSync(each)
  for (const file of [join(workspace, 'workspace.db'), join(photos, 'cat.jpg'), join(folder, 'results.json')]) writeFileSync(file, 'x')
  symlinkSync(join(workspace, 'workspace.db'), join(folder, 'innocent.json'))
  symlinkSync(join(workspace, 'workspace.lock'), join(folder, 'dangling.json'))
  const outcome = (file: string, replace: boolean): string => {
    try {
      requireOutput(file, { imageRoots: [photos], replace })
      return 'allowed'
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  for (const name of ['workspace.db', 'workspace.db-wal', 'workspace.lock', 'models/new.json'])
    expect(outcome(join(workspace, name), true), name).toBe('not-permitted')
  for (const name of ['innocent.json', 'dangling.json', 'photos/cat.jpg', 'photos']) expect(outcome(join(folder, name), true), name).toBe('not-permitted')
  expect(outcome(join(folder, 'results.json'), false)).toBe('conflict')
  expect(outcome(join(folder, 'results.json'), true)).toBe('allowed')
  for (const name of ['new.json', 'photos/captions.json', 'missing/new.json']) expect(outcome(join(folder, name), false), name).toBe('allowed')
})
