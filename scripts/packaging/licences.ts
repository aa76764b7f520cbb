/** THIRD-PARTY.md of a packed app: every package that ships, in the archive or inside a bundle, with its licence's text. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { cocoPackage } from '../build-encoder.ts'
import { projectFolder } from '../paths.ts'
import { packedPackages } from './archive.ts'

interface Licensed {
  name: string
  version: string
  licence: string
  text: string
}

/** Shipped in another form: encoders in `models/encoders` are made from the weights of these. */
const converted = ['node_modules/@mediapipe/objectron']
/** As `converted`, but not installed: fetched for its weights alone. Its licence is Apache-2.0, as that of the weights. */
const fetched = [{ name: cocoPackage.name, version: cocoPackage.version, licence: 'Apache-2.0' }]
/** Apache-2.0 names no holder in its text, so that one package's copy serves those that ship none. */
const apacheCopy = 'node_modules/flatbuffers'

const packageSchema = z.object({ name: z.string(), version: z.string(), license: z.string() })
/** What Vite writes beside a bundle. */
const bundledSchema = z.array(z.object({ name: z.string(), version: z.string(), identifier: z.string().nullable(), text: z.string().nullable() }))

/** Writes THIRD-PARTY.md into the resources of a packed app. Throws where a package states no licence. */
export async function writeThirdParty(resources: string): Promise<void> {
  const apache = await apacheText()
  await writePage(resources, {
    packages: [...packedPackages(resources), ...converted],
    others: fetched.map((one) => ({ ...one, text: apache })),
    bundles: ['main', 'preload', 'renderer'].map((part) => join(projectFolder, 'out', part, 'licenses.json')),
    words: [
      'Capstan itself is MIT (`LICENSE`). Electron and Chromium: `LICENSE.electron.txt` and `LICENSES.chromium.html` where the executable is.',
      'Captioners in `models/` state the terms of their training data in their model cards, the encoders their own in their manifests.',
    ],
  })
}

/** The same for a folder that carries some packages, one bundle and the Vulkan loader out of Electron. */
export async function writeCarriedThirdParty(folder: string, packages: readonly string[], electronVersion: string): Promise<void> {
  await writePage(folder, {
    packages: [...packages, ...converted],
    others: [{ name: 'Vulkan-Loader', version: `of Electron ${electronVersion}`, licence: 'Apache-2.0', text: await apacheText() }],
    bundles: [join(folder, 'licenses.json')],
    words: ['Capstan itself is MIT (`LICENSE`). The captioner states the terms of its training data in its model card, the encoder its own in its manifest.'],
  })
}

interface Parts {
  /** Folders of npm packages, from the project's. */
  packages: readonly string[]
  others: readonly Licensed[]
  /** What Vite wrote beside bundles. */
  bundles: readonly string[]
  words: readonly string[]
}

async function writePage(folder: string, { packages, others, bundles, words }: Parts): Promise<void> {
  const packed = await Promise.all(packages.map((each) => licenceOf(join(projectFolder, each))))
  const bundled = await Promise.all(bundles.map(licencesOfBundle))
  const all = new Map([...packed, ...others, ...bundled.flat()].map((one) => [`${one.name} ${one.version}`, one]))
  const sorted = [...all.values()].sort((one, other) => one.name.localeCompare(other.name, 'en'))
  await writeFile(join(folder, 'THIRD-PARTY.md'), page(sorted, words))
}

function page(all: Licensed[], words: readonly string[]): string {
  return [
    '# What others wrote',
    ...words,
    ['| package | version | licence |', '| --- | --- | --- |', ...all.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`)].join('\n'),
    ...all.map(({ name, version, text }) => `## ${name} ${version}\n\n${text === '' ? 'The package brings no text of its licence.' : fenced(text)}`),
    '',
  ].join('\n\n')
}

function fenced(text: string): string {
  return `~~~~text\n${text.trim()}\n~~~~`
}

async function licenceOf(folder: string): Promise<Licensed> {
  const { name, version, license } = packageSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')))
  const own = await licenceText(folder)
  const text = own === '' && license === 'Apache-2.0' ? await apacheText() : own
  return { name, version, licence: license, text }
}

function apacheText(): Promise<string> {
  return licenceText(join(projectFolder, apacheCopy))
}

/** The package's licence file, else the part of its README about licences (libvips lists those of its libraries there). */
async function licenceText(folder: string): Promise<string> {
  const names = await readdir(folder)
  const licences = names.filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).sort()
  const texts = await Promise.all(licences.map((name) => readFile(join(folder, name), 'utf8')))
  if (texts.length > 0) return texts.join('\n\n')
  const readme = names.find((name) => /^readme/i.test(name))
  return readme === undefined ? '' : (/^#+ *licen[cs](e|ing)[^]*/im.exec(await readFile(join(folder, readme), 'utf8'))?.[0] ?? '')
}

async function licencesOfBundle(file: string): Promise<Licensed[]> {
  const listed = bundledSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  return listed.map(({ name, version, identifier, text }) => {
    if (identifier === null) throw new Error(`${name} ${version} is bundled and states no licence.`)
    return { name, version, licence: identifier, text: text ?? '' }
  })
}
