/** Verbs with forged inputs: each is answered or refused in words, and the workspace stays sound. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openService } from '#engine/workspace/service.ts'
import { checkIntegrity, openReadOnly } from '#engine/workspace/storage/database.ts'
import { contract, findVerb } from '#shared/api.ts'
import { toReport } from '#shared/errors.ts'
import { namedPackages } from '../support/named-packages.ts'
import { diceOf, oneOf, type Attack, type Dice } from './findings.ts'

const callsEach = 120
/** They write where their input says. */
const writesOutside = new Set(['workspace.saveElsewhere', 'scores.exportTable'])

export const attackVerbs: Attack = async ({ folder, seed }) => {
  const dice = diceOf(seed)
  const wrong: string[] = []
  mkdirSync(folder, { recursive: true })
  const place = join(folder, 'workspace')
  const service = await openService({
    folder: place,
    create: { name: 'Forged' },
    modelRoots: [join(place, 'shipped')],
    packages: namedPackages,
    author: () => 'Mallory',
    onEvent: () => undefined,
  })
  const names = Object.entries(contract).flatMap(([space, verbs]) => Object.keys(verbs).map((verb) => `${space}.${verb}`))
  const owned = names.filter((name) => findVerb(name)?.owner === 'workspace' && !writesOutside.has(name))
  const outcomes = { answered: 0, refused: 0 }
  for (const name of [...owned, 'constructor', '__proto__', 'images.__proto__', 'jobs.toString', ''])
    for (let call = 0; call < callsEach; call++) {
      const input = forged(dice, 3)
      const report = await service.handle(name, input).then(
        () => null,
        (error: unknown) => toReport(error),
      )
      outcomes[report === null ? 'answered' : 'refused'] += 1
      if (report?.code === 'internal') wrong.push(`${name} ${JSON.stringify(input)?.slice(0, 200)}: ${report.happened}`)
    }
  service.close()
  const database = openReadOnly(place)
  checkIntegrity(database, place)
  database.close()
  return { counts: { verbs: owned.length, ...outcomes }, wrong }
}

const keys = [
  'imageId',
  'imageIds',
  'modelId',
  'text',
  'filter',
  'sort',
  'file',
  'folder',
  'name',
  'decision',
  'kind',
  'expectedRevision',
  'jobId',
  'query',
  'set',
  'scope',
  'snapshotId',
  'word',
  'recipe',
  'experiment',
  '__proto__',
  'constructor',
]
const values: unknown[] = [
  null,
  true,
  0,
  -1,
  1,
  2 ** 53,
  -0.5,
  NaN,
  Infinity,
  '',
  'x',
  '../../../x',
  'all',
  'correct',
  '\0',
  '\ud83d',
  "'; DROP TABLE image; --",
  '%_',
  'a'.repeat(3000),
  undefined,
]

function forged(dice: Dice, depth: number): unknown {
  switch (depth === 0 ? 0 : dice(0, 3)) {
    case 0:
      return oneOf(dice, values)
    case 1:
      return Array.from({ length: dice(0, 4) }, () => forged(dice, depth - 1))
    default:
      return Object.fromEntries(Array.from({ length: dice(1, 5) }, () => [oneOf(dice, keys), forged(dice, depth - 1)]))
  }
}
