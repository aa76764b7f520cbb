/** A Debian package of an unpacked app, by Debian's own dpkg-deb. */
import { chmod, copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { findProgram, mustRun } from '../command.ts'

export interface DebianInput {
  /** The unpacked app. */
  app: string
  /** PNG files named `<size>x<size>.png`. */
  icons: string[]
  version: string
  description: string
  /** The file to write, `<name>_<version>_<architecture>.deb`. */
  file: string
}

/** Debian's names of what Electron links to; 24.04 and trixie renamed two. */
const depends = ['libgtk-3-0t64 | libgtk-3-0', 'libnss3', 'libasound2t64 | libasound2', 'libgbm1', 'libxss1', 'libnotify4', 'xdg-utils']
const installed = '/opt/Capstan'
const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' }

export function debianArchitecture(): string {
  return architectures[process.arch] ?? process.arch
}

export function canMakeDebian(): boolean {
  return findProgram('dpkg-deb') !== undefined
}

/** The app goes to /opt/Capstan, `capstan` onto the path, an entry and icons into the desktop's menu. */
export async function makeDebian(input: DebianInput): Promise<void> {
  const root = join(dirname(input.file), '.deb')
  const put = async (path: string, content: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  await rm(root, { recursive: true, force: true })
  try {
    await mkdir(join(root, dirname(installed)), { recursive: true })
    await mustRun('cp', ['--archive', '--link', input.app, join(root, installed)], { output: 'collect' })
    await makeSetuid(join(root, installed, 'chrome-sandbox'))
    await mkdir(join(root, 'usr/bin'), { recursive: true })
    await symlink(`${installed}/capstan`, join(root, 'usr/bin/capstan'))
    await put('usr/share/applications/capstan.desktop', desktopEntry(input.description))
    await put('usr/share/doc/capstan/copyright', await readFile(join(input.app, 'resources', 'LICENSE'), 'utf8'))
    for (const icon of input.icons) {
      const folder = join(root, 'usr/share/icons/hicolor', basename(icon, '.png'), 'apps')
      await mkdir(folder, { recursive: true })
      await copyFile(icon, join(folder, 'capstan.png'))
    }
    await put('DEBIAN/control', control(input, await sizeInKibibytes(root)))
    await mustRun('dpkg-deb', ['--root-owner-group', '-Zxz', '-z1', '--build', root, input.file], { output: 'collect' })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** Chromium's sandbox helper, for kernels that keep user namespaces from unprivileged programs. A copy: the other files are links. */
async function makeSetuid(file: string): Promise<void> {
  const copy = `${file}.copy`
  await copyFile(file, copy)
  await rm(file)
  await copyFile(copy, file)
  await rm(copy)
  await chmod(file, 0o4755)
}

async function sizeInKibibytes(folder: string): Promise<number> {
  return Number.parseInt(await mustRun('du', ['-sk', '--apparent-size', folder], { output: 'collect' }), 10)
}

function control({ version, description }: DebianInput, size: number): string {
  return `Package: capstan
Version: ${version}
Section: graphics
Priority: optional
Architecture: ${debianArchitecture()}
Depends: ${depends.join(', ')}
Installed-Size: ${size}
Maintainer: Capstan <capstan@localhost>
Description: workbench that turns an image captioner's mistakes into a better captioner
 ${description}
`
}

export function desktopEntry(description: string): string {
  return `[Desktop Entry]
Type=Application
Name=Capstan
Comment=${description}
Exec=${installed}/capstan
Icon=capstan
Terminal=false
StartupWMClass=Capstan
Categories=Graphics;Science;
`
}
