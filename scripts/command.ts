/** Running other programs: one function, output either shown as it comes or returned. */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface CommandOptions {
  folder?: string
  environment?: Record<string, string>
  /** `show` passes output on, `collect` returns it (stdout and stderr together). */
  output?: 'show' | 'collect'
  /** Milliseconds; the program is killed after them. */
  timeout?: number
}

export interface CommandResult {
  /** The exit code; 128 + signal where one ended it, 127 where the program is missing. */
  code: number
  output: string
}

/** Runs a program to its end. Never rejects: a missing program is code 127. */
export function run(program: string, parameters: string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: options.folder ?? process.cwd(),
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', options.output === 'collect' ? 'pipe' : 'inherit', options.output === 'collect' ? 'pipe' : 'inherit'],
      ...(options.timeout === undefined ? {} : { timeout: options.timeout, killSignal: 'SIGKILL' as const }),
    })
    let output = ''
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8')
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('error', (error) => {
      resolve({ code: 127, output: error.message })
    })
    child.on('close', (code, signal) => {
      resolve({ code: code ?? (signal === null ? 1 : 137), output })
    })
  })
}

/** Runs a program that must succeed; throws with its last lines otherwise. */
export async function mustRun(program: string, parameters: string[], options: CommandOptions = {}): Promise<string> {
  const { code, output } = await run(program, parameters, options)
  if (code !== 0) {
    const tail = output.trim().split('\n').slice(-20).join('\n')
    throw new Error(`${program} ${parameters.join(' ')} ended with code ${code}${tail === '' ? '' : `:\n${tail}`}`)
  }
  return output
}

/** The absolute path of a program on PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(folder, name)
    try {
      accessSync(candidate, constants.X_OK)
      return candidate
    } catch {
      // not here: the next folder
    }
  }
  return undefined
}
