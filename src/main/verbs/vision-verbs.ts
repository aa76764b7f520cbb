/** The verbs that the vision process answers: encoders, search by what they see, where captioners look, cached features. */
import type { Answers, VerbOwnedBy } from '#shared/api.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import type { Folders } from '../settings/folders.ts'
import type { SettingsStore } from '../settings/settings.ts'
import type { VisionAnswers, VisionHost } from './vision-host.ts'

type VisionVerbs = Pick<Answers<'main'>, Extract<VerbOwnedBy<'main'>, `${'encoders' | 'search' | 'attention' | 'features'}.${string}` | 'scores.meteor'>>

export interface VisionParts {
  vision: VisionHost
  folders: Folders
  settings: Pick<SettingsStore, 'get'>
  /** The open workspace's folder, or AppError `unavailable`. */
  workspaceFolder(): string
  /** @throws AppError `not-permitted` for a photo of a folder that nobody here chose */
  requirePhoto(imageId: number): Promise<void>
}

export function visionVerbs(parts: VisionParts): VisionVerbs {
  const { vision, folders, settings, workspaceFolder } = parts
  const encoderRoots = [folders.shippedEncoders, folders.sharedEncoders]
  const features = (): string => workspaceLayout(workspaceFolder()).features
  /** Asks about one photo that may be opened. */
  const ofPhoto = async <Name extends 'attention' | 'occlusion' | 'beam-tree'>(
    name: Name,
    question: { imageId: number },
    signal?: AbortSignal,
  ): Promise<VisionAnswers[Name]> => {
    await parts.requirePhoto(question.imageId)
    return vision.ask(name, { ...question, encoderRoots, workspaceFolder: workspaceFolder() }, signal === undefined ? {} : { signal })
  }
  let adding = new AbortController()
  let occluding = new AbortController()
  return {
    'encoders.list': () => vision.ask('list', { encoderRoots }),
    'encoders.add': (form) => {
      adding = new AbortController()
      return vision.ask('add', { encoderRoots, form }, { signal: adding.signal })
    },
    'encoders.stopAdding': () => {
      adding.abort()
      return Promise.resolve(null)
    },
    'encoders.verify': ({ encoderId }) => vision.ask('verify', { encoderRoots, encoderId }),
    'encoders.remove': ({ encoderId }) => vision.ask('remove', { encoderRoots, encoderId }),
    'search.photos': async (question) => vision.ask('search', { ...question, encoderRoots, workspaceFolder: workspaceFolder() }),
    'attention.ofCaption': (question) => ofPhoto('attention', question),
    'attention.occlusion': (question) => {
      occluding = new AbortController()
      return ofPhoto('occlusion', question, occluding.signal)
    },
    'attention.stopOcclusion': () => {
      occluding.abort()
      return Promise.resolve(null)
    },
    'attention.beamTree': (question) => ofPhoto('beam-tree', question),
    'scores.meteor': async (question) =>
      vision.ask('meteor-alignment', { ...question, workspaceFolder: workspaceFolder(), tools: settings.get().scoringTools }),
    'features.list': async () => vision.ask('features-list', { folder: features() }),
    'features.remove': async ({ name }) => vision.ask('features-remove', { folder: features(), name }),
    'features.evict': async () => keepWithinLimit(parts),
  }
}

/** Brings the open workspace's feature caches under the limit of Settings, where there is one; those unused for longest go. */
export async function keepWithinLimit({
  vision,
  settings,
  workspaceFolder,
}: Omit<VisionParts, 'folders' | 'requirePhoto'>): Promise<{ removed: number; bytes: number }> {
  const { featureGigabytes } = settings.get()
  if (featureGigabytes === 0) return { removed: 0, bytes: 0 }
  return vision.ask('features-evict', { folder: workspaceLayout(workspaceFolder()).features, maximumBytes: featureGigabytes * 1e9 })
}
