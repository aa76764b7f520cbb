/** A fine-tuned model's card replays: from its workspace, from the exported snapshot alone, and from another workspace with the same photos. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorkspace } from '#engine/jobs/open-workspace.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { readModelPackage } from '#engine/models/model-package.ts'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { personFolder } from '#engine/log/log-place.ts'
import { installationKey } from '#engine/workspace/installation.ts'
import { snapshotFileSchema } from '#engine/workspace/snapshots/snapshot-file.ts'
import { defaultEncoderFolder, encoderRoot, ensureEncoders } from '../../scripts/build-encoder.ts'
import { projectFolder } from '../../scripts/paths.ts'
import { drawPictures } from '../support/pictures.ts'
import { writeTinyModel } from '../support/tiny-model.ts'

const home = mkdtempSync(join(tmpdir(), 'capstan-replay-'))
const scenes = 30
const corrected = 24
const theme = ['a big red dog in the deep snow', 'two dogs run in the snow', 'a cat sits in the snow']

/** The command line as a person runs it, in the folder that holds `models`. */
function capstan(...args: string[]): string {
  return execFileSync(process.execPath, [join(projectFolder, 'src/cli/capstan.ts'), ...args], { cwd: home, encoding: 'utf8' })
}

const models = (workspace: string): string[] => readdirSync(join(home, workspace, 'models')).filter((name) => !name.startsWith('.'))
const packageOf = (workspace: string, id: string): string => join(home, workspace, 'models', id)
const manifestOf = async (folder: string) => (await readModelPackage(folder)).manifest

/** A workspace of captioned and uncaptioned photos, with corrections; made through the engine. */
async function makeWorkspace(): Promise<void> {
  const drawn = await writeScenes(join(home, 'scenes'), scenes, 1)
  mkdirSync(join(home, 'plain'))
  await drawPictures(join(home, 'plain'), 12)
  const service = await openWorkspace({
    ...{ folder: join(home, 'here'), modelRoots: [join(home, 'models')], author: () => 'Ada', onEvent: () => undefined },
    installation: installationKey(personFolder()), // the person who gives the commands
    create: { name: 'here' },
  })
  const run = () => runNextJob(service, { modelRoots: [join(home, 'models')], encoderRoots: [encoderRoot], threads: 1 })
  await service.call('imports.start', { kind: 'captions', file: drawn.captions, imageRoot: drawn.images })
  await run()
  await service.call('imports.start', { kind: 'folder', folder: join(home, 'plain') })
  await run()
  for (let imageId = 1; imageId <= corrected; imageId++) {
    const decision = { kind: 'correct' as const, candidateId: null, text: theme[imageId % 3], errorTypes: [], rating: null }
    await service.call('review.decide', { imageId, slot: 0, expectedRevision: 0, decision })
  }
  service.close()
}

beforeAll(async () => {
  await ensureEncoders()
  mkdirSync(join(home, 'models'))
  symlinkSync(encoderRoot, join(home, 'models', 'encoders'))
  await writeTinyModel(join(home, 'models'), defaultEncoderFolder, ['a big red dog in the snow', 'a cat sits', 'two birds fly'])
  await makeWorkspace()
  writeFileSync(join(home, 'recipe.json'), JSON.stringify({ parts: 'all', epochs: 2, learningRate: 0.01, batchImages: 4, heldOut: 0.4, keep: 1, seed: 5 }))
})

afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('capstan fine-tune', () => {
  let first: string

  test('a workspace that came from elsewhere says why none of its photos is read', () => {
    cpSync(join(home, 'here'), join(home, 'received'), { recursive: true })
    const wanted = 'fine-tune --model tiny --corrections received --recipe recipe.json --name Theirs --threads 1'.split(' ')
    const { status, stderr } = spawnSync(process.execPath, [join(projectFolder, 'src/cli/capstan.ts'), ...wanted], { cwd: home, encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^left out .+: The photos of .+ were chosen elsewhere, not by you on this computer\./m)
    expect(stderr).toContain('There is nothing to learn from.')
  })

  test('on a workspace: freezes what is corrected, says what the gate said, and writes a whole package', async () => {
    const said = capstan(...'fine-tune --model tiny --corrections here --recipe recipe.json --name Snow --threads 1'.split(' '))
    expect(said).toMatch(/Verdict: (?:better|unclear)\./)
    expect(models('here')).toHaveLength(1)
    first = packageOf('here', models('here')[0])
    const { manifest, vocabulary } = await readModelPackage(first)
    expect(manifest).toMatchObject({
      name: 'Snow',
      provenance: { parent: 'tiny', snapshot: { id: 1 }, seed: 5, data: { learned: expect.any(String) as string } },
    })
    expect(vocabulary.words).toContain('deep')
    const card = readFileSync(join(first, 'README.md'), 'utf8')
    expect(card).toContain(manifest.provenance.data?.learned.slice(0, 16))
    expect(card).toContain(`capstan fine-tune --model tiny --corrections <workspace> --snapshot 1 --recipe ${manifest.id}`)
    const gate = JSON.parse(readFileSync(join(first, 'gate.json'), 'utf8')) as { reason: string }
    expect(card).toContain(gate.reason)
    expect(said).toContain(gate.reason)
  })

  test('the card’s recipe over the same snapshot gives the same weights', async () => {
    capstan(...'fine-tune --model tiny --corrections here --snapshot 1 --name Again --threads 1 --recipe'.split(' '), first)
    const again = models('here').find((id) => id !== basename(first))
    await expectSame(first, packageOf('here', again ?? ''))
  })

  test('so does the exported snapshot with photos of other names, without a workspace', async () => {
    capstan('export', 'here', 'snow.json', '--snapshot', '1')
    const file = snapshotFileSchema.parse(JSON.parse(readFileSync(join(home, 'snow.json'), 'utf8')))
    expect(file.photos).toHaveLength(scenes)
    expect(file.uncaptioned).toHaveLength(12)
    expect(file.photos.flatMap(({ texts }) => texts).filter(({ kind }) => kind === 'correction')).toHaveLength(corrected)
    renameAll()
    const [out, images] = [join(home, 'out', 'replayed'), join(home, 'renamed')]
    capstan('fine-tune', '--model', 'models/tiny', '--corrections', 'snow.json', '--images', images, '--out', out, '--threads', '1', '--recipe', first)
    await expectSame(first, out)
  })

  test('and the snapshot imported into a workspace that holds the photos in another order', async () => {
    capstan('import', 'there', '--folder', 'renamed')
    const said = capstan('import', 'there', '--snapshot', 'snow.json')
    expect(said).toContain(`${corrected} corrections`)
    expect(said).not.toContain('not in this workspace')
    capstan(...'fine-tune --model tiny --corrections there --snapshot 1 --name There --threads 1 --recipe'.split(' '), first)
    await expectSame(first, packageOf('there', models('there')[0]))
  })

  test('photos that are not there are told, not left out in silence', () => {
    mkdirSync(join(home, 'few'))
    for (const name of readdirSync(join(home, 'renamed')).slice(0, 30)) cpSync(join(home, 'renamed', name), join(home, 'few', name))
    const out = join(home, 'out', 'never')
    const wanted = ['fine-tune', '--model', 'models/tiny', '--corrections', 'snow.json', '--images', 'few', '--out', out]
    const said = spawnSync(process.execPath, [join(projectFolder, 'src/cli/capstan.ts'), ...wanted], { cwd: home, encoding: 'utf8' })
    expect(said.status).toBe(1)
    expect(said.stderr).toMatch(/^\d+ of the snapshot’s 30 photos are not below few: [^\n]+\n$/)
    expect(existsSync(out)).toBe(false)
    capstan('import', 'fewer', '--folder', 'few')
    expect(capstan('import', 'fewer', '--snapshot', 'snow.json')).toMatch(/\d+ of its photos are not in this workspace: their texts are left out\./)
  })
})

/** All photos in one folder, under names that order them the other way round. */
function renameAll(): void {
  mkdirSync(join(home, 'renamed'))
  const drawn = ['scenes/images', 'plain'].map((folder) => join(home, folder)).filter((folder) => existsSync(folder))
  const paths = drawn.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  paths.forEach((path, index) => cpSync(path, join(home, 'renamed', `${String(900 - index)}.${path.split('.').at(-1) ?? ''}`)))
}

async function expectSame(one: string, other: string): Promise<void> {
  const [a, b] = [await manifestOf(one), await manifestOf(other)]
  expect(b.files.weights.sha256).toBe(a.files.weights.sha256)
  expect(b.files.vocabulary.sha256).toBe(a.files.vocabulary.sha256)
  expect(b.provenance.data).toEqual(a.provenance.data)
  expect(b.provenance.recipe['given']).toEqual(a.provenance.recipe['given'])
}
