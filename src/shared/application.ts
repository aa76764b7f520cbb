/** The application itself, apart from any dataset: its workspaces, execution providers and settings. */
import { z } from 'zod'
import { scoringToolsSchema } from './scoring-tools.ts'
import { spellingSchema } from './writing.ts'

export interface WorkspaceInfo {
  folder: string
  name: string
  images: number
  createdAt: string
  schemaVersion: number
}

/** A workspace as it was opened in this run of the app; images are asked for by this number, so that none of an earlier workspace is shown. */
export interface OpenedWorkspace extends WorkspaceInfo {
  opening: number
}

export const providers = ['cpu', 'webgpu', 'cuda', 'tensorrt', 'directml', 'coreml'] as const
export type Provider = (typeof providers)[number]

/** The truth about an execution provider: what was asked for, what executed, and why not the same. */
export interface ProviderStatus {
  asked: Provider
  executed: Provider | null
  device: string
  since: string | null
  reason: string
  todo: string
}

export const providerTitles: Record<Provider, string> = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
  directml: 'DirectML',
  coreml: 'CoreML',
}

/** What a provider is measured at: photos encoded, photos captioned from their features, training steps, captions drawn for rewards. */
export const trialWorks = ['encode', 'caption', 'train', 'sample'] as const
export type TrialWork = (typeof trialWorks)[number]

const trialSpeedSchema = z.object({
  aSecond: z.number(),
  /** By the CPU's speed of the same measurement. */
  timesAsFast: z.number(),
  agrees: z.boolean(),
  /** How far its results are from the CPU's, in words. */
  agreement: z.string(),
})
export type TrialSpeed = z.infer<typeof trialSpeedSchema>

const measuredProviderSchema = z.object({
  provider: z.enum(providers),
  device: z.string(),
  /** Why it was not measured, or is not to be had. */
  reason: z.string().nullable(),
  speeds: z.partialRecord(z.enum(trialWorks), z.union([trialSpeedSchema, z.object({ failed: z.string() })])),
})
export type MeasuredProvider = z.infer<typeof measuredProviderSchema>

/** What was found when this machine's providers were measured, and what the person said to it. */
export const providerChoiceSchema = z.object({
  at: z.string(),
  measured: z.array(measuredProviderSchema),
  /** The fastest that agrees with the CPU; null where the CPU stays. */
  proposal: z.enum(providers).nullable(),
  /** The outcome in one sentence. */
  says: z.string(),
  answer: z.enum(['open', 'taken', 'left']),
})
export type ProviderChoice = z.infer<typeof providerChoiceSchema>

/** How far measuring has come: the provider and its work that runs now (null: it is looked whether the provider is there). */
export interface ProviderTrialProgress {
  provider: Provider
  work: TrialWork | null
  done: number
  total: number
}

export const settingsSchema = z.object({
  author: z.string().max(100).default(''),
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  textSize: z.enum(['normal', 'large', 'larger']).default('normal'),
  provider: z.enum(providers).default('cpu'),
  /** Null until this machine's providers were measured for the first time. */
  providerChoice: providerChoiceSchema.nullable().default(null),
  threads: z.number().int().min(0).max(64).default(0), // 0 = as many as the machine has cores
  beam: z.number().int().min(1).max(10).default(3),
  advanceAfterDecision: z.boolean().default(true),
  /** After a correction the editor is open on the next photo, too. */
  keepEditing: z.boolean().default(true),
  /** Cached features beyond this many GB go, the ones unused for longest first; 0 = no limit. */
  featureGigabytes: z.number().min(0).max(100_000).default(0),
  scoringTools: scoringToolsSchema.prefault({}),
  spelling: spellingSchema.prefault({}),
  /** Texts that a few letters stand for while typing, by those letters. */
  snippets: z.record(z.string().regex(/^\S{1,20}$/), z.string().min(1).max(500)).default({}),
  completions: z.boolean().default(true),
  /** How the Library shows its photos, and how wide a thumbnail is, in rem. */
  libraryView: z.enum(['grid', 'list']).default('grid'),
  thumbnailSize: z.number().min(7).max(36).default(14),
  /** Keys in place of those that shortcuts come with, by the shortcut's id; none: it has no key. */
  shortcuts: z.record(z.string().max(100), z.array(z.string().min(1).max(40)).max(4)).default({}),
})
export type Settings = z.infer<typeof settingsSchema>

/** A change of some settings. Not `settingsSchema.partial()`: that would fill in the defaults of all others. */
export const settingsChangeSchema = z
  .object({
    author: settingsSchema.shape.author.unwrap(),
    theme: settingsSchema.shape.theme.unwrap(),
    textSize: settingsSchema.shape.textSize.unwrap(),
    provider: settingsSchema.shape.provider.unwrap(),
    threads: settingsSchema.shape.threads.unwrap(),
    beam: settingsSchema.shape.beam.unwrap(),
    advanceAfterDecision: settingsSchema.shape.advanceAfterDecision.unwrap(),
    keepEditing: settingsSchema.shape.keepEditing.unwrap(),
    featureGigabytes: settingsSchema.shape.featureGigabytes.unwrap(),
    scoringTools: scoringToolsSchema,
    spelling: spellingSchema,
    snippets: settingsSchema.shape.snippets.unwrap(),
    completions: settingsSchema.shape.completions.unwrap(),
    libraryView: settingsSchema.shape.libraryView.unwrap(),
    thumbnailSize: settingsSchema.shape.thumbnailSize.unwrap(),
    shortcuts: settingsSchema.shape.shortcuts.unwrap(),
  })
  .partial()
export type SettingsChange = z.infer<typeof settingsChangeSchema>

export interface AppInfo {
  version: string
  electron: string
  node: string
  platform: string
  /** Requests to the network that the app refused since it started. */
  networkRequests: number
  /** The person's log, which every process writes to. */
  logFile: string
  sharedModels: string
  /** Where new workspaces are suggested. */
  workspaces: string
  /** Is the sample workspace part of this installation? */
  hasSample: boolean
}
