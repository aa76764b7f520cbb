/** What is asked of a provider that is measured, and what it answers: all that the asking process needs to know. */
import { join } from 'node:path'
import { z } from 'zod'
import { providers, trialWorks } from '#shared/domain.ts'

/** What a provider did, and its results, to be compared with the CPU's; or why it did not. */
const done = <Shape extends z.ZodRawShape>(shape: Shape) => z.union([z.strictObject({ aSecond: z.number(), ...shape }), z.strictObject({ failed: z.string() })])
export const trialSchema = z.strictObject({
  device: z.string(),
  /** Of all works together, and of opening what they need. */
  seconds: z.number(),
  /** `features`: the grid of the first picture. */
  encode: done({ features: z.array(z.number()) }).exactOptional(),
  caption: done({ captions: z.array(z.object({ text: z.string(), logProbability: z.number() })) }).exactOptional(),
  train: done({ losses: z.array(z.number()) }).exactOptional(),
  sample: done({}).exactOptional(),
})
export type Trial = z.infer<typeof trialSchema>

export const trialRequestSchema = z.object({
  provider: z.enum(providers),
  works: z.array(z.enum(trialWorks)),
  /** The captioner's package, and where its encoder may be. */
  model: z.string(),
  encoderRoots: z.array(z.string()),
  photos: z.int().min(1),
  /** Training steps. */
  steps: z.int().min(1),
})
export type TrialRequest = z.infer<typeof trialRequestSchema>

/** What is asked of each provider for a proposal, of the captioner that ships: some seconds of a CPU. */
export function shortTrial(models: string, encoderRoots: string[]): Omit<TrialRequest, 'provider'> {
  return { works: ['encode', 'caption', 'train'], photos: 16, steps: 3, model: join(models, 'base-captioner'), encoderRoots }
}

/** Why a provider that was ended at its limit is not proposed. */
export function tooLong(limitSeconds: number): string {
  return `It took longer than ${Math.round(limitSeconds)} seconds.`
}
