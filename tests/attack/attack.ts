/**
 * `npm run attack`: everything that may happen to a person's work, many times, in minutes. Seeded and bounded; prints one line of counts as JSON, and ends
 * with 1 where something was lost, hung or answered with a defect. `--kills 500`, `--seed 7`, `--only kills,fuzz`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureEncoders } from '../../scripts/build-encoder.ts'
import { attackApp } from './app.ts'
import { attackBlockingFiles } from './blocking-files.ts'
import { attackDisk } from './full-disk.ts'
import { attackFormats } from './fuzz.ts'
import { attackJobs } from './kills.ts'
import { attackPlaces } from './places.ts'
import { attackVerbs } from './verbs.ts'
import type { Attack, Findings } from './findings.ts'

const attacks: Record<string, Attack> = {
  kills: attackJobs,
  app: attackApp,
  fuzz: attackFormats,
  verbs: attackVerbs,
  blocking: attackBlockingFiles,
  disk: attackDisk,
  places: attackPlaces,
}

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: Object.keys(attacks).join(',') },
  },
})
await ensureEncoders()
const folder = mkdtempSync(join(tmpdir(), 'capstan-attack-'))
const began = Date.now()
const findings: Record<string, Findings> = {}
for (const name of values.only.split(',')) {
  const attack = attacks[name]
  if (attack === undefined) throw new Error(`There is no attack “${name}”; there are ${Object.keys(attacks).join(', ')}.`)
  process.stderr.write(`${name} …\n`)
  findings[name] = await attack({ folder: join(folder, name), kills: Number(values.kills), seed: Number(values.seed) }).catch((error: unknown) => ({
    counts: {},
    wrong: [`the attack itself ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`],
  }))
  for (const wrong of findings[name].wrong.slice(0, 20)) process.stderr.write(`WRONG ${name}: ${wrong}\n`)
}
rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
const wrong = Object.values(findings).reduce((sum, found) => sum + found.wrong.length, 0)
const counts = Object.fromEntries(Object.entries(findings).map(([name, found]) => [name, { ...found.counts, wrong: found.wrong.length }]))
console.log(JSON.stringify({ seed: Number(values.seed), seconds: Math.round((Date.now() - began) / 1000), ...counts, wrong }))
process.exit(wrong === 0 ? 0 : 1)
