/**
 * `npm run sample`: makes resources/sample anew with the project's own code: a small captioner trained on scenes without much snow, 200 other scenes
 * that it captions, reviews of its mistakes, and a real fine-tuning run on them. Minutes on two cores; what was trained is taken up again
 * from .cache/sample (`--retrain` starts over).
 */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sentence, toReport } from '#shared/errors.ts'
import { cacheFolder, projectFolder } from './paths.ts'
import { buildSampleWorkspace } from './sample/build-workspace.ts'
import { trainSceneCaptioner } from './sample/scene-captioner.ts'
import { shipWorkspace } from './sample/ship.ts'

const work = join(cacheFolder, 'sample')
const captioner = join(work, 'models', 'scene-captioner')
const workspace = join(work, 'workspace')

try {
  if (process.argv.includes('--retrain')) await rm(work, { recursive: true, force: true })
  if (!existsSync(join(captioner, 'manifest.json'))) await trainSceneCaptioner(captioner)
  await buildSampleWorkspace(workspace, captioner)
  await shipWorkspace(workspace, join(projectFolder, 'resources', 'sample'))
  console.log('resources/sample is made anew.')
} catch (error) {
  console.error(sentence(toReport(error)))
  process.exitCode = 1
}
