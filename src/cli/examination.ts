/** What `capstan doctor` looks at. Nothing is changed. */
import { readdir } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import sharp from 'sharp'
import { sentence, toReport } from '#shared/errors.ts'
import { logFile } from '#engine/log/log-place.ts'
import { listModels } from '#engine/models/registry.ts'
import { obstacleTo, providersFor } from '#engine/runtime/providers.ts'
import { readEncoderPackage } from '#engine/vision/encoders/encoder-package.ts'
import { checkIntegrity, closeDatabase, connect, openReadOnly } from '#engine/workspace/storage/database.ts'
import { countImages, imageRoots } from '#engine/workspace/repositories/images.ts'
import { listJobs } from '#engine/workspace/repositories/jobs.ts'
import { readProperty } from '#engine/workspace/repositories/properties.ts'

export interface Finding {
  /** `absent` is something optional that is not there. */
  verdict: 'good' | 'absent' | 'wrong'
  subject: string
  detail: string
}

export interface Examined {
  models: string
  encoders: string
  workspace?: string
}

export async function examine({ models, encoders, workspace }: Examined): Promise<Finding[]> {
  return [
    good('machine', `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`),
    good('node', `${process.version} on ${process.platform} ${process.arch}`),
    good('log', logFile()),
    good('sharp', `libvips ${sharp.versions.vips}`),
    examineSqlite(),
    ...providersFor(process.platform, process.arch).map(examineProvider),
    ...(await examineEncoders(resolve(encoders))),
    ...(await examineModels(resolve(models))),
    ...(workspace === undefined ? [] : examineWorkspace(resolve(workspace))),
  ]
}

const good = (subject: string, detail: string): Finding => ({ verdict: 'good', subject, detail })
const wrong = (subject: string, error: unknown): Finding => ({ verdict: 'wrong', subject, detail: sentence(toReport(error)) })

function examineSqlite(): Finding {
  try {
    const database = connect(':memory:', {})
    const version = database.prepare<[], string>('SELECT sqlite_version()').pluck().get()
    database.close()
    return good('sqlite', version ?? '')
  } catch (error) {
    return wrong('sqlite', error)
  }
}

function examineProvider(provider: Parameters<typeof obstacleTo>[0]): Finding {
  const obstacle = obstacleTo(provider)
  if (obstacle) return { verdict: 'absent', subject: provider, detail: `${obstacle.reason} ${obstacle.todo}` }
  return good(provider, provider === 'cpu' ? 'runs everywhere' : 'its files are here; Settings can try it')
}

async function examineEncoders(root: string): Promise<Finding[]> {
  const names = await readdir(root).catch(() => [])
  const folders = names.filter((name) => !name.startsWith('.'))
  if (folders.length === 0)
    return [{ verdict: 'wrong', subject: 'encoder', detail: `There is none in ${root}. Build the embedded ones: npm run capstan -- doctor --build-encoders.` }]
  return Promise.all(
    folders.map(async (name) => {
      try {
        const { manifest } = await readEncoderPackage(join(root, name))
        return good('encoder', `${manifest.name} (${manifest.id})`)
      } catch (error) {
        return wrong('encoder', error)
      }
    }),
  )
}

async function examineModels(root: string): Promise<Finding[]> {
  const { models, problems } = await listModels([root])
  const found = models.map(({ manifest: { id, name, parameters } }) => good('model', `${name} (${id}), ${(parameters / 1e6).toFixed(1)} million parameters`))
  const damaged = problems.map(({ report }): Finding => ({ verdict: 'wrong', subject: 'model', detail: sentence(report) }))
  if (found.length + damaged.length === 0) return [{ verdict: 'absent', subject: 'model', detail: `There is none in ${root}.` }]
  return [...found, ...damaged]
}

function examineWorkspace(folder: string): Finding[] {
  try {
    const database = openReadOnly(folder)
    try {
      checkIntegrity(database, folder)
      const interrupted = listJobs(database).filter(({ state }) => state === 'running').length
      return [
        good('workspace', `${readProperty(database, 'name') ?? folder}: ${countImages(database)} images, integrity checked`),
        ...imageRoots(database).map((root) => good('images from', root)),
        ...(interrupted === 0 ? [] : [good('jobs', `${interrupted} running or interrupted; they go on when the workspace is opened`)]),
      ]
    } finally {
      closeDatabase(database)
    }
  } catch (error) {
    return [wrong('workspace', error)]
  }
}
