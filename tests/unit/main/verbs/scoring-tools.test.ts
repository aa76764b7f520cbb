import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scoringToolsSchema } from '#shared/domain.ts'
import { scoringToolsStatus } from '../../../../src/main/verbs/scoring-tools.ts'
import { fakeSpice } from '../../../support/fake-spice.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const statusOf = (tools: object) => scoringToolsStatus(scoringToolsSchema.parse(tools))

test('without any choice each line says what stands in or what is needed', async () => {
  const status = await statusOf({})
  expect(Object.values(status).map(({ state }) => state)).toEqual(['not-chosen', 'not-chosen', 'not-chosen', 'not-chosen'])
  expect(status.meteorFolder.sentence).toContain('METEOR (WordNet 3.1, no paraphrases)')
  expect(status.spiceFolder.sentence).toContain('SPICE needs Java 8')
})

test('METEOR is found in its folder, with the paraphrases beside it or the name without them', async () => {
  const meteorFolder = temporaryFolder()
  mkdirSync(join(meteorFolder, 'resources/synonym'), { recursive: true })
  writeFileSync(join(meteorFolder, 'resources/synonym/english.synsets'), '')
  const alone = await statusOf({ meteorFolder })
  expect(alone.meteorFolder).toEqual({ state: 'ready', sentence: `Found: the resources in ${join(meteorFolder, 'resources')}.` })
  expect(alone.paraphraseFile.state).toBe('not-chosen')
  expect(alone.paraphraseFile.sentence).toContain('METEOR (no paraphrases)')
  mkdirSync(join(meteorFolder, 'data'))
  writeFileSync(join(meteorFolder, 'data/paraphrase-en.gz'), '')
  expect((await statusOf({ meteorFolder })).paraphraseFile).toMatchObject({ state: 'ready' })
})

test('what is named and missing says so and what to do', async () => {
  const nowhere = join(temporaryFolder(), 'nowhere')
  const status = await statusOf({ meteorFolder: nowhere, paraphraseFile: nowhere, spiceFolder: nowhere, javaPath: nowhere })
  expect(Object.values(status).map(({ state }) => state)).toEqual(['missing', 'missing', 'missing', 'missing'])
  expect(status.paraphraseFile.sentence).toContain('paraphrase-en.gz')
  expect(status.javaPath.sentence).toContain('Java does not start')
})

test.skipIf(process.platform === 'win32')('SPICE and its Java are found together', async () => {
  const { folder, java } = fakeSpice()
  const status = await statusOf({ spiceFolder: folder, javaPath: java })
  expect(status.spiceFolder).toEqual({ state: 'ready', sentence: `Found: ${join(folder, 'spice-1.0.jar')}, to run with Java 1.8.0_312.` })
  expect(status.javaPath).toEqual({ state: 'ready', sentence: `Found: Java 1.8.0_312 (${java}).` })
})
