/** The embedded encoders are built by whoever first needs them: an installed project has only what they are made from. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'

/** Commands that look at encoders without needing any. */
const withoutNeed = new Set(['encoder', 'doctor'])

/** Before a command that takes encoders: builds what is missing in the project's own folder, with a line of progress for each. */
export async function buildMissing(command: Command): Promise<void> {
  const needs = command.options.some(({ long }) => long === '--encoders' || long === '--workspace')
  if (!needs || withoutNeed.has(command.name()) || withoutNeed.has(command.parent?.name() ?? '')) return
  const { embeddedIds, encoderRoot } = await import('../../scripts/build-encoder.ts')
  const encoders: unknown = command.opts()['encoders'] ?? encoderRoot
  if (typeof encoders !== 'string' || resolve(encoders) !== encoderRoot || embeddedIds.every((id) => existsSync(join(encoderRoot, id, 'manifest.json')))) return
  await buildEmbedded().catch((error: unknown) => {
    // The command may need another one; where it needs this one it says so.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  })
}

/** Builds the embedded encoders that are not there. @throws where what they are made from cannot be had */
export async function buildEmbedded(): Promise<void> {
  const { embeddedIds, ensureEncoders } = await import('../../scripts/build-encoder.ts')
  process.stderr.write(`Building the embedded encoders ${embeddedIds.join(', ')} (once)…\n`)
  await ensureEncoders()
}
