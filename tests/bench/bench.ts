/**
 * `npm run bench -- NAME [options]`: runs the benchmark of that name in this folder and prints its result: a table, or JSON. Each benchmark is a module
 * with `run(args)`; what it is compared with (a bare matrix product, bare onnxruntime) runs in the same process, taking turns.
 */
import { readdirSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { z } from 'zod'

const moduleSchema = z.object({ run: z.custom<(args: string[]) => Promise<unknown>>((value) => typeof value === 'function') })
const [name = '', ...args] = process.argv.slice(2)
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'bench.ts')
  .map((file) => file.slice(0, -'.ts'.length))

if (!names.includes(name)) {
  process.stderr.write(`npm run bench -- ${names.join(' | ')} [options]\n`)
  process.exitCode = 1
} else {
  const { run } = moduleSchema.parse(await import(pathToFileURL(join(import.meta.dirname, `${name}.ts`)).href))
  const result = await run(args)
  console.log(typeof result === 'string' ? result : JSON.stringify(result, null, 2))
}
