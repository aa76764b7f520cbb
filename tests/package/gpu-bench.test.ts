/** The carried benchmark: one script makes an archive that runs where nothing is but the archive. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { projectFolder } from '../../scripts/paths.ts'

const empty = mkdtempSync(join(tmpdir(), 'capstan-carried-'))
afterAll(() => rmSync(empty, { recursive: true, force: true }))

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'the GPU benchmark is carried in less than 60 MB, and prints its JSON where neither a path nor a home is',
  () => {
    execFileSync(process.execPath, [join(projectFolder, 'scripts/pack-gpu-bench.ts')], { cwd: empty })
    const archive = join(projectFolder, 'dist/capstan-gpu-bench-linux-x64.tar.xz')
    expect(statSync(archive).size).toBeLessThan(60e6)
    execFileSync('tar', ['-xJf', archive, '-C', empty])
    const folder = join(empty, 'capstan-gpu-bench-linux-x64')
    const { stdout, stderr, status } = spawnSync(join(folder, 'run'), ['--providers', 'cpu', '--work', 'encode,caption,train'], {
      cwd: '/',
      encoding: 'utf8',
      env: {},
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { providers, says } = JSON.parse(stdout) as { providers: { provider: string; reason: string | null; speeds: Record<string, object> }[]; says: string }
    expect(says).toBe('Only the CPU runs models on this machine.')
    expect(providers).toMatchObject([{ provider: 'cpu', reason: null }])
    for (const speed of Object.values(providers[0].speeds)) expect(speed).toMatchObject({ agrees: true })
    expect(Object.keys(providers[0].speeds)).toEqual(['encode', 'caption', 'train'])
    expect(readdirSync(folder)).toContain('THIRD-PARTY.md')
  },
  900_000,
)
