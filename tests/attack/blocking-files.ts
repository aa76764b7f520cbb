/** Photos, captions and packages that block whoever opens them: pipes, devices, links to nothing. What meets them ends in time. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deadlineChild } from './killed.ts'
import type { Attack } from './findings.ts'

const deadline = 90_000

export const attackBlockingFiles: Attack = async ({ folder }) => {
  if (process.platform === 'win32') return { counts: { couldNotRun: 'there are no pipes in folders' }, wrong: [] }
  const wrong: string[] = []
  for (const name of ['photos', 'models', 'models/pipe']) mkdirSync(join(folder, name), { recursive: true })
  for (const pipe of ['photos/pipe.jpg', 'captions.json', 'models/pipe/manifest.json', 'models/pipe/model.safetensors'])
    spawnSync('mkfifo', [join(folder, pipe)])
  symlinkSync('/dev/zero', join(folder, 'photos', 'zero.png'))
  symlinkSync('/nowhere', join(folder, 'photos', 'nowhere.jpg'))
  mkdirSync(join(folder, 'photos', 'folder.jpg'))
  writeFileSync(join(folder, 'photos', 'empty.jpg'), '')
  const tasks = ['import-folder', 'import-captions', 'import-device', 'open']
  for (const task of tasks) {
    const { finished, code, errors } = await deadlineChild('blocked', [folder, task], deadline)
    if (!finished) wrong.push(`${task} hung`)
    else if (code !== 0) wrong.push(`${task} ended with ${code}: ${errors.slice(-300)}`)
  }
  return { counts: { tasks: tasks.length }, wrong }
}
