/** A virtual display for scripts that drive the window themselves. */
import { spawn } from 'node:child_process'
import { ensurePrograms } from './ensure-system.ts'
import { hasDisplay } from './launch.ts'

/** Runs `use` with a display: the one that is there, else an Xvfb of 1920 × 1080 that ends afterwards. */
export async function withDisplay<Result>(use: () => Promise<Result>): Promise<Result> {
  if (hasDisplay()) return use()
  await ensurePrograms(['Xvfb'], 'A machine without a display')
  const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1920x1080x24', '-nolisten', 'tcp', '-noreset'], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const number = await new Promise<string>((resolve, reject) => {
      server.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8').trim()))
      server.once('exit', () => reject(new Error('Xvfb ended before it had a display.')))
    })
    process.env['DISPLAY'] = `:${number}`
    return await use()
  } finally {
    delete process.env['DISPLAY']
    server.kill()
  }
}
